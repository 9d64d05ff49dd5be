"""What data could have shown."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import power_proportions_2indep, proportion_effectsize

from lfr_actors.evaluation.comparison import two_sided
from lfr_actors.evaluation.power import detectable, false_alerts_needed, searches_needed


def test_two_to_one_takes_seventy_two_false_alerts() -> None:
    """The figure that is quoted for live data: with 71 the exact test has less than 80 % power, with 72 more."""
    assert false_alerts_needed(2.0) == 72
    for alerts, enough in ((71, False), (72, True)):
        significant = [binomtest(count, alerts, 0.5).pvalue <= 0.05 for count in range(alerts + 1)]
        power = binom.pmf(np.arange(alerts + 1), alerts, 2 / 3)[significant].sum()
        assert bool(power >= 0.8) is enough


def test_smaller_disparities_and_groups_take_more_false_alerts() -> None:
    """1.2 to 1 takes about a thousand; a tenth of the faces takes about twice as many as a half."""
    assert 900 < false_alerts_needed(1.2) < 1_100
    assert 120 < false_alerts_needed(2.0, share=0.1) < 180
    assert false_alerts_needed(2.0, comparisons=5) > 100
    assert false_alerts_needed(0.5) == 72
    for ratio, share in ((1.0, 0.5), (2.0, 0.0), (2.0, 1.0), (-1.0, 0.5)):
        with pytest.raises(ValueError, match="a ratio other than 1"):
            false_alerts_needed(ratio, share)


@pytest.mark.parametrize(("trials", "reference", "baseline"), [(600, 600, 0.913), (300, 900, 0.5)])
def test_large_groups_agree_with_the_normal_approximation(
    trials: int, reference: int, baseline: float
) -> None:
    """statsmodels gives the detected rates about the power that was asked for."""
    found = detectable(trials, reference, baseline)
    assert found is not None
    for rate in (found.higher, found.lower):
        assert rate is not None
        power = power_proportions_2indep(rate - baseline, baseline, trials, ratio=reference / trials).power
        assert power == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(("trials", "reference", "baseline"), [(60, 300, 0.02), (25, 20, 0.3), (40, 40, 0.0)])
def test_the_power_of_small_groups_is_exact(trials: int, reference: int, baseline: float) -> None:
    """Summed over every possible pair of counts with the test itself, just the asked power at the rate found."""
    found = detectable(trials, reference, baseline, alpha=0.05, comparisons=2)
    assert found is not None
    one, two = np.meshgrid(np.arange(trials + 1), np.arange(reference + 1), indexing="ij")
    p_values, _ = two_sided(one.ravel(), trials, two.ravel(), reference)
    found_higher = (p_values.reshape(one.shape) <= 0.025) & (one / trials > two / reference)

    def power(rate: float) -> float:
        chances = np.outer(
            binom.pmf(np.arange(trials + 1), trials, rate),
            binom.pmf(np.arange(reference + 1), reference, baseline),
        )
        return float(chances[found_higher].sum())

    assert found.higher is not None
    assert power(found.higher) == pytest.approx(0.8, abs=1e-4)


def test_what_cannot_be_shown_is_said() -> None:
    """No lower rate than 1 % with 200 searches, nothing at all with two; a group without searches has no power."""
    found = detectable(200, 1_400, 0.01, comparisons=4)
    assert found is not None
    assert found.higher is not None
    assert (found.lower, found.difference_down) == (None, None)
    assert found.difference_up == found.higher - 0.01
    nothing = detectable(2, 2, 0.5)
    assert nothing is not None
    assert (nothing.lower, nothing.higher) == (None, None)
    assert detectable(0.4, 100, 0.5) is None
    with pytest.raises(ValueError, match="is no rate"):
        detectable(10, 10, 1.2)


def test_both_sides_are_described_of_common_rates() -> None:
    """A lower and a higher rate, each on its side of the baseline."""
    found = detectable(500, 500, 0.9)
    assert found is not None
    assert found.lower is not None
    assert found.higher is not None
    assert found.lower < 0.9 < found.higher
    assert found.difference_down == pytest.approx(0.9 - found.lower)


def test_searches_needed_agree_with_statsmodels() -> None:
    """About as many as by the effect size of Cohen; a design effect multiplies them."""
    needed = searches_needed(0.9, 0.85)
    expected = NormalIndPower().solve_power(proportion_effectsize(0.9, 0.85), alpha=0.05, power=0.8)
    assert needed == pytest.approx(expected, rel=0.02)
    assert searches_needed(0.9, 0.85, design_effect=1.5) == pytest.approx(1.5 * needed, abs=1)
    assert searches_needed(0.01, 0.02) == 2_319
    with pytest.raises(ValueError, match="two different ones"):
        searches_needed(0.5, 0.5)

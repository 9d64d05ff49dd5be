"""Differences between groups: against statsmodels and scipy, and by permutation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, hypergeom
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from lfr_actors.evaluation.bootstrap import ByPerson, cluster_interval
from lfr_actors.evaluation.comparison import compare, difference_interval, holm, ratio_interval


def single(hits: int, trials: int) -> ByPerson:
    """A group of people with one search each."""
    return np.repeat([1, 0], [hits, trials - hits]), np.ones(trials, np.int64)


def random() -> np.random.Generator:
    """The same random numbers every time."""
    return np.random.default_rng(1)


COUNTS = [(30, 200, 12, 250), (5, 40, 0, 60), (1, 400, 9, 500), (190, 200, 150, 200), (20, 20, 11, 30)]


@pytest.mark.parametrize(("x1", "n1", "x2", "n2"), COUNTS)
def test_intervals_agree_with_statsmodels(x1: int, n1: int, x2: int, n2: int) -> None:
    """Newcombe's for the difference, Koopman's score interval for the ratio."""
    found = compare(single(x1, n1), single(x2, n2), random=random())
    assert found is not None
    expected = confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff")
    assert (found.difference_low, found.difference_high) == pytest.approx(expected, abs=1e-9)
    assert found.difference == pytest.approx(x1 / n1 - x2 / n2)
    if x2 and x1 < n1:
        low, high = confint_proportions_2indep(
            x1, n1, x2, n2, method="score", compare="ratio", correction=False
        )
        assert found.ratio_low == pytest.approx(low, rel=2e-3)
        assert found.ratio_high == pytest.approx(high, rel=2e-3)
        assert found.ratio == pytest.approx(x1 / n1 / (x2 / n2))
    elif not x2:
        assert (found.ratio, found.ratio_high) == (None, None)
        assert found.ratio_low is not None


def test_a_ratio_without_hits() -> None:
    """None in the first: the lower limit is 0; none at all: there is no ratio."""
    low, high = ratio_interval(0, 50, 6, 60)
    assert low == 0
    assert high is not None
    assert ratio_interval(0, 50, 0, 60) == (None, None)


@pytest.mark.parametrize(("x1", "n1", "x2", "n2"), COUNTS)
def test_p_values_agree_with_independent_ones(x1: int, n1: int, x2: int, n2: int) -> None:
    """Pearson's chi-squared where enough is expected, else twice the smaller tail of Fisher's exact test."""
    found = compare(single(x1, n1), single(x2, n2), random=random())
    assert found is not None
    table = np.array([[x1, n1 - x1], [x2, n2 - x2]])
    if chi2_contingency(table).expected_freq.min() >= 5:
        assert found.test == "score"
        assert found.p_value == pytest.approx(chi2_contingency(table, correction=False).pvalue)
    else:
        assert found.test == "exact"
        law = hypergeom(n1 + n2, x1 + x2, n1)
        tails = [sum(law.pmf(range(x1 + 1))), sum(law.pmf(range(x1, min(n1, x1 + x2) + 1)))]
        assert found.p_value == pytest.approx(min(1.0, 2 * min(tails)))


def test_searches_of_one_person_count_less() -> None:
    """The same rates by a tenth of the people, who always or never match, show much less."""
    many = compare(single(60, 200), single(30, 200), random=random())
    few = compare(
        (np.repeat([10, 0], [6, 14]), np.full(20, 10)),
        (np.repeat([10, 0], [3, 17]), np.full(20, 10)),
        random=random(),
    )
    assert many is not None
    assert few is not None
    assert few.difference == pytest.approx(many.difference)
    assert many.p_value < 0.001
    assert few.p_value > 0.1
    assert few.difference_low < 0 < many.difference_low


def test_few_hits_of_several_searches_each_are_permuted() -> None:
    """The p-value is the share of the divisions of the people that differ as much; here of all of them."""
    hits, trials = np.array([2, 1, 0, 0, 0, 0, 0]), np.array([3, 2, 2, 3, 1, 2, 3])
    found = compare((hits[:2], trials[:2]), (hits[2:], trials[2:]), random=random())
    assert found is not None
    assert found.test == "permutation"
    apart = []
    for chosen in itertools.combinations(range(7), 2):
        rest = [place for place in range(7) if place not in chosen]
        one, two = list(chosen), rest
        apart.append(abs(hits[one].sum() / trials[one].sum() - hits[two].sum() / trials[two].sum()))
    exact = np.mean(np.array(apart) >= 0.6 - 1e-9)
    assert found.p_value == pytest.approx(exact, abs=0.01)


def test_more_comparisons_make_wider_intervals() -> None:
    """Simultaneous intervals are those of the confidence divided among them; the p-value stays."""
    one, five = (
        compare(single(30, 200), single(12, 250), random=random(), comparisons=count) for count in (1, 5)
    )
    assert one is not None
    assert five is not None
    assert five.p_value == one.p_value
    expected = difference_interval(30 / 200, 200, 12 / 250, 250, 0.99)
    assert (five.difference_low, five.difference_high) == pytest.approx(expected)
    assert five.first == cluster_interval(*single(30, 200), 0.99)
    with pytest.raises(ValueError, match="at least this one"):
        compare(single(1, 2), single(1, 2), random=random(), comparisons=0)


def test_a_group_without_trials_cannot_be_compared() -> None:
    """None, not a difference of zero; two groups without any hit do not differ and have no ratio."""
    nobody = (np.array([], np.int64), np.array([], np.int64))
    assert compare(nobody, single(1, 3), random=random()) is None
    found = compare(single(0, 30), single(0, 40), random=random())
    assert found is not None
    assert (found.p_value, found.ratio, found.ratio_low, found.ratio_high) == (1.0, None, None, None)


@pytest.mark.parametrize("p_values", [[0.03, 0.001, 0.03, 0.7, 0.012], [0.0, 1.0, 0.2]])
def test_holm_agrees_with_statsmodels(p_values: list[float]) -> None:
    """In any order, ties included."""
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist())


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_makes_a_difference_surer(p_values: list[float]) -> None:
    """Adjusted values are no lower, at most 1, in the same order, and no more than Bonferroni's."""
    found = holm(p_values)
    pairs = sorted(zip(p_values, found, strict=True))
    assert [after for _, after in pairs] == sorted(found)
    assert all(p <= after <= min(1.0, p * len(p_values)) for p, after in pairs)


def test_what_is_no_p_value_is_refused() -> None:
    """Also one that is not known."""
    assert holm([]) == ()
    for wrong in (1.5, -0.1, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            holm([0.5, wrong])

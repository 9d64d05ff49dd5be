"""An interval that holds at every look, and the band that a rate may leave."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import betabinom, binom

from lfr_actors.evaluation.intervals import proportion_interval
from lfr_actors.evaluation.sequential import Side, left_band, time_uniform_interval


@pytest.mark.parametrize(("hits", "trials"), [(3, 10), (1, 40), (95, 100), (12, 5_000)])
def test_the_limits_are_where_the_mixture_outweighs_the_rate(hits: int, trials: int) -> None:
    """Against the beta-binomial distribution of scipy, solved by its root finder."""
    found = time_uniform_interval(hits, trials)
    assert found is not None

    def weight(rate: float) -> float:
        return float(betabinom.logpmf(hits, trials, 0.5, 0.5) - binom.logpmf(hits, trials, rate) - np.log(20))

    rate = hits / trials
    assert found.low == pytest.approx(brentq(weight, 1e-12, rate, xtol=1e-14), rel=1e-6)
    assert found.high == pytest.approx(brentq(weight, rate, 1 - 1e-12, xtol=1e-14), rel=1e-6)


@given(st.integers(1, 2_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_wider_than_that_of_one_look(counts: tuple[int, int]) -> None:
    """It contains the rate that was found, and is as wide as the exact one; the ends are open without misses."""
    found, once = time_uniform_interval(*counts), proportion_interval(*counts)
    assert found is not None
    assert once is not None
    assert 0 <= found.low <= found.rate <= found.high <= 1
    assert found.high - found.low >= (once.high - once.low) * 0.99
    assert (found.low == 0) == (counts[0] == 0)
    assert (found.high == 1) == (counts[0] == counts[1])


def alarms(seed: int, rate: float, low: float | None, high: float | None, trials: int, runs: int) -> float:
    """The share of simulated days on which the band was left, looked at after every tenth trial."""
    random = np.random.default_rng(seed)
    counts = np.cumsum(random.random((runs, trials)) < rate, axis=1)[:, 9::10]
    looks = np.arange(10, trials + 1, 10)
    left: dict[tuple[int, int], bool] = {}
    days = 0
    for day in counts.tolist():
        for hits, seen in zip(day, looks.tolist(), strict=True):
            if (hits, seen) not in left:
                left[hits, seen] = left_band(hits, seen, low, high) is not None
            if left[hits, seen]:
                days += 1
                break
    return days / runs


def test_looking_often_does_not_cry_wolf() -> None:
    """With a true rate at the edge of its band, one day in twenty at most has a false alarm in fifty looks."""
    assert alarms(1, 0.8, 0.8, None, 500, 150) <= 0.05
    assert alarms(2, 0.01, None, 0.01, 500, 150) <= 0.05


def test_a_rate_that_left_is_found() -> None:
    """Recognising half instead of eight in ten is said on nearly every day of 200 passes."""
    assert alarms(3, 0.5, 0.8, None, 200, 60) > 0.95


@pytest.mark.study
def test_false_alarms_of_a_long_day() -> None:
    """2,000 trials, at the edge and inside of bands of several rates: never more than one day in twenty."""
    for rate, low, high in ((0.8, 0.8, None), (0.5, 0.5, 0.5), (0.001, None, 0.001), (0.85, 0.8, 0.9)):
        assert alarms(4, rate, low, high, 2_000, 1_000) <= 0.05


def test_sides_and_open_bands() -> None:
    """Below, above, inside; without trials nothing is known; a limit that is None is none."""
    assert left_band(10, 100, 0.8, 1.0) is Side.BELOW
    assert left_band(40, 1_000, None, 0.01) is Side.ABOVE
    assert left_band(85, 100, 0.8, None) is None
    assert left_band(78, 100, 0.8, None) is None  # below, and not surely
    assert left_band(0, 0, 0.8, None) is None
    assert left_band(10, 100, None, None) is None


def test_what_is_no_band_is_refused() -> None:
    """Limits the wrong way round or outside of a rate, and counts that are no proportion."""
    for low, high in ((0.9, 0.8), (-0.1, None), (None, 1.1)):
        with pytest.raises(ValueError, match="is no band"):
            left_band(1, 2, low, high)
    with pytest.raises(ValueError, match="hits lie between"):
        time_uniform_interval(3, 2)
    with pytest.raises(ValueError, match="0.95 is usual"):
        time_uniform_interval(1, 2, 95)
    assert time_uniform_interval(0, 0) is None

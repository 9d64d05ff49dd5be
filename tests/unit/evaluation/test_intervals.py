"""Exact intervals of proportions, and rates without data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from lfr_actors.evaluation.intervals import proportion_interval, rate_words


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        # the rule of three: without a hit, 1 - 0.025^(1/n)
        (0, 10, 0.0, 1 - 0.025**0.1),
        (10, 10, 0.025**0.1, 1.0),
        # R's binom.test(7, 20), which is Clopper and Pearson's interval
        (7, 20, 0.1539092, 0.5921885),
        (1, 1, 0.025, 1.0),
    ],
)
def test_known_intervals(hits: int, trials: int, low: float, high: float) -> None:
    """The limits are those known in closed form, or from R."""
    found = proportion_interval(hits, trials)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-7)
    assert found.rate == hits / trials


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_the_limits_are_where_the_result_becomes_too_rare(counts: tuple[int, int], confidence: float) -> None:
    """At each limit, a result at least as extreme has half of what the confidence leaves over."""
    hits, trials = counts
    found = proportion_interval(hits, trials, confidence)
    assert found is not None
    assert 0 <= found.low <= found.rate <= found.high <= 1
    tail = (1 - confidence) / 2
    if hits > 0:
        assert binom.sf(hits - 1, trials, found.low) == pytest.approx(tail, rel=1e-6)
    if hits < trials:
        assert binom.cdf(hits, trials, found.high) == pytest.approx(tail, rel=1e-6)


def test_a_rate_without_trials_is_no_rate() -> None:
    """Neither zero nor anything else: there is insufficient data, and it says so."""
    assert proportion_interval(0, 0) is None
    assert rate_words(None) == "insufficient data"


def test_a_rate_in_words_says_its_interval_and_its_counts() -> None:
    """What is shown can be judged without another source."""
    assert rate_words(proportion_interval(9, 10)) == "90.0 % (95 % interval 55.5 to 99.7 %, 9 of 10)"


@pytest.mark.parametrize(
    ("hits", "trials", "confidence"), [(3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0), (1, 2, 0)]
)
def test_what_is_no_proportion_is_refused(hits: int, trials: int, confidence: float) -> None:
    """More hits than trials, or a confidence that no interval has."""
    with pytest.raises(ValueError, match=r"hits lie between|0.95 is usual"):
        proportion_interval(hits, trials, confidence)

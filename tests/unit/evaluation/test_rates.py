"""Rates of identification: worked by hand, and against an independent implementation."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from lfr_actors.evaluation.intervals import proportion_interval
from lfr_actors.evaluation.rates import (
    false_alert_rates,
    fnir,
    fpir,
    precision,
    rank_k,
    selectivity,
    tpir,
)
from lfr_actors.evaluation.searches import from_scores
from tests.unit.evaluation.made_searches import drawn_searches, searches_of

NAN = float("nan")
HAND = searches_of(
    # right; right at the threshold itself; below it; second behind another; no face
    [("ann", 0.9, 0.1), ("ann", 0.5, 0.2), ("bob", 0.4, 0.1), ("bob", 0.7, 0.8), ("carl", NAN, NAN)],
    [("dora", 0.6), ("emil", 0.5), ("fred", 0.4), ("gus", NAN)],
)


def test_rates_worked_by_hand() -> None:
    """Two of five mated and two of four non-mated searches; what was not acquired is in the denominators."""
    found = [tpir(HAND, 0.5), tpir(HAND, 0.5, rank=2), fnir(HAND, 0.5), fpir(HAND, 0.5), rank_k(HAND, 1)]
    counts = [(one.hits, one.trials) for one in found if one is not None]
    assert counts == [(2, 5), (3, 5), (3, 5), (2, 4), (3, 5)]
    assert [one.hits for k in (1, 2, 3) if (one := rank_k(HAND, k))] == [3, 4, 4]


def test_a_score_at_the_threshold_is_a_match() -> None:
    """The decision is score >= threshold, for mates and for strangers."""
    above = float(np.nextafter(np.float32(0.5), np.float32(1)))
    assert [one.hits for one in (tpir(HAND, above), fpir(HAND, above)) if one] == [1, 1]


def test_without_searches_there_is_no_rate() -> None:
    """No mated, no non-mated searches, or nobody on the list: None, never zero."""
    assert tpir(HAND.non_mated_only(), 0.5) is None
    assert fnir(HAND.non_mated_only(), 0.5) is None
    assert rank_k(HAND.non_mated_only()) is None
    assert fpir(HAND.mated_only(), 0.5) is None
    assert selectivity(HAND.mated_only(), 0.5) is None
    empty = from_scores([], ["ann"], np.empty((1, 0), np.float32))
    assert fpir(empty, 0.5) is None
    assert selectivity(empty, 0.5) is None
    assert precision(0, 0) is None
    nothing = false_alert_rates(0, 0, 0)
    assert nothing.over_faces is None
    assert nothing.over_alerts is None


def test_selectivity_counts_every_candidate() -> None:
    """Three candidates in two searches make 1.5 a search; and it says when there may be more than were kept."""
    scores = np.array([[0.9, 0.8, 0.1], [0.7, 0.2, 0.1]], np.float32)
    found = selectivity(from_scores(["a", "b", "c"], ["x", "y"], scores), 0.5)
    assert found is not None
    assert (found.candidates, found.searches, found.per_search, found.at_least) == (3, 2, 1.5, False)
    long = from_scores([f"p{n}" for n in range(100)], ["x"], np.ones((1, 100), np.float32))
    capped = selectivity(long, 0.5)
    assert capped is not None
    assert capped.at_least


def test_both_false_alert_rates() -> None:
    """The Metropolitan Police's published year: 0.0003 % of faces and 0.48 % of alerts are the same ten alerts."""
    found = false_alert_rates(10, 3_147_436, 2_077)
    assert found.over_faces is not None
    assert found.over_alerts is not None
    assert 100 * found.over_faces.rate == pytest.approx(0.0003, abs=5e-5)
    assert 100 * found.over_alerts.rate == pytest.approx(0.48, abs=5e-3)
    assert 1 / found.over_faces.high == pytest.approx(171_000, rel=5e-3)
    assert 1 / found.over_faces.low == pytest.approx(656_000, rel=5e-3)
    with pytest.raises(ValueError, match="hits lie between"):
        false_alert_rates(3, 100, 2)


def test_more_false_alerts_than_faces_are_no_share_of_them() -> None:
    """A track may raise several alerts: over faces there is no rate then, over alerts there is."""
    found = false_alert_rates(3, 2, 4)
    assert found.over_faces is None
    assert found.over_alerts == proportion_interval(3, 4)


def test_precision_leaves_out_what_nobody_could_tell() -> None:
    """True alerts over those found true or false."""
    assert precision(8, 2) == proportion_interval(8, 10)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("threshold", [0.3, 0.4, 0.5])
def test_rates_agree_with_an_independent_implementation(seed: int, threshold: float) -> None:
    """Counted one by one, with the intervals of statsmodels."""
    searches = drawn_searches(seed)
    mated = [
        bool(rank == 1 and score >= threshold)
        for rank, score, known in zip(searches.mate_rank, searches.mate_score, searches.mated, strict=True)
        if known
    ]
    others = [bool(top >= threshold) for top in searches.top_score[~searches.mated]]
    for found, hits in ((tpir(searches, threshold), mated), (fpir(searches, threshold), others)):
        assert found is not None
        low, high = proportion_confint(sum(hits), len(hits), method="beta")
        assert (found.rate, found.low, found.high) == pytest.approx((np.mean(hits), low, high), abs=1e-9)


def test_a_rank_below_the_first_is_refused() -> None:
    """There is no rank 0."""
    with pytest.raises(ValueError, match="first candidate has rank 1"):
        rank_k(HAND, 0)

"""The threshold for a target FPIR, its limits, and the DET curve."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from lfr_actors.evaluation.bootstrap import bootstrap
from lfr_actors.evaluation.operating_point import (
    allowed,
    det_curve,
    just_above,
    needed_searches,
    threshold_at_fpir,
    threshold_for_fpir,
    tpir_at_fpir,
    why_no_threshold,
)
from lfr_actors.evaluation.rates import fpir, tpir
from lfr_actors.evaluation.searches import Searches, from_scores
from tests.unit.evaluation.made_searches import drawn_searches, searches_of

NAN = float("nan")


def strangers(*tops: float) -> Searches:
    """Non-mated searches with these top scores, and one mated one."""
    return searches_of([("ann", 0.5, 0.0)], [(f"s{place}", top) for place, top in enumerate(tops)])


@pytest.mark.parametrize(
    ("tops", "target", "expected", "hits"),
    [
        # one of four may match: just above the second highest
        ((0.9, 0.7, 0.5, 0.3), 0.25, 0.7, 1),
        # a tie of two cannot be parted: both stay out
        ((0.9, 0.7, 0.7, 0.3), 0.5, 0.7, 1),
        # between 1/4 and 2/4 still only one
        ((0.9, 0.7, 0.5, 0.3), 0.49, 0.7, 1),
        # a probe without a face is a search that can never match
        ((0.9, 0.7, NAN, 0.3), 0.5, 0.3, 2),
    ],
)
def test_the_lowest_threshold_that_keeps_the_target(
    tops: tuple[float, ...], target: float, expected: float, hits: int
) -> None:
    """Just above the (k+1)th highest top score, k being what the target allows of the searches."""
    found = threshold_for_fpir(strangers(*tops), target)
    assert found is not None
    score = float(np.float32(expected))
    assert found.threshold == float(np.nextafter(np.float32(expected), np.float32(1)))
    assert found.threshold > score
    assert found.fpir.hits == hits
    assert found.tpir is not None
    assert found.tpir.hits == int(found.threshold <= 0.5)


def test_when_all_that_was_acquired_may_match_the_lowest_score_is_the_threshold() -> None:
    """Two of four have a face, two of four may match: nothing keeps them out, and none has to be."""
    found = threshold_for_fpir(strangers(0.9, 0.7, NAN, NAN), 0.5)
    assert found is not None
    assert found.threshold == pytest.approx(0.7)
    assert found.fpir.hits == 2


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.05, 0.1, 0.3]))
def test_no_lower_threshold_keeps_the_target(seed: int, target: float) -> None:
    """At the threshold the measured FPIR is at most the target, at the score just below it is more."""
    searches = drawn_searches(seed, people=3)
    found = threshold_for_fpir(searches, target)
    assert found is not None
    assert found.fpir.rate <= target
    below = fpir(searches, float(np.nextafter(np.float32(found.threshold), np.float32(-1))))
    assert below is not None
    assert below.rate > target
    assert found.threshold_low is None or found.threshold_low <= found.threshold
    assert found.threshold_high is None or found.threshold_high >= found.threshold


def test_a_target_is_read_as_the_decimal_it_is_written_as() -> None:
    """29 % of 100 searches are 29 of them, though 0.29 * 100 is less in binary numbers."""
    assert math.floor(0.29 * 100) == 28
    assert allowed(0.29, 100) == 29
    assert allowed(0.01, 1600) == 16
    assert needed_searches(0.01) == 100
    assert needed_searches(0.0003) == 3334


@pytest.mark.parametrize(
    ("searches", "target", "says"),
    [
        (strangers(0.5, 0.4), 0.1, "cannot be shown with 2 non-mated searches: at least 10"),
        (strangers(0.5).mated_only(), 0.1, "no non-mated searches"),
        (strangers(*[NAN] * 20), 0.1, "no face was found"),
        (from_scores([], ["x"], np.empty((1, 0), np.float32)), 0.1, "list is empty"),
    ],
)
def test_what_the_data_cannot_show_is_said(searches: Searches, target: float, says: str) -> None:
    """No threshold, and the reason in words."""
    reason = why_no_threshold(searches, target)
    assert reason is not None
    assert says in reason
    assert threshold_for_fpir(searches, target) is None


@pytest.mark.parametrize("target", [0.0, 1.0, 1.5])
def test_a_target_that_is_no_rate_is_refused(target: float) -> None:
    """Nothing and everything are no targets."""
    with pytest.raises(ValueError, match="not between 0 and 1"):
        threshold_for_fpir(strangers(0.5), target)


def test_the_limits_are_order_statistics() -> None:
    """At 10 % of 200: the innermost scores beyond which too few, or too many, would have to lie."""
    tops = np.linspace(0.0, 0.995, 200)
    found = threshold_for_fpir(strangers(*tops.tolist()), 0.1)
    assert found is not None
    counts = np.arange(201)
    high_place = counts[binom.cdf(counts, 200, 0.1) <= 0.025].max()
    low_place = counts[binom.sf(counts, 200, 0.1) <= 0.025].min()
    ordered = tops[::-1]
    assert found.threshold_high == just_above(float(np.float32(ordered[high_place])))
    assert found.threshold_low == just_above(float(np.float32(ordered[low_place])))
    few = threshold_for_fpir(strangers(*tops[:20].tolist()), 0.1)
    assert few is not None
    assert few.threshold_high is None  # above the highest of 20 nothing is known of 1 in 10


def test_weighted_thresholds_are_those_of_repeated_searches() -> None:
    """A search that counts twice is as two searches, and one that counts nothing is none."""
    searches = drawn_searches(3, strangers=60)
    random = np.random.default_rng(4)
    weights = random.integers(0, 3, (20, len(searches))).astype(np.float64)
    thresholds, rates = (each(0.1)(searches, weights) for each in (threshold_at_fpir, tpir_at_fpir))
    for row, threshold, rate in zip(weights.astype(int), thresholds, rates, strict=True):
        places = np.repeat(np.arange(len(searches)), row)
        tops = [searches.top_score[place] for place in places if not searches.mated[place]]
        acquired = sorted((top for top in tops if not np.isnan(top)), reverse=True)
        assert threshold == just_above(acquired[allowed(0.1, len(tops))])
        mates = [place for place in places if searches.mated[place]]
        found = [
            searches.mate_rank[place] == 1 and searches.mate_score[place] >= threshold for place in mates
        ]
        assert rate == pytest.approx(np.mean(found))


def test_the_bootstrap_is_that_of_the_same_operating_point() -> None:
    """Threshold and TPIR are estimated as without resampling; the limits are repeatable with the same seed."""
    searches = drawn_searches(5)
    found = threshold_for_fpir(searches, 0.05, random=np.random.default_rng(1), draws=200)
    assert found is not None
    assert found.threshold_by_person is not None
    assert found.tpir_by_person is not None
    assert found.tpir is not None
    assert found.threshold_by_person.estimate == found.threshold
    assert found.tpir_by_person.estimate == pytest.approx(found.tpir.rate)
    again = bootstrap(searches, threshold_at_fpir(0.05), np.random.default_rng(1), 200)
    assert again == found.threshold_by_person
    nobody_mated = threshold_for_fpir(searches.non_mated_only(), 0.05, random=np.random.default_rng(1))
    assert nobody_mated is not None
    assert nobody_mated.tpir_by_person is None


@pytest.mark.parametrize("seed", range(3))
def test_the_det_curve_is_both_rates_at_every_threshold(seed: int) -> None:
    """At every threshold of the curve the error rates are those of `rates`; one falls, the other rises."""
    searches = drawn_searches(seed, people=20, strangers=40)
    curve = det_curve(searches)
    assert curve is not None
    for threshold, false, missed in zip(curve.threshold, curve.fpir, curve.fnir, strict=True):
        positive, right = fpir(searches, threshold), tpir(searches, threshold)
        assert positive is not None
        assert right is not None
        assert (false, missed) == pytest.approx((positive.rate, 1 - right.rate))
    assert (np.diff(curve.fpir) <= 0).all()
    assert (np.diff(curve.fnir) >= 0).all()
    assert (curve.fpir[-1], curve.fnir[-1]) == (0.0, 1.0)
    assert det_curve(searches.mated_only()) is None
    assert det_curve(searches.non_mated_only()) is None
    assert det_curve(searches_of([("ann", NAN, NAN)], [("bob", NAN)])) is None

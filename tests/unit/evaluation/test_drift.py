"""Drift: the distance of two histograms, when chance stays below it, and which stretches are compared."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from lfr_actors.evaluation.drift import (
    Stretch,
    cumulative_shares,
    distance,
    faces_needed,
    latest,
    reference_faces_needed,
    shares_at_list_size,
)

COUNTS = st.lists(st.integers(min_value=0, max_value=50), min_size=4, max_size=4).filter(any)


def test_a_distance_worked_by_hand() -> None:
    """Half, then all, against a quarter, then three quarters, then all: a quarter apart."""
    assert distance([2, 2, 0], [0.25, 0.75, 1.0]) == pytest.approx(0.25)
    assert distance([0, 0, 0], [0.25, 0.75, 1.0]) is None
    assert cumulative_shares([0, 0]) is None
    with pytest.raises(ValueError, match="2 and of 3 bins"):
        distance([1, 1], [0.25, 0.75, 1.0])


@given(COUNTS, COUNTS)
def test_it_is_the_statistic_of_kolmogorov_and_smirnov(one: list[int], other: list[int]) -> None:
    """With every value at its bin, an independent implementation finds the same distance."""
    shares = cumulative_shares(other)
    assert shares is not None
    samples = (np.repeat(np.arange(4), counts) for counts in (one, other))
    assert distance(one, shares) == pytest.approx(ks_2samp(*samples, method="asymp").statistic)


def test_chance_keeps_below_what_is_said() -> None:
    """Of 1,000 pairs of one crowd's stretches, in which faces are seen dozens of times, hardly one is further."""
    random, edges = np.random.default_rng(5), np.linspace(0, 1, 21)

    def crowd(faces: int) -> np.ndarray:
        often = random.integers(5, 60, faces)
        qualities = np.repeat(random.normal(0.55, 0.15, faces), often) + random.normal(0, 0.05, often.sum())
        return np.histogram(qualities.clip(0, 1), edges)[0]

    needed = faces_needed(0.15, 600)
    assert needed is not None
    then = cumulative_shares(crowd(600))
    assert then is not None
    apart = [distance(crowd(needed), then) or 0.0 for _ in range(1_000)]
    assert sum(each > 0.15 for each in apart) <= 1


def test_a_reference_may_be_too_small() -> None:
    """With too few faces at commissioning no stretch is long enough; with as many as are asked for, one is."""
    least = reference_faces_needed(0.15)
    assert least == 543
    assert faces_needed(0.15, least) is not None
    assert faces_needed(0.15, least // 3) is None
    assert faces_needed(0.15, 0) is None


def test_scores_rise_with_the_list() -> None:
    """The best of twice as many scores lies below a value when two of half as many do."""
    assert shares_at_list_size([0.5, 1.0], subjects=500, now=1_000) == pytest.approx([0.25, 1.0])
    random = np.random.default_rng(2)
    small, large = (random.normal(size=(20_000, n)).max(axis=1) for n in (50, 100))
    edges = np.linspace(0, 6, 60)
    then = cumulative_shares(np.histogram(small, edges)[0])
    assert then is not None
    now = np.histogram(large, edges)[0]
    assert (distance(now, then) or 0) > 0.15
    assert (distance(now, shares_at_list_size(then, subjects=50, now=100)) or 0) < 0.02
    with pytest.raises(ValueError, match="somebody on them"):
        shares_at_list_size([1.0], subjects=0, now=1)


def test_the_newest_stretches_are_compared() -> None:
    """As many of the latest as hold enough faces, whole ones; all of them where they do not."""
    stretches = [Stretch(faces=faces, counts=(faces, 0)) for faces in (5, 10, 20)]
    assert latest(stretches, 25) == Stretch(faces=30, counts=(30, 0))
    assert latest(stretches, 20) == Stretch(faces=20, counts=(20, 0))
    assert latest(stretches, 100).faces == 35
    with pytest.raises(ValueError, match="no stretch"):
        latest([], 1)

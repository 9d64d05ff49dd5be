"""Counts of a camera."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.tally import TOO_SHORT, Latency, Tally


def test_no_data_is_none_and_not_zero() -> None:
    """A quantile of nothing is None; an interval in which nothing happened is None."""
    assert Latency().quantile_ms(0.5) is None
    assert Tally().take("c", 0) is None


@given(st.lists(st.floats(0.0002, 50), min_size=1, max_size=300), st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_a_quantile_is_right_to_one_bin(durations_s: list[float], q: float) -> None:
    """At least a share q of the durations is at most the answer, and the answer is one bin away at most."""
    latency = Latency()
    for duration_s in durations_s:
        latency.add_s(duration_s)
    answer_ms = latency.quantile_ms(q)
    assert answer_ms is not None
    exact_ms = float(np.quantile(np.array(durations_s) * 1e3, q, method="inverted_cdf"))
    assert exact_ms * 0.99 <= answer_ms <= exact_ms * 1.05


def test_merging_adds() -> None:
    """Two cameras' histograms together are the histogram of all their durations."""
    one, two, both = Latency(), Latency(), Latency()
    for part, value in ((one, 0.01), (two, 0.1), (two, 0.2)):
        part.add_s(value)
        both.add_s(value)
    assert Latency.merged([one.as_tuple(), two.as_tuple()]).as_tuple() == both.as_tuple()


def test_an_interval_counts_and_starts_again() -> None:
    """Everything counted since the last take is in the event, once; totals go on."""
    tally = Tally()
    for i in range(5):
        tally.frame(i * 0.5)
    tally.track_born()
    tally.track_born()
    tally.track_ended(searched=True, refused_for=None)
    tally.track_ended(searched=False, refused_for="sharpness")
    tally.track_ended(searched=False, refused_for=None)
    tally.search(0.31)
    tally.quality(0.5)
    tally.probe_dropped()
    assert tally.interval_s == pytest.approx(2.0)
    observed = tally.take("gate", dropped=7)
    assert observed is not None
    assert (observed.camera, observed.frames, observed.dropped, observed.tracks) == ("gate", 5, 7, 2)
    assert (observed.tracks_ended, observed.tracks_searched) == (3, 1)
    assert observed.rejected == {"sharpness": 1, TOO_SHORT: 1}
    assert (observed.searches, observed.probes_dropped) == (1, 1)
    assert (sum(observed.score_histogram), sum(observed.quality_histogram)) == (1, 1)
    assert tally.take("gate", dropped=0) is None
    assert (tally.frames, tally.tracks, tally.searches) == (5, 2, 1)

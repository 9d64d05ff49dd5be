"""Counting how old things were when they were overwritten."""

from __future__ import annotations

import threading

import pytest

from lfr_actors.events.histograms import AGE_EDGES_S
from lfr_actors.lifetimes import Lifetimes


def bins(counts: tuple[int, ...]) -> dict[float, int]:
    """Lower edge of each bin that is not empty, and its count."""
    return {AGE_EDGES_S[place]: count for place, count in enumerate(counts) if count}


def test_ages_are_counted_by_kind() -> None:
    """Each age is in its bin of its kind, on an edge in the bin above, and the longest is told exactly."""
    lifetimes = Lifetimes()
    lifetimes.overwritten("chip", 10.0, 10.125)
    lifetimes.overwritten("chip", 10.0, 10.25, count=3)
    lifetimes.overwritten("frame", 10.0, 10.42)
    event = lifetimes.take("east")
    assert event is not None
    assert event.camera == "east"
    assert {kind: bins(counts) for kind, counts in event.ages_histogram.items()} == {
        "chip": {0.1: 1, 0.25: 3},
        "frame": {0.4: 1},
    }
    assert event.longest_s == {"chip": 0.25, "frame": 0.42}


def test_each_stretch_is_counted_once() -> None:
    """What was taken is not told again; the longest since the start stays."""
    lifetimes = Lifetimes()
    assert lifetimes.take("east") is None
    lifetimes.overwritten("template", 0.0, 0.9)
    assert lifetimes.take("east") is not None
    assert lifetimes.take("east") is None
    lifetimes.overwritten("template", 5.0, 5.3)
    event = lifetimes.take("east")
    assert event is not None
    assert event.longest_s == {"template": pytest.approx(0.3)}
    assert lifetimes.longest_s == {"template": 0.9}


@pytest.mark.parametrize(("age_s", "edge"), [(-0.2, 0.0), (0.0, 0.0), (9999.0, 5.0)])
def test_an_age_beyond_the_bins_counts_in_the_outermost(age_s: float, edge: float) -> None:
    """Clocks of two machines may give an age below 0: it counts as 0; a very great one is not lost either."""
    lifetimes = Lifetimes()
    lifetimes.overwritten("query", 100.0, 100.0 + age_s)
    event = lifetimes.take("east")
    assert event is not None
    assert bins(event.ages_histogram["query"]) == {edge: 1}
    assert event.longest_s["query"] == pytest.approx(max(0.0, age_s))


def test_nothing_overwritten_counts_nothing() -> None:
    """A count of 0, as from a sweep that found nothing, leaves no trace."""
    lifetimes = Lifetimes()
    lifetimes.overwritten("chip", 0.0, 1.0, count=0)
    assert lifetimes.take("east") is None
    assert lifetimes.longest_s == {}


def test_several_threads_lose_no_count() -> None:
    """The capture thread and the event loop may both tell."""
    lifetimes = Lifetimes()

    def tell() -> None:
        for _ in range(500):
            lifetimes.overwritten("frame", 0.0, 0.5)

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    event = lifetimes.take("east")
    assert event is not None
    assert sum(event.ages_histogram["frame"]) == 2000

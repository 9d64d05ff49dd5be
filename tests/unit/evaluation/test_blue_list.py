"""Passes of volunteers against recognitions: who is counted, once, and where."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from lfr_actors.evaluation.blue_list import BlueListFigures, Sighting, blue_list_report, matched

NOON = dt.datetime(2024, 9, 7, 12, tzinfo=dt.UTC)


def seen(*times_s: float, who: str = "c1", camera: str = "east") -> list[Sighting]:
    """Sightings of a volunteer, seconds after noon."""
    return [Sighting(commitment=who, camera=camera, at=moment(at)) for at in times_s]


def moment(at_s: float) -> dt.datetime:
    """So many seconds after noon."""
    return NOON + dt.timedelta(seconds=at_s)


def counts(passes: list[Sighting], recognitions: list[Sighting], cooldown_s: float = 60.0) -> tuple[int, ...]:
    """Recognised, missed, in cooldown, undeclared."""
    total = blue_list_report(passes, recognitions, cooldown_s=cooldown_s).total
    return total.recognised, total.missed, total.in_cooldown, total.undeclared


def test_a_pass_is_recognised_within_half_a_minute() -> None:
    """Before or after the declared time, at thirty seconds still and not beyond; each way alone."""
    for at_s, expected in ((30, (1, 0, 0, 0)), (-30, (1, 0, 0, 0)), (31, (0, 1, 0, 1))):
        assert counts(seen(0), seen(at_s)) == expected


def test_another_volunteer_or_camera_recognises_nothing() -> None:
    """A recognition counts for its own volunteer on its own camera."""
    assert counts(seen(0), seen(0, who="c2")) == (0, 1, 0, 1)
    assert counts(seen(0), seen(0, camera="west")) == (0, 1, 0, 1)


def test_each_counts_once() -> None:
    """One recognition does not serve two passes, nor do two recognitions make one pass count twice."""
    assert counts(seen(0, 10), seen(5), cooldown_s=0) == (1, 1, 0, 0)
    assert counts(seen(0), seen(1, 20)) == (1, 0, 0, 1)


def test_a_pass_in_the_cooldown_is_not_counted_as_missed() -> None:
    """After a recognition the deployment raises nothing for a while; a pass in that time says nothing of it."""
    assert counts(seen(0, 50), seen(1)) == (1, 0, 1, 0)
    assert counts(seen(0, 61), seen(1)) == (1, 1, 0, 0)
    assert counts(seen(0, 50), seen(51)) == (1, 1, 0, 0)  # the first was missed, so the second could be seen


def test_cameras_are_counted_apart_and_together() -> None:
    """Each camera has its own figures, also one that nobody passed; the whole is their sum."""
    passes = seen(0, 300) + seen(0, camera="west", who="c2")
    report = blue_list_report(passes, seen(1), cameras=("east", "west", "north"), cooldown_s=60)
    east, west, north = (report.cameras[name] for name in ("east", "west", "north"))
    assert (east.recognised, east.passes, west.recognised, west.passes) == (1, 2, 0, 1)
    assert north == BlueListFigures(volunteers=0, passes=0, recognised=0, in_cooldown=0, undeclared=0)
    assert (report.total.passes, report.total.recognised, report.total.volunteers) == (3, 1, 2)


def test_a_rate_needs_passes_and_has_an_exact_interval() -> None:
    """Recognitions alone give no rate; ten of ten passes are no certainty."""
    assert blue_list_report([], seen(0), cooldown_s=60).total.tpir is None
    times = [300.0 * n for n in range(10)]
    tpir = blue_list_report(seen(*times), seen(*times), cooldown_s=60).total.tpir
    assert tpir is not None
    assert (tpir.rate, tpir.high) == (1.0, 1.0)
    assert round(tpir.low, 3) == 0.692


def test_a_pass_that_only_follows_a_recognition_has_no_rate() -> None:
    """When every pass fell into a cooldown, there is nothing to divide by."""
    total = blue_list_report(seen(40), seen(0), cooldown_s=60).total
    assert (total.in_cooldown, total.tpir) == (1, None)


times = st.lists(st.integers(0, 200), max_size=12).map(sorted)


@given(times, times)
def test_no_pairing_has_more_pairs(declared: list[int], recognised: list[int]) -> None:
    """The pairs are as many as in a largest matching, each pass and recognition once, all within reach."""
    pairs = matched([moment(at) for at in declared], [moment(at) for at in recognised], 30)
    assert all(abs(declared[left] - recognised[right]) <= 30 for left, right in pairs)
    assert len({left for left, _ in pairs}) == len({right for _, right in pairs}) == len(pairs)
    if declared and recognised:
        reach = np.abs(np.subtract.outer(declared, recognised)) <= 30
        best = maximum_bipartite_matching(csr_array(reach.astype(np.int8)))
        assert len(pairs) == int((best >= 0).sum())
    else:
        assert not pairs

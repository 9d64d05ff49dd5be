from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.vision.sources.media_time import MediaTime


@pytest.mark.parametrize(
    ("timestamps_s", "times_s"),
    [
        ([0.0, 0.04, 0.08], [0.0, 0.04, 0.08]),
        ([7.5, 7.54, 9.0], [0.0, 0.04, 1.5]),
        ([-0.08, 0.0, 0.04], [0.0, 0.08, 0.12]),
        ([None, 0.04, 0.08], [0.0, 0.04, 0.08]),
        ([3.0, None, 3.08], [0.0, 0.04, 0.08]),
        ([None, None, None], [0.0, 0.04, 0.08]),
        ([1.0, 1.08, 1.04, 1.12], [0.0, 0.08, 0.08, 0.12]),
        ([500.0, 500.04, 0.0, 0.04], [0.0, 0.04, 0.08, 0.12]),
    ],
    ids=["plain", "late start", "early start", "first missing", "one missing", "all", "jitter", "set back"],
)
def test_times_start_at_zero_and_go_on(timestamps_s: list[float | None], times_s: list[float]) -> None:
    """Whatever the container's timestamps, the first frame is at 0 and the others follow it."""
    media_time = MediaTime(interval_s=0.04)
    assert [media_time.of(timestamp_s) for timestamp_s in timestamps_s] == pytest.approx(times_s)


def test_a_leap_of_a_camera_is_not_believed() -> None:
    """A live stream whose clock is set ahead goes on from where it was; a film's gap is kept."""
    timestamps_s = [0.0, 0.04, 9_000.0, 9_000.04]
    camera, film = MediaTime(interval_s=0.04, max_step_s=10), MediaTime(interval_s=0.04)
    assert [camera.of(t) for t in timestamps_s] == pytest.approx([0.0, 0.04, 0.08, 0.12])
    assert [film.of(t) for t in timestamps_s] == pytest.approx(timestamps_s)


@given(st.lists(st.none() | st.floats(-1e6, 1e6)), st.none() | st.floats(1, 100))
def test_times_never_fall(timestamps_s: list[float | None], max_step_s: float | None) -> None:
    """No sequence of timestamps makes the time fall or start anywhere but at 0."""
    media_time = MediaTime(interval_s=0.04, max_step_s=max_step_s)
    times_s = [media_time.of(timestamp_s) for timestamp_s in timestamps_s]
    assert times_s == sorted(times_s)
    assert not times_s or times_s[0] == 0

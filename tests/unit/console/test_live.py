"""What is told of cameras, and previews that do not stay."""

from __future__ import annotations

from typing import Any

from lfr_actors.actors.ports import CameraStatus
from lfr_actors.console.live import LiveState
from lfr_actors.messages import CameraId
from lfr_actors.tally import Latency
from tests.unit.console.console_site import Monotonic


def status(**changes: Any) -> CameraStatus:
    """A camera that works."""
    fields: dict[str, Any] = {
        "camera_id": CameraId("bridge-street"),
        "state": "live",
        "reason": None,
        "frames": 0,
        "dropped": 0,
        "faces": 0,
        "searches": 0,
        "unsearched": 0,
        "alerts": 0,
        "media_time_s": 0.0,
        "elapsed_s": 0.0,
        "latency": Latency().as_tuple(),
    }
    return CameraStatus(**(fields | changes))


def test_rates_are_of_the_last_seconds() -> None:
    """A rate needs two reports, is over the last ten seconds, and begins anew with another actor."""
    clock = Monotonic()
    live = LiveState(clock)
    live.show([status(frames=100)])
    assert live.cameras["bridge-street"].frames_per_s is None
    for second in range(1, 21):
        clock.now_s += 1.0
        live.show([status(frames=100 + 5 * second + (100 if second > 5 else 0), faces=second)])
    view = live.cameras["bridge-street"]
    assert view.frames_per_s == 5.0
    assert view.faces_per_min == 60.0
    live.show([status(frames=3)])
    assert live.cameras["bridge-street"].frames_per_s is None


def test_latency_is_of_the_last_seconds_and_not_zero_without_any() -> None:
    """Quantiles are of the searches between the reports; none at all is None."""
    clock, before, after = Monotonic(), Latency(), Latency()
    live = LiveState(clock)
    before.add_s(5.0)
    after.add_s(5.0)
    live.show([status(latency=before.as_tuple())])
    clock.now_s += 1.0
    live.show([status(latency=after.as_tuple())])
    assert live.cameras["bridge-street"].latency_p50_ms is None
    after.add_s(0.1)
    clock.now_s += 1.0
    live.show([status(latency=after.as_tuple())])
    p50 = live.cameras["bridge-street"].latency_p50_ms
    assert p50 is not None
    assert 95 < p50 < 110


def test_age_of_a_frame_counts_on_while_nothing_is_told() -> None:
    """A camera of which nothing is heard grows old, and is silent in the end."""
    clock = Monotonic()
    live = LiveState(clock)
    live.show([status(last_frame_age_s=0.5)])
    clock.now_s += 6.0
    view = live.cameras["bridge-street"]
    assert view.last_frame_age_s == 6.5
    assert view.is_silent


def test_previews_are_overwritten_in_memory() -> None:
    """After two seconds, and in place of one before, the bytes of a preview are zeros wherever they were kept."""
    clock = Monotonic()
    live = LiveState(clock)
    live.preview("a", b"first")
    first = live._previews["a"][0]
    live.preview("a", b"second")
    second = live._previews["a"][0]
    assert bytes(first) == bytes(5)
    assert live.preview_of("a") == b"second"
    clock.now_s += 2.1
    live.sweep()
    assert bytes(second) == bytes(6)
    assert live.preview_of("a") is None


def test_previews_are_wanted_only_while_somebody_looks() -> None:
    """Nobody looked: none. Somebody did: for three seconds."""
    clock = Monotonic()
    live = LiveState(clock)
    assert not live.wants_previews()
    live.looked_at()
    clock.now_s += 2.9
    assert live.wants_previews()
    clock.now_s += 0.2
    assert not live.wants_previews()

from __future__ import annotations

import asyncio
import logging
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import pytest

from lfr_actors.errors import SourceDenied, SourceNotFound, SourceStalled, SourceUnreadable
from lfr_actors.spec.source import SourceAddress
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.sources import (
    Backoff,
    Capture,
    Clock,
    Ended,
    Failed,
    FrameReader,
    Live,
    Lost,
    Opening,
    Pace,
    SourceState,
    open_reader,
)
from lfr_actors.vision.sources.faults import fault
from lfr_actors.vision.sources.handover import Handover
from lfr_actors.vision.sources.tape import PacketSink
from tests.unit.vision.sources.films import CAMERA, FakeClock, FakeReader, film_at, make_film

STALLED = SourceStalled(CAMERA.shown, "nothing came for 5 s")
DENIED = SourceDenied(CAMERA.shown, "wrong password")


class Script:
    """Opens, one after the other, what a test has laid out: readers, or errors. Then it asks to stop."""

    def __init__(self, steps: Sequence[FakeReader | Exception]) -> None:
        self._steps = list(steps)
        self.stop: Callable[[], None] = lambda: None

    def __call__(
        self,
        address: SourceAddress,
        *,
        pace: Pace,
        open_timeout_s: float,
        read_timeout_s: float,
        clock: Clock,
        packets: PacketSink | None,
    ) -> FrameReader:
        if not self._steps:
            self.stop()
            raise STALLED
        step = self._steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


async def drain(capture: Capture) -> list[Frame]:
    """Every frame that `get` gives until the source is over."""
    frames = []
    while (frame := await asyncio.wait_for(capture.get(), 20)) is not None:
        frames.append(frame)
    return frames


def watch(clock: FakeClock, steps: Sequence[FakeReader | Exception]) -> tuple[Capture, list[SourceState]]:
    """A started capture of a camera that does as scripted and is then stopped, and where its states go to."""
    states: list[SourceState] = []
    backoff = Backoff(base_s=1, cap_s=60, stable_s=30, uniform=lambda _, high: high)
    script = Script(steps)
    capture = Capture(CAMERA, on_state=states.append, backoff=backoff, clock=clock, opener=script)
    script.stop = capture.stop
    capture.start()
    return capture, states


async def test_a_film_at_full_speed_loses_no_frame(tmp_path: Path) -> None:
    """Every frame arrives in order, states go opening, live, ended, and the figures agree."""
    states: list[SourceState] = []
    capture = Capture(film_at(make_film(tmp_path / "a.mp4", frames=60)), pace="max", on_state=states.append)
    capture.start()
    frames = await drain(capture)
    await capture.closed()
    assert [frame.index for frame in frames] == list(range(60))
    assert states == [Opening(), Live(), Ended()]
    counters = capture.counters
    assert (counters.frames_read, counters.frames_dropped, counters.reconnections) == (60, 0, 0)
    assert counters.state == Ended()


async def test_a_film_in_real_time_keeps_only_the_newest(tmp_path: Path) -> None:
    """A reader that does not come misses frames; they are counted, and it gets the newest."""
    film = film_at(make_film(tmp_path / "a.mp4", frames=30))
    capture = Capture(film, pace="realtime", clock=FakeClock())
    capture.start()
    await capture.closed()
    frames = await drain(capture)
    assert [frame.index for frame in frames] == [29]
    assert capture.counters.frames_dropped == 29


async def test_a_film_that_cannot_be_opened_fails(tmp_path: Path) -> None:
    """`get` gives none at once and the state holds the error; nothing is tried again."""
    states: list[SourceState] = []
    capture = Capture(film_at(tmp_path / "missing.mp4"), on_state=states.append)
    capture.start()
    assert await drain(capture) == []
    assert isinstance(states[-1], Failed)
    assert isinstance(states[-1].error, SourceNotFound)
    assert [state.name for state in states] == ["opening", "failed"]


async def test_a_film_cut_off_fails_after_its_frames(tmp_path: Path) -> None:
    """The frames that are left are delivered first; then the state says what is wrong."""
    film = make_film(tmp_path / "a.mp4", frames=100, index_first=True)
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 6 // 10])
    capture = Capture(film_at(film), pace="max")
    capture.start()
    frames = await drain(capture)
    state = capture.counters.state
    assert len(frames) > 10
    assert isinstance(state, Failed)
    assert isinstance(state.error, SourceUnreadable)
    assert state.error.__traceback__ is None  # through it the last frame would live on


async def test_a_lost_camera_is_tried_again_and_goes_on_counting() -> None:
    """Every failure is told with its reason and a longer wait; frames of both connections count as one.

    No failure holds on, through its traceback, to the last frame.
    """
    clock = FakeClock()
    refused = SourceNotFound(CAMERA.shown, "connection refused")
    steps = [FakeReader(clock, [0.0, 1.0, 2.0], STALLED), refused, FakeReader(clock, [0.0, 1.0])]
    capture, states = watch(clock, steps)
    await capture.closed()
    lost = [state for state in states if isinstance(state, Lost)]
    names = [state.name for state in states]
    assert names == [
        "opening",
        "live",
        "lost",
        "opening",
        "lost",
        "opening",
        "live",
        "lost",
        "opening",
        "ended",
    ]
    assert [(state.reason, state.retry_in_s) for state in lost] == [
        ("nothing came for 5 s", 1),
        ("connection refused", 2),
        ("the camera closed the stream", 4),
    ]
    assert [state.error.__traceback__ for state in lost] == [None] * 3
    counters = capture.counters
    assert (counters.reconnections, counters.frames_read, counters.damaged_packets) == (1, 5, 2)


async def test_media_time_includes_the_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an outage, numbers go on by one and media time by the time that passed."""
    clock = FakeClock()
    seen: list[tuple[int, float]] = []

    def note(_: Handover[Frame], frame: Frame) -> bool:
        seen.append((frame.index, frame.media_time_s))
        return True

    monkeypatch.setattr(Handover, "put", note)
    capture, _ = watch(
        clock, [FakeReader(clock, [0.0, 2.0], STALLED), DENIED, FakeReader(clock, [0.0, 0.5], STALLED)]
    )
    await capture.closed()
    assert seen == [(0, 0.0), (1, 2.0), (2, 2.0 + 1 + 60), (3, 2.5 + 1 + 60)]


async def test_a_denied_camera_is_tried_slowly() -> None:
    """A wrong password keeps the camera lost, with its reason; a password mended there brings it back."""
    clock = FakeClock()
    capture, states = watch(clock, [DENIED, DENIED, FakeReader(clock, [0.0], STALLED)])
    await capture.closed()
    lost = [state for state in states if isinstance(state, Lost)]
    assert [(state.reason, state.retry_in_s) for state in lost[:2]] == [("wrong password", 60)] * 2
    assert Live() in states


async def test_a_stable_connection_makes_the_next_try_quick() -> None:
    """A camera that lived for the stable period is tried again after the shortest wait."""
    clock = FakeClock()
    refused = SourceNotFound(CAMERA.shown, "connection refused")
    capture, states = watch(clock, [refused, refused, FakeReader(clock, [0.0, 31.0], STALLED)])
    await capture.closed()
    assert [state.retry_in_s for state in states if isinstance(state, Lost)] == [1, 2, 1]


async def test_stop_ends_everything_and_may_be_repeated(tmp_path: Path) -> None:
    """Stopping in the middle of a film with back-pressure frees the thread; `get` gives none from then on."""
    capture = Capture(film_at(make_film(tmp_path / "a.mp4", frames=60)), pace="max")
    capture.start()
    assert await capture.get() is not None
    capture.stop()
    capture.stop()
    await asyncio.wait_for(capture.closed(), 10)
    assert await capture.get() is None
    assert capture.counters.state == Ended()


async def test_a_capture_that_was_never_started_can_be_closed() -> None:
    """Stopping and closing before the start wait for nothing; starting twice is a mistake."""
    capture = Capture(CAMERA, clock=FakeClock(), opener=Script([]))
    capture.stop()
    await capture.closed()
    assert await capture.get() is None
    capture.start()
    await capture.closed()
    with pytest.raises(RuntimeError, match="started before"):
        capture.start()


async def test_a_fault_of_the_program_reaches_the_reader() -> None:
    """What is not an error of the source is raised by `get`, rather than ending in silence."""
    capture, _ = watch(FakeClock(), [ZeroDivisionError("a bug")])
    with pytest.raises(ZeroDivisionError, match="a bug"):
        await drain(capture)
    with pytest.raises(ZeroDivisionError):
        await capture.closed()


@pytest.mark.parametrize(
    "kind", [av.error.HTTPUnauthorizedError, av.error.InvalidDataError, av.error.ExitError]
)
def test_no_password_gets_into_an_error(kind: type[av.FFmpegError]) -> None:
    """FFmpeg's errors carry the whole address; ours hold none of it, also when pickled."""
    error = fault(CAMERA.shown, kind(1, "described", CAMERA.location, (16, "rtsp", CAMERA.location)))
    assert "hush" not in repr(error) + str(error) + repr(pickle.loads(pickle.dumps(error)))
    assert error.source == CAMERA.shown


@pytest.mark.parametrize(
    "location", ["rtsp://cam:hush@127.0.0.1:9/s", "rtsp://cam:hush/hush@127.0.0.1/s", "rtsp://cam:hush@:1/s"]
)
def test_no_password_when_a_camera_cannot_be_reached(location: str, caplog: pytest.LogCaptureFixture) -> None:
    """Refused, or an address that cannot be read: no password in the error, its context or a log."""
    caplog.set_level(logging.DEBUG)
    address = SourceAddress(kind="rtsp", location=location, shown="rtsp://127.0.0.1/s")
    with pytest.raises(SourceNotFound) as caught:
        open_reader(address, open_timeout_s=1)
    assert caught.value.__context__ is None
    assert "hush" not in str(caught.value) + repr(caught.value) + repr(address) + caplog.text


def test_an_absent_device_is_not_found() -> None:
    """A capture device that is not there is named, with what to check."""
    with pytest.raises(SourceNotFound, match=r"connected|cannot be opened"):
        open_reader(SourceAddress(kind="device", location="987", shown="device:987"))

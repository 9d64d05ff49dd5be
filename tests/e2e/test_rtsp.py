"""Real RTSP over TCP from GStreamer's server: it starts late, asks for a password, dies, freezes, returns."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path

import pytest

from lfr_actors.errors import SourceDenied, SourceError, SourceNotFound, SourceStalled
from lfr_actors.footage.export import export
from lfr_actors.footage.recording import Recording
from lfr_actors.footage.span import Span
from lfr_actors.spec.source import SourceAddress
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.sources import Backoff, Capture, Ended, Live, Lost, SourceState, open_reader
from lfr_actors.vision.sources.tape import SourcePacket
from tests.unit.footage.takes import Bench, pictures

pytestmark = pytest.mark.e2e

SYSTEM_PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("rtsp_server.py")
NEEDED = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer; "
    "Gst.init(None); raise SystemExit(0 if Gst.ElementFactory.find('x264enc') else 1)"
)
PASSWORD = "hush/hu:sh@1"
ESCAPED = "hush%2Fhu%3Ash%401"
START_S = 20
READ_S = 1.0


class Camera:
    """A camera that can be switched off and on, frozen and thawed."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def on(self) -> None:
        """Start it; a second time at the same port."""
        command = [SYSTEM_PYTHON, str(SCRIPT), "--port", str(self.port), *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], START_S)
        line = self._process.stdout.readline() if ready else ""
        assert line.startswith("ready"), "the RTSP server did not start"
        self.port = int(line.split()[1])

    def off(self) -> None:
        """Kill it without a goodbye."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def signal(self, number: int) -> None:
        """Freeze (SIGSTOP) or thaw (SIGCONT) it."""
        assert self._process is not None
        os.kill(self._process.pid, number)

    def address(self, login: str = "", path: str = "stream") -> SourceAddress:
        """Its address, with this user and password."""
        shown = f"127.0.0.1:{self.port}/{path}"
        location = f"rtsp://{login + '@' if login else ''}{shown}"
        return SourceAddress(kind="rtsp", location=location, shown=f"rtsp://{shown}")


class RecordingSink:
    """Records what it is given, in the reader's thread."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.from_key_frame = 0

    def packet(self, packet: SourcePacket) -> None:
        self.from_key_frame += bool(self.from_key_frame or packet.is_keyframe)
        self._recording.take(packet)


@pytest.fixture(scope="module")
def server_packages() -> None:
    """Skips when the system has no GStreamer RTSP server."""
    if (
        not Path(SYSTEM_PYTHON).exists()
        or subprocess.run([SYSTEM_PYTHON, "-c", NEEDED], capture_output=True, check=False).returncode
    ):
        pytest.skip("no GStreamer RTSP server here; tests/system-packages.sh installs it")


@pytest.fixture
def camera(server_packages: None, request: pytest.FixtureRequest) -> Iterator[Camera]:
    """A camera that is on; options of the server through indirect parameters."""
    switched = Camera(*getattr(request, "param", ()))
    switched.on()
    yield switched
    switched.off()


def quick_capture(address: SourceAddress, states: list[SourceState]) -> Capture:
    """A capture with short time-outs and short waits."""
    backoff = Backoff(base_s=0.2, cap_s=0.5)
    capture = Capture(
        address, on_state=states.append, backoff=backoff, open_timeout_s=3, read_timeout_s=READ_S
    )
    capture.start()
    return capture


async def until(condition: Callable[[], bool], limit_s: float = 15) -> None:
    """Wait for something that a real server brings about."""
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.02)


def count(states: list[SourceState], kind: type[SourceState]) -> int:
    """How often a state was reached."""
    return sum(isinstance(state, kind) for state in states)


@pytest.mark.parametrize("camera", [("--audio",)], indirect=True)
def test_frames_come_over_tcp_with_rising_times(camera: Camera) -> None:
    """A stream with sound gives pictures, media time from 0 at the camera's rate, and can be closed."""
    reader = open_reader(camera.address(), open_timeout_s=5, read_timeout_s=READ_S)
    frames = list(islice(reader.frames(), 40))
    reader.close()
    steps_s = [after.media_time_s - before.media_time_s for before, after in pairwise(frames)]
    assert frames[0].media_time_s == 0
    assert steps_s == pytest.approx([0.04] * 39, abs=0.01)
    assert {frame.image.shape for frame in frames} == {(240, 320, 3)}
    assert reader.damaged_packets == 0


@pytest.mark.parametrize("camera", [("--audio",)], indirect=True)
def test_a_camera_that_freezes_is_stalled_within_the_time_out(camera: Camera) -> None:
    """A stream that stands still raises within the read time-out; a frozen camera cannot be opened either."""
    reader = open_reader(camera.address(), open_timeout_s=5, read_timeout_s=READ_S)
    frames = reader.frames()
    next(frames)
    camera.signal(signal.SIGSTOP)
    began_s = time.monotonic()
    with pytest.raises(SourceStalled, match="stands still"):
        for _ in frames:
            pass
    assert time.monotonic() - began_s < 2 * READ_S + 1
    began_s = time.monotonic()
    with pytest.raises(SourceStalled, match="within 1 s"):
        open_reader(camera.address(), open_timeout_s=1, read_timeout_s=READ_S)
    assert time.monotonic() - began_s < 4


@pytest.mark.parametrize("camera", [("--audio", "--pictures", "60")], indirect=True)
def test_sound_that_goes_on_does_not_hide_a_picture_that_stands_still(camera: Camera) -> None:
    """A camera that sends sound but no more pictures is noticed within the read time-out."""
    frames = open_reader(camera.address(), open_timeout_s=5, read_timeout_s=READ_S).frames()
    next(frames)
    began_s = time.monotonic()
    with pytest.raises(SourceError):
        for _ in frames:
            pass
    assert time.monotonic() - began_s < 60 * 0.04 + 2 * READ_S + 1


async def test_a_camera_that_freezes_comes_back_when_thawed(camera: Camera) -> None:
    """Frozen: lost, with the reason. Thawed: live again by itself, and media time has gone on."""
    states: list[SourceState] = []
    capture = quick_capture(camera.address(), states)
    first = await asyncio.wait_for(capture.get(), 15)
    camera.signal(signal.SIGSTOP)
    await until(lambda: count(states, Lost) >= 1)
    camera.signal(signal.SIGCONT)
    await until(lambda: count(states, Live) >= 2)
    frame = await asyncio.wait_for(capture.get(), 15)
    capture.stop()
    await capture.closed()
    lost = next(state for state in states if isinstance(state, Lost))
    assert isinstance(lost.error, SourceStalled)
    assert isinstance(first, Frame)
    assert isinstance(frame, Frame)
    assert frame.media_time_s > first.media_time_s + READ_S / 2
    assert capture.counters.reconnections >= 1
    assert states[-1] == Ended()


async def test_a_camera_that_dies_is_found_again(camera: Camera) -> None:
    """Killed: lost at once, then refused. Started again at the same address: frames come by themselves."""
    states: list[SourceState] = []
    capture = quick_capture(camera.address(), states)
    assert await asyncio.wait_for(capture.get(), 15) is not None
    camera.off()
    await until(lambda: any(isinstance(s, Lost) and isinstance(s.error, SourceNotFound) for s in states))
    camera.on()
    await until(lambda: count(states, Live) >= 2)
    assert await asyncio.wait_for(capture.get(), 15) is not None
    capture.stop()
    await asyncio.wait_for(capture.closed(), 10)
    assert await capture.get() is None


@pytest.mark.parametrize(
    "camera",
    [("--user", "cam", "--password", PASSWORD, "--auth", method) for method in ("basic", "digest")],
    indirect=True,
    ids=["basic", "digest"],
)
def test_passwords(camera: Camera) -> None:
    """The right password, escaped, opens the stream; a wrong one and none are denied, and never shown."""
    reader = open_reader(camera.address(f"cam:{ESCAPED}"), open_timeout_s=5)
    assert next(reader.frames()).image.shape == (240, 320, 3)
    reader.close()
    for login in ("cam:wr0ng", ""):
        with pytest.raises(SourceDenied) as caught:
            open_reader(camera.address(login), open_timeout_s=5)
        assert "wr0ng" not in str(caught.value) + repr(caught.value)
        assert caught.value.__context__ is None


@pytest.mark.parametrize("camera", [("--user", "cam", "--password", PASSWORD)], indirect=True)
async def test_a_denied_camera_stays_lost(camera: Camera) -> None:
    """A wrong password is a lost camera that says why, and is tried again."""
    states: list[SourceState] = []
    capture = quick_capture(camera.address("cam:wr0ng"), states)
    await until(lambda: count(states, Lost) >= 2)
    capture.stop()
    await asyncio.wait_for(capture.closed(), 10)
    lost = next(state for state in states if isinstance(state, Lost))
    assert isinstance(lost.error, SourceDenied)
    assert lost.retry_in_s == 0.5
    assert "wr0ng" not in repr(states)


def test_an_unknown_path_is_not_found(camera: Camera) -> None:
    """A camera that has no stream of this name says so."""
    with pytest.raises(SourceNotFound, match="path"):
        open_reader(camera.address(path="no-such-stream"), open_timeout_s=5)


def test_a_port_that_listens_and_says_nothing() -> None:
    """A connection that is accepted and never answered ends with the open time-out."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"rtsp://127.0.0.1:{silent.getsockname()[1]}/stream"
        began_s = time.monotonic()
        with pytest.raises(SourceStalled, match=r"sent no stream within 0\.5 s"):
            open_reader(SourceAddress(kind="rtsp", location=where, shown=where), open_timeout_s=0.5)
        assert time.monotonic() - began_s < 3


def test_dead_ports_and_unknown_hosts() -> None:
    """Nothing listens, nobody is called so: not found, with the host and port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        dead = f"127.0.0.1:{taken.getsockname()[1]}"
    for host, words in [(dead, f"nothing listens at {dead}"), ("no-such-host.invalid", "unknown host")]:
        with pytest.raises(SourceNotFound, match=words):
            open_reader(
                SourceAddress(kind="rtsp", location=f"rtsp://{host}/s", shown=f"rtsp://{host}/s"),
                open_timeout_s=2,
            )


def test_footage_of_a_camera_plays(camera: Camera, tmp_path: Path) -> None:
    """What a camera sends is recorded while it is watched, sealed, and exported as a film that plays."""
    bench = Bench(tmp_path, segment_s=1.0)
    sink = RecordingSink(bench.recording)
    reader = open_reader(camera.address(), open_timeout_s=5, read_timeout_s=READ_S, packets=sink)
    frames = list(islice(reader.frames(), 75))
    reader.close()
    bench.recording.finish()
    assert len(bench.index.ends) >= 2
    assert bench.index.told == []
    (film,) = export(bench.index.segments(), tmp_path / "out.mp4", Span())
    assert pictures(film.path) == film.pictures == sink.from_key_frame
    assert film.pictures >= 75 - 12
    assert film.to_media_s == pytest.approx(frames[-1].media_time_s, abs=0.1)

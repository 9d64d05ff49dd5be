from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lfr_actors.errors import SourceError, SourceStalled
from lfr_actors.vision.sources.camera_reader import CameraReader
from lfr_actors.vision.sources.film import open_film
from tests.unit.vision.sources.films import FakeClock, make_film


class TickingClock(FakeClock):
    """A clock on which looking at it takes time."""

    def __init__(self, tick_s: float) -> None:
        super().__init__()
        self._tick_s = tick_s

    def monotonic(self) -> float:
        self.time_s += self._tick_s
        return self.time_s


def camera_of(film: Path, *, tick_s: float) -> CameraReader:
    """A camera that sends the packets of a film, each read of which takes `tick_s`."""
    container = open_film(film, "film")
    clock = TickingClock(tick_s)
    return CameraReader(container, "rtsp://cam/s", read_timeout_s=5, picture_timeout_s=10, clock=clock)


def test_a_camera_that_hangs_up_is_an_error(tmp_path: Path) -> None:
    """All frames that came are delivered; a camera has no end, so the end is an error."""
    frames = camera_of(make_film(tmp_path / "a.mp4", frames=20), tick_s=0.04).frames()
    assert [next(frames).index for _ in range(20)] == list(range(20))
    with pytest.raises(SourceError, match="closed the stream"):
        next(frames)


def test_a_read_as_long_as_the_time_out_is_a_stall(tmp_path: Path) -> None:
    """What a read returns after the time-out is not believed to be a living stream."""
    with pytest.raises(SourceStalled, match=r"stands still: nothing came for 5\.1 s"):
        next(camera_of(make_film(tmp_path / "a.mp4"), tick_s=5.1).frames())


def test_data_without_pictures_is_a_stall(tmp_path: Path) -> None:
    """Packets that keep coming and never decode do not look alive for longer than the time-out."""
    film = make_film(tmp_path / "noise.mp4", frames=100, index_first=True)
    content = bytearray(film.read_bytes())
    start = content.index(b"mdat") + 4
    content[start:] = np.random.default_rng(1).bytes(len(content) - start)
    film.write_bytes(content)
    reader = camera_of(film, tick_s=1.0)
    with pytest.raises(SourceStalled, match=r"no picture could be decoded for 10\.0 s"):
        next(reader.frames())
    assert reader.damaged_packets == 9


def test_pictures_that_come_slowly_are_alive(tmp_path: Path) -> None:
    """A camera of one picture in four seconds is slow, not stalled, however long it goes on."""
    film = make_film(tmp_path / "a.mp4", frames=30, codec_options={"tune": "zerolatency"})
    frames = camera_of(film, tick_s=4.0).frames()
    assert len([next(frames) for _ in range(30)]) == 30

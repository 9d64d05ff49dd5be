"""Films made on the spot, and sources without a thread or a clock."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from lfr_actors.errors import SourceError
from lfr_actors.spec.source import SourceAddress
from lfr_actors.vision.frame import Frame

FPS = 25


def make_film(
    path: Path,
    *,
    frames: int = 50,
    width: int = 160,
    height: int = 120,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    rotation: int = 0,
    pixel_aspect: Fraction | None = None,
    pts: Sequence[int] | None = None,
    index_first: bool = False,
    codec_options: dict[str, str] | None = None,
) -> Path:
    """Write a film whose upper left quarter is red, the rest of it blue with a moving grey bar.

    `pts` are in 1/25 s. `rotation` in degrees counter-clockwise is written as phones do. Returns `path`.
    """
    options = {"movflags": "faststart"} if index_first else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=FPS, options=codec_options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        if pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(painting(width, height, number), format="bgr24")
            picture.pts = number if pts is None else pts[number]
            picture.time_base = Fraction(1, FPS)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def painting(width: int, height: int, number: int) -> np.ndarray:
    """One picture of the film: uint8 (height, width, 3) BGR."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = 220
    image[: height // 2, : width // 2] = (0, 0, 220)
    bar = height // 2 + (number * 3) % (height // 2 - 8)
    image[bar : bar + 8, width // 2 :] = 60 + number % 100
    return image


def is_red(image: np.ndarray, *, x: float, y: float) -> bool:
    """Whether the picture is red at this place, given as a share of its width and height."""
    blue, _, red = image[int(y * image.shape[0]), int(x * image.shape[1])].astype(int)
    return bool(red > blue + 80)


def film_at(path: Path) -> SourceAddress:
    """The address of a film."""
    return SourceAddress(kind="file", location=str(path), shown=f"file:{path.name}")


CAMERA = SourceAddress(
    kind="rtsp", location="rtsp://cam:hush@127.0.0.1/stream", shown="rtsp://127.0.0.1/stream"
)
"""A camera for fakes; nothing opens it."""


class FakeClock:
    """A clock that stands still but for waits, which pass at once and are noted."""

    def __init__(self) -> None:
        self.time_s = 100.0
        self.waits_s: list[float] = []

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=self.time_s)

    def monotonic(self) -> float:
        return self.time_s

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        self.waits_s.append(seconds)
        self.time_s += seconds
        return stop.is_set()


class FakeReader:
    """Gives frames at these media times, then ends or raises; each frame takes as long as media time says."""

    def __init__(self, clock: FakeClock, times_s: Sequence[float], then: SourceError | None = None) -> None:
        self._clock = clock
        self._times_s = times_s
        self._then = then
        self.is_closed = False
        self.damaged_packets = 1

    def frames(self) -> Iterator[Frame]:
        began_s = self._clock.time_s
        for index, time_s in enumerate(self._times_s):
            self._clock.time_s = began_s + time_s
            yield Frame(
                index=index,
                captured_at=self._clock.now(),
                captured_monotonic_s=self._clock.monotonic(),
                media_time_s=time_s,
                image=np.zeros((2, 2, 3), np.uint8),
            )
        if self._then is not None:
            raise self._then

    def close(self) -> None:
        self.is_closed = True

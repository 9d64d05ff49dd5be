"""What reading a film and reading a camera have in common: packets → decoded → upright → `Frame`."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Literal

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from lfr_actors.vision.frame import Frame
from lfr_actors.vision.sources.clock import Clock
from lfr_actors.vision.sources.media_time import MediaTime
from lfr_actors.vision.sources.picture import Upright
from lfr_actors.vision.sources.tape import PacketSink, Tape

_USUAL_INTERVAL_S = 0.04
_SLOWEST_HZ, _FASTEST_HZ = 0.1, 300.0


class DecodingReader(ABC):
    """A `FrameReader` over an open container, which it owns.

    The container is closed by the thread that reads it: closing it under a running read would crash the
    process. `close` therefore only asks, unless nobody has begun to read.
    """

    def __init__(
        self,
        container: InputContainer,
        stream: VideoStream,
        shown: str,
        *,
        clock: Clock,
        threads: Literal["AUTO", "SLICE"],
        max_step_s: float | None = None,
        packets: PacketSink | None = None,
    ) -> None:
        self._container = container
        self._stream = stream
        self._shown = shown
        self._clock = clock
        self._upright = Upright()
        self._pixel_aspect = stream.sample_aspect_ratio
        self._media_time = MediaTime(interval_s=_interval_s(stream), max_step_s=max_step_s)
        self._tape = None if packets is None else Tape(packets, stream, self._media_time, clock)
        self._last_frame_lasts_s = 0.0
        self._damaged_packets = 0
        self._frames_read = 0
        self._closed = threading.Event()
        self._handing_over = threading.Lock()
        self._begun = False
        stream.thread_type = threads

    @property
    def damaged_packets(self) -> int:
        """Packets so far that could not be decoded."""
        return self._damaged_packets

    def frames(self) -> Iterator[Frame]:
        """The frames, once. See `FrameReader`. Raises `RuntimeError` when called a second time."""
        with self._handing_over:
            if self._begun:
                raise RuntimeError(f"{self._shown}: the frames of a reader can be read once")
            self._begun = True
            if self._closed.is_set():
                return
        try:
            for packet in self._packets():
                for picture in self._decode(packet):
                    frame = self._frame(picture)
                    if frame is None:
                        return
                    yield frame
                    del picture, frame  # the next packet may not come for as long as a read may take
                if self._tape is not None:
                    self._tape.take(packet)
            if not self._closed.is_set():
                self._conclude()
        finally:
            self._closed.set()
            self._container.close()

    def close(self) -> None:
        """Make `frames` end. See `FrameReader`."""
        self._closed.set()
        with self._handing_over:
            if not self._begun:
                self._container.close()

    @abstractmethod
    def _packets(self) -> Iterator[Packet[VideoStream]]:
        """The packets of the video, the one that flushes the decoder included; ends when closed."""

    @abstractmethod
    def _hold(self, media_time_s: float) -> None:
        """Wait until the frame of this time is due."""

    @abstractmethod
    def _conclude(self) -> None:
        """Raise what is wrong with a source that came to its end."""

    def _decode(self, packet: Packet[VideoStream]) -> list[VideoFrame]:
        """The pictures a packet completes; a packet that cannot be decoded gives none and is counted."""
        try:
            return [picture for picture in packet.decode() if isinstance(picture, VideoFrame)]
        except av.FFmpegError:
            self._damaged_packets += 1
            return []

    def _frame(self, picture: VideoFrame) -> Frame | None:
        """The frame of a picture at its time; none when closed meanwhile."""
        media_time_s = self._media_time.of(picture.time)
        if picture.duration and picture.time_base:
            self._last_frame_lasts_s = float(picture.duration * picture.time_base)
        self._hold(media_time_s)
        if self._closed.is_set():
            return None
        captured_at, captured_monotonic_s = self._clock.now(), self._clock.monotonic()
        frame = Frame(
            index=self._frames_read,
            captured_at=captured_at,
            captured_monotonic_s=captured_monotonic_s,
            media_time_s=media_time_s,
            image=self._upright(picture, self._pixel_aspect),
        )
        self._frames_read += 1
        return frame


def _interval_s(stream: VideoStream) -> float:
    """The frame interval the container speaks of, or 1/25 s where it says nothing believable."""
    for rate in (stream.average_rate, stream.guessed_rate):
        if rate and _SLOWEST_HZ <= rate <= _FASTEST_HZ:
            return float(1 / rate)
    return _USUAL_INTERVAL_S

"""Reading a camera until it stops: a stream that stands still is an error within the read time-out."""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from lfr_actors.errors import SourceError, SourceStalled
from lfr_actors.vision.sources.clock import Clock
from lfr_actors.vision.sources.decoding import DecodingReader
from lfr_actors.vision.sources.faults import fault
from lfr_actors.vision.sources.film import video_of
from lfr_actors.vision.sources.tape import PacketSink

_NEARLY = 0.95
"""After a time-out FFmpeg may still return the last packet it held back; the time a read took tells."""


class CameraReader(DecodingReader):
    """Frames of a camera. It never ends by itself: it raises.

    `SourceStalled`: a read took `read_timeout_s`, or packets came for `picture_timeout_s` and none could be
    decoded (a camera sends a whole picture only now and then). `SourceError`: the camera hung up.
    """

    def __init__(
        self,
        container: InputContainer,
        shown: str,
        *,
        read_timeout_s: float,
        picture_timeout_s: float,
        clock: Clock,
        packets: PacketSink | None = None,
    ) -> None:
        # Decoding slices in parallel adds no delay; decoding frames in parallel adds one frame a thread.
        super().__init__(
            container,
            video_of(container, shown),
            shown,
            clock=clock,
            threads="SLICE",
            max_step_s=2 * read_timeout_s,
            packets=packets,
        )
        self._read_timeout_s = read_timeout_s
        self._picture_timeout_s = picture_timeout_s

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        packets = self._container.demux(self._stream)
        without_picture_s, frames_before = 0.0, 0
        while not self._closed.is_set():
            packet, took_s = self._next(packets)
            if self._closed.is_set():
                return
            if self._frames_read > frames_before:
                without_picture_s, frames_before = 0.0, self._frames_read
            without_picture_s += took_s
            if without_picture_s >= self._picture_timeout_s:
                raise SourceStalled(
                    self._shown,
                    f"it sends data, but no picture could be decoded for {without_picture_s:.1f} s",
                )
            yield packet

    def _next(self, packets: Iterator[Packet[VideoStream]]) -> tuple[Packet[VideoStream], float]:
        """The next packet and the seconds that took."""
        failure = SourceError(self._shown, "the camera closed the stream")
        packet = None
        began_s = self._clock.monotonic()
        try:
            packet = next(packets, None)
        except av.FFmpegError as error:
            failure = fault(self._shown, error)
        took_s = self._clock.monotonic() - began_s
        if took_s >= self._read_timeout_s * _NEARLY:
            raise SourceStalled(self._shown, f"the stream stands still: nothing came for {took_s:.1f} s")
        if packet is None:
            raise failure
        return packet, took_s

    def _hold(self, media_time_s: float) -> None:
        """A camera's frame is due when it comes."""

    def _conclude(self) -> None:
        """A camera that ended has raised already."""

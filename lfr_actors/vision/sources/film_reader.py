"""Reading a film from beginning to end, and saying so when that was not all of it."""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from lfr_actors.errors import SourceUnreadable
from lfr_actors.vision.sources.clock import Clock
from lfr_actors.vision.sources.decoding import DecodingReader
from lfr_actors.vision.sources.film import declared_duration_s, is_cut_off, video_of
from lfr_actors.vision.sources.tape import PacketSink

_FEW_DAMAGED = 3
_FEW_DAMAGED_SHARE = 0.05
"""A film that lost more packets or frames than both of these is reported as corrupt after its last frame."""
_HOPELESS_PACKETS = 500
"""A film of which this many packets gave no picture at all is not read any further."""
_READ_ATTEMPTS = 8
"""Failures in a row to find a film's next packet, after which the rest is given up."""


class FilmReader(DecodingReader):
    """Frames of a film; with `at_its_speed`, each is released at its media time.

    Everything that can be decoded is delivered first. Then `SourceUnreadable` is raised for a film that is
    cut off, corrupt in more than a few packets, or without any picture that can be decoded.
    """

    def __init__(
        self,
        container: InputContainer,
        shown: str,
        *,
        at_its_speed: bool,
        clock: Clock,
        packets: PacketSink | None = None,
    ) -> None:
        stream = video_of(container, shown)
        super().__init__(container, stream, shown, clock=clock, threads="AUTO", packets=packets)
        self._at_its_speed = at_its_speed
        self._began_s: float | None = None
        self._declared_s = declared_duration_s(container, stream)
        self._packets_read = 0
        self._given_up = False

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        failures = 0
        packets = self._container.demux(self._stream)
        while not self._closed.is_set():
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                # A hole in the file; the demuxer can often go on behind it.
                self._damaged_packets += 1
                failures += 1
                if failures == _READ_ATTEMPTS:
                    self._given_up = True
                    return
                packets = self._container.demux(self._stream)
                continue
            if packet is None or self._is_hopeless():
                return
            failures = 0
            self._packets_read += 1
            yield packet

    def _hold(self, media_time_s: float) -> None:
        if not self._at_its_speed:
            return
        if self._began_s is None:
            self._began_s = self._clock.monotonic() - media_time_s
        ahead_s = self._began_s + media_time_s - self._clock.monotonic()
        if ahead_s > 0:
            self._clock.wait(self._closed, ahead_s)

    def _conclude(self) -> None:
        if self._frames_read == 0:
            raise SourceUnreadable(self._shown, "none of its pictures can be decoded; the film is corrupt")
        reached_s = self._media_time.last_s + max(self._media_time.interval_s, self._last_frame_lasts_s)
        complete = 0 < self._stream.frames <= self._frames_read
        if not complete and is_cut_off(self._declared_s, reached_s):
            raise SourceUnreadable(
                self._shown,
                f"it is cut off or corrupt: read {self._frames_read} frames up to {reached_s:.1f} s, "
                f"but its header says {self._declared_s:.1f} s",
            )
        if self._is_worn():
            raise SourceUnreadable(
                self._shown,
                f"it is corrupt (damaged packets: {self._damaged_packets}); read {self._frames_read} frames "
                f"up to {reached_s:.1f} s",
            )

    def _is_worn(self) -> bool:
        """Whether more than a few packets are damaged, or damage swallowed more than a few frames."""
        if self._given_up:
            return True
        if self._damaged_packets == 0:
            return False
        expected = self._stream.frames or (self._declared_s or 0.0) / self._media_time.interval_s
        missing = expected - self._frames_read
        few = max(_FEW_DAMAGED, _FEW_DAMAGED_SHARE * max(expected, self._packets_read))
        return self._damaged_packets > few or missing > few

    def _is_hopeless(self) -> bool:
        return self._frames_read == 0 and self._damaged_packets >= _HOPELESS_PACKETS

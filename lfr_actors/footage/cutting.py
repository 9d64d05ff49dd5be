"""Where a segment begins and ends. Pure: packets in, steps out."""

from __future__ import annotations

from enum import Enum
from typing import Final

from lfr_actors.vision.sources.tape import SourcePacket, StreamShape

LONGEST_S: Final = 120.0
"""A segment in which no key frame came for so long of its stream (s) ends without one."""


class Step(Enum):
    """What to do before a packet is written, or with it."""

    SKIP = "skip"
    """It cannot be written: what it depends on was not."""
    WRITE = "write"
    BEGIN = "begin"
    """Begin a segment with it."""
    CUT = "cut"
    """End the segment, and begin another with it."""
    END = "end"
    """End the segment; the packet cannot be written."""


class Cutting:
    """The rule of segments: they begin with a key frame, and are cut at the first one after `segment_s`.

    A segment holds packets of one shape, in order: another connection, another size of the pictures and a
    stream that jumped back end it. Time is the stream's.
    """

    def __init__(self, *, segment_s: float, longest_s: float = LONGEST_S) -> None:
        self._segment_s, self._longest_s = segment_s, max(longest_s, segment_s)
        self._shape: StreamShape | None = None
        self._from_s = 0.0
        self._last_s = 0.0

    def next(self, packet: SourcePacket) -> Step:
        """What to do with a packet; the segment is open or closed accordingly."""
        if self._shape is None:
            if not packet.is_keyframe:
                return Step.SKIP
            self._begin(packet)
            return Step.BEGIN
        in_order = packet.shape is self._shape and packet.media_time_s >= self._last_s
        lasted_s = packet.media_time_s - self._from_s
        if packet.is_keyframe and (not in_order or lasted_s >= self._segment_s):
            self._begin(packet)
            return Step.CUT
        if not in_order or lasted_s >= self._longest_s:
            self.close()
            return Step.END
        self._last_s = max(self._last_s, packet.decode_time_s)
        return Step.WRITE

    def close(self) -> None:
        """The segment has ended: by a fault, a loss of packets, or because nothing more is kept."""
        self._shape = None

    def _begin(self, packet: SourcePacket) -> None:
        self._shape = packet.shape
        self._from_s = packet.media_time_s
        # Pictures that are shown before the key frame may follow it, as long as they are decoded after it.
        self._last_s = packet.decode_time_s

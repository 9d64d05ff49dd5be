"""`alerts-only`: the last seconds in memory, and which of them an alert keeps. No clock, no disk."""

from __future__ import annotations

from collections import deque
from typing import Final

from lfr_actors.vision.sources.tape import SourcePacket

LATE_S: Final = 5.0
"""An alert speaks of a frame that was captured up to so long ago (s): its search took that time."""
LONGEST_TAIL_S: Final = 10.0
"""How long after its end a stretch may go on to the next key frame (s)."""
RING_BYTES: Final = 64 * 1024 * 1024


class Stretch:
    """One group of pictures: a key frame and what depends on it."""

    __slots__ = ("packets", "size_bytes")

    def __init__(self, packet: SourcePacket) -> None:
        self.packets = [packet]
        self.size_bytes = len(packet.data)

    @property
    def from_s(self) -> float:
        """The media time of its key frame."""
        return self.packets[0].media_time_s

    def add(self, packet: SourcePacket) -> None:
        """The next picture."""
        self.packets.append(packet)
        self.size_bytes += len(packet.data)


class Ring:
    """Holds back what comes, until an alert wants it. Times are media times (s).

    What is kept begins at the last key frame at or before `before_s` before the alert, and ends at the first
    key frame later than `after_s` after the last alert (`LONGEST_TAIL_S` later at the most), so that nothing is
    missing between it and what the next alert keeps. The ring holds `before_s` and `LATE_S`, from a key frame
    on, and never more than `limit_bytes`: then its oldest stretch goes first.
    """

    def __init__(self, *, before_s: float, after_s: float, limit_bytes: int = RING_BYTES) -> None:
        self._before_s, self._after_s, self._limit_bytes = before_s, after_s, limit_bytes
        self._stretches: deque[Stretch] = deque()
        self._size_bytes = 0
        self._until_s: float | None = None

    @property
    def keeping(self) -> bool:
        """Whether what comes now is kept."""
        return self._until_s is not None

    @property
    def held_bytes(self) -> int:
        """How much is held back now."""
        return self._size_bytes

    def alert(self, media_time_s: float) -> list[SourcePacket]:
        """An alert about the frame of this time: what it keeps of the past, oldest first."""
        was_keeping = self.keeping
        self._until_s = max(self._until_s or 0.0, media_time_s + self._after_s)
        if was_keeping:
            return []
        held = self._take_from(media_time_s - self._before_s)
        return [kept for packet in held for kept in self.packet(packet)]

    def clear(self) -> None:
        """Forget what is held back: packets after it were lost."""
        self._stretches.clear()
        self._size_bytes = 0

    def packet(self, packet: SourcePacket) -> list[SourcePacket]:
        """The next packet: given back at once when it is kept, else held back."""
        if self._until_s is not None:
            past_s = packet.media_time_s - self._until_s
            if past_s <= 0 or (not packet.is_keyframe and past_s <= LONGEST_TAIL_S):
                return [packet]
            self._until_s = None
        self._hold(packet)
        return []

    def _hold(self, packet: SourcePacket) -> None:
        if packet.is_keyframe:
            self._stretches.append(Stretch(packet))
        elif self._stretches:
            self._stretches[-1].add(packet)
        else:
            return  # nothing that it depends on is here
        self._size_bytes += len(packet.data)
        oldest_s = packet.media_time_s - self._before_s - LATE_S
        while len(self._stretches) > 1 and self._stretches[1].from_s <= oldest_s:
            self._drop()
        while self._stretches and self._size_bytes > self._limit_bytes:
            self._drop()

    def _drop(self) -> None:
        self._size_bytes -= self._stretches.popleft().size_bytes

    def _take_from(self, from_s: float) -> list[SourcePacket]:
        """Empty the ring: everything from the last key frame at or before `from_s`, or from the oldest."""
        while len(self._stretches) > 1 and self._stretches[1].from_s <= from_s:
            self._drop()
        taken = [packet for stretch in self._stretches for packet in stretch.packets]
        self.clear()
        return taken

"""From the thread that reads a camera to the one that writes: bounded, with a named rule for what is dropped."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

from lfr_actors.vision.sources.tape import SourcePacket

QUEUE_BYTES: Final = 32 * 1024 * 1024
QUEUE_PACKETS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAt:
    """An alert was raised about the frame of this media time."""

    media_time_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """So many packets were dropped here."""

    packets: int


Item = SourcePacket | AlertAt | Missed


class PacketQueue:
    """Full, it drops packets until a key frame finds room, and says how many; an alert is never dropped.

    With `waits` it makes the reader wait instead: a film can. At most `limit_bytes` and `limit_packets` are in
    it, and one packet more.
    """

    def __init__(
        self, *, waits: bool, limit_bytes: int = QUEUE_BYTES, limit_packets: int = QUEUE_PACKETS
    ) -> None:
        self._waits, self._limit_bytes, self._limit_packets = waits, limit_bytes, limit_packets
        self._items: deque[Item] = deque()
        self._size_bytes = 0
        self._packets = 0
        self._missed = 0
        self._closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        """How many items wait."""
        return len(self._items)

    def put(self, packet: SourcePacket) -> None:
        """Hand a packet over. Nothing happens once closed."""
        with self._changed:
            if self._waits:
                self._changed.wait_for(lambda: self._closed or not self._full)
            if self._closed:
                return
            if self._full or (self._missed and not packet.is_keyframe):
                self._missed += 1
                return
            if self._missed:
                self._items.append(Missed(packets=self._missed))
                self._missed = 0
            self._items.append(packet)
            self._packets += 1
            self._size_bytes += len(packet.data)
            self._changed.notify_all()

    def alert(self, alert: AlertAt) -> None:
        """Hand an alert over."""
        with self._changed:
            if not self._closed:
                self._items.append(alert)
                self._changed.notify_all()

    def get(self) -> Item | None:
        """The next item, waiting for it; none when closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._items)
            if not self._items:
                return None
            item = self._items.popleft()
            if isinstance(item, SourcePacket):
                self._packets -= 1
                self._size_bytes -= len(item.data)
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Take nothing more; what is there can still be got. Idempotent."""
        with self._changed:
            self._closed = True
            if self._missed:
                self._items.append(Missed(packets=self._missed))
                self._missed = 0
            self._changed.notify_all()

    @property
    def _full(self) -> bool:
        return self._packets >= self._limit_packets or self._size_bytes >= self._limit_bytes

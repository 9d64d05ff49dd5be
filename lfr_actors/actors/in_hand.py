"""The frames that a camera has in hand, each overwritten when it is done with, and in its time whatever else.

A film at full speed may wait for an embedder longer than a face may be kept; its frames are then overwritten
while they wait, and nobody in them is searched.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from lfr_actors.lifetimes import Forgotten
from lfr_actors.overwriting import overwrite
from lfr_actors.vision.frame import Frame


class FramesInHand:
    """Frames of one camera from capture to their end. `keep_s`: the greatest age, from capture.

    `forgotten` is told of each frame once. `dropped` and `is_overwritten` may be called from any thread, the
    rest from the event loop.
    """

    def __init__(self, *, keep_s: float, monotonic: Callable[[], float], forgotten: Forgotten) -> None:
        self._keep_s, self._monotonic, self._forgotten = keep_s, monotonic, forgotten
        self._guard = threading.Lock()
        self._overwritten: set[int] = set()
        self._held: dict[int, tuple[Frame, asyncio.TimerHandle]] = {}

    def hold(self, frame: Frame) -> None:
        """A frame was taken; it is overwritten by `done`, or earlier when its time comes."""
        left_s = max(0.0, frame.captured_monotonic_s + self._keep_s - self._monotonic())
        timer = asyncio.get_running_loop().call_later(left_s, self._overwrite, frame)
        self._held[id(frame.image)] = (frame, timer)

    def done(self, frame: Frame) -> None:
        """Overwrite a frame that nobody looks at any more."""
        held = self._held.pop(id(frame.image), None)
        if held is not None:
            held[1].cancel()
        self.dropped(frame)

    def is_overwritten(self, frame: Frame) -> bool:
        """Whether a frame's time came: what is left of it shows nobody."""
        return id(frame.image) in self._overwritten

    def dropped(self, frame: Frame) -> None:
        """Overwrite a frame that nobody took, or will look at again."""
        self._overwrite(frame)
        with self._guard:
            self._overwritten.discard(id(frame.image))

    def expire(self, waiting: tuple[Frame, ...], now_s: float) -> None:
        """Overwrite those of the frames nobody took yet whose time is up at `now_s`."""
        for frame in waiting:
            if now_s - frame.captured_monotonic_s >= self._keep_s:
                self._overwrite(frame)

    def close(self) -> None:
        """Overwrite every frame still in hand."""
        for frame, _ in list(self._held.values()):
            self.done(frame)

    def _overwrite(self, frame: Frame) -> None:
        with self._guard:
            first = id(frame.image) not in self._overwritten
            self._overwritten.add(id(frame.image))
        overwrite(frame.image)  # also again: who drew on it meanwhile may have put something back
        if first:
            self._forgotten("frame", frame.captured_monotonic_s)

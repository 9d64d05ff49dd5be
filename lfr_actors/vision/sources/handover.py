"""Frames from the capture thread to asyncio: the newest one only, or all of them with back-pressure.

The thread's side may block; asyncio's never does. The queue is bounded, and what is dropped is counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """A bounded queue from one thread to one event loop.

    `replace=True`: a full queue gives up its oldest item, which is counted in `dropped`. `replace=False`: a
    full queue makes `put` wait. Raises `ValueError` for a capacity below 1.
    """

    def __init__(self, *, capacity: int, replace: bool) -> None:
        if capacity < 1:
            raise ValueError(f"the capacity of a hand-over is at least 1, not {capacity}")
        self._capacity = capacity
        self._replace = replace
        self._items: deque[T] = deque()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._changed = threading.Condition()
        self._finished = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Items that were replaced before anybody took them."""
        return self._dropped

    def put(self, item: T) -> bool:
        """Hand an item over, from the thread. False, and nothing done, once finished or closed."""
        with self._changed:
            if self._replace:
                while len(self._items) >= self._capacity:
                    self._items.popleft()
                    self._dropped += 1
            else:
                self._changed.wait_for(lambda: self._finished or len(self._items) < self._capacity)
            if self._finished:
                return False
            self._items.append(item)
            self._wake()
            return True

    def finish(self) -> None:
        """No more items will come; those handed over can still be taken. From any thread, idempotent."""
        with self._changed:
            self._finished = True
            self._changed.notify_all()
            self._wake()

    def close(self) -> None:
        """Finish, and forget what was not taken. From any thread, idempotent."""
        with self._changed:
            self._items.clear()
            self.finish()

    async def get(self) -> T | None:
        """The next item, waiting for it; none when finished and empty. Gives other tasks a turn each time."""
        await asyncio.sleep(0)
        while True:
            arrived = asyncio.Event()
            waiter = (asyncio.get_running_loop(), arrived)
            with self._changed:
                if self._items:
                    item = self._items.popleft()
                    self._changed.notify_all()
                    return item
                if self._finished:
                    return None
                self._waiting.append(waiter)
            try:
                await arrived.wait()
            finally:
                with self._changed:
                    if waiter in self._waiting:
                        self._waiting.remove(waiter)

    def _wake(self) -> None:
        for loop, arrived in self._waiting:
            # A loop that has been closed has nobody left to tell.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(arrived.set)
        self._waiting.clear()

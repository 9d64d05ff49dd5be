"""Frames from the capture thread to asyncio: the newest one only, or all of them with back-pressure.

The thread's side may block; asyncio's never does. The queue is bounded, and what is dropped is counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """A bounded queue from one thread to one event loop.

    `replace=True`: a full queue gives up its oldest item, which is counted in `dropped`. `replace=False`: a
    full queue makes `put` wait. `on_dropped` is called with every item that nobody will get, in the thread
    that found out, and must be quick. Raises `ValueError` for a capacity below 1.
    """

    def __init__(
        self, *, capacity: int, replace: bool, on_dropped: Callable[[T], None] = lambda _: None
    ) -> None:
        if capacity < 1:
            raise ValueError(f"the capacity of a hand-over is at least 1, not {capacity}")
        self._capacity = capacity
        self._replace = replace
        self._on_dropped = on_dropped
        self._offered: T | None = None
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
        """Hand an item over, from the thread. False, and the item is dropped, once finished or closed."""
        replaced: list[T] = []
        with self._changed:
            if self._replace:
                while len(self._items) >= self._capacity:
                    replaced.append(self._items.popleft())
                    self._dropped += 1
            else:
                self._offered = item
                self._changed.wait_for(lambda: self._finished or len(self._items) < self._capacity)
                self._offered = None
            taken = not self._finished
            if taken:
                self._items.append(item)
                self._wake()
        for unwanted in replaced if taken else [*replaced, item]:
            self._on_dropped(unwanted)
        return taken

    def waiting(self) -> tuple[T, ...]:
        """The items that wait to be taken, with the one that waits to be handed over. From any thread."""
        with self._changed:
            return (*self._items, self._offered) if self._offered is not None else tuple(self._items)

    def finish(self) -> None:
        """No more items will come; those handed over can still be taken. From any thread, idempotent."""
        with self._changed:
            self._finished = True
            self._changed.notify_all()
            self._wake()

    def close(self) -> None:
        """Finish, and drop what was not taken. From any thread, idempotent."""
        with self._changed:
            left = list(self._items)
            self._items.clear()
            self.finish()
        for unwanted in left:
            self._on_dropped(unwanted)

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

"""The retention actor: it sleeps until something is due, erases it, and sleeps again.

    catch up ─► next due at T ─► sleep until T, or until woken ─► catch up ─► …

It keeps nothing itself: whatever was due while it was dead is due when it starts. The store is not polled while
nothing is due; but other processes make things due as well (a deployment that dies beside it), and nobody rings
for the dead, so that it looks again at least every `LOOK_AGAIN_S`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

import structlog

from lfr_actors.actors.ports import RetentionStatus
from lfr_actors.errors import LfrError, NotReady
from lfr_actors.events.log import StoredEvent
from lfr_actors.retention.erasure import CaughtUp, Eraser
from lfr_actors.store.store import Store, utc_now

log = structlog.get_logger()

LOOK_AGAIN_S = 60.0
"""Longest time for which something that another process made due may go unseen."""
NAP_S = 1.0
"""How long it sleeps in one go before it looks at the wall clock, which may have been set meanwhile."""
RETRY_S = 10.0
"""When what could not be erased is tried again."""
BREATH_S = 0.05
"""Least time between two rounds, should something be due that no round erases."""


class RetentionActor:
    """Erases what is due, on time. `on_erased` is told of each receipt."""

    def __init__(
        self,
        open_store: Callable[[], Store],
        *,
        clock: Callable[[], dt.datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_erased: Callable[[StoredEvent], None] = lambda _: None,
    ) -> None:
        self._store = open_store()
        self._eraser = Eraser(self._store, clock=clock)
        self._clock, self._sleep, self._on_erased = clock, sleep, on_erased
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._closed = False
        self._erased = 0
        self._last = CaughtUp(erased=(), overdue=(), next_due_at=None)

    async def catch_up(self) -> RetentionStatus:
        """Erase everything that is due now; returns when it is gone.

        Raises `StoreError`, and `NotReady` after `close`.
        """
        async with self._turn:
            if self._closed:
                raise NotReady("retention actor", "it was closed")
            self._last = await asyncio.to_thread(self._eraser.catch_up)
        for receipt in self._last.erased:
            self._erased += 1
            self._on_erased(receipt)
        return await self.status()

    async def run(self) -> None:
        """Erase on time until `close`. Whatever fails is tried again."""
        while not self._closed:
            self._woken.clear()
            try:
                status = await self.catch_up()
            except NotReady:  # closed meanwhile
                return
            except Exception as error:  # noqa: BLE001 - what is due stays due, whatever the fault: none may end this
                reason = str(error) if isinstance(error, LfrError) else f"{type(error).__name__}: {error}"
                log.error("retention_failed", reason=reason, again_in_s=RETRY_S)
                await self._rest(RETRY_S, None)
                continue
            await self._rest(RETRY_S if status.overdue else LOOK_AGAIN_S, status.next_due_at)

    async def wake(self) -> None:
        """Look at once: something may have become due."""
        self._woken.set()

    async def status(self) -> RetentionStatus:
        """What it did and what is next."""
        return RetentionStatus(
            erased=self._erased, overdue=self._last.overdue, next_due_at=self._last.next_due_at
        )

    async def close(self) -> None:
        """End `run` after the round in hand, and close the store. Idempotent."""
        self._closed = True
        self._woken.set()
        async with self._turn:
            self._store.close()

    async def _rest(self, longest_s: float, until: dt.datetime | None) -> None:
        """Sleep until the wall clock reaches `until`, for `longest_s` at most, or until woken.

        In naps: a clock that is set forward, or a machine that was suspended, makes things due in between.
        """
        slept_s = 0.0
        while slept_s < longest_s and not self._woken.is_set():
            nap_s = min(NAP_S, longest_s - slept_s)
            if until is not None:
                left_s = (until - self._clock()).total_seconds()
                if left_s <= 0:
                    if slept_s == 0:
                        await self._nap(BREATH_S)
                    return
                nap_s = min(nap_s, left_s)
            await self._nap(nap_s)
            slept_s += nap_s

    async def _nap(self, seconds: float) -> None:
        """Sleep, or less when woken."""
        naps = [asyncio.ensure_future(self._sleep(seconds)), asyncio.create_task(self._woken.wait())]
        try:
            await asyncio.wait(naps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for nap in naps:
                nap.cancel()

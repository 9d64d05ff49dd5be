"""What a camera has handed to the alert desk and not yet had confirmed: in order, and until it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from lfr_actors.actors.ports import Desk
from lfr_actors.errors import ActorLost, KeyRefused, StoreError
from lfr_actors.events.types import EventBody
from lfr_actors.messages import Alert

T = TypeVar("T")
log = structlog.get_logger()
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
GIVE_UP_S = 60.0
"""A desk that could commit nothing for so long, in pauses, has failed."""


class Commits:
    """Calls to the desk, one after the other; a store that cannot write, or has no
    keys for the moment, is asked again.

    An alert is never lost in silence: what could not be committed in the end is raised by `settled`, and
    `on_fault` is called at once so that the camera does not go on. The desk's ids make a repeated alert
    harmless; an event is repeated only where the store says that it was not written.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        on_fault: Callable[[], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._desk, self._on_fault, self._sleep = desk, on_fault, sleep
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._faults: list[BaseException] = []
        self.alerts = 0
        """Alerts that were committed and were new."""

    def raise_alert(self, alert: Alert) -> None:
        """Hand an alert in."""
        self._start(self._commit(alert), f"commit-{alert.alert_id}")

    def record(self, body: EventBody) -> None:
        """Hand an event in."""
        self._start(self._record(body), "record-event")

    async def settled(self) -> None:
        """Wait until the desk has everything; raises the first fault for which it has not."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._faults:
            raise self._faults[0]

    async def _commit(self, alert: Alert) -> None:
        async with self._turn:
            if await self._again(lambda: self._desk.raise_alert(alert), (StoreError, KeyRefused, ActorLost)):
                self.alerts += 1

    async def _record(self, body: EventBody) -> None:
        async with self._turn:
            await self._again(lambda: self._desk.record(body), (StoreError, KeyRefused))

    async def _again(self, call: Callable[[], Awaitable[T]], faults: tuple[type[Exception], ...]) -> T:
        """The answer to a call, asked again after these faults, in longer and longer pauses."""
        waited_s, pause_s = 0.0, FIRST_PAUSE_S
        while True:
            try:
                return await call()
            except faults as error:
                if waited_s >= GIVE_UP_S:
                    raise
                log.error("desk_did_not_commit", reason=str(error), again_in_s=pause_s)
            await self._sleep(pause_s)
            waited_s, pause_s = waited_s + pause_s, min(2 * pause_s, LONGEST_PAUSE_S)

    def _start(self, work: Awaitable[None], name: str) -> None:
        task = asyncio.ensure_future(work)
        task.set_name(name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("given_up", what=task.get_name(), reason=str(error))
            self._faults.append(error)
            self._on_fault()

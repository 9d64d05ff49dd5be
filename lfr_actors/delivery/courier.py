"""The courier: tells every endpoint of a deployment's events, each at its own pace, in the order of the log.

    poll the head of the log, every 0.1 s, once for all ─► wake whom it concerns
    one task an endpoint:  page of events ─► letter ─► post ─► `breaker` ─► `ledger` ─► next event, or a rest

At least once: the cursor moves after the answer. It keeps nothing of its own, and may be killed at any moment.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import structlog

from lfr_actors.delivery.breaker import DEFAULT_SCHEDULE, Step, answered, discard_reason, discarded
from lfr_actors.delivery.cursor import FINAL_REASONS, Change, Cursor, Pending
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.delivery.lane import FRESH_S, EndpointStatus, Lane, Posts
from lfr_actors.delivery.ledger import Ledger
from lfr_actors.delivery.letters import AlertFacts, Letter, Letters
from lfr_actors.delivery.posting import Poster
from lfr_actors.delivery.schedule import Schedule
from lfr_actors.errors import Erased, LfrError, StoreError
from lfr_actors.events.delivering import WebhookReplayed
from lfr_actors.store.webhooks import Webhooks

log = structlog.get_logger()

POLL_S: Final = 0.1
PAGE_EVENTS: Final = 200
RETRY_S: Final = 1.0
"""When an endpoint goes on after a fault that is not its own, such as a database that cannot be read."""


def utc_now() -> dt.datetime:
    """The wall clock, aware UTC."""
    return dt.datetime.now(dt.UTC)


class Courier:
    """Delivers the events of one deployment. `chance` gives numbers in [0, 1) that spread the waits."""

    def __init__(
        self,
        webhooks: Webhooks,
        facts: AlertFacts,
        deployment_id: str,
        endpoints: Sequence[Endpoint],
        *,
        clock: Callable[[], dt.datetime] = utc_now,
        chance: Callable[[], float] = random.random,
        schedule: Schedule = DEFAULT_SCHEDULE,
        poster: Callable[[Endpoint], Posts] = Poster,
    ) -> None:
        self._webhooks, self._deployment_id, self._endpoints = webhooks, deployment_id, tuple(endpoints)
        self._clock, self._chance, self._schedule, self._poster = clock, chance, schedule, poster
        self._letters = Letters(facts)
        self._lanes: dict[str, Lane] = {}
        self._ledger = Ledger(webhooks.write, self._reload)
        self._head = 0
        self._started, self._closing, self._ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Deliver until `close`. Raises `StoreError` when it cannot even begin."""
        try:
            self._head = await asyncio.to_thread(self._webhooks.head)  # replays of before are in the cursors
            for endpoint in self._endpoints:
                cursor = await asyncio.to_thread(self._webhooks.begin, endpoint.name, self._deployment_id)
                self._lanes[endpoint.name] = Lane(endpoint, cursor)
            self._started.set()
            work = [self._poll(), self._ledger.run(), *map(self._serve, self._lanes.values())]
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(each) for each in work]
                await self._closing.wait()
                for task in tasks:
                    task.cancel()
        finally:
            self._started.set()
            try:
                await self._ledger.flush()
            except StoreError as error:
                log.error("webhook_cursors_not_written", reason=str(error))
            self._ended.set()

    async def drain(self, longest_s: float) -> int:
        """Wait until every endpoint was told of all there is now, or cannot be for so long; how much is left.

        One that failed and is asked again later than that is not waited for.
        """
        await self._started.wait()
        until_s = time.monotonic() + longest_s
        await self._look()
        while not self._ended.is_set() and time.monotonic() < until_s:
            left_s = until_s - time.monotonic()
            if all(lane.idle or self._wait_s(lane) > left_s for lane in self._lanes.values()):
                break
            await asyncio.sleep(min(POLL_S / 5, left_s))
        await self._ledger.flush()
        return await asyncio.to_thread(self._left)

    def status(self) -> tuple[EndpointStatus, ...]:
        """How each endpoint fares."""
        return tuple(lane.status() for lane in self._lanes.values())

    async def close(self) -> None:
        """End `run`: attempts on the way are given up, and made again next time. Idempotent."""
        self._closing.set()
        if self._started.is_set():
            await self._ended.wait()

    # --- within ------------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                await self._look()
            except StoreError as error:
                log.error("log_not_read", reason=str(error), again_in_s=RETRY_S)
                await asyncio.sleep(RETRY_S)

    async def _look(self) -> None:
        """Wake those endpoints that the newest events concern."""
        head, names = await asyncio.to_thread(self._webhooks.news, self._deployment_id, self._head)
        self._head = max(self._head, head)
        replayed = WebhookReplayed.NAME in names
        for lane in self._lanes.values():
            if replayed or names & lane.endpoint.names:
                lane.wake(reload=replayed)

    async def _serve(self, lane: Lane) -> None:
        """One endpoint, for ever: no fault of it or about it reaches another."""
        poster = self._poster(lane.endpoint)
        try:
            while True:
                try:
                    await self._go_on(lane, poster)
                except Exception as error:  # noqa: BLE001 - whatever happens to one endpoint, the others go on
                    reason = str(error) if isinstance(error, LfrError) else type(error).__name__
                    log.error("webhook_stuck", endpoint=lane.endpoint.name, reason=reason, again_in_s=RETRY_S)
                    lane.forget_page()
                    await asyncio.sleep(RETRY_S)
        finally:
            await poster.close()

    async def _go_on(self, lane: Lane, poster: Posts) -> None:
        """One event further, or a rest."""
        if lane.must_reload:
            lane.must_reload = False
            lane.cursor = await asyncio.to_thread(
                self._webhooks.begin, lane.endpoint.name, self._deployment_id
            )
        if (wait_s := self._wait_s(lane)) > 0:
            await lane.rest(wait_s)
            return
        if lane.needs_page(time.monotonic()):
            await self._read(lane)
        pending = lane.next()
        if pending is None:
            if not lane.must_reload:
                lane.idle = True
                await lane.rest(None)
            return
        step = await self._told(lane, poster, pending)
        if step is None or lane.must_reload:
            return  # the alert was erased meanwhile, or it was replayed: the store knows better
        lane.cursor = step.cursor
        if not step.cursor.attempts:
            lane.passed()
        await self._write_down(step)

    async def _read(self, lane: Lane) -> None:
        lane.about_to_read()
        page = await asyncio.to_thread(
            self._webhooks.page, lane.cursor, lane.endpoint.names, PAGE_EVENTS, lane.rest_of_page()
        )
        if page.generation != lane.cursor.generation:
            lane.wake(reload=True)
            return
        lane.turn_to(page, time.monotonic())
        if not page.pending and page.scanned > lane.cursor.seq:
            lane.cursor = replace(lane.cursor, seq=page.scanned)  # written with the next delivery

    async def _told(self, lane: Lane, poster: Posts, pending: Pending) -> Step | None:
        """What became of the event; None when all that is known of its alert is out of date."""
        reason = discard_reason(pending, lane.page)
        if reason is not None:
            return discarded(lane.cursor, pending, reason, self._clock())
        try:
            letter = await self._letter(lane, pending)
        except Erased:
            lane.forget_page()
            await asyncio.sleep(FRESH_S)
            return None
        answer = await poster.post(dict(letter.headers), letter.body)
        return answered(lane.cursor, pending, answer, self._clock(), self._chance(), self._schedule)

    async def _letter(self, lane: Lane, pending: Pending) -> Letter:
        erased = pending.alert_id in lane.page.erased
        if self._letters.needs_facts(lane.endpoint, pending) and not erased:
            return await asyncio.to_thread(self._letters.write, lane.endpoint, pending, self._clock())
        return self._letters.write(lane.endpoint, pending, self._clock(), erased=erased)

    async def _write_down(self, step: Step) -> None:
        change = Change(
            cursor=step.cursor,
            said=step.said,
            dead=() if step.dead is None else (step.dead,),
            undead=() if step.undead is None else (step.undead,),
        )
        # Many may be found erased or too late at once: these are written together.
        if step.is_plain or (step.dead is not None and step.dead.reason in FINAL_REASONS):
            self._ledger.note(change)
        else:
            await self._ledger.settle(change)

    def _wait_s(self, lane: Lane) -> float:
        next_at = lane.cursor.next_at
        return 0.0 if next_at is None else self._schedule.due_in_s(next_at, self._clock())

    def _reload(self, cursor: Cursor) -> None:
        self._lanes[cursor.endpoint].wake(reload=True)

    def _left(self) -> int:
        return sum(self._webhooks.waiting(lane.cursor, lane.endpoint.names) for lane in self._lanes.values())

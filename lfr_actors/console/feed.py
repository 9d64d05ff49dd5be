"""What happens, told to every open page as it happens: one reader of the log, a bounded queue for each page.

    store.head() every 0.1 s ─► new events ─► Subscription (at most QUEUE changes) ─► page
                                                └─ overflow ─► resync: the page fetches everything anew

A page resumes after the last event it knows: what was written meanwhile is read from the log first, and then it
goes on where the reader stands, so that no change is lost and none is told twice. Nothing personal is told: the
number of an event, its name, and which alert it is about.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog

from lfr_actors.errors import StoreError
from lfr_actors.events.cameras import CameraObserved
from lfr_actors.events.keeping import NonMatchesForgotten
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.matching import MatcherObserved
from lfr_actors.events.types import AccessViewed
from lfr_actors.store import Store
from lfr_actors.store.alerts import alert_object

log = structlog.get_logger()

POLL_S: Final = 0.1
QUEUE: Final = 256
"""Changes that may wait for one page."""
BACKLOG: Final = 512
"""Changes that are read again for a page that comes back; after more of them it fetches everything anew."""
_AT_ONCE: Final = 1_000

_NOT_TOLD: Final = frozenset({AccessViewed.NAME, NonMatchesForgotten.NAME, MatcherObserved.NAME})
"""Nothing on a page changes with these."""
_NOT_LASTING: Final = _NOT_TOLD | {CameraObserved.NAME}
"""A page that was away need not hear of these: cameras report counts all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something happened: event `seq` of this name, about this alert if about one."""

    seq: int
    name: str
    alert_id: str | None

    def to_json(self) -> dict[str, Any]:
        """What is told of it."""
        return {"seq": self.seq, "name": self.name, "alert": self.alert_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resync:
    """Changes up to `seq` are not told one by one: fetch everything anew."""

    seq: int


def change_of(event: StoredEvent) -> Change | None:
    """The change that an event is; None for one with which nothing on a page changes.

    Raises `StoreError` for an event that was altered.
    """
    if event.name in _NOT_TOLD:
        return None
    public = event.public
    alert_id = public.get("alert_id")
    about = str(public.get("object_id", ""))
    if alert_id is None and about.startswith(alert_object("")):
        alert_id = about.removeprefix(alert_object(""))
    return Change(seq=event.seq, name=event.name, alert_id=None if alert_id is None else str(alert_id))


class Subscription:
    """The changes of one deployment for one page, in order, each once."""

    def __init__(self, deployment_id: str, after: int, position: Callable[[], int]) -> None:
        """Changes after event `after`; `position` says how far the log was read."""
        self.deployment_id, self._after, self._position = deployment_id, after, position
        self._waiting: deque[Change] = deque()
        self._overflowed = False
        self._closed = False
        self._something = asyncio.Event()

    def put(self, change: Change) -> None:
        """Take in a change; one that the page knows already is left out."""
        if change.seq <= self._after or self._overflowed:
            return
        if len(self._waiting) >= QUEUE:
            self._waiting.clear()
            self._overflowed = True
        else:
            self._waiting.append(change)
        self._something.set()

    def close(self) -> None:
        """No change will come any more."""
        self._closed = True
        self._something.set()

    @property
    def is_closed(self) -> bool:
        """Whether it ended."""
        return self._closed

    async def next(self, timeout_s: float) -> list[Change] | Resync:
        """The changes that wait, at least one unless `timeout_s` passed; or that they were too many to be told.

        Empty also once it is closed.
        """
        try:
            await asyncio.wait_for(self._something.wait(), timeout_s)
        except TimeoutError:
            return []
        if not self._closed:
            self._something.clear()
        if self._overflowed:
            self._overflowed = False
            self._after = max(self._after, self._position())
            self._waiting.clear()
            return Resync(seq=self._after)
        changes = list(self._waiting)
        self._waiting.clear()
        if changes:
            self._after = changes[-1].seq
        return changes


class Feed:
    """Reads the log while `run` runs, and hands on what it reads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._subscriptions: set[Subscription] = set()
        self._seq: int | None = None
        self._reading = asyncio.Lock()

    @property
    def position(self) -> int:
        """The event up to which the log was read; 0 before `start`."""
        return self._seq or 0

    async def start(self) -> None:
        """Begin where the log stands. Raises `StoreError` when it cannot be read."""
        if self._seq is None:
            self._seq = (await asyncio.to_thread(self._store.head)).seq

    async def run(self) -> None:
        """Read and hand on, for ever. A fault of the database is logged, and tried again."""
        while True:
            try:
                await self.start()
                await self.poll()
            except StoreError as error:
                log.warning("feed_could_not_read", reason=str(error))
            await asyncio.sleep(POLL_S)

    async def poll(self) -> None:
        """Read what is new, once, and hand it on."""
        async with self._reading:
            head = (await asyncio.to_thread(self._store.head)).seq
            while self.position < head:
                batch = await asyncio.to_thread(self._store.events, after=self.position, limit=_AT_ONCE)
                if not batch:
                    return
                self._hand_on(batch)
                self._seq = batch[-1].seq

    def close(self) -> None:
        """End every subscription. Idempotent."""
        for subscription in self._subscriptions:
            subscription.close()

    @contextmanager
    def subscription(self, deployment_id: str, after: int | None) -> Iterator[Subscription]:
        """A page that knows everything up to event `after`; None: up to where the reader stands."""
        known = self.position if after is None else after
        own = Subscription(deployment_id, known, lambda: self.position)
        self._subscriptions.add(own)
        try:
            yield own
        finally:
            self._subscriptions.discard(own)

    def missed(self, deployment_id: str, after: int, until: int) -> list[Change] | Resync:
        """What happened after event `after`, which the page knows, up to event `until`; reads the log.

        `until` is where the reader stood when the page got its subscription: what came later is in its queue.
        """
        found: list[Change] = []
        while after < until:
            batch = self._store.events(after=after, deployment_id=deployment_id, limit=_AT_ONCE)
            if not batch:
                break
            after = batch[-1].seq
            lasting = [event for event in batch if event.seq <= until and event.name not in _NOT_LASTING]
            found += [change for _, change in _changes(lasting)]
            if len(found) > BACKLOG:
                return Resync(seq=until)
        return found

    def _hand_on(self, batch: Sequence[StoredEvent]) -> None:
        for deployment_id, change in _changes(batch):
            for subscription in self._subscriptions:
                if subscription.deployment_id == deployment_id:
                    subscription.put(change)


def _changes(events: Sequence[StoredEvent]) -> Iterator[tuple[str, Change]]:
    """The changes among events, with their deployment. One that was altered is said, and told as a change."""
    for event in events:
        try:
            change = change_of(event)
        except StoreError as error:
            log.error("event_altered", seq=event.seq, reason=str(error))
            change = Change(seq=event.seq, name=event.name, alert_id=None)
        if change is not None:
            yield event.deployment_id, change

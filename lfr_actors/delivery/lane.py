"""One endpoint at work: the page it is at, the event it is told of next, and when."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Final, Protocol

from lfr_actors.delivery.cursor import Cursor, Page, Pending
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.delivery.schedule import Answer

FRESH_S: Final = 0.1
"""How old what is known of an alert may be when something is told of it: an erased one is found out by then."""
FRESH_PLAIN_S: Final = 2.0


class Posts(Protocol):
    """What makes attempts."""

    async def post(self, headers: dict[str, str], body: bytes) -> Answer:
        """One attempt."""

    async def close(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointStatus:
    """How an endpoint fares now. `idle`: it was told of everything. Times are aware UTC."""

    name: str
    host: str
    seq: int
    delivered: int
    attempts: int
    failures: int
    failing_since: dt.datetime | None
    suspended_at: dt.datetime | None
    next_at: dt.datetime | None
    last_answer: str | None
    last_at: dt.datetime | None
    idle: bool


class Lane:
    """State of one endpoint in memory; the courier moves it."""

    def __init__(self, endpoint: Endpoint, cursor: Cursor) -> None:
        self.endpoint, self.cursor = endpoint, cursor
        self.idle = False
        self.must_reload = False
        self._page: Page | None = None
        self._place, self._read_s = 0, 0.0
        self._woken = asyncio.Event()

    @property
    def page(self) -> Page:
        """The page it is at."""
        return self._page or Page()

    def next(self) -> Pending | None:
        """The event of the page that is next; None at its end."""
        pending = self.page.pending
        return pending[self._place] if self._place < len(pending) else None

    def rest_of_page(self) -> tuple[Pending, ...]:
        """What is left of the page; nothing where the store has to be asked for all of it."""
        return self.page.pending[self._place :]

    def needs_page(self, now_s: float) -> bool:
        """Whether the store has to be asked: the page is at its end, or too old for what is next on it."""
        pending = self.next()
        if pending is None:
            return True
        fresh_s = FRESH_PLAIN_S if pending.alert_id is None else FRESH_S
        return now_s - self._read_s > fresh_s

    def about_to_read(self) -> None:
        """Whatever happens from now on is not on the page, and wakes."""
        self._woken.clear()

    def turn_to(self, page: Page, now_s: float) -> None:
        """Go on with another page; what it passed over is passed over for good."""
        self._page, self._place, self._read_s = page, 0, now_s

    def passed(self) -> None:
        """The event is dealt with."""
        self._place += 1

    def forget_page(self) -> None:
        """Ask the store before anything else."""
        self._page = None

    def wake(self, *, reload: bool = False) -> None:
        """There may be something new; with `reload` the cursor itself is another by now."""
        self.must_reload = self.must_reload or reload
        if reload:
            self.forget_page()
        self.idle = False
        self._woken.set()

    async def rest(self, longest_s: float | None) -> None:
        """Until woken, or for so long."""
        try:
            async with asyncio.timeout(longest_s):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()

    def status(self) -> EndpointStatus:
        """How it fares."""
        cursor = self.cursor
        return EndpointStatus(
            name=self.endpoint.name,
            host=self.endpoint.host,
            seq=cursor.seq,
            delivered=cursor.delivered,
            attempts=cursor.attempts,
            failures=cursor.failures,
            failing_since=cursor.failing_since,
            suspended_at=cursor.suspended_at,
            next_at=cursor.next_at,
            last_answer=cursor.last_answer,
            last_at=cursor.last_at,
            idle=self.idle,
        )

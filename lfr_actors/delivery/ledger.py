"""Writing down how endpoints stand: many deliveries in one transaction, so that alerts never wait for webhooks.

What is noted is written within 100 ms, or as soon as an endpoint has 200 deliveries noted; a failure, a dead letter
that an answer made, and the end at once. After a crash the deliveries that were not written down are made again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from lfr_actors.delivery.cursor import Change, Cursor
from lfr_actors.errors import StoreError

log = structlog.get_logger()

WRITE_EVERY_S: Final = 0.1
MOST_NOTED: Final = 200
RETRY_S: Final = 1.0

Write = Callable[[Sequence[Change]], tuple[Cursor, ...]]


class Ledger:
    """Collects changes of several endpoints. `on_stale` is told of each whose changes a replay made void."""

    def __init__(self, write: Write, on_stale: Callable[[Cursor], None]) -> None:
        self._write, self._on_stale = write, on_stale
        self._noted: dict[str, Change] = {}
        self._count: dict[str, int] = {}
        self._dirty, self._full = asyncio.Event(), asyncio.Event()
        self._turn = asyncio.Lock()

    def note(self, change: Change) -> None:
        """Have a change written soon."""
        name = change.cursor.endpoint
        self._noted[name] = _joined(self._noted.get(name), change)
        self._count[name] = self._count.get(name, 0) + 1
        self._dirty.set()
        if self._count[name] >= MOST_NOTED:
            self._full.set()

    async def settle(self, change: Change) -> None:
        """Return when a change is written. Raises `StoreError`; then it is tried again later."""
        self.note(change)
        await self.flush()

    async def flush(self) -> None:
        """Write everything that is noted. Raises `StoreError`, and keeps it noted."""
        write = asyncio.ensure_future(self._flush())
        await asyncio.shield(write)  # an older write must not come after a newer one

    async def run(self) -> None:
        """Write what is noted, until it is cancelled."""
        while True:
            await self._dirty.wait()
            try:
                async with asyncio.timeout(WRITE_EVERY_S):
                    await self._full.wait()
            except TimeoutError:
                pass
            try:
                await self.flush()
            except StoreError as error:
                log.error("webhook_cursors_not_written", reason=str(error), again_in_s=RETRY_S)
                await asyncio.sleep(RETRY_S)

    async def _flush(self) -> None:
        async with self._turn:
            noted, self._noted = self._noted, {}
            self._count = {}
            self._dirty.clear()
            self._full.clear()
            if not noted:
                return
            try:
                stale = await asyncio.to_thread(self._write, tuple(noted.values()))
            except BaseException:
                newer, self._noted = self._noted, noted
                for change in newer.values():
                    self.note(change)
                self._dirty.set()
                raise
        for cursor in stale:
            self._on_stale(cursor)


def _joined(older: Change | None, newer: Change) -> Change:
    """Both changes as one; after a replay only the newer one counts."""
    if older is None or older.cursor.generation != newer.cursor.generation:
        return newer
    return Change(
        cursor=newer.cursor,
        said=older.said + newer.said,
        dead=older.dead + newer.dead,
        undead=older.undead + newer.undead,
    )

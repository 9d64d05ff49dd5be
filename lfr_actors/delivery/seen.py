"""Which webhooks a receiver has taken already: senders send at least once, receivers act once.

An id is written down when the consumer's handler has returned, not before: what fails is asked for again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sqlite3
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final, Protocol

from lfr_actors.errors import StoreError

CAPACITY: Final = 100_000
KEEP: Final = dt.timedelta(days=35)
"""How long a file remembers: longer than a sender repeats anything by itself."""

_WAIT_S: Final = 10.0


class SeenStore(Protocol):
    """Remembers ids of webhooks that were handled. Times are aware UTC."""

    async def has(self, webhook_id: str) -> bool:
        """Whether it was handled."""
        ...

    async def add(self, webhook_id: str, now: dt.datetime) -> None:
        """It was handled; when this returns it is remembered."""
        ...

    async def close(self) -> None:
        """Let go of what is held open."""
        ...


class SeenInMemory:
    """Remembers the last `capacity` ids until the process ends. For trials, and where doubles do no harm."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        if capacity < 1:
            raise ValueError("a memory for no ids; give a capacity of at least 1")
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._capacity = capacity

    async def has(self, webhook_id: str) -> bool:
        """Whether it is among the last ones that were handled."""
        return webhook_id in self._ids

    async def add(self, webhook_id: str, now: dt.datetime) -> None:
        """Remember it, and forget the oldest where there are too many."""
        del now  # what is forgotten goes by order
        self._ids[webhook_id] = None
        while len(self._ids) > self._capacity:
            self._ids.popitem(last=False)

    async def close(self) -> None:
        """Nothing is held open."""


class SeenInFile:
    """Remembers ids in an SQLite file of mode 0600, also after a restart or a loss of power.

    For one process at a time. Raises `StoreError` when the file cannot be opened.
    """

    def __init__(self, path: Path, keep: dt.timedelta = KEEP) -> None:
        self._path = path
        self._keep = keep
        self._lock = threading.Lock()  # one connection, used from threads
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._database = sqlite3.connect(
                path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False
            )
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS seen (webhook_id TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID"
            )
            self._database.execute("CREATE INDEX IF NOT EXISTS seen_at ON seen (at)")
        except (OSError, sqlite3.Error) as error:
            raise StoreError(str(path), f"cannot remember webhooks there: {error}") from error

    async def has(self, webhook_id: str) -> bool:
        """Whether it was handled, as far back as the file goes. Raises `StoreError` when it cannot be read."""
        return await asyncio.to_thread(self._has, webhook_id)

    async def add(self, webhook_id: str, now: dt.datetime) -> None:
        """It is on the disk when this returns. Raises `StoreError` when it cannot be written."""
        await asyncio.to_thread(self._add, webhook_id, now.timestamp())

    async def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _has(self, webhook_id: str) -> bool:
        with self._lock:
            try:
                found = self._database.execute("SELECT 1 FROM seen WHERE webhook_id = ?", (webhook_id,))
                return found.fetchone() is not None
            except sqlite3.Error as error:
                raise StoreError(str(self._path), f"cannot be read: {error}") from error

    def _add(self, webhook_id: str, at: float) -> None:
        oldest = at - self._keep.total_seconds()
        with self._lock:
            try:
                self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (webhook_id, at))
                self._database.execute("DELETE FROM seen WHERE at < ?", (oldest,))
            except sqlite3.Error as error:
                raise StoreError(str(self._path), f"cannot be written: {error}") from error

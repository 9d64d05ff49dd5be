"""What a receiver remembers: in memory within bounds, in a file for good."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from lfr_actors.delivery.seen import KEEP, SeenInFile, SeenInMemory
from lfr_actors.errors import StoreError
from tests.unit.events.samples import NOON


async def test_memory_keeps_the_last_ones() -> None:
    """What was handled is known, until as many others were as there is room for."""
    seen = SeenInMemory(capacity=2)
    for webhook_id in ("a", "b", "b", "c"):
        await seen.add(webhook_id, NOON)
    assert [await seen.has(each) for each in "abcd"] == [False, True, True, False]
    await seen.close()
    with pytest.raises(ValueError, match="at least 1"):
        SeenInMemory(capacity=0)


async def test_a_file_remembers_after_a_restart(tmp_path: Path) -> None:
    """Another process that opens the file knows what the first one handled; nobody else can read it."""
    path = tmp_path / "seen.db"
    first = SeenInFile(path)
    await first.add("a", NOON)
    await first.add("a", NOON)
    await first.close()
    again = SeenInFile(path)
    assert await again.has("a")
    assert not await again.has("b")
    assert path.stat().st_mode & 0o777 == 0o600
    await again.close()


async def test_a_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    """Ids that are older than anything a sender repeats are let go."""
    seen = SeenInFile(tmp_path / "seen.db")
    await seen.add("old", NOON)
    await seen.add("new", NOON + KEEP)
    assert await seen.has("old")
    await seen.add("newer", NOON + KEEP + dt.timedelta(seconds=1))
    assert not await seen.has("old")
    assert await seen.has("new")
    await seen.close()


async def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """No folder, no database, or one that breaks later: the file's name is in the error."""
    with pytest.raises(StoreError, match="seen.db"):
        SeenInFile(tmp_path / "none" / "seen.db")
    (tmp_path / "text.db").write_bytes(b"this is no database, and long enough to be seen as none" * 20)
    with pytest.raises(StoreError, match=r"text\.db"):
        SeenInFile(tmp_path / "text.db")
    seen = SeenInFile(tmp_path / "seen.db")
    with sqlite3.connect(tmp_path / "seen.db") as other:
        other.execute("DROP TABLE seen")
    other.close()
    for asking in (seen.has("a"), seen.add("a", NOON)):
        with pytest.raises(StoreError, match=r"seen\.db: cannot be"):
            await asking
    await seen.close()

"""Writing down many deliveries at once: nothing is lost when the database cannot be written for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from lfr_actors.delivery.cursor import Change, Cursor
from lfr_actors.delivery.ledger import Ledger
from lfr_actors.errors import StoreError
from lfr_actors.events.delivering import WebhookResumed

START = Cursor(endpoint="c2", deployment_id="drill-1")
SAID = WebhookResumed(endpoint="c2", after_s=1.0)


class Book:
    """What was written; fails as often as asked, calls those stale that it is told to."""

    def __init__(self, fails: int = 0, stale: tuple[Cursor, ...] = ()) -> None:
        self.fails, self.stale = fails, stale
        self.written: list[Change] = []

    def write(self, changes: Sequence[Change]) -> tuple[Cursor, ...]:
        """Write, or fail."""
        if self.fails:
            self.fails -= 1
            raise StoreError("test", "the disk is full")
        self.written += changes
        return self.stale


def change(seq: int, generation: int = 0, **more: object) -> Change:
    """A cursor that moved."""
    return replace(Change(cursor=replace(START, seq=seq, generation=generation)), **more)


async def test_deliveries_of_one_endpoint_become_one_write() -> None:
    """The last cursor stands; what was said on the way is kept, in order."""
    book = Book()
    ledger = Ledger(book.write, lambda _: None)
    for seq in range(1, 40):
        ledger.note(change(seq, said=(SAID,) if seq % 10 == 0 else ()))
    await ledger.flush()
    await ledger.flush()
    assert [(each.cursor.seq, each.said) for each in book.written] == [(39, (SAID,) * 3)]


async def test_what_could_not_be_written_is_written_later() -> None:
    """A failed write is told to whoever waits for it, and joined with what comes after it."""
    book = Book(fails=1)
    ledger = Ledger(book.write, lambda _: None)
    with pytest.raises(StoreError):
        await ledger.settle(change(1, said=(SAID,), undead=(7,)))
    await ledger.settle(change(2))
    assert [(each.cursor.seq, each.said, each.undead) for each in book.written] == [(2, (SAID,), (7,))]


async def test_after_a_replay_nothing_of_before_is_written() -> None:
    """What an older generation noted is dropped, and whose cursor was stale is told to read again."""
    told: list[Cursor] = []
    book = Book(stale=(START,))
    ledger = Ledger(book.write, told.append)
    ledger.note(change(9, said=(SAID,)))
    await ledger.settle(change(1, generation=1))
    assert [(each.cursor.seq, each.said) for each in book.written] == [(1, ())]
    assert told == [START]


async def test_what_is_noted_is_written_without_being_asked() -> None:
    """A tenth of a second later, while the ledger runs."""
    book = Book()
    ledger = Ledger(book.write, lambda _: None)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(ledger.run())
        ledger.note(change(1))
        async with asyncio.timeout(10):
            while not book.written:
                await asyncio.sleep(0.01)
        running.cancel()

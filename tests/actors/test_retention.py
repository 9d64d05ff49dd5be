"""The retention actor on a real store, with a clock and a sleep of our own: no test waits."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lfr_actors.actors.retention import BREATH_S, LOOK_AGAIN_S, NAP_S, RETRY_S, RetentionActor
from lfr_actors.errors import NotReady, StoreError
from lfr_actors.events.chain import verify
from lfr_actors.events.keeping import DataErased, OverdueErasure
from lfr_actors.events.log import StoredEvent
from lfr_actors.retention import erasure
from lfr_actors.retention.policy import ClockStart, DataClass
from lfr_actors.store.objects import NewObject
from lfr_actors.store.store import Store

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
DAY_S = 86_400.0


class Time:
    """A wall clock that only sleeping moves. `jumps`: by how much it is set in the sleep that begins then, s.

    `slept_s` is what the monotonic clock would say. Sleep begins to last for ever at `end_s` of it.
    """

    def __init__(self, *, end_s: float = 0.0, jumps: dict[float, float] | None = None) -> None:
        self.now, self.slept_s, self.end_s = NOON, 0.0, end_s
        self._jumps = dict(jumps or {})
        self._rested = asyncio.Event()

    def clock(self) -> dt.datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= NAP_S
        if self.slept_s >= self.end_s:
            self._rested.set()
            await asyncio.Event().wait()
        for at_s in [at_s for at_s in self._jumps if at_s <= self.slept_s]:
            self.now += dt.timedelta(seconds=self._jumps.pop(at_s))
        self.slept_s += seconds
        self.now += dt.timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async def rested(self) -> None:
        """Wait until it sleeps for ever."""
        async with asyncio.timeout(20):
            await self._rested.wait()

    def begin_again(self, *, end_s: float) -> None:
        """Let time pass once more, until `end_s` of sleep."""
        self.end_s = end_s
        self._rested.clear()

    @property
    def at_s(self) -> float:
        """What the wall clock says, seconds since noon."""
        return (self.now - NOON).total_seconds()


def retain(store: Store, name: str, due_at: dt.datetime, path: Path | None = None) -> None:
    """An object that is due then; a file in clear with a path, else something sealed."""
    lifetime = dt.timedelta(hours=1)
    store.retained.add(
        NewObject(
            object_id=name,
            data_class=DataClass.FOOTAGE,
            kind="footage" if path is None else "file",
            deployment_id=None,
            clock=ClockStart.MADE,
            clock_started_at=due_at - lifetime,
            lifetime=lifetime,
            policy_version=1,
            key=store.keys.create("test") if path is None else None,
            path=path,
        )
    )


def after(seconds: float) -> dt.datetime:
    """This long after noon."""
    return NOON + dt.timedelta(seconds=seconds)


def receipts(store: Store) -> list[DataErased]:
    """What was erased, in order, in a chain that verifies."""
    verify(store.iter_events(), store.head())
    return [event.body for event in store.iter_events() if isinstance(event.body, DataErased)]


@asynccontextmanager
async def at_work(home: Path, time: Time, **options: Any) -> AsyncIterator[RetentionActor]:
    """An actor on its schedule; closed in the end, when its work must have ended without a fault."""
    actor = RetentionActor(lambda: Store.open(home), clock=time.clock, sleep=time.sleep, **options)
    work = asyncio.create_task(actor.run())
    try:
        yield actor
    finally:
        async with asyncio.timeout(20):
            await actor.close()
            await work


@pytest.fixture
def looks() -> Iterator[Callable[[Time], list[float]]]:
    """When anybody used any database, in seconds since noon by the clock given; counted from the call on."""
    listeners: list[Callable[..., None]] = []

    def count(time: Time) -> list[float]:
        seen: list[float] = []

        def used(*_: object) -> None:
            if not seen or seen[-1] != time.at_s:
                seen.append(time.at_s)

        sa.event.listen(sa.Engine, "begin", used)
        listeners.append(used)
        return seen

    yield count
    for listener in listeners:
        sa.event.remove(sa.Engine, "begin", listener)


async def test_it_sleeps_until_something_is_due_and_no_longer(
    home: Path, store: Store, looks: Callable[[Time], list[float]]
) -> None:
    """Each thing goes at its very moment, and between two of them nobody looks at the database."""
    for seconds in (30.25, 31.0, 50.0):
        retain(store, f"footage:{seconds:g}", after(seconds))
    time = Time(end_s=59.0)
    seen = looks(time)
    async with at_work(home, time):
        await time.rested()
        assert seen == [0.0, 30.25, 31.0, 50.0]
    assert [(body.object_id, body.done_at, body.lateness_s) for body in receipts(store)] == [
        (f"footage:{seconds:g}", after(seconds), 0.0) for seconds in (30.25, 31.0, 50.0)
    ]


async def test_it_looks_again_for_what_nobody_told(
    home: Path, store: Store, looks: Callable[[Time], list[float]]
) -> None:
    """With nothing to wait for it looks once in `LOOK_AGAIN_S`, and finds what became due meanwhile."""
    time = Time(end_s=2.5 * LOOK_AGAIN_S)
    seen = looks(time)
    async with at_work(home, time) as actor:
        await time.rested()
        assert seen == [0.0, LOOK_AGAIN_S, 2 * LOOK_AGAIN_S]
        assert (await actor.status()).next_due_at is None


async def test_it_wakes_when_it_is_told(home: Path, store: Store) -> None:
    """What became due while it sleeps goes at once when it is woken: no time passes."""
    time = Time()
    gone = asyncio.Event()
    async with at_work(home, time, on_erased=lambda _: gone.set()) as actor:
        await time.rested()
        retain(store, "footage:aa", NOON)
        await actor.wake()
        async with asyncio.timeout(20):
            await gone.wait()
        assert time.slept_s == 0.0
    (receipt,) = receipts(store)
    assert (receipt.object_id, receipt.lateness_s) == ("footage:aa", 0.0)


async def test_it_is_woken_in_the_middle_of_a_round(
    home: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that comes while it is at work is not lost: it looks once more instead of going to sleep."""
    rounds: list[int] = []
    time = Time()
    async with at_work(home, time) as actor:
        await time.rested()
        loop, catch_up = asyncio.get_running_loop(), actor._eraser.catch_up

        def in_the_middle() -> erasure.CaughtUp:
            rounds.append(1)
            if len(rounds) == 1:
                asyncio.run_coroutine_threadsafe(actor.wake(), loop).result(20)
            return catch_up()

        monkeypatch.setattr(actor._eraser, "catch_up", in_the_middle)
        await actor.wake()
        async with asyncio.timeout(20):
            while len(rounds) < 2:
                await asyncio.sleep(0.001)
    assert len(rounds) == 2


async def test_a_clock_set_forward(home: Path, store: Store, looks: Callable[[Time], list[float]]) -> None:
    """What the jump made due is gone within a nap of it, not when the old reckoning would have ended."""
    retain(store, "footage:aa", after(DAY_S))
    time = Time(end_s=10.0, jumps={5.0: DAY_S})
    async with at_work(home, time):
        await time.rested()
    (receipt,) = receipts(store)
    assert after(DAY_S) <= receipt.done_at <= after(DAY_S + 5.0 + NAP_S)


async def test_a_clock_set_back(home: Path, store: Store) -> None:
    """By the clock in force nothing goes early, and it goes on time when that clock comes round again."""
    retain(store, "footage:aa", after(30.0))
    time = Time(end_s=500.0, jumps={5.0: -300.0})
    async with at_work(home, time):
        await time.rested()
    (receipt,) = receipts(store)
    assert receipt.done_at == after(30.0)
    assert time.slept_s >= 330.0


async def test_what_cannot_be_erased_is_tried_again(
    home: Path, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is overdue with its reason, tried every `RETRY_S` and gone once it can be; nothing else is late for it."""
    page = tmp_path / "page.html"
    page.write_text("a page in clear")
    retain(store, "file:aa", after(0.0), page)
    retain(store, "footage:bb", after(25.0))
    time = Time(end_s=45.0)
    tries: list[float] = []

    def shred(path: Path) -> None:
        tries.append(time.at_s)
        if time.at_s < 3 * RETRY_S:
            raise OSError(30, "Read-only file system")
        path.unlink()

    monkeypatch.setattr(erasure, "shred", shred)
    told: list[str] = []
    async with at_work(home, time, on_erased=lambda event: told.append(event.public["object_id"])) as actor:
        while (await actor.status()).overdue == ():
            await asyncio.sleep(0)
        (overdue,) = (await actor.status()).overdue
        assert (overdue.object_id, overdue.due_at) == ("file:aa", NOON)
        assert "Read-only file system" in overdue.reason
        await time.rested()
        assert (await actor.status()).overdue == ()
    assert tries == [0.0, 10.0, 20.0, 25.0, 35.0]
    assert [(body.object_id, body.lateness_s) for body in receipts(store)] == [
        ("footage:bb", 0.0),
        ("file:aa", 35.0),
    ]
    assert told == ["footage:bb", "file:aa"]
    said = [event for event in store.iter_events() if isinstance(event.body, OverdueErasure)]
    assert len(said) == 1
    assert not page.exists()


@pytest.mark.parametrize("fault", [StoreError("lfr.db", "database is locked"), ZeroDivisionError("a bug")])
async def test_a_fault_does_not_end_it(
    home: Path, store: Store, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """A store that fails, or a fault of the program, is tried again after `RETRY_S`; then it is on its schedule."""
    retain(store, "footage:aa", after(0.0))
    time = Time(end_s=2 * RETRY_S + 5.0)
    failing = [fault, fault]
    due = erasure.Eraser.due

    def sometimes(eraser: erasure.Eraser) -> Any:
        if failing:
            raise failing.pop()
        return due(eraser)

    monkeypatch.setattr(erasure.Eraser, "due", sometimes)
    async with at_work(home, time) as actor:
        await time.rested()
        assert (await actor.status()).erased == 1
    (receipt,) = receipts(store)
    assert receipt.lateness_s == 2 * RETRY_S


async def test_a_call_meets_the_fault_of_the_store(
    home: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks to catch up is told that it could not be done: nobody goes on as if it had been."""
    actor = RetentionActor(lambda: Store.open(home))

    def broken(_: erasure.Eraser) -> erasure.CaughtUp:
        raise StoreError("lfr.db", "disk full")

    monkeypatch.setattr(erasure.Eraser, "catch_up", broken)
    with pytest.raises(StoreError, match="disk full"):
        await actor.catch_up()
    await actor.close()


async def test_it_catches_up_after_a_kill(home: Path, store: Store) -> None:
    """What fell due while it was dead, and what it had begun, are gone after the first round of the next."""
    retain(store, "footage:asleep", after(100.0))
    retain(store, "footage:begun", after(0.0))
    retain(store, "footage:later", after(DAY_S))
    time = Time(end_s=10.0)
    first = RetentionActor(lambda: Store.open(home), clock=time.clock, sleep=time.sleep)
    store.retained.claim(["footage:begun"], NOON)  # by the one who is killed before it can go on
    work = asyncio.create_task(first.run())
    work.cancel()
    await asyncio.wait([work])
    time.now = after(200.0)
    second = RetentionActor(lambda: Store.open(home), clock=time.clock, sleep=time.sleep)
    status = await second.catch_up()
    assert (status.erased, status.overdue, status.next_due_at) == (2, (), after(DAY_S))
    assert {body.object_id: body.lateness_s for body in receipts(store)} == {
        "footage:begun": 200.0,
        "footage:asleep": 100.0,
    }
    await first.close()
    await second.close()


async def test_two_actors_write_one_receipt(home: Path, store: Store) -> None:
    """Side by side on one store, whoever comes first: each object has exactly one receipt and one who tells."""
    names = {f"footage:{number:02}" for number in range(20)}
    for name in names:
        retain(store, name, NOON)
    told: list[str] = []

    def tell(event: StoredEvent) -> None:
        told.append(event.public["object_id"])

    actors = [RetentionActor(lambda: Store.open(home), clock=lambda: NOON, on_erased=tell) for _ in range(2)]
    statuses = await asyncio.gather(*(actor.catch_up() for actor in actors for _ in range(2)))
    assert [status.overdue for status in statuses] == [()] * 4
    assert sum([(await actor.status()).erased for actor in actors]) == len(names)
    assert sorted(body.object_id for body in receipts(store)) == sorted(names)
    assert sorted(told) == sorted(names)
    for actor in actors:
        await actor.close()


async def test_it_may_be_closed_twice_and_at_any_time(home: Path) -> None:
    """Before its first round, asleep, and again: `run` ends, and nothing is erased by it after."""
    time = Time()
    actor = RetentionActor(lambda: Store.open(home), clock=time.clock, sleep=time.sleep)
    work = asyncio.create_task(actor.run())
    await time.rested()
    await actor.close()
    async with asyncio.timeout(20):
        await work
    await actor.close()
    with pytest.raises(NotReady, match="closed"):
        await actor.catch_up()
    unused = RetentionActor(lambda: Store.open(home))
    await unused.close()
    async with asyncio.timeout(20):
        await unused.run()


async def test_it_finishes_what_it_has_in_hand(
    home: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed in the middle of a round, it closes after it: what was begun is gone, with its receipt."""
    retain(store, "footage:aa", NOON)
    time = Time()
    closing: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()
    actor = RetentionActor(lambda: Store.open(home), clock=time.clock, sleep=time.sleep)
    catch_up = actor._eraser.catch_up

    async def close() -> None:
        closing.append(asyncio.create_task(actor.close()))
        await asyncio.sleep(0)

    def in_the_middle() -> erasure.CaughtUp:
        asyncio.run_coroutine_threadsafe(close(), loop).result(20)
        return catch_up()

    monkeypatch.setattr(actor._eraser, "catch_up", in_the_middle)
    async with asyncio.timeout(20):
        await actor.run()
        await asyncio.gather(*closing)
    assert [body.object_id for body in receipts(store)] == ["footage:aa"]


async def test_what_no_round_erases_does_not_keep_it_spinning(
    home: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something that stays due without being overdue costs a round now and then, not the machine."""
    rounds: list[float] = []
    time = Time(end_s=1.0)
    async with at_work(home, time) as actor:
        await time.rested()

        def fruitless() -> erasure.CaughtUp:
            rounds.append(time.at_s)
            return erasure.CaughtUp(erased=(), overdue=(), next_due_at=NOON)

        monkeypatch.setattr(actor._eraser, "catch_up", fruitless)
        time.begin_again(end_s=2.0)
        await actor.wake()
        await time.rested()
    assert 2 < len(rounds) <= 1.0 / BREATH_S + 2

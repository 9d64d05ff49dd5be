"""A purge that may be cut off between any two steps, under clocks that jump: nothing early, nothing twice.

The steps of an erasure, each of which happens whole or not at all, and each of which may be the last before
a crash. Two purges may be at it at the same time.

    claim (refused when held, gone, or not due) ─► destroy the key ─► delete the file ─► finish, with a receipt

The model carries out the real schedule on the smallest world that has these steps, and compares it with what
it knows from outside: which objects it made, what the clocks said, what was held when.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations, islice, product

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from lfr_actors.retention.policy import DataClass
from lfr_actors.retention.schedule import ActiveHold, Record, due, next_due_at

NOON = dt.datetime(2024, 9, 7, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
LATEST = NOON + 1000 * HOUR


@dataclass(slots=True)
class World:
    """What outlives a crash: rows, keys, files, holds and receipts. `now` is whatever the clock says."""

    now: dt.datetime = NOON
    records: dict[str, Record] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    holds: dict[str, ActiveHold] = field(default_factory=dict)
    receipts: list[str] = field(default_factory=list)

    def due(self) -> list[str]:
        """What the schedule says is due."""
        return [item.object_id for item in due(self.records.values(), self.holds.values(), self.now)]

    def claim(self, object_id: str) -> bool:
        """One transaction: whether the object is still there and still due, and then it is claimed."""
        record = self.records.get(object_id)
        if record is None or not due([record], self.holds.values(), self.now):
            return False
        self.records[object_id] = replace(record, claimed=True)
        return True

    def finish(self, object_id: str) -> None:
        """One transaction: the row goes and the receipt is written, unless that was done already."""
        if self.records.pop(object_id, None) is not None:
            self.receipts.append(object_id)


def purge(world: World) -> Iterator[None]:
    """Erase what is due; stops between any two steps, and whoever drops it there has crashed."""
    for object_id in world.due():
        yield
        if not world.claim(object_id):
            continue
        yield
        world.keys.discard(object_id)
        yield
        world.files.discard(object_id)
        yield
        world.finish(object_id)
        yield


STEPS = 6
"""Steps of a purge of one object: listed, claimed, key gone, file gone, finished, at its end."""


def one_due_object() -> World:
    """A world with one object, due since an hour."""
    record = Record(
        object_id="alert:0",
        data_class=DataClass.ALERT,
        deployment_id="drill-1",
        clock_started_at=NOON - HOUR,
        lifetime=dt.timedelta(0),
    )
    return World(records={"alert:0": record}, keys={"alert:0"}, files={"alert:0"})


def place_hold(world: World, object_id: str) -> bool:
    """One transaction: a hold, unless the object is gone or its erasure has begun; whether it was placed."""
    record = world.records.get(object_id)
    if record is None or record.claimed:
        return False
    world.holds[object_id] = ActiveHold(hold_id="h", object_id=object_id, review_on=dt.date(2024, 10, 1))
    return True


def interleavings() -> Iterator[tuple[int, ...]]:
    """Every order in which two purges can make their steps, each cut off anywhere: whose turn it is, in turn."""
    for first, second in product(range(STEPS + 1), repeat=2):
        for turns in combinations(range(first + second), first):
            yield tuple(0 if turn in turns else 1 for turn in range(first + second))


def test_two_purges_in_every_order_cut_off_anywhere_erase_once() -> None:
    """Whatever the order of two purges' steps and wherever they crash: a third ends it, with one receipt."""
    for turns in interleavings():
        world = one_due_object()
        runs = purge(world), purge(world)
        for turn in turns:
            next(runs[turn], None)
        list(purge(world))
        assert world.receipts == ["alert:0"]
        assert (world.records, world.keys, world.files) == ({}, set(), set())


def test_a_hold_between_any_two_steps_wins_or_is_refused() -> None:
    """A hold placed before the claim keeps everything; after it, it is refused and the erasure is finished."""
    outcomes = []
    for before, after in product(range(STEPS + 1), repeat=2):
        world = one_due_object()
        run = purge(world)
        list(islice(run, before))
        placed = place_hold(world, "alert:0")
        list(islice(run, after))  # and then it crashes
        list(purge(world))
        assert bool(world.receipts) != placed
        assert (world.keys, world.files) == (({"alert:0"}, {"alert:0"}) if placed else (set(), set()))
        world.holds.clear()
        list(purge(world))  # released: it goes at once
        assert world.receipts == ["alert:0"]
        outcomes.append(placed)
    assert set(outcomes) == {True, False}


class Purges(RuleBasedStateMachine):
    """Objects, holds, clocks and purges in any order."""

    objects = Bundle("objects")
    purges = Bundle("purges")

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.made: dict[str, Record] = {}
        self.latest = self.world.now
        self.protected: set[str] = set()

    @rule(
        target=objects,
        started=st.none() | st.integers(-48, 48),
        hours=st.sampled_from([0, 1, 24]),
        data_class=st.sampled_from([DataClass.ALERT, DataClass.FOOTAGE, DataClass.WATCHLIST]),
    )
    def make(self, started: int | None, hours: int, data_class: DataClass) -> str:
        """An object with a key and a file; its clock may have started, or starts later."""
        object_id = f"{data_class}:{len(self.made)}"
        record = Record(
            object_id=object_id,
            data_class=data_class,
            deployment_id="drill-1",
            clock_started_at=None if started is None else NOON + started * HOUR,
            lifetime=hours * HOUR,
        )
        self.made[object_id] = self.world.records[object_id] = record
        self.world.keys.add(object_id)
        self.world.files.add(object_id)
        return object_id

    @rule(object_id=objects, hours=st.integers(-48, 48))
    def start_clock(self, object_id: str, hours: int) -> None:
        """A deployment ends: the clock of its data starts."""
        record = self.world.records.get(object_id)
        if record is not None and record.clock_started_at is None:
            started = replace(record, clock_started_at=NOON + hours * HOUR)
            self.made[object_id] = self.world.records[object_id] = started

    @rule(hours=st.integers(-72, 72))
    def jump(self, hours: int) -> None:
        """The clock is set, forwards or back."""
        self.world.now = NOON + hours * HOUR
        self.latest = max(self.latest, self.world.now)

    @rule(object_id=objects)
    def hold(self, object_id: str) -> None:
        """A hold is placed, unless the object is gone or its erasure has begun."""
        if place_hold(self.world, object_id):
            self.protected.add(object_id)

    @rule(object_id=objects)
    def release(self, object_id: str) -> None:
        """A hold is released."""
        self.world.holds.pop(object_id, None)
        self.protected.discard(object_id)

    @rule(target=purges)
    def begin(self) -> Iterator[None]:
        """A purge starts; others may be under way."""
        return purge(self.world)

    @rule(run=purges, steps=st.integers(1, 12))
    def go_on(self, run: Iterator[None], steps: int) -> None:
        """A purge makes some steps."""
        for _ in range(steps):
            next(run, None)

    @rule(run=consumes(purges))
    def crash(self, run: Iterator[None]) -> None:
        """A purge is cut off where it is; nothing of it is cleaned up."""

    @invariant()
    def nothing_early_nothing_twice_nothing_held(self) -> None:
        """Whatever lost its key was due by a clock that was read, and not held; receipts tell the truth."""
        world = self.world
        assert len(set(world.receipts)) == len(world.receipts)
        for object_id, record in self.made.items():
            whole = object_id in world.keys and object_id in world.files
            if not whole or object_id in world.receipts:
                assert record.due_at is not None
                assert record.due_at <= self.latest
                assert object_id not in self.protected
            if object_id in world.receipts:
                assert object_id not in world.records
                assert object_id not in world.keys
                assert object_id not in world.files
            elif not world.records[object_id].claimed:
                assert whole

    @invariant()
    def the_alarm_is_set_for_what_is_left(self) -> None:
        """While anything is due the alarm is not in the future, however far a purge got."""
        world = self.world
        alarm = next_due_at(world.records.values(), world.holds.values(), world.now)
        assert bool(world.due()) == (alarm is not None and alarm <= world.now)

    def teardown(self) -> None:
        """After the last crash, a purge that is left alone erases all that was due, once, and nothing else."""
        world = self.world
        for moment in (world.now, LATEST):
            world.now = moment
            begun = {object_id for object_id, record in world.records.items() if record.claimed}
            left = {object_id for object_id in self.made if object_id not in world.receipts}
            for _ in purge(world):
                pass
            for object_id in left:
                due_at = self.made[object_id].due_at
                expired = due_at is not None and due_at <= moment and object_id not in self.protected
                assert (object_id in world.receipts) == (expired or object_id in begun)
            assert not world.due()
            assert len(set(world.receipts)) == len(world.receipts)
            assert world.keys == world.files == set(world.records)


TestPurges = Purges.TestCase
TestPurges.__doc__ = (
    "Claims, keys, files and receipts survive crashes, holds and jumping clocks in any order."
)
TestPurges.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)

"""What is due: never early, never late, holds always win, and only the instant counts."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.retention.policy import DataClass
from lfr_actors.retention.schedule import ActiveHold, Due, Record, due, next_due_at

NOON = dt.datetime(2024, 9, 7, 12, tzinfo=dt.UTC)
HOUR, DAY, TICK = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(microseconds=1)
LONDON = ZoneInfo("Europe/London")


def record(object_id: str = "alert:a", **changes: object) -> Record:
    """An alert whose clock started at noon and that lives for a day."""
    fields: dict[str, object] = {
        "object_id": object_id,
        "data_class": DataClass.ALERT,
        "deployment_id": "drill-1",
        "clock_started_at": NOON,
        "lifetime": DAY,
    }
    return Record(**(fields | changes))  # type: ignore[arg-type]


def hold(object_id: str = "alert:a", hold_id: str = "h1") -> ActiveHold:
    """A hold on an object."""
    return ActiveHold(hold_id=hold_id, object_id=object_id, review_on=dt.date(2024, 10, 1))


def ticks(moment: dt.datetime) -> int:
    """Microseconds since 1970, exactly: another way to compare instants than the one under test."""
    return int((moment.astimezone(dt.UTC) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // TICK)


def ids(found: list[Due]) -> list[str]:
    """The objects that are due, in their order."""
    return [item.object_id for item in found]


ZONES = st.sampled_from([dt.UTC, LONDON, dt.timezone(HOUR), dt.timezone(-9 * HOUR)])
# The clocks of London change at 01:00 UTC on these days.
CHANGES = [NOON, dt.datetime(2024, 10, 27, 1, tzinfo=dt.UTC), dt.datetime(2025, 3, 30, 1, tzinfo=dt.UTC)]
# Few distinct moments, so that ties and exact hits are common; any moment now and then.
MOMENTS = st.builds(
    lambda near, half_hours, zone: (near + half_hours * HOUR / 2).astimezone(zone),
    st.sampled_from(CHANGES),
    st.integers(-60, 60),
    ZONES,
) | st.datetimes(
    dt.datetime.fromisoformat("2020-01-01"),
    dt.datetime.fromisoformat("2030-01-01"),
    timezones=ZONES,
    allow_imaginary=False,
)
LIFETIMES = st.sampled_from([dt.timedelta(0), HOUR, DAY, 31 * DAY]) | st.timedeltas(dt.timedelta(0), 31 * DAY)
RECORDS = st.lists(
    st.builds(
        Record,
        object_id=st.sampled_from([f"{kind}:{n}" for kind in ("alert", "footage") for n in range(8)]),
        data_class=st.sampled_from(DataClass),
        deployment_id=st.sampled_from(["drill-1", None]),
        clock_started_at=st.none() | MOMENTS,
        lifetime=LIFETIMES,
        claimed=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda made: made.object_id,
)
HOLDS = st.lists(
    st.builds(
        ActiveHold,
        hold_id=st.uuids().map(str),
        object_id=st.sampled_from([f"alert:{n}" for n in range(8)] + ["footage:0", "nothing:1"]),
        review_on=st.dates(),
    ),
    max_size=6,
)


def test_due_from_the_very_moment() -> None:
    """A microsecond before its time it stays, at its time it goes, and any time later too."""
    assert due([record()], [], NOON + DAY - TICK) == []
    (item,) = due([record()], [], NOON + DAY)
    assert item == Due(object_id="alert:a", data_class=DataClass.ALERT, due_at=NOON + DAY)
    assert ids(due([record()], [], NOON + 400 * DAY)) == ["alert:a"]


def test_the_five_promises() -> None:
    """A deployment that ended at noon: what has gone by each of the published times, and what has not."""
    records = [
        record("footage:1", data_class=DataClass.FOOTAGE, lifetime=31 * DAY),
        record("alert:open"),
        record("alert:false", data_class=DataClass.FALSE_ALERT, lifetime=dt.timedelta(0)),
        record("watchlist:1", data_class=DataClass.WATCHLIST, lifetime=dt.timedelta(0)),
    ]
    at_the_end = ["alert:false", "watchlist:1"]
    assert ids(due(records, [], NOON - TICK)) == []
    assert ids(due(records, [], NOON)) == at_the_end
    assert ids(due(records, [], NOON + DAY)) == [*at_the_end, "alert:open"]
    assert ids(due(records, [], NOON + 31 * DAY - TICK)) == [*at_the_end, "alert:open"]
    assert ids(due(records, [], NOON + 31 * DAY)) == [*at_the_end, "alert:open", "footage:1"]


def test_without_a_clock_nothing_is_due() -> None:
    """The alerts of a deployment that runs are never due, nor is what is kept."""
    running = record(clock_started_at=None, lifetime=dt.timedelta(0))
    kept = record("log:1", data_class=DataClass.KEPT, lifetime=dt.timedelta(0))
    assert due([running, kept], [], NOON + 1000 * DAY) == []
    assert next_due_at([running, kept], [], NOON) is None


def test_a_hold_outlasts_everything_and_its_release_does_not_wait() -> None:
    """A held object survives a thousand years overdue, and goes at once when the hold does."""
    long_after = NOON.replace(year=3024)
    assert due([record()], [hold(), hold(hold_id="h2")], long_after) == []
    assert due([record()], [hold()], long_after) == []
    assert next_due_at([record()], [hold()], long_after) is None
    assert ids(due([record()], [], long_after)) == ["alert:a"]


@pytest.mark.parametrize("clock", [None, NOON, NOON + 100 * DAY])
def test_what_was_begun_is_finished(clock: dt.datetime | None) -> None:
    """A claimed object is due despite a hold, a clock that went back, and a deployment that began anew."""
    claimed = record(claimed=True, clock_started_at=clock)
    (item,) = due([claimed], [hold()], NOON)
    assert item.due_at == (NOON if clock is None else clock + DAY)
    assert next_due_at([claimed], [hold()], NOON) == NOON


def test_a_time_without_a_zone_is_refused() -> None:
    """A naive time would be read as this machine's: neither a record nor a question may have one."""
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="has no time zone"):
        record(clock_started_at=naive)
    with pytest.raises(ValueError, match="has no time zone"):
        due([], [], naive)
    with pytest.raises(ValueError, match="has no time zone"):
        next_due_at([], [], naive)
    with pytest.raises(ValueError, match="below zero"):
        record(lifetime=-TICK)


@pytest.mark.parametrize(
    ("ended", "due_utc"),
    [
        # Clocks go forward on 30 March 2025 at 01:00 UTC: 24 hours later it is an hour later by the wall.
        (dt.datetime(2025, 3, 29, 18, 0, tzinfo=LONDON), dt.datetime(2025, 3, 30, 18, 0, tzinfo=dt.UTC)),
        # They go back on 27 October 2024 at 01:00 UTC: 01:30 comes twice, and the two are an hour apart.
        (dt.datetime(2024, 10, 27, 1, 30, tzinfo=LONDON), dt.datetime(2024, 10, 28, 0, 30, tzinfo=dt.UTC)),
        (
            dt.datetime(2024, 10, 27, 1, 30, tzinfo=LONDON, fold=1),
            dt.datetime(2024, 10, 28, 1, 30, tzinfo=dt.UTC),
        ),
        (dt.datetime(2024, 10, 26, 18, 0, tzinfo=LONDON), dt.datetime(2024, 10, 27, 17, 0, tzinfo=dt.UTC)),
    ],
)
def test_a_day_is_24_hours_when_the_clocks_change(ended: dt.datetime, due_utc: dt.datetime) -> None:
    """24 hours after a matchday's end are 24 hours, also when the wall clock says 23 or 25."""
    made = record(clock_started_at=ended)
    for zone in (dt.UTC, LONDON):
        assert due([made], [], (due_utc - TICK).astimezone(zone)) == []
        assert ids(due([made], [], due_utc.astimezone(zone))) == ["alert:a"]
    assert next_due_at([made], [], ended) == due_utc


@given(RECORDS, HOLDS, MOMENTS)
def test_never_early_never_late_never_held(
    records: list[Record], holds: list[ActiveHold], now: dt.datetime
) -> None:
    """Out is exactly what was begun, and what has a clock, is past its time, may be erased and is not held."""
    held = {one.object_id for one in holds}
    expected = {
        one.object_id
        for one in records
        if one.claimed
        or (
            one.clock_started_at is not None
            and one.data_class is not DataClass.KEPT
            and ticks(one.clock_started_at) + one.lifetime // TICK <= ticks(now)
            and one.object_id not in held
        )
    }
    found = due(records, holds, now)
    assert set(ids(found)) == expected
    assert len(found) == len(expected)
    assert found == sorted(found, key=lambda item: (item.due_at, item.object_id))
    assert all(item.due_at.tzinfo is dt.UTC for item in found)


@given(RECORDS, HOLDS, MOMENTS, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(
    records: list[Record], holds: list[ActiveHold], now: dt.datetime, chance: random.Random
) -> None:
    """Shuffled records and holds, and a hold given twice, are answered the same."""
    shuffled, more = list(records), [*holds, *holds]
    chance.shuffle(shuffled)
    chance.shuffle(more)
    assert due(shuffled, more, now) == due(records, holds, now)
    assert next_due_at(shuffled, more, now) == next_due_at(records, holds, now)


@given(RECORDS, HOLDS, MOMENTS, ZONES, ZONES)
def test_only_the_instant_counts(
    records: list[Record], holds: list[ActiveHold], now: dt.datetime, first: dt.tzinfo, second: dt.tzinfo
) -> None:
    """The same instants written in other zones, around daylight saving too, are due alike."""
    moved = [
        one
        if one.clock_started_at is None
        else replace(one, clock_started_at=one.clock_started_at.astimezone(dt.UTC).astimezone(first))
        for one in records
    ]
    there = now.astimezone(dt.UTC).astimezone(second)
    assert due(moved, holds, there) == due(records, holds, now)


@given(RECORDS, HOLDS, st.lists(MOMENTS, min_size=1, max_size=6))
def test_a_clock_that_jumps_leaves_nothing_behind(
    records: list[Record], holds: list[ActiveHold], readings: list[dt.datetime]
) -> None:
    """Asked at any times in any order, each answer is the one of its own time alone, however often asked."""
    answers = {ticks(now): due(records, holds, now) for now in readings}
    for now in reversed(readings):
        assert due(records, holds, now) == answers[ticks(now)]
    # What is due stays due as time goes on: a forward jump misses nothing.
    earlier, later = min(answers), max(answers)
    assert set(ids(answers[earlier])) <= set(ids(answers[later]))


@given(RECORDS, HOLDS, MOMENTS)
def test_the_alarm_agrees_with_the_schedule(
    records: list[Record], holds: list[ActiveHold], now: dt.datetime
) -> None:
    """Whoever sleeps until `next_due_at` wakes neither too early, to nothing, nor too late for something."""
    alarm = next_due_at(records, holds, now)
    if alarm is None:
        assert due(records, holds, now + 36500 * DAY) == []
        return
    assert (alarm <= now) == bool(due(records, holds, now))
    if alarm > now:
        assert due(records, holds, alarm - TICK) == []
        assert due(records, holds, alarm)


@given(RECORDS, HOLDS, MOMENTS)
def test_a_purge_is_done_after_one_round(
    records: list[Record], holds: list[ActiveHold], now: dt.datetime
) -> None:
    """With what was due gone, nothing is due at that moment: one round is enough, a second does nothing."""
    gone = set(ids(due(records, holds, now)))
    left = [one for one in records if one.object_id not in gone]
    assert due(left, holds, now) == []
    alarm = next_due_at(left, holds, now)
    assert alarm is None or alarm > now

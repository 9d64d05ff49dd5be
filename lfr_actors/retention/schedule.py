"""What is due: records, holds and a moment in; what is to be erased out.

    clock starts ──lifetime──► due ──claim──► being erased ──► erased (no record any more)
                                │  a hold keeps it here, however overdue
    a claim is past the point of no return: its key may be gone, so it is finished, hold or not

No clock is read here and nothing is remembered from call to call, so a clock that jumps can make an answer
early or late for as long as it is wrong, and no longer. Instants are compared in UTC: the offset in which
one was written, and daylight saving, change nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lfr_actors.retention.policy import DataClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An object that is not erased yet.

    `clock_started_at` is aware, or None while the clock has not started, as for the alerts of a deployment
    that runs. `claimed` says that its erasure has begun. Raises `ValueError` for a time without a zone and
    for a lifetime below zero.
    """

    object_id: str
    data_class: DataClass
    deployment_id: str | None
    clock_started_at: dt.datetime | None
    lifetime: dt.timedelta
    claimed: bool = False

    def __post_init__(self) -> None:
        if self.clock_started_at is not None:
            _utc(self.clock_started_at)
        if self.lifetime < dt.timedelta(0):
            raise ValueError(f"{self.object_id}: a lifetime of {self.lifetime} is below zero")

    @property
    def due_at(self) -> dt.datetime | None:
        """When its lifetime ends, aware UTC; None while its clock has not started, and for what is kept."""
        if self.clock_started_at is None or self.data_class is DataClass.KEPT:
            return None
        return _utc(self.clock_started_at) + self.lifetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveHold:
    """A hold that is not released: its object is not erased, whatever its age."""

    hold_id: str
    object_id: str
    review_on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An object to erase now; it should have been gone at `due_at` (aware UTC)."""

    object_id: str
    data_class: DataClass
    due_at: dt.datetime


def due(records: Iterable[Record], holds: Iterable[ActiveHold], now: dt.datetime) -> list[Due]:
    """What is to be erased at `now`: soonest first, ties in order of object id.

    What is due at exactly `now` is out. A record without a started clock is never due, a held one neither,
    however overdue. A claimed one always is, hold or not; its `due_at` is `now` should its clock no longer
    run. `now` is aware: raises `ValueError` otherwise.
    """
    moment = _utc(now)
    found = (
        Due(object_id=record.object_id, data_class=record.data_class, due_at=due_at)
        for record, due_at, at in _erasable(records, holds, moment)
        if at <= moment
    )
    return sorted(found, key=lambda item: (item.due_at, item.object_id))


def next_due_at(
    records: Iterable[Record], holds: Iterable[ActiveHold], now: dt.datetime
) -> dt.datetime | None:
    """The earliest moment (aware UTC) at which `due` would have something; in the past when it has already.

    None when nothing will be due unless something changes: a clock starts, a hold is released, an object is
    added. `now` is aware: raises `ValueError` otherwise.
    """
    return min((at for _, _, at in _erasable(records, holds, _utc(now))), default=None)


def _erasable(
    records: Iterable[Record], holds: Iterable[ActiveHold], now: dt.datetime
) -> Iterator[tuple[Record, dt.datetime, dt.datetime]]:
    """Records that time alone will make due: each with when it was due, and from when it is to be erased."""
    held = {hold.object_id for hold in holds}
    for record in records:
        due_at = record.due_at
        if record.claimed:
            yield record, due_at or now, min(due_at or now, now)
        elif due_at is not None and record.object_id not in held:
            yield record, due_at, due_at


def _utc(moment: dt.datetime) -> dt.datetime:
    """The same instant in UTC. A time without a zone would silently be taken for this machine's."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(dt.UTC)

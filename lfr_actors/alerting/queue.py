"""In which order alerts are to be looked at. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol, TypeVar

from lfr_actors.alerting.case import State


class Urgency(StrEnum):
    """How urgent an alert is, the most urgent first; the same words for colour, shape and sound."""

    DISPUTED = "disputed"
    ESCALATED = "escalated"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    NONE = "none"
    DECIDED = "decided"

    @property
    def words(self) -> str:
        """For people: what it asks for."""
        return _WORDS[self]


_WORDS = {
    Urgency.DISPUTED: "disputed: a supervisor decides",
    Urgency.ESCALATED: "escalated: nobody has looked in time",
    Urgency.RED: "red: immediate",
    Urgency.AMBER: "amber: arrest",
    Urgency.GREEN: "green: identify",
    Urgency.NONE: "no priority given",
    Urgency.DECIDED: "decided",
}
_RANK = {urgency: rank for rank, urgency in enumerate(Urgency)}
_RANK[Urgency.NONE] = _RANK[Urgency.GREEN]
_IN_HAND = (State.TRUE, State.ENGAGED)


class Waiting(Protocol):
    """What of an alert its place depends on."""

    @property
    def state(self) -> State:
        """Where it stands."""

    @property
    def priority(self) -> str | None:
        """Red, amber, green or none."""

    @property
    def escalated_at(self) -> dt.datetime | None:
        """When nobody had acknowledged it in time."""

    @property
    def erased_at(self) -> dt.datetime | None:
        """When it was erased."""

    @property
    def raised_at(self) -> dt.datetime:
        """When it was raised."""

    @property
    def event_seq(self) -> int:
        """Its place in the log."""


Row = TypeVar("Row", bound=Waiting)


def urgency(row: Waiting) -> Urgency:
    """How urgent an alert is. One that was escalated is urgent until somebody has seen it."""
    if not row.state.is_open or row.erased_at is not None:
        return Urgency.DECIDED
    if row.state is State.DISPUTED:
        return Urgency.DISPUTED
    if row.escalated_at is not None and row.state is State.RAISED:
        return Urgency.ESCALATED
    return _asked(row)


def ordered(rows: Iterable[Row]) -> list[Row]:
    """Alerts in the order in which they are to be looked at, newest first within each.

    Disputed, escalated, red, amber, then green and those without a priority; disputed and escalated ones by their
    priority too. Decided ones below: first those that officers are on, true or engaged, then the rest.
    """
    return sorted(rows, key=_place)


def _asked(row: Waiting) -> Urgency:
    """What the priority on the list asks for."""
    known = {each.value: each for each in (Urgency.RED, Urgency.AMBER, Urgency.GREEN)}
    return known.get(row.priority or "", Urgency.NONE)


def _place(row: Waiting) -> tuple[int, bool, int, dt.timedelta, int]:
    told = urgency(row)
    in_hand = row.state in _IN_HAND and row.erased_at is None
    by_priority = _RANK[_asked(row)] if told is not Urgency.DECIDED else 0  # decided ones: by time alone
    newest_first = dt.datetime.max.replace(tzinfo=dt.UTC) - row.raised_at
    return _RANK[told], not in_hand, by_priority, newest_first, -row.event_seq

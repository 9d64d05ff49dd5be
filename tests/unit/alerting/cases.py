"""Alerts to decide, and people who do."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lfr_actors.alerting.adjudication import Act, Adjudicate, Case, State, Verdict, step
from lfr_actors.people import Person, Role

NOON = dt.datetime(2024, 9, 7, 12, tzinfo=dt.UTC)
ANNA, BEN, CARA = (Person(name=name, role=Role.OPERATOR) for name in ("anna", "ben", "cara"))
SUE, SAM = (Person(name=name, role=Role.SUPERVISOR) for name in ("sue", "sam"))
AUDITOR = Person(name="aud", role=Role.AUDITOR)
ADMINISTRATOR = Person(name="adm", role=Role.ADMINISTRATOR)


def case(state: State = State.RAISED, **changes: Any) -> Case:
    """An alert in this state, decided by one person."""
    fields: dict[str, Any] = {"alert_id": "a1", "state": state, "two_person": False}
    return Case(**(fields | changes))


def after(start: Case, *acts: tuple[Act, Person], now: dt.datetime = NOON) -> Case:
    """How it stands after these acts, one after the other."""
    for act, person in acts:
        start = step(start, act, person, now).after
    return start


def says(verdict: str, why: str | None = None) -> Adjudicate:
    """A verdict."""
    return Adjudicate(verdict=Verdict(verdict), why=why)

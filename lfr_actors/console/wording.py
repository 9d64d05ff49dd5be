"""The words in which the console speaks of decisions; what priorities ask for is as police forces use them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from lfr_actors.alerting.case import Case, State
from lfr_actors.console.rendering import clock, day, span
from lfr_actors.people import Permission, Person

_STATES: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.RAISED: "new",
        State.SEEN: "seen",
        State.ONE_OPINION: "one opinion of two",
        State.DISPUTED: "disputed",
        State.TRUE: "true",
        State.FALSE: "false",
        State.CANNOT_TELL: "cannot tell",
        State.ENGAGED: "engaged",
        State.NOT_ENGAGED: "not engaged",
        State.CONFIRMED_TRUE: "confirmed true",
        State.CONFIRMED_FALSE: "confirmed false",
    }
)

_PRIORITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "red": "Priority red: immediate response.",
        "amber": "Priority amber: arrest.",
        "green": "Priority green: establish who it is.",
    }
)
_NEVER_ALONE: Final = (
    "A score is no ground to act: compare the pictures first, and establish identity by ordinary means before "
    "anything is done."
)

_LONGEST: Final = 600
_MANY: Final = 8
"""Numbers of a list (a histogram) that are counted rather than written out from here on."""
_SHORT: Final = 12
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{32,}")
_FIRST: Final = ("alert_id", "camera", "account", "endpoint", "object_id")
"""Of whom an event speaks comes first; who did it, last."""
_UNITS: Final = ("s", "ms", "px", "bytes")


def state_words(state: State) -> str:
    """Where an alert stands, as people read it."""
    return _STATES[state]


def what_to_do(priority: str | None) -> str:
    """What may be done about a subject of this priority, and what never on the score alone."""
    asked = _PRIORITIES.get(priority or "", "No priority is given on the list.")
    return f"{asked} {_NEVER_ALONE}"


def decision_words(case: Case, person: Person) -> str:
    """What the present state asks of this person, or whom it waits for."""
    if not person.may(Permission.DECIDE):
        return _asked_of_others(case)
    gave = person.name in {opinion.who for opinion in case.opinions}
    match case.state:
        case State.ONE_OPINION if gave:
            return "Your opinion is given. A second operator decides without seeing it."
        case State.ONE_OPINION:
            return "One operator has given an opinion, which you do not see. Is it the same person?"
        case State.DISPUTED if gave or not person.may(Permission.RESOLVE):
            return "The two operators disagree. A supervisor who gave neither opinion decides."
        case State.DISPUTED:
            return "The two operators disagree. You decide: is it the same person?"
        case State.RAISED | State.SEEN if case.two_person:
            return "Two operators decide, each without seeing the other. Is it the same person?"
        case State.RAISED | State.SEEN:
            return "Is it the same person?"
        case _:
            return _asked_of_others(case)


def _asked_of_others(case: Case) -> str:
    if case.outcome is not None:
        return "Decided, and what came of it is recorded."
    match case.state:
        case State.TRUE:
            return "Decided as true. Was the person engaged?"
        case State.ENGAGED:
            return "Officers spoke to the person. Was it the person on the list?"
        case State.CANNOT_TELL:
            return "Nobody could tell. It may be decided again."
        case State.FALSE:
            return "Decided as false: it was somebody else."
        case State.CONFIRMED_FALSE:
            return "It was somebody else. What came of it may still be recorded."
        case State.CONFIRMED_TRUE | State.NOT_ENGAGED:
            return "What came of it?"
        case _:
            return "Waiting for a decision."


def event_words(public: Mapping[str, Any]) -> str:
    """The public part of an event on a line: the fields that say something, `after_s` 31.251 as after 31.3 s.

    Fingerprints and long ids are shortened; `lfr events tail` has them whole.
    """
    in_order = sorted(public, key=lambda name: (name not in _FIRST, name == "who"))
    text = " · ".join(_fields({name: public[name] for name in in_order}))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _fields(values: Mapping[str, Any], unit: str = "") -> list[str]:
    return [_field(name, value, unit) for name, value in values.items() if value not in (None, "", [], {})]


def _field(name: str, value: Any, outer_unit: str) -> str:
    named, _, unit = name.rpartition("_")
    if name == "who":
        return f"by {_value(value)}"
    if unit in _UNITS and named:
        return f"{named.replace('_', ' ')} {_value(value, unit)}"
    if name.endswith("_id"):
        return f"{named.replace('_', ' ')} {_value(value)}"
    return f"{name.replace('_', ' ')} {_value(value, outer_unit)}"


def _value(value: Any, unit: str = "") -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return _number(value, unit)
        case list() if len(value) > _MANY:
            return f"{len(value)} numbers"
        case list():
            return ", ".join(_value(each, unit) for each in value)
        case dict():
            return ", ".join(_fields(value, unit))
        case _:
            return _text(str(value))


def _number(value: float, unit: str) -> str:
    if unit == "s" and value >= 120:
        return span(value)
    digits = 1 if unit and abs(value) >= 1 else 3
    return f"{round(value, digits):,}".removesuffix(".0") + (f" {unit}" if unit else "")


def _text(value: str) -> str:
    if _FINGERPRINT.fullmatch(value):
        return f"{value[:_SHORT]}…"
    if len(value) > 18 and value[10] == "T":
        try:
            at = dt.datetime.fromisoformat(value)
        except ValueError:
            return value
        return value if at.tzinfo is None else f"{day(at)}, {clock(at)}"
    return value

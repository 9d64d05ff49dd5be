"""How people decide an alert: every state, every step between them, and who may take it. Pure; time is an argument.

    raised ─► seen ─► true ─────► engaged ─────► confirmed-true ──► outcome
       │       │     ▲   └──────► not-engaged ─────────────────────► outcome
       │       │     │            engaged ─────► confirmed-false ─► erased ─► outcome
       ├───────┼─► cannot-tell (may be decided again)
       └───────┴─► false ─► erased
    two people:  raised, seen or cannot-tell ─► one-opinion ─► the verdict of both
                                                    └─► disputed ─► a supervisor's verdict

The table is `permitted.NEXT`; the rules beside it:

- Whoever decides has the permission to. The same again, by anybody who may, writes nothing.
- Of two people each gives one opinion, from an account of their own, and neither sees the other's, nor the score,
  before both are given. A dispute is decided by a supervisor who gave none of the two. What two people decided,
  a supervisor alone corrects. A program with a token decides none of it.
- A true alert may be corrected until somebody was engaged. What is false is erased, and nothing is left to decide.
- Whoever took the last step may take it back within `UNDO_S`: never across an erasure, an opinion only before the
  second is given.
- An outcome may still be recorded of an alert that was erased, without a note. Another one corrects it; that is a
  supervisor's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from lfr_actors.alerting.case import (
    Acknowledge,
    Act,
    Adjudicate,
    Case,
    Confirm,
    Engage,
    Opinion,
    RecordOutcome,
    State,
    Undo,
    UndoPoint,
    Verdict,
    is_done,
)
from lfr_actors.alerting.outcomes import Outcome
from lfr_actors.alerting.permitted import NEXT, UNDO_S, check
from lfr_actors.alerting.steps import Entry, Step, adjudicated, moved, recorded, undone
from lfr_actors.errors import Refused
from lfr_actors.people import Permission, Person

__all__ = [
    "NEXT",
    "UNDO_S",
    "Acknowledge",
    "Act",
    "Adjudicate",
    "Case",
    "Confirm",
    "Engage",
    "Entry",
    "Opinion",
    "Outcome",
    "Possible",
    "RecordOutcome",
    "State",
    "Step",
    "Undo",
    "UndoPoint",
    "Verdict",
    "is_done",
    "possible",
    "score_hidden",
    "step",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """Something that a person may do now.

    `name` is acknowledge, adjudicate, engage, confirm, outcome or undo; `value` which one, in the words of
    `State` or `Outcome`, None where there is but one. `asks`: it may erase the alert for ever, so the person has to
    confirm it. `until` is when it is too late; None where it is not.
    """

    name: str
    value: str | None = None
    asks: bool = False
    until: dt.datetime | None = None


def score_hidden(case: Case, person: Person) -> bool:
    """Whether a person must not see how alike an alert is: who decides of two, before both have."""
    undecided = case.state in (State.RAISED, State.SEEN, State.ONE_OPINION)
    return case.two_person and undecided and person.may(Permission.DECIDE)


def step(case: Case, act: Act, person: Person, now: dt.datetime) -> Step:
    """What follows when this person does this now.

    Raises `Refused` naming what is wrong and what may be done instead. `ValueError` when the first of two opinions
    is needed and not at hand.
    """
    check(case, act, person, now)
    match act:
        case Undo():
            return undone(case, person)
        case RecordOutcome():
            return recorded(case, act, person, now)
        case Adjudicate():
            return adjudicated(case, act, person, now)
        case _:
            return moved(case, act, person, now)


def possible(case: Case, person: Person, now: dt.datetime) -> tuple[Possible, ...]:
    """What this person may do now that would change something, in the order in which it usually happens."""
    until = None if case.undo is None else case.undo.at + dt.timedelta(seconds=UNDO_S)
    offered: tuple[tuple[Act, Possible], ...] = (
        (Acknowledge(), Possible(name="acknowledge")),
        *(
            (Adjudicate(verdict=each), Possible(name="adjudicate", value=each, asks=each is Verdict.FALSE))
            for each in Verdict
        ),
        (Engage(engaged=True), Possible(name="engage", value=State.ENGAGED)),
        (Engage(engaged=False), Possible(name="engage", value=State.NOT_ENGAGED)),
        (Confirm(same_person=True), Possible(name="confirm", value=State.CONFIRMED_TRUE)),
        (Confirm(same_person=False), Possible(name="confirm", value=State.CONFIRMED_FALSE, asks=True)),
        *((RecordOutcome(outcome=each), Possible(name="outcome", value=each)) for each in Outcome),
        (Undo(), Possible(name="undo", until=until)),
    )
    return tuple(shown for act, shown in offered if _would_change(case, act, person, now))


def _would_change(case: Case, act: Act, person: Person, now: dt.datetime) -> bool:
    try:
        check(case, act, person, now)
    except Refused:
        return False
    return not is_done(case, act)

"""What may be done with an alert, and the reason why something may not. The rules are in `adjudication`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from lfr_actors.alerting.case import (
    Act,
    Adjudicate,
    Case,
    RecordOutcome,
    State,
    Undo,
    is_done,
    target_of,
    words_of,
)
from lfr_actors.alerting.outcomes import OUTCOMES_OF, WITH_OFFENCE, Outcome
from lfr_actors.errors import Refused
from lfr_actors.people import Permission, Person, can_be_written

UNDO_S: Final = 10.0
MAX_NOTE_CHARACTERS: Final = 2_000

_DECIDED: Final = frozenset({State.TRUE, State.FALSE, State.CANNOT_TELL})
NEXT: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        State.RAISED: _DECIDED | {State.SEEN, State.ONE_OPINION},
        State.SEEN: _DECIDED | {State.ONE_OPINION},
        State.ONE_OPINION: _DECIDED | {State.DISPUTED},
        State.DISPUTED: _DECIDED,
        State.TRUE: frozenset({State.FALSE, State.CANNOT_TELL, State.ENGAGED, State.NOT_ENGAGED}),
        State.FALSE: frozenset(),
        State.CANNOT_TELL: frozenset({State.TRUE, State.FALSE, State.ONE_OPINION}),
        State.ENGAGED: frozenset({State.CONFIRMED_TRUE, State.CONFIRMED_FALSE}),
        State.NOT_ENGAGED: frozenset(),
        State.CONFIRMED_TRUE: frozenset(),
        State.CONFIRMED_FALSE: frozenset(),
    }
)
"""Every step forward. An undo goes one step back; an outcome does not change the state."""


def check(case: Case, act: Act, person: Person, now: dt.datetime) -> None:
    """Raise `Refused` unless this person may do this now."""
    person.require(Permission.DECIDE)
    if len(words_of(act) or "") > MAX_NOTE_CHARACTERS:
        raise _refused(case, f"a note has at most {MAX_NOTE_CHARACTERS} characters: write less")
    if not can_be_written(words_of(act) or ""):
        raise _refused(case, "a note is text, and this holds what is none: write it again")
    match act:
        case Undo():
            _check_undo(case, person, now)
        case RecordOutcome():
            _check_outcome(case, act, person)
        case _ if not is_done(case, act):
            _check_move(case, act, person)


def _check_move(case: Case, act: Act, person: Person) -> None:
    if case.state.is_false:
        raise _refused(case, "is known as false: there is nothing left to decide")
    if case.erased:
        raise _refused(case, "was erased: there is nothing left to decide")
    if target_of(act) not in NEXT[case.state]:
        raise _refused(case, f"is {case.state}: {_what_follows(case.state)}")
    if not isinstance(act, Adjudicate):
        return
    if case.two_person and person.is_program:  # whoever holds its token has an account as well
        raise _refused(case, "is decided by two people, each signed in: a program with a token is neither")
    gave = person.name in {opinion.who for opinion in case.opinions}
    if case.state is State.ONE_OPINION and gave:
        raise _refused(case, f"{person.name} gave an opinion: somebody else gives the second")
    if case.state is State.DISPUTED:
        person.require(Permission.RESOLVE)
        if gave:
            raise _refused(case, f"{person.name} gave one of the two opinions: another supervisor decides")
    if case.two_person and case.state is State.TRUE:
        person.require(Permission.RESOLVE)


def _check_outcome(case: Case, act: RecordOutcome, person: Person) -> None:
    may_follow = OUTCOMES_OF.get(case.state)
    if may_follow is None:
        raise _refused(case, f"is {case.state}: an outcome is recorded of one that is {_either(OUTCOMES_OF)}")
    if act.outcome not in may_follow:
        raise _refused(case, f"is {case.state}: its outcome is {_either(may_follow)}, not {act.outcome}")
    if act.offence is not None and act.outcome not in WITH_OFFENCE:
        raise _refused(case, f"an offence goes with {_either(WITH_OFFENCE)}, not with {act.outcome}")
    if case.erased and words_of(act) is not None:
        raise _refused(case, "was erased, and a note could not be: record the outcome without one")
    if case.outcome is not None:
        person.require(Permission.RESOLVE)


def _check_undo(case: Case, person: Person, now: dt.datetime) -> None:
    if case.undo is None:
        raise _refused(case, "has no step that can be taken back")
    if case.undo.who != person.name:
        raise _refused(case, f"its last step is that of {case.undo.who}, who alone may take it back")
    if abs(now - case.undo.at) > dt.timedelta(seconds=UNDO_S):
        raise _refused(case, f"its last step was more than {UNDO_S:.0f} s ago, and stands")
    if case.erased and case.outcome is None:
        raise _refused(case, "was erased: nothing can be taken back")


def _refused(case: Case, reason: str) -> Refused:
    return Refused(f"alert {case.alert_id}", reason)


def _what_follows(state: State) -> str:
    follows = sorted(NEXT[state] - {State.ONE_OPINION})
    return f"what may follow is {_either(follows)}" if follows else "its outcome may be recorded"


def _either(words: Mapping[State, object] | frozenset[Outcome] | tuple[Outcome, ...] | list[State]) -> str:
    *most, last = sorted(words) if isinstance(words, frozenset) else list(words)
    return f"{', '.join(most)} or {last}" if most else str(last)

"""What a step leads to that may be taken: the case after it, and what is to be written. See `adjudication`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lfr_actors.alerting.case import (
    Acknowledge,
    Adjudicate,
    Case,
    Confirm,
    Engage,
    Opinion,
    RecordOutcome,
    State,
    UndoPoint,
    is_done,
    target_of,
    words_of,
)
from lfr_actors.events.alerts import (
    AlertAdjudicated,
    AlertConfirmed,
    AlertDisputed,
    AlertEngaged,
    AlertSeen,
    DecisionUndone,
    OpinionGiven,
    OutcomeRecorded,
)
from lfr_actors.people import Person

AlertBody = (
    AlertSeen
    | OpinionGiven
    | AlertDisputed
    | AlertAdjudicated
    | DecisionUndone
    | AlertEngaged
    | AlertConfirmed
    | OutcomeRecorded
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event to write, and what of it is sealed under the key of the alert; None where nothing is."""

    body: AlertBody
    sealed: Mapping[str, str | None] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step leads to: how the alert stands after it, and what is to be written in one transaction.

    `opinion` is one to keep, sealed; `withdrawn` the ordinal of one to take out. `erases`: whoever carries the step
    out erases the alert before telling anybody. Without entries nothing changed.
    """

    after: Case
    entries: tuple[Entry, ...] = ()
    erases: bool = False
    opinion: Opinion | None = None
    withdrawn: int | None = None


def _unchanged(case: Case) -> Step:
    """Nothing to write; a false alert that could not be erased when it was decided is to be erased now."""
    return Step(after=case, erases=case.state.is_false and not case.erased)


def moved(case: Case, act: Acknowledge | Engage | Confirm, person: Person, now: dt.datetime) -> Step:
    """Acknowledged, engaged or not, confirmed; a false confirmation erases."""
    if is_done(case, act):
        return _unchanged(case)
    target = target_of(act) or case.state
    sealed = None if words_of(act) is None else {"why": words_of(act)}
    if isinstance(act, Acknowledge):
        seen = AlertSeen(alert_id=case.alert_id, who=person.name)
        return Step(after=replace(case, state=target), entries=(Entry(body=seen),))
    body = (
        AlertEngaged(alert_id=case.alert_id, engaged=act.engaged, who=person.name)
        if isinstance(act, Engage)
        else AlertConfirmed(alert_id=case.alert_id, same_person=act.same_person, who=person.name)
    )
    undo = None if target.is_false else _point(case, target, person, now)
    return Step(
        after=replace(case, state=target, undo=undo),
        entries=(Entry(body=body, sealed=sealed),),
        erases=target.is_false,
    )


def adjudicated(case: Case, act: Adjudicate, person: Person, now: dt.datetime) -> Step:
    """A verdict, or one of two opinions; a false verdict erases."""
    if is_done(case, act):
        return _unchanged(case)
    if case.state is State.ONE_OPINION or (case.two_person and case.is_undecided):
        return _opined(case, act, person, now)
    target = State(act.verdict)
    sealed = None if words_of(act) is None else {"why": words_of(act)}
    body = AlertAdjudicated(alert_id=case.alert_id, verdict=act.verdict, who=(person.name,))
    undo = None if target.is_false else _point(case, target, person, now)
    return Step(
        after=replace(case, state=target, verdict=act.verdict, undo=undo),
        entries=(Entry(body=body, sealed=sealed),),
        erases=target.is_false,
    )


def _opined(case: Case, act: Adjudicate, person: Person, now: dt.datetime) -> Step:
    """The first of two opinions, or the second, with which the alert is decided or disputed."""
    given = Opinion(ordinal=case.opinions_given + 1, who=person.name, verdict=act.verdict, why=words_of(act))
    body = OpinionGiven(alert_id=case.alert_id, ordinal=given.ordinal, who=person.name)
    entry = Entry(body=body, sealed=given.as_said())
    if case.state is not State.ONE_OPINION:
        after = replace(
            case,
            state=State.ONE_OPINION,
            opinions=(given,),
            opinions_given=given.ordinal,
            undo=_point(case, State.ONE_OPINION, person, now),
        )
        return Step(after=after, entries=(entry,), opinion=given)
    (first,) = case.opinions
    if first.verdict is None:
        raise ValueError("the second opinion cannot be taken in while the first is sealed")
    both = replace(case, opinions=(first, given), opinions_given=given.ordinal, undo=None)
    if first.verdict != act.verdict:
        disputed = Entry(body=AlertDisputed(alert_id=case.alert_id))
        return Step(after=replace(both, state=State.DISPUTED), entries=(entry, disputed), opinion=given)
    target = State(act.verdict)
    agreed = AlertAdjudicated(alert_id=case.alert_id, verdict=act.verdict, who=(first.who, person.name))
    return Step(
        after=replace(both, state=target, verdict=act.verdict),
        entries=(entry, Entry(body=agreed)),
        erases=target.is_false,
        opinion=given,
    )


def recorded(case: Case, act: RecordOutcome, person: Person, now: dt.datetime) -> Step:
    """What came of it; the state stays."""
    body = OutcomeRecorded(
        alert_id=case.alert_id,
        outcome=act.outcome,
        offence=act.offence,
        category=case.category,
        corrects=case.outcome is not None,
        who=person.name,
    )
    sealed = None if words_of(act) is None else {"note": words_of(act)}
    undo = UndoPoint(
        who=person.name,
        at=now,
        undone=act.outcome,
        back_to=case.outcome or case.state,
        state=case.state,
        verdict=case.verdict,
        outcome=case.outcome,
    )
    after = replace(case, outcome=act.outcome, undo=undo)
    return Step(after=after, entries=(Entry(body=body, sealed=sealed),))


def undone(case: Case, person: Person) -> Step:
    """The last step taken back. Raises `ValueError` where there is none."""
    point = case.undo
    if point is None:
        raise ValueError("there is nothing to take back")
    withdraws = case.state is State.ONE_OPINION
    after = replace(
        case,
        state=point.state,
        verdict=point.verdict,
        outcome=point.outcome,
        undo=None,
        opinions=() if withdraws else case.opinions,
        opinions_given=case.opinions_given - withdraws,
    )
    body = DecisionUndone(alert_id=case.alert_id, undone=point.undone, back_to=point.back_to, who=person.name)
    return Step(
        after=after, entries=(Entry(body=body),), withdrawn=case.opinions_given if withdraws else None
    )


def _point(case: Case, target: State, person: Person, now: dt.datetime) -> UndoPoint:
    """What this step may be taken back to. Whoever decided has seen the alert: it is never raised again."""
    before = State.SEEN if case.state is State.RAISED else case.state
    return UndoPoint(
        who=person.name,
        at=now,
        undone=target,
        back_to=before,
        state=before,
        verdict=case.verdict,
        outcome=case.outcome,
    )

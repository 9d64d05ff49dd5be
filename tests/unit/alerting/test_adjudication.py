"""Deciding an alert: every state and every act, who may take it, and what follows."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.alerting.adjudication import (
    NEXT,
    UNDO_S,
    Acknowledge,
    Act,
    Case,
    Confirm,
    Engage,
    RecordOutcome,
    State,
    Undo,
    Verdict,
    possible,
    score_hidden,
    step,
)
from lfr_actors.alerting.outcomes import OUTCOMES_OF, Outcome
from lfr_actors.errors import Refused
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
from tests.unit.alerting.cases import (
    ADMINISTRATOR,
    ANNA,
    AUDITOR,
    BEN,
    CARA,
    NOON,
    SAM,
    SUE,
    after,
    case,
    says,
)

ENGAGED, NOT_ENGAGED = Engage(engaged=True), Engage(engaged=False)
SAME, OTHER = Confirm(same_person=True), Confirm(same_person=False)
MOVES: dict[State, Act] = {
    State.SEEN: Acknowledge(),
    State.TRUE: says("true"),
    State.FALSE: says("false"),
    State.CANNOT_TELL: says("cannot-tell"),
    State.ENGAGED: ENGAGED,
    State.NOT_ENGAGED: NOT_ENGAGED,
    State.CONFIRMED_TRUE: SAME,
    State.CONFIRMED_FALSE: OTHER,
}
ONE_PERSON = [state for state in State if state not in (State.ONE_OPINION, State.DISPUTED)]


@pytest.mark.parametrize("target", MOVES)
@pytest.mark.parametrize("state", ONE_PERSON)
def test_every_act_in_every_state(state: State, target: State) -> None:
    """One person: what the table has leads there; the same again writes nothing; anything else is refused."""
    start = case(state)
    if target is state or (target is State.SEEN and state is not State.RAISED):
        same = step(start, MOVES[target], ANNA, NOON)
        assert (same.after, same.entries) == (start, ())
        assert same.erases == state.is_false, "what could not be erased is tried again"
    elif target in NEXT[state]:
        taken = step(start, MOVES[target], ANNA, NOON)
        assert (taken.after.state, len(taken.entries)) == (target, 1)
        assert taken.erases == target.is_false
        assert (taken.after.undo is None) == (target.is_false or target is State.SEEN)
    else:
        with pytest.raises(Refused, match="what may follow|outcome may be recorded|nothing left to decide"):
            step(start, MOVES[target], ANNA, NOON)


def test_the_whole_way_is_written_with_who_and_why() -> None:
    """Each step is an event of its own, with the account in clear and the reason sealed."""
    start, bodies, sealed = case(category="warrant"), [], []
    for act in (
        Acknowledge(),
        says("true", " same scar "),
        Engage(engaged=True, why="at the exit"),
        SAME,
        RecordOutcome(outcome=Outcome.ARREST, offence="theft", note="shop"),
    ):
        taken = step(start, act, ANNA, NOON)
        start = taken.after
        bodies += [entry.body for entry in taken.entries]
        sealed += [entry.sealed for entry in taken.entries]
    assert bodies == [
        AlertSeen(alert_id="a1", who="anna"),
        AlertAdjudicated(alert_id="a1", verdict="true", who=("anna",)),
        AlertEngaged(alert_id="a1", engaged=True, who="anna"),
        AlertConfirmed(alert_id="a1", same_person=True, who="anna"),
        OutcomeRecorded(
            alert_id="a1", outcome="arrest", offence="theft", category="warrant", corrects=False, who="anna"
        ),
    ]
    assert sealed == [None, {"why": "same scar"}, {"why": "at the exit"}, None, {"note": "shop"}]
    assert (start.state, start.verdict, start.outcome) == ("confirmed-true", "true", "arrest")


@pytest.mark.parametrize("person", [AUDITOR, ADMINISTRATOR])
@pytest.mark.parametrize("act", [*MOVES.values(), Undo(), RecordOutcome(outcome=Outcome.NO_ACTION)])
def test_who_may_not_decide_decides_nothing(act: Act, person: Person) -> None:
    """Auditors and administrators take no step and are offered none."""
    for state in State:
        with pytest.raises(Refused, match="only operator or supervisor may"):
            step(case(state), act, person, NOON)
        assert possible(case(state), person, NOON) == ()


def test_a_note_has_an_end() -> None:
    """A reason longer than anybody reads is refused; a blank one is none."""
    with pytest.raises(Refused, match="at most 2000 characters"):
        step(case(), says("true", "x" * 2001), ANNA, NOON)
    (entry,) = step(case(), says("true", "  "), ANNA, NOON).entries
    assert entry.sealed is None


# --- two people -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("state", [State.RAISED, State.SEEN, State.CANNOT_TELL])
def test_two_who_agree_decide_together(state: State, verdict: Verdict) -> None:
    """The first opinion decides nothing and is sealed; the second, alike, writes the verdict with both names."""
    if state == verdict:
        return
    start = case(state, two_person=True)
    first = step(start, says(verdict, "scar"), ANNA, NOON)
    assert (first.after.state, first.erases) == (State.ONE_OPINION, False)
    (entry,) = first.entries
    assert entry.body == OpinionGiven(alert_id="a1", ordinal=1, who="anna")
    assert entry.sealed is not None
    assert (entry.sealed["verdict"], entry.sealed["why"]) == (verdict, "scar")
    second = step(first.after, says(verdict), BEN, NOON)
    assert (second.after.state, second.after.verdict, second.after.undo) == (verdict, verdict, None)
    assert second.erases == (verdict is Verdict.FALSE)
    opinion, agreed = second.entries
    assert opinion.sealed is not None
    assert (opinion.sealed["verdict"], opinion.sealed["why"]) == (verdict, None)
    assert agreed.body == AlertAdjudicated(alert_id="a1", verdict=verdict, who=("anna", "ben"))


def test_a_dispute_is_decided_by_a_supervisor_who_gave_no_opinion() -> None:
    """Not by an operator, not by a supervisor who is one of the two."""
    disputed = after(case(two_person=True), (says("true"), ANNA), (says("false"), SUE))
    assert disputed.state is State.DISPUTED
    for person, reason in (
        (BEN, "only supervisor may"),
        (SUE, "another supervisor"),
        (ANNA, "only supervisor"),
    ):
        with pytest.raises(Refused, match=reason):
            step(disputed, says("false"), person, NOON)
        assert possible(disputed, person, NOON) == ()
    taken = step(disputed, says("false"), SAM, NOON)
    assert (taken.after.state, taken.erases) == (State.FALSE, True)
    assert taken.entries[0].body == AlertAdjudicated(alert_id="a1", verdict="false", who=("sam",))


def test_the_disagreement_is_an_event_and_says_nothing_of_it() -> None:
    """The second opinion and the dispute are written together; neither tells in clear who said what."""
    one = after(case(two_person=True), (says("true"), ANNA))
    opinion, disputed = step(one, says("cannot-tell"), BEN, NOON).entries
    assert opinion.body == OpinionGiven(alert_id="a1", ordinal=2, who="ben")
    assert disputed.body == AlertDisputed(alert_id="a1")


def test_nobody_is_two_people() -> None:
    """The second opinion is another account's; whoever gave the first is offered their undo and no more."""
    one = after(case(two_person=True), (says("true"), ANNA))
    with pytest.raises(Refused, match="anna gave an opinion: somebody else"):
        step(one, says("true"), ANNA, NOON)
    assert [each.name for each in possible(one, ANNA, NOON)] == ["undo"]
    assert [each.value for each in possible(one, BEN, NOON)] == list(Verdict)


def test_what_two_decided_one_operator_does_not_overturn() -> None:
    """A true alert of two people is corrected by a supervisor; engaged by anybody who decides."""
    true = after(case(two_person=True), (says("true"), ANNA), (says("true"), BEN))
    with pytest.raises(Refused, match="only supervisor may"):
        step(true, says("false"), CARA, NOON)
    assert step(true, says("false"), SUE, NOON).erases
    assert step(true, ENGAGED, CARA, NOON).after.state is State.ENGAGED


def test_a_sealed_first_opinion_is_never_taken_for_agreement() -> None:
    """Without the first opinion at hand the second is not taken in."""
    one = after(case(two_person=True), (says("true"), ANNA))
    blind = case(State.ONE_OPINION, two_person=True, opinions_given=1, opinions=one.opinions)
    assert step(blind, says("true"), BEN, NOON).after.state is State.TRUE
    sealed = [type(each)(ordinal=each.ordinal, who=each.who, verdict=None) for each in one.opinions]
    with pytest.raises(ValueError, match="sealed"):
        step(case(State.ONE_OPINION, two_person=True, opinions=tuple(sealed)), says("true"), BEN, NOON)


def test_the_score_is_hidden_until_both_have_decided() -> None:
    """From whoever decides, in two-person mode alone; auditors see it."""
    hidden = (State.RAISED, State.SEEN, State.ONE_OPINION)
    for state in State:
        for person in (ANNA, SUE):
            assert score_hidden(case(state, two_person=True), person) == (state in hidden)
            assert not score_hidden(case(state), person)
        assert not score_hidden(case(state, two_person=True), AUDITOR)


# --- taking back ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "act", "back"),
    [
        (case(), says("true"), case(State.SEEN)),
        (case(State.SEEN), says("cannot-tell"), case(State.SEEN)),
        (case(State.TRUE, verdict=Verdict.TRUE), ENGAGED, case(State.TRUE, verdict=Verdict.TRUE)),
        (case(State.ENGAGED), SAME, case(State.ENGAGED)),
        (case(State.SEEN, two_person=True), says("true"), case(State.SEEN, two_person=True)),
        (
            case(State.NOT_ENGAGED),
            RecordOutcome(outcome=Outcome.NO_ACTION),
            case(State.NOT_ENGAGED),
        ),
    ],
)
def test_the_last_step_is_taken_back(start: Case, act: Act, back: Case) -> None:
    """By whoever took it, within ten seconds; everything is as before, and nobody has to acknowledge again."""
    done = after(start, (act, ANNA))
    latest = NOON + dt.timedelta(seconds=UNDO_S)
    taken = step(done, Undo(), ANNA, latest)
    assert taken.after == back
    assert taken.withdrawn == (1 if start.two_person else None)
    (entry,) = taken.entries
    assert isinstance(entry.body, DecisionUndone)
    assert entry.body.who == "anna"
    with pytest.raises(Refused, match="that of anna"):
        step(done, Undo(), BEN, NOON)
    with pytest.raises(Refused, match="more than 10 s ago"):
        step(done, Undo(), ANNA, latest + dt.timedelta(microseconds=1))
    with pytest.raises(Refused, match="no step that can be taken back"):
        step(taken.after, Undo(), ANNA, NOON)


def test_an_undo_says_from_what_to_what() -> None:
    """States where a state changed, outcomes where an outcome did."""
    (entry,) = step(after(case(), (says("true"), ANNA)), Undo(), ANNA, NOON).entries
    assert entry.body == DecisionUndone(alert_id="a1", undone="true", back_to="seen", who="anna")
    recorded = after(case(State.CONFIRMED_TRUE), (RecordOutcome(outcome=Outcome.ARREST), SUE))
    corrected = after(recorded, (RecordOutcome(outcome=Outcome.NO_ACTION), SUE))
    (entry,) = step(corrected, Undo(), SUE, NOON).entries
    assert isinstance(entry.body, DecisionUndone)
    assert (entry.body.undone, entry.body.back_to) == ("no-further-action", "arrest")


def test_an_erasure_is_never_taken_back() -> None:
    """False and confirmed false leave nothing to undo, and an erased alert is decided no more."""
    for state, act in ((State.SEEN, says("false")), (State.ENGAGED, OTHER)):
        with pytest.raises(Refused, match="no step that can be taken back"):
            step(after(case(state), (act, ANNA)), Undo(), ANNA, NOON)
    true = after(case(), (says("true"), ANNA))
    erased = case(State.TRUE, undo=true.undo, erased=True)
    for act in (Undo(), says("cannot-tell"), ENGAGED):
        with pytest.raises(Refused, match="was erased"):
            step(erased, act, ANNA, NOON)
    assert possible(erased, ANNA, NOON) == ()


def test_an_opinion_is_not_taken_back_once_the_second_is_there() -> None:
    """Neither of the two can look at the other's and change their mind."""
    for second in ("true", "cannot-tell"):
        both = after(case(two_person=True), (says("true"), ANNA), (says(second), BEN))
        for person in (ANNA, BEN):
            with pytest.raises(Refused, match="no step"):
                step(both, Undo(), person, NOON)


# --- outcomes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("state", State)
def test_every_outcome_in_every_state(state: State, outcome: Outcome) -> None:
    """Only what can come of a state is recorded of it; erased or not."""
    for erased in (False, True):
        start = case(state, erased=erased)
        if outcome in OUTCOMES_OF.get(state, ()):
            taken = step(start, RecordOutcome(outcome=outcome), ANNA, NOON)
            assert (taken.after.state, taken.after.outcome, taken.erases) == (state, outcome, False)
        else:
            with pytest.raises(Refused, match="an outcome is recorded of one that is|its outcome is"):
                step(start, RecordOutcome(outcome=outcome), ANNA, NOON)


def test_another_outcome_corrects_and_is_the_supervisors() -> None:
    """An operator records once; what counts no more is marked as corrected."""
    once = after(case(State.CONFIRMED_TRUE), (RecordOutcome(outcome=Outcome.ARREST), ANNA))
    again = RecordOutcome(outcome=Outcome.CHECK_MET)
    with pytest.raises(Refused, match="only supervisor may"):
        step(once, again, ANNA, NOON)
    (entry,) = step(once, again, SUE, NOON).entries
    assert isinstance(entry.body, OutcomeRecorded)
    assert entry.body.corrects


def test_what_an_outcome_may_say() -> None:
    """An offence with an arrest or a breach alone; of an erased alert no note."""
    with pytest.raises(Refused, match="an offence goes with arrest or compliance-check-breached"):
        step(
            case(State.CONFIRMED_TRUE),
            RecordOutcome(outcome=Outcome.SAFEGUARDING, offence="theft"),
            ANNA,
            NOON,
        )
    noted = RecordOutcome(outcome=Outcome.MISIDENTIFICATION, note="let go with an apology")
    with pytest.raises(Refused, match="without one"):
        step(case(State.CONFIRMED_FALSE, erased=True), noted, ANNA, NOON)
    held = step(case(State.CONFIRMED_FALSE), noted, ANNA, NOON)
    assert held.entries[0].sealed == {"note": "let go with an apology"}


# --- what is offered --------------------------------------------------------------------------------------


def test_what_is_offered_on_the_way() -> None:
    """The buttons of each state, in order; what erases asks first."""
    offered = {
        state: [each.value or each.name for each in possible(case(state), ANNA, NOON)] for state in State
    }
    verdicts = ["true", "false", "cannot-tell"]
    assert offered[State.RAISED] == ["acknowledge", *verdicts]
    assert offered[State.SEEN] == verdicts
    assert offered[State.TRUE] == ["false", "cannot-tell", "engaged", "not-engaged"]
    assert offered[State.FALSE] == []
    assert offered[State.CANNOT_TELL] == ["true", "false"]
    assert offered[State.ENGAGED] == ["confirmed-true", "confirmed-false"]
    assert offered[State.NOT_ENGAGED] == ["no-further-action"]
    assert offered[State.CONFIRMED_FALSE] == ["no-further-action", "misidentification"]
    asks = {each.value for state in State for each in possible(case(state), SUE, NOON) if each.asks}
    assert asks == {"false", "confirmed-false"}


def test_the_undo_that_is_offered_says_until_when() -> None:
    """A page can count down."""
    true = after(case(), (says("true"), ANNA))
    (undo,) = [each for each in possible(true, ANNA, NOON) if each.name == "undo"]
    assert undo.until == NOON + dt.timedelta(seconds=UNDO_S)


ACTS = st.sampled_from([*MOVES.values(), Undo(), *(RecordOutcome(outcome=each) for each in Outcome)])


@given(st.booleans(), st.lists(st.tuples(ACTS, st.sampled_from([ANNA, BEN, SUE, SAM]), st.integers(0, 12))))
def test_no_way_through_breaks_a_rule(two_person: bool, acts: list[tuple[Act, Person, int]]) -> None:
    """Whatever is tried in whatever order: false is final, two decide as two, and an erasure is the last step."""
    here, now, gone = case(two_person=two_person), NOON, False
    for act, person, seconds in acts:
        now += dt.timedelta(seconds=seconds)
        offered = {(each.name, each.value) for each in possible(here, person, now)}
        try:
            taken = step(here, act, person, now)
        except Refused:
            continue
        if not taken.entries:
            assert taken.after == here
            continue
        assert offered, "whatever can be done is offered"
        assert not (gone and taken.after.state is not here.state)
        assert taken.erases == (taken.after.state.is_false and not here.state.is_false)
        gone = gone or taken.erases
        decided = [entry.body for entry in taken.entries if isinstance(entry.body, AlertAdjudicated)]
        if two_person and decided and person not in (SUE, SAM):
            assert len(set(decided[0].who)) == 2
        here = taken.after

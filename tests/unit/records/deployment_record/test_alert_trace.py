"""What became of an alert, followed through what people did, undid and corrected."""

from __future__ import annotations

from lfr_actors.alerting.case import State
from lfr_actors.alerting.outcomes import Outcome
from lfr_actors.events.alerts import (
    AlertAdjudicated,
    AlertDisputed,
    AlertEngaged,
    AlertEscalated,
    DecisionUndone,
    OpinionGiven,
)
from lfr_actors.events.types import EventBody
from lfr_actors.records.deployment_record.alert_trace import AlertTrace, AlertTraces
from tests.unit.events.samples import NOON
from tests.unit.records.deployment_record.story import engaged, judged, outcome, raised


def traced(*bodies: EventBody) -> tuple[AlertTrace, AlertTraces]:
    """An alert after these events."""
    traces = AlertTraces()
    for body in (raised("a"), *bodies):
        traces.add(body, NOON, 1)  # type: ignore[arg-type]
    return traces.by_id["a"], traces


def undone(what: str, back_to: str) -> DecisionUndone:
    """Somebody took their last step back."""
    return DecisionUndone(alert_id="a", undone=what, back_to=back_to, who="operator1")


def test_a_step_that_was_taken_back_counts_no_more() -> None:
    """The alert is where it was before, and may be decided otherwise."""
    trace, traces = traced(*judged("a", "true"), undone("true", "seen"), *judged("a", "cannot-tell")[1:])
    assert (trace.state, trace.outcome) == (State.CANNOT_TELL, None)
    assert not traces.faults


def test_a_corrected_outcome_replaces_the_one_before() -> None:
    """Only the last outcome counts, with its offence."""
    trace, traces = traced(
        *engaged("a"),
        outcome("a", Outcome.ARREST, offence="theft"),
        outcome("a", Outcome.CHECK_BREACHED, offence="breach-of-order", corrects=True),
    )
    assert (trace.outcome, trace.offence) == (Outcome.CHECK_BREACHED, "breach-of-order")
    assert trace.state is State.CONFIRMED_TRUE
    assert not traces.faults


def test_a_correction_that_was_taken_back_restores_the_first_outcome() -> None:
    """The outcome before it counts again, with the offence that was said then."""
    trace, traces = traced(
        *engaged("a"),
        outcome("a", Outcome.ARREST, offence="theft"),
        outcome("a", Outcome.NO_ACTION, corrects=True),
        undone("no-further-action", "arrest"),
    )
    assert (trace.outcome, trace.offence) == (Outcome.ARREST, "theft")
    trace, traces = traced(*engaged("a"), outcome("a", Outcome.ARREST), undone("arrest", "confirmed-true"))
    assert (trace.outcome, trace.state) == (None, State.CONFIRMED_TRUE)
    assert not traces.faults


def test_two_opinions_that_differ_are_disputed_until_a_supervisor_decides() -> None:
    """The second opinion follows the first; the verdict is that of the supervisor."""
    first, second = (OpinionGiven(alert_id="a", ordinal=n, who=f"operator{n}") for n in (1, 2))
    disputed = AlertDisputed(alert_id="a")
    trace, traces = traced(AlertEscalated(alert_id="a", after_s=30.0), first, second, disputed)
    assert (trace.state, trace.escalated) == (State.DISPUTED, True)
    decided = AlertAdjudicated(alert_id="a", verdict="true", who=("supervisor1",))
    trace, traces = traced(first, second, disputed, decided)
    assert trace.state is State.TRUE
    assert not traces.faults


def test_steps_that_cannot_be_are_counted_and_not_believed_silently() -> None:
    """An engagement of a false alert, an unknown alert, verdict, outcome and undo: each is a fault."""
    _, traces = traced(
        *judged("a", "false"),
        AlertEngaged(alert_id="a", engaged=True, who="operator1"),
        AlertEngaged(alert_id="b", engaged=True, who="operator1"),
        AlertAdjudicated(alert_id="a", verdict="perhaps", who=("operator1",)),
        undone("arrest", "confirmed-true"),
        undone("engaged", "limbo"),
        raised("a"),
    )
    assert sum(traces.faults.values()) == 6
    assert traces.faults["engaged after false"] == 1


def test_an_outcome_has_to_fit_the_decision() -> None:
    """An arrest after nobody was engaged does not."""
    trace, _ = traced(*judged("a", "true"), outcome("a", Outcome.ARREST))
    assert not trace.outcome_fits
    trace, _ = traced(*engaged("a"), outcome("a", Outcome.ARREST))
    assert trace.outcome_fits

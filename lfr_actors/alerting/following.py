"""Where the decision of an alert stands after each event about it: the log read back, step for step."""

from __future__ import annotations

from lfr_actors.alerting.case import State
from lfr_actors.events.alerts import (
    AlertAdjudicated,
    AlertConfirmed,
    AlertDisputed,
    AlertEngaged,
    AlertSeen,
    DecisionUndone,
    OpinionGiven,
)
from lfr_actors.events.types import EventBody


def state_after(body: EventBody) -> State | None:
    """The state in which an event leaves its alert; None for one that changes nothing of that.

    Whether the step was allowed is not asked; `permitted.NEXT` says. Raises `ValueError` for another verdict.
    """
    match body:
        case AlertSeen():
            return State.SEEN
        case OpinionGiven():
            return State.ONE_OPINION
        case AlertDisputed():
            return State.DISPUTED
        case AlertAdjudicated(verdict=verdict):
            return State(verdict)
        case AlertEngaged(engaged=engaged):
            return State.ENGAGED if engaged else State.NOT_ENGAGED
        case AlertConfirmed(same_person=same):
            return State.CONFIRMED_TRUE if same else State.CONFIRMED_FALSE
        case DecisionUndone(back_to=back_to) if back_to in set(State):  # else an outcome was taken back
            return State(back_to)
        case _:
            return None

"""What became of each alert, followed through the events: its state, its outcome, and steps that cannot be.

The rules are those of `alerting.permitted.NEXT`; a step that they do not allow is taken as written and counted,
because the record says what the log says, and that something in it is wrong.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from lfr_actors.alerting.case import State, Verdict
from lfr_actors.alerting.following import state_after
from lfr_actors.alerting.outcomes import OUTCOMES_OF, Outcome
from lfr_actors.alerting.permitted import NEXT
from lfr_actors.events.alerts import (
    AlertAdjudicated,
    AlertConfirmed,
    AlertDisputed,
    AlertEngaged,
    AlertEscalated,
    AlertRaised,
    AlertSeen,
    DecisionUndone,
    OpinionGiven,
    OutcomeRecorded,
)

AlertEvent = (
    AlertRaised
    | AlertSeen
    | AlertEscalated
    | OpinionGiven
    | AlertDisputed
    | AlertAdjudicated
    | DecisionUndone
    | AlertEngaged
    | AlertConfirmed
    | OutcomeRecorded
)
_OUTCOMES: Final = frozenset(str(outcome) for outcome in Outcome)


@dataclass(slots=True)
class AlertTrace:
    """An alert as far as the events have told: `outcomes` oldest first, each with its offence; the last counts."""

    alert_id: str
    camera: str
    track: str
    run: int
    category: str | None
    in_part: bool
    state: State = State.RAISED
    decided_at: dt.datetime | None = None
    escalated: bool = False
    outcomes: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def outcome(self) -> str | None:
        """What came of it, as last recorded; None while nothing was."""
        return self.outcomes[-1][0] if self.outcomes else None

    @property
    def offence(self) -> str | None:
        """The offence that goes with the outcome, if one was said."""
        return self.outcomes[-1][1] if self.outcomes else None

    @property
    def outcome_fits(self) -> bool:
        """Whether the outcome is one that may follow the state."""
        allowed = OUTCOMES_OF.get(self.state, ())
        return self.outcome is None or self.outcome in allowed


class AlertTraces:
    """All alerts of a deployment. `faults` counts, in words, what could not have happened as it is written."""

    def __init__(self) -> None:
        self.by_id: dict[str, AlertTrace] = {}
        self.faults: Counter[str] = Counter()

    def add(self, body: AlertEvent, at: dt.datetime, run: int) -> None:
        """Take in the next event of an alert, in the order of the log."""
        if isinstance(body, AlertRaised):
            self._raised(body, run)
            return
        trace = self.by_id.get(body.alert_id)
        if trace is None:
            self.faults["of an alert that was never raised"] += 1
            return
        match body:
            case AlertEscalated():
                trace.escalated = True
            case DecisionUndone():
                self._undone(trace, body)
            case OutcomeRecorded():
                if body.outcome in _OUTCOMES:
                    trace.outcomes.append((body.outcome, body.offence))
                else:
                    self.faults[f"recording an outcome that is not known, {body.outcome}"] += 1
            case AlertAdjudicated() if body.verdict not in set(Verdict):
                self.faults[f"deciding {body.verdict}, which is no verdict"] += 1
            case _:
                state = state_after(body)
                if state is not None:
                    self._moved(trace, state, at)

    def _raised(self, body: AlertRaised, run: int) -> None:
        if body.alert_id in self.by_id:
            self.faults["raising an alert that was raised before"] += 1
            return
        self.by_id[body.alert_id] = AlertTrace(
            alert_id=body.alert_id,
            camera=body.camera,
            track=body.track,
            run=run,
            category=body.category,
            in_part=bool(body.missing),
        )

    def _moved(self, trace: AlertTrace, state: State, at: dt.datetime) -> None:
        again = state is State.ONE_OPINION and trace.state is State.ONE_OPINION  # the second of two
        if not again and state not in NEXT[trace.state]:
            self.faults[f"{state} after {trace.state}"] += 1
        trace.state, trace.decided_at = state, at

    def _undone(self, trace: AlertTrace, body: DecisionUndone) -> None:
        if body.undone in _OUTCOMES:
            if trace.outcome == body.undone:
                trace.outcomes.pop()
            else:
                self.faults["taking back an outcome that was not recorded"] += 1
            return
        if trace.state != body.undone:
            self.faults[f"taking back {body.undone} of an alert that was {trace.state}"] += 1
        if body.back_to in set(State):
            trace.state = State(body.back_to)
        else:
            self.faults[f"going back to {body.back_to}, which is no state"] += 1

"""Counts and rates of a deployment, and of several together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from lfr_actors.alerting.case import State
from lfr_actors.alerting.outcomes import Outcome
from lfr_actors.evaluation.rates import false_alert_rates, precision
from lfr_actors.records.deployment_record.alert_trace import AlertTrace
from lfr_actors.records.deployment_record.figures import Counts, Rates
from lfr_actors.records.deployment_record.trace import DeploymentTrace
from lfr_actors.records.deployment_record.words import rate_of

ENGAGED: Final = frozenset({State.ENGAGED, State.CONFIRMED_TRUE, State.CONFIRMED_FALSE})
JUDGED_TRUE: Final = ENGAGED | {State.TRUE, State.NOT_ENGAGED}
UNDECIDED: Final = frozenset({State.RAISED, State.SEEN, State.ONE_OPINION, State.DISPUTED})

_OF_CAMERAS: Final = (
    "frames",
    "frames_dropped",
    "faces_seen",
    "tracks_ended",
    "tracks_searched",
    "searches",
    "probes_dropped",
)


def counts_of(trace: DeploymentTrace) -> Counts:
    """What a deployment's events count."""
    alerts = list(trace.alerts.by_id.values())
    by_state = {state: sum(alert.state is state for alert in alerts) for state in State}

    def of(states: Iterable[State]) -> int:
        return sum(by_state[state] for state in states)

    confirmed_false = by_state[State.CONFIRMED_FALSE]
    judged_true, judged_false = of(JUDGED_TRUE), by_state[State.FALSE]
    settled = [alert for alert in alerts if alert.outcome is not None]
    arrests = sum(alert.outcome == Outcome.ARREST for alert in settled)
    return Counts(
        **{name: sum(camera.counts[name] for camera in trace.cameras.values()) for name in _OF_CAMERAS},
        alerts=len(alerts),
        judged_true=judged_true,
        judged_false=judged_false,
        cannot_tell=by_state[State.CANNOT_TELL],
        undecided=of(UNDECIDED),
        disputed=by_state[State.DISPUTED],
        true_alerts=judged_true - confirmed_false,
        false_alerts=judged_false + confirmed_false,
        engagements=of(ENGAGED),
        not_engaged=by_state[State.NOT_ENGAGED],
        engagement_open=by_state[State.TRUE],
        confirmed_true=by_state[State.CONFIRMED_TRUE],
        confirmed_false=confirmed_false,
        confirmation_open=by_state[State.ENGAGED],
        outcomes=len(settled),
        outcomes_engaged=sum(alert.state in ENGAGED for alert in settled),
        arrests=arrests,
        other_outcomes=len(settled) - arrests,
        by_outcome={str(each): sum(alert.outcome == each for alert in settled) for each in Outcome},
        escalated=sum(alert.escalated for alert in alerts),
        alerts_from_part_of_the_list=sum(alert.in_part for alert in alerts),
    )


def summed(parts: Sequence[Counts]) -> Counts:
    """The counts of several deployments together."""
    single = (name for name in Counts.model_fields if name != "by_outcome")
    return Counts(
        **{name: sum(getattr(part, name) for part in parts) for name in single},
        by_outcome={str(each): sum(part.by_outcome[each] for part in parts) for each in Outcome},
    )


def rates_of(counts: Counts) -> Rates:
    """The rates of these counts, as `evaluation.rates` defines them."""
    false = false_alert_rates(counts.false_alerts, counts.faces_seen, counts.alerts)
    right = precision(counts.true_alerts, counts.false_alerts)
    return Rates(
        false_over_faces=rate_of(false.over_faces, "false alerts of faces seen (tracks, not people)"),
        false_over_alerts=rate_of(false.over_alerts, "false alerts of all alerts"),
        precision=rate_of(right, "true alerts of those found true or false"),
    )


def tracks_with_alerts(alerts: Iterable[AlertTrace]) -> int:
    """How many different tracks raised an alert."""
    return len({(alert.camera, alert.track) for alert in alerts})

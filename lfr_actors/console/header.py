"""What stands above every page of a deployment: where, by whose authority, for how long yet, and its counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from lfr_actors.alerting.case import State, Verdict
from lfr_actors.console.addresses import deployment_url
from lfr_actors.console.context import ConsoleContext
from lfr_actors.console.rendering import clock
from lfr_actors.console.views import DeploymentLine, HeaderView
from lfr_actors.evaluation.band_words import left_words
from lfr_actors.evaluation.left_bands import Left
from lfr_actors.people import Permission, Person
from lfr_actors.store.rows import RUNNING, AlertRow

_WAS_ENGAGED: Final = frozenset({State.ENGAGED, State.CONFIRMED_TRUE, State.CONFIRMED_FALSE})


def header_view(context: ConsoleContext, person: Person, deployment_id: str) -> HeaderView:
    """The header of a deployment, for this person. Raises `StoreError` for one that never began."""
    store = context.store
    head = store.head().seq  # before anything is read, so that nothing is missed between
    row = store.deployment(deployment_id)
    log = context.logs.of(store, deployment_id)
    started = context.logs.started(store, deployment_id)
    alerts = context.alerts.of(store, deployment_id)
    verdicts, states = Counter(one.verdict for one in alerts), Counter(one.state for one in alerts)
    running = row.state == RUNNING
    left_s = (started.not_after - context.now()).total_seconds()
    url = deployment_url(deployment_id)
    return HeaderView(
        deployment_id=deployment_id,
        url=url,
        location=row.location,
        force=started.force,
        operation=row.operation,
        purposes=started.purposes,
        authority_reference=started.authority_reference,
        not_before=started.not_before,
        not_after=started.not_after,
        state=row.state,
        started_at=row.started_at,
        ended_at=row.ended_at,
        time_left_s=left_s if running and left_s > 0 else None,
        two_person=row.two_person,
        acknowledge_within_s=row.acknowledge_within_s,
        threshold=started.threshold,
        pack=started.pack,
        faces_seen=log.faces_seen,
        alerts=len(alerts),
        open=sum(State(one.state).is_open for one in alerts),
        escalated=_escalated(alerts),
        disputed=states[State.DISPUTED],
        true=verdicts[Verdict.TRUE],
        false=verdicts[Verdict.FALSE],
        cannot_tell=verdicts[Verdict.CANNOT_TELL],
        engaged=sum(states[state] for state in _WAS_ENGAGED),
        missing=context.live.matcher_missing if deployment_id == context.deployment_id else (),
        out_of_band=tuple(_left(one) for one in log.left.now.values()) if running else (),
        stop_requested_by=log.stop_requested_by if running else None,
        stop_url=f"{url}/stop" if running and person.may(Permission.STOP) else None,
        cameras_url=f"{url}/cameras",
        log_url=f"{url}/log" if person.may(Permission.LOG) else None,
        stream_url=f"{url}/stream",
        fragment_url=f"{url}/header",
        head_seq=head,
    )


def deployment_lines(context: ConsoleContext) -> tuple[DeploymentLine, ...]:
    """Every deployment, the one that started last first."""
    return tuple(
        DeploymentLine(
            deployment_id=row.deployment_id,
            url=deployment_url(row.deployment_id),
            location=row.location,
            operation=row.operation,
            state=row.state,
            started_at=row.started_at,
            ended_at=row.ended_at,
        )
        for row in reversed(context.store.deployments())
    )


def running_deployments(context: ConsoleContext) -> list[str]:
    """The deployments that run, or whose process died without a word."""
    return [row.deployment_id for row in context.store.deployments() if row.state == RUNNING]


def _left(one: Left) -> str:
    return f"{left_words(one.body)}; since {clock(one.at)}"


def _escalated(alerts: Sequence[AlertRow]) -> int:
    """Alerts that nobody acknowledged in time, and nobody has since."""
    return sum(one.escalated_at is not None and State(one.state) is State.RAISED for one in alerts)

"""The state of deployments in the database, each change with its event."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from lfr_actors.errors import Refused, StoreError
from lfr_actors.events.alerts import (
    AlertAdjudicated,
    AlertConfirmed,
    AlertDisputed,
    AlertEngaged,
    AlertEscalated,
    AlertSeen,
    DecisionUndone,
    OpinionGiven,
    OutcomeRecorded,
)
from lfr_actors.events.amending import WatchlistAmendmentRequested
from lfr_actors.events.chain import canonical_json
from lfr_actors.events.codec import utc_time
from lfr_actors.events.delivering import (
    WebhookDeadLettered,
    WebhookReplayed,
    WebhookResumed,
    WebhookSuspended,
)
from lfr_actors.events.deployments import (
    DeploymentClosed,
    DeploymentLost,
    DeploymentStarted,
    DeploymentStopped,
)
from lfr_actors.events.keeping import (
    DataErased,
    FootageRecorded,
    HoldPlaced,
    HoldReleased,
    OverdueErasure,
    RetentionDeclared,
)
from lfr_actors.events.lists import WatchlistErasureOrdered
from lfr_actors.events.marks import BlueListPassed
from lfr_actors.events.people import StopRequested
from lfr_actors.events.types import AccessViewed
from lfr_actors.retention.policy import DEFAULT_POLICY, DataClass, RetentionPolicy
from lfr_actors.store import schema
from lfr_actors.store.append import append_events
from lfr_actors.store.objects import NewObject, insert_object
from lfr_actors.store.rows import CLOSED, RUNNING, STOPPED, DeploymentRow, deployment_row
from lfr_actors.store.vault.sealing import ObjectKey

SECRET_KIND: Final = "deployment-secret"
"""What the secret of a deployment is called among the retained objects."""

_BY_OTHERS: Final = tuple(
    body.NAME
    for body in (
        AccessViewed,
        AlertAdjudicated,
        AlertConfirmed,
        AlertDisputed,
        AlertEngaged,
        AlertEscalated,
        AlertSeen,
        BlueListPassed,
        DataErased,
        DecisionUndone,
        FootageRecorded,  # also by whoever finds a segment without an end
        HoldPlaced,
        HoldReleased,
        OpinionGiven,
        OutcomeRecorded,
        OverdueErasure,
        StopRequested,
        WatchlistAmendmentRequested,
        WatchlistErasureOrdered,
        WebhookDeadLettered,
        WebhookReplayed,
        WebhookResumed,
        WebhookSuspended,
    )
)
"""Events of a deployment that may be written when its process is long gone."""


def begin(
    connection: sa.Connection, started: DeploymentStarted, policy: RetentionPolicy, now: dt.datetime
) -> int:
    """Write that a deployment starts, or is resumed, under this policy; which incarnation it is, from 1.

    Raises `Refused` for a deployment that was closed.
    """
    table = schema.deployments
    same = table.c.deployment_id == started.deployment
    found = connection.execute(sa.select(table).where(same)).mappings().first()
    if found is not None and found["state"] == CLOSED:
        raise closed(started.deployment)
    incarnation = 1 if found is None else int(found["incarnation"]) + 1
    values = {
        "operation": started.operation,
        "location": started.location,
        "state": RUNNING,
        "incarnation": incarnation,
        "started_at": now,
        "ended_at": None,
        "policy": canonical_json(policy.to_json()),
        "two_person": started.two_person,
        "acknowledge_within_s": started.acknowledge_within_s,
    }
    if found is None:
        connection.execute(sa.insert(table).values(deployment_id=started.deployment, **values))
    else:
        connection.execute(sa.update(table).where(same).values(values))
    declared = RetentionDeclared(
        policy_version=policy.version, policy_digest=policy.digest, lifetimes_s=policy.lifetimes_s
    )
    append_events(connection, started.deployment, [replace(started, incarnation=incarnation), declared], now)
    return incarnation


def end(
    connection: sa.Connection,
    deployment_id: str,
    body: DeploymentStopped | DeploymentClosed,
    now: dt.datetime,
    store: str,
) -> bool:
    """Write that a deployment stopped or is closed. False, and nothing written, when it already was."""
    state = CLOSED if isinstance(body, DeploymentClosed) else STOPPED
    present = require(connection, deployment_id, store).state
    if present in (state, CLOSED):
        return False
    same = schema.deployments.c.deployment_id == deployment_id
    connection.execute(sa.update(schema.deployments).where(same).values(state=state, ended_at=now))
    append_events(connection, deployment_id, [body], now)
    return True


def lose(connection: sa.Connection, deployment_id: str, now: dt.datetime) -> dt.datetime | None:
    """Write that a deployment's process died; when it wrote its last own event, which counts as its end.

    Not after `now`: a clock that was ahead then must not lengthen any life. None: it ended well.
    """
    table, events = schema.deployments, schema.events.c
    mine = sa.and_(table.c.deployment_id == deployment_id, table.c.state == RUNNING)
    own = sa.and_(events.deployment_id == deployment_id, events.name.not_in(_BY_OTHERS))
    last = connection.execute(sa.select(sa.func.max(events.written_at)).where(own)).scalar_one()
    at = min(utc_time(last), now)
    if connection.execute(sa.update(table).where(mine).values(state=STOPPED, ended_at=at)).rowcount != 1:
        return None
    append_events(connection, deployment_id, [DeploymentLost(last_event_at=at)], now)
    return at


def require(connection: sa.Connection, deployment_id: str, store: str) -> DeploymentRow:
    """The row of a deployment. Raises `StoreError` for one that never began."""
    return deployment_row(_row(connection, deployment_id, store))


def policy_of(connection: sa.Connection, deployment_id: str, store: str) -> RetentionPolicy:
    """The retention policy that a deployment began with. Raises `StoreError` for one that never began."""
    policy = _row(connection, deployment_id, store)["policy"]
    return DEFAULT_POLICY if policy is None else RetentionPolicy.from_json(json.loads(policy))


def retain_secret(
    connection: sa.Connection,
    deployment_id: str,
    key: ObjectKey,
    home: Path,
    now: dt.datetime,
    store: str,
) -> None:
    """Retain a deployment's secret as its alerts are; nothing is written when it is retained already."""
    policy = policy_of(connection, deployment_id, store)
    rule = policy.rule_of(DataClass.ALERT)
    retained = NewObject(
        object_id=_secret_object(key),
        data_class=rule.data_class,
        kind=SECRET_KIND,
        deployment_id=deployment_id,
        clock=rule.clock,
        lifetime=rule.lifetime,
        policy_version=policy.version,
        key=key,
        items={"secrets": 1},
    )
    if not retains_secret(connection, key):
        insert_object(connection, retained, home, now)


def retains_secret(connection: sa.Connection, key: ObjectKey) -> bool:
    """Whether the key of a deployment's secret is among the retained objects."""
    own = schema.objects.c.object_id
    return connection.execute(sa.select(own).where(own == _secret_object(key))).first() is not None


def listed(connection: sa.Connection) -> list[DeploymentRow]:
    """Every deployment, in order of their last start."""
    table = schema.deployments
    query = sa.select(table).order_by(table.c.started_at, table.c.deployment_id)
    return [deployment_row(row) for row in connection.execute(query).mappings()]


def closed(deployment_id: str) -> Refused:
    """The refusal of a deployment that is over."""
    reason = "was closed, and an id is unique for ever: give the deployment another id"
    return Refused(f"deployment {deployment_id}", reason)


def _secret_object(key: ObjectKey) -> str:
    return f"secret:{key.key_id}"


def _row(connection: sa.Connection, deployment_id: str, store: str) -> sa.RowMapping:
    query = sa.select(schema.deployments).where(schema.deployments.c.deployment_id == deployment_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise StoreError(store, f"deployment {deployment_id} never began")
    return row

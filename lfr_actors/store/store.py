"""The store: every change of state and its event in one transaction.

Synchronous; actors call it in a thread. Many threads and many processes may have the same database open.
"""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import sqlalchemy as sa

from lfr_actors.errors import Refused, StoreError
from lfr_actors.events.chain import Head
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import (
    DeploymentClosed,
    DeploymentStarted,
    DeploymentStopped,
    EventBody,
)
from lfr_actors.messages import Alert
from lfr_actors.store import schema
from lfr_actors.store.alerts import alert_raised, alert_values
from lfr_actors.store.append import append_events
from lfr_actors.store.database import database_url, open_engine, reading, shown, writing
from lfr_actors.store.migrate import migrate
from lfr_actors.store.rows import (
    ALERT_COLUMNS,
    CLOSED,
    EVENT_COLUMNS,
    RAISED,
    RUNNING,
    STOPPED,
    AlertRow,
    DeploymentRow,
    alert_row,
    deployment_row,
    head_of,
    stored_event,
)

PROBE: Final = "probe"
"""Kind of the picture on which an alert was raised."""

_BATCH: Final = 2_000


def utc_now() -> dt.datetime:
    """The wall clock, aware UTC."""
    return dt.datetime.now(dt.UTC)


class Store:
    """Events, deployments and alerts in one database. Every method raises `StoreError` for its faults."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], dt.datetime] = utc_now) -> None:
        """Use a database that is at the present tables; `open` is the usual way in."""
        self._engine = engine
        self._clock = clock
        # Threads of one process queue here, in turn; SQLite's own waiting is by sleeping and trying again.
        self._writers = threading.Lock()

    @classmethod
    def open(cls, home: Path, url: str | None = None, clock: Callable[[], dt.datetime] = utc_now) -> Self:
        """Open the database, making or updating its tables first.

        `url` wins over `LFR_DATABASE_URL`, which wins over `lfr.db` in `home`. Raises `StoreError` for a file
        that is corrupt, locked, not writable or not ours, and for a schema newer than this software.
        """
        engine = open_engine(database_url(home, url))
        try:
            migrate(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, clock)

    def close(self) -> None:
        """Close every connection; may be called twice."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        """The database as people know it, without a password."""
        return shown(self._engine.url)

    # --- writing -----------------------------------------------------------------------------------------

    def append(
        self, deployment_id: str, *bodies: EventBody, key: uuid.UUID | None = None
    ) -> tuple[StoredEvent, ...]:
        """Write events in this order, all or none; none again when this `key` was written before."""
        with self._writing() as connection:
            return append_events(connection, deployment_id, bodies, self._clock(), key)

    def raise_alert(self, alert: Alert) -> bool:
        """Write an alert, its probe and its event together.

        False when an alert of this id is there already, as after a retry; then nothing is written. The
        deployment must have begun; it may have stopped since, because an alert in flight is never lost.
        """
        with self._writing() as connection:
            known = sa.select(schema.alerts.c.alert_id).where(schema.alerts.c.alert_id == alert.alert_id)
            if connection.execute(known).first() is not None:
                return False
            self._deployment(connection, alert.deployment_id)
            now = self._clock()
            (event,) = append_events(connection, alert.deployment_id, [alert_raised(alert)], now)
            values = alert_values(alert) | {"raised_at": now, "state": RAISED, "event_seq": event.seq}
            connection.execute(sa.insert(schema.alerts).values(values))
            picture = {"alert_id": alert.alert_id, "kind": PROBE, "jpeg": alert.probe_jpeg}
            connection.execute(sa.insert(schema.alert_pictures).values(picture))
            return True

    def begin_deployment(self, deployment_id: str, started: DeploymentStarted) -> int:
        """Write that a deployment starts, or is resumed after a stop or a crash; which incarnation it is.

        1 the first time. Raises `Refused` for a deployment that was closed: ids are unique for ever.
        """
        if started.deployment != deployment_id:
            raise ValueError(f"deployment {deployment_id!r} cannot start as {started.deployment!r}")
        table = schema.deployments
        with self._writing() as connection:
            now = self._clock()
            query = sa.select(table).where(table.c.deployment_id == deployment_id)
            found = connection.execute(query).mappings().first()
            if found is not None and found["state"] == CLOSED:
                raise _closed(deployment_id)
            incarnation = 1 if found is None else int(found["incarnation"]) + 1
            values = {
                "operation": started.operation,
                "location": started.location,
                "state": RUNNING,
                "incarnation": incarnation,
                "started_at": now,
                "ended_at": None,
            }
            if found is None:
                connection.execute(sa.insert(table).values(deployment_id=deployment_id, **values))
            else:
                same = table.c.deployment_id == deployment_id
                connection.execute(sa.update(table).where(same).values(values))
            append_events(connection, deployment_id, [replace(started, incarnation=incarnation)], now)
            return incarnation

    def require_open(self, deployment_id: str) -> None:
        """Raise `Refused` when this deployment was closed, before work is spent on what cannot begin."""
        table = schema.deployments
        query = sa.select(table.c.state).where(table.c.deployment_id == deployment_id)
        with reading(self._engine) as connection:
            if connection.execute(query).scalar() == CLOSED:
                raise _closed(deployment_id)

    def end_deployment(self, deployment_id: str, body: DeploymentStopped | DeploymentClosed) -> bool:
        """Write that a deployment stopped or is closed. False, and nothing written, when it already was.

        A stopped deployment may still be closed. Raises `StoreError` for one that never began.
        """
        state = CLOSED if isinstance(body, DeploymentClosed) else STOPPED
        with self._writing() as connection:
            present = self._deployment(connection, deployment_id).state
            if present in (state, CLOSED):
                return False
            now = self._clock()
            same = schema.deployments.c.deployment_id == deployment_id
            connection.execute(sa.update(schema.deployments).where(same).values(state=state, ended_at=now))
            append_events(connection, deployment_id, [body], now)
            return True

    # --- reading -----------------------------------------------------------------------------------------

    def deployments(self) -> list[DeploymentRow]:
        """Every deployment, in order of their last start."""
        query = sa.select(schema.deployments).order_by(
            schema.deployments.c.started_at, schema.deployments.c.deployment_id
        )
        with reading(self._engine) as connection:
            return [deployment_row(row) for row in connection.execute(query).mappings()]

    def alerts(self, deployment_id: str | None = None) -> list[AlertRow]:
        """Alerts in the order in which they were raised; of one deployment, or of all."""
        query = sa.select(*ALERT_COLUMNS).order_by(schema.alerts.c.event_seq)
        if deployment_id is not None:
            query = query.where(schema.alerts.c.deployment_id == deployment_id)
        with reading(self._engine) as connection:
            return [alert_row(row) for row in connection.execute(query).mappings()]

    def alert(self, reference: str) -> AlertRow:
        """The alert of this id, or the only one whose id begins so; `StoreError` for none or several."""
        column = schema.alerts.c.alert_id
        begins = sa.func.substr(column, 1, len(reference)) == reference
        query = sa.select(*ALERT_COLUMNS).where(begins).order_by(sa.func.length(column)).limit(2)
        with reading(self._engine) as connection:
            found = [alert_row(row) for row in connection.execute(query).mappings()] if reference else []
        if not found:
            raise StoreError(self.name, f"no alert has an id that is or begins with {reference!r}")
        if len(found) > 1 and found[0].alert_id != reference:
            raise StoreError(
                self.name, f"several alerts have ids that begin with {reference!r}: give more of it"
            )
        return found[0]

    def picture(self, alert_id: str, kind: str = PROBE) -> bytes:
        """A picture of an alert, JPEG. Raises `StoreError` when there is none."""
        table = schema.alert_pictures
        query = sa.select(table.c.jpeg).where(table.c.alert_id == alert_id, table.c.kind == kind)
        with reading(self._engine) as connection:
            jpeg = connection.execute(query).scalar_one_or_none()
        if jpeg is None:
            raise StoreError(self.name, f"alert {alert_id} has no {kind} picture")
        return bytes(jpeg)

    def events(
        self, *, after: int = 0, deployment_id: str | None = None, limit: int = 1_000
    ) -> list[StoredEvent]:
        """The first events after number `after`, in order; at most `limit`."""
        return self._events(schema.events.c.seq > after, deployment_id, limit, newest=False)

    def last_events(self, limit: int, *, deployment_id: str | None = None) -> list[StoredEvent]:
        """The newest events, in order; at most `limit`."""
        return self._events(sa.true(), deployment_id, limit, newest=True)[::-1]

    def iter_events(self, *, after: int = 0, deployment_id: str | None = None) -> Iterator[StoredEvent]:
        """Every event after number `after`, in order, a batch at a time; also those written meanwhile."""
        while batch := self.events(after=after, deployment_id=deployment_id, limit=_BATCH):
            yield from batch
            after = batch[-1].seq

    def head(self) -> Head:
        """Where the log stands, as noted with the last event."""
        with reading(self._engine) as connection:
            return head_of(connection.execute(sa.select(schema.log_head)).mappings().one())

    # --- within ------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._writers, writing(self._engine) as connection:
            yield connection

    def _events(
        self, where: sa.ColumnElement[bool], deployment_id: str | None, limit: int, *, newest: bool
    ) -> list[StoredEvent]:
        seq = schema.events.c.seq
        query = sa.select(*EVENT_COLUMNS).where(where).order_by(seq.desc() if newest else seq).limit(limit)
        if deployment_id is not None:
            query = query.where(schema.events.c.deployment_id == deployment_id)
        with reading(self._engine) as connection:
            return [stored_event(row) for row in connection.execute(query).mappings()]

    def _deployment(self, connection: sa.Connection, deployment_id: str) -> DeploymentRow:
        query = sa.select(schema.deployments).where(schema.deployments.c.deployment_id == deployment_id)
        row = connection.execute(query).mappings().first()
        if row is None:
            raise StoreError(self.name, f"deployment {deployment_id} never began")
        return deployment_row(row)


def _closed(deployment_id: str) -> Refused:
    reason = "was closed, and an id is unique for ever: give the deployment another id"
    return Refused(f"deployment {deployment_id}", reason)

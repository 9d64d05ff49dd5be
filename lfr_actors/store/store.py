"""The store: every change of state and its event in one transaction.

Synchronous; actors call it in a thread. Many threads and many processes may have the same database open.
"""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import sqlalchemy as sa

from lfr_actors.errors import Erased, KeyRefused, StoreError
from lfr_actors.events.chain import Head
from lfr_actors.events.deployments import DeploymentClosed, DeploymentStarted, DeploymentStopped
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import EventBody
from lfr_actors.messages import Alert, Wanted
from lfr_actors.retention.policy import DEFAULT_POLICY, RetentionPolicy
from lfr_actors.store import alerts, deployments, schema
from lfr_actors.store.alerts import PROBE
from lfr_actors.store.append import Speaking, append_events
from lfr_actors.store.database import database_url, open_engine, reading, shown, writing
from lfr_actors.store.decisions import Decisions
from lfr_actors.store.lease import lease
from lfr_actors.store.migrate import migrate
from lfr_actors.store.people import People
from lfr_actors.store.retained import Retained
from lfr_actors.store.rows import (
    CLOSED,
    EVENT_COLUMNS,
    AlertRow,
    DeploymentRow,
    head_of,
    stored_event,
)
from lfr_actors.store.vault.keys import Keys
from lfr_actors.store.vault.sealing import ObjectKey
from lfr_actors.store.wanted import wanted_from_json
from lfr_actors.store.webhooks import Webhooks

_BATCH: Final = 2_000
_OF_ANOTHER: Final = (
    "holds the keys of another database, and keys belong to one: set LFR_KEYS to a folder of its own, or move "
    "this key store away if its database is gone for good"
)


def utc_now() -> dt.datetime:
    """The wall clock, aware UTC."""
    return dt.datetime.now(dt.UTC)


class Store:
    """Events, deployments, alerts and whatever is retained, in one database. Faults are `StoreError`."""

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], dt.datetime] = utc_now,
        home: Path | None = None,
    ) -> None:
        """Use a database that is at the present tables; `open` is the usual way in.

        Without a `home` there are no keys: what is sealed stays so, and nothing can be raised or erased.
        """
        self._engine = engine
        self._clock = clock
        self._home = home
        self._keys: Keys | None = None
        # Threads of one process queue here, in turn; SQLite's own waiting is by sleeping and trying again.
        self._writers = threading.Lock()
        self._opening_keys = threading.Lock()
        self.retained = Retained(engine, self._writing, lambda: self.keys, clock, home or Path.cwd())
        self.decisions = Decisions(engine, self._writing, lambda: self.keys, clock)
        self.people = People(engine, self._writing, clock)
        self.webhooks = Webhooks(engine, self._writing, clock)

    @classmethod
    def open(cls, home: Path, url: str | None = None, clock: Callable[[], dt.datetime] = utc_now) -> Self:
        """Open the database, making or updating its tables first. The keys are opened at their first use.

        `url` wins over `LFR_DATABASE_URL`, which wins over `lfr.db` in `home`. Raises `StoreError` for a file
        that is corrupt, locked, not writable or not ours, and for a schema newer than this software.
        """
        engine = open_engine(database_url(home, url))
        try:
            migrate(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, clock, home.absolute())

    def close(self) -> None:
        """Close every connection; may be called twice."""
        if self._keys is not None:
            self._keys.close()
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

    @property
    def home(self) -> Path:
        """The data folder. Raises `StoreError` for a store that was opened without one."""
        if self._home is None:
            raise StoreError(self.name, "is open for reading alone")
        return self._home

    @property
    def is_at_home(self) -> bool:
        """Whether the database lies in the data folder: then its paths are of no other folder than this."""
        file = Path(str(self._engine.url.database)).absolute()
        return self.keeps_a_log and self._home is not None and file.is_relative_to(self._home)

    @property
    def keys(self) -> Keys:
        """The key store of this database.

        Raises `KeyRefused` when it is missing, when its key-encryption key is missing or wrong, and for another
        key store than the one that this database was first used with.
        """
        with self._opening_keys:
            if self._keys is None:
                self._keys = self._open_keys()
            return self._keys

    @property
    def keeps_a_log(self) -> bool:
        """Whether what was erased may still stand in a write-ahead log of ours, as with SQLite."""
        return self._engine.dialect.name == "sqlite"

    def lease(self, deployment_id: str) -> AbstractContextManager[None]:
        """Hold the right to run a deployment. Raises `Refused` while another process has it."""
        return lease(self._engine, deployment_id)

    # --- writing -----------------------------------------------------------------------------------------

    def append(
        self, deployment_id: str, *bodies: EventBody | Speaking, key: uuid.UUID | None = None
    ) -> tuple[StoredEvent, ...]:
        """Write events in this order, all or none; none again when this `key` was written before."""
        with self._writing() as connection:
            return append_events(connection, deployment_id, bodies, self._clock(), key)

    def raise_alert(
        self, alert: Alert, wanted: Wanted | None = None, portraits: Sequence[bytes] = ()
    ) -> bool:
        """Write an alert, its pictures and its event together, who it is sealed under a key of its own.

        `wanted` and `portraits` (JPEG, in the order of `wanted.pictures`) are what the list has of the subject;
        None and none where it could not be read. False when an alert of this id is there already, as after a
        retry; then nothing is written. The deployment must have begun; it may have stopped since, because an
        alert in flight is never lost.
        """
        known = sa.select(schema.alerts.c.alert_id).where(schema.alerts.c.alert_id == alert.alert_id)
        with reading(self._engine) as connection:
            if connection.execute(known).first() is not None:
                return False
        key = self.keys.create(alerts.KIND)
        with self._writing() as connection:
            new = connection.execute(known).first() is None
            if new:
                policy = deployments.policy_of(connection, alert.deployment_id, self.name)
                listed = (wanted, portraits)
                alerts.insert(connection, alert, listed, key, policy, self.home, self._clock())
        if not new:  # somebody else raised it a moment ago, under another key
            self.keys.destroy(key.key_id)
        return new

    def begin_deployment(
        self, deployment_id: str, started: DeploymentStarted, policy: RetentionPolicy = DEFAULT_POLICY
    ) -> int:
        """Write that a deployment starts, or is resumed after a stop or a crash; which incarnation it is.

        1 the first time. Raises `Refused` for a deployment that was closed: ids are unique for ever.
        """
        if started.deployment != deployment_id:
            raise ValueError(f"deployment {deployment_id!r} cannot start as {started.deployment!r}")
        with self._writing() as connection:
            return deployments.begin(connection, started, policy, self._clock())

    def require_open(self, deployment_id: str) -> None:
        """Raise `Refused` when this deployment was closed or another process runs it, `KeyRefused` without keys.

        For whoever is about to spend work on what cannot begin; `lease` and `begin_deployment` ask again.
        """
        table = schema.deployments
        query = sa.select(table.c.state).where(table.c.deployment_id == deployment_id)
        with reading(self._engine) as connection:
            if connection.execute(query).scalar() == CLOSED:
                raise deployments.closed(deployment_id)
        with self.lease(deployment_id):
            _ = self.keys

    def end_deployment(self, deployment_id: str, body: DeploymentStopped | DeploymentClosed) -> bool:
        """Write that a deployment stopped or is closed. False, and nothing written, when it already was.

        A stopped deployment may still be closed. Raises `StoreError` for one that never began.
        """
        with self._writing() as connection:
            return deployments.end(connection, deployment_id, body, self._clock(), self.name)

    def deployment_secret(self, deployment_id: str) -> bytes:
        """The secret (32 bytes) under which ids and commitments of a deployment are made; made at first use.

        Retained as its alerts are: once it is destroyed, nobody can link an id or a commitment to a person.
        Raises `StoreError` for a deployment that never began.
        """
        with reading(self._engine) as connection:
            deployments.require(connection, deployment_id, self.name)
        key = self.keys.named_or_create(f"deployment:{deployment_id}", deployments.SECRET_KIND)
        with reading(self._engine) as connection:
            retained = deployments.retains_secret(connection, key)
        if not retained:  # also when whoever made the key died before it could be retained
            with self._writing() as connection:
                deployments.retain_secret(connection, deployment_id, key, self.home, self._clock(), self.name)
        return key.secret

    def known_secret(self, deployment_id: str) -> bytes:
        """The secret of a deployment, which is never made here; `Erased` once nobody can tell whom it speaks of."""
        with reading(self._engine) as connection:
            deployments.require(connection, deployment_id, self.name)
        key = self.keys.named(f"deployment:{deployment_id}")
        if key is None:
            reason = "has been erased: the log cannot be tied to a person any more"
            raise Erased(f"the secret of deployment {deployment_id}", reason)
        return key.secret

    # --- reading -----------------------------------------------------------------------------------------

    def deployments(self) -> list[DeploymentRow]:
        """Every deployment, in order of their last start."""
        with reading(self._engine) as connection:
            return deployments.listed(connection)

    def deployment(self, deployment_id: str) -> DeploymentRow:
        """One deployment. Raises `StoreError` for one that never began."""
        with reading(self._engine) as connection:
            return deployments.require(connection, deployment_id, self.name)

    def policy_of(self, deployment_id: str) -> RetentionPolicy:
        """The retention policy of a deployment. Raises `StoreError` for one that never began."""
        with reading(self._engine) as connection:
            return deployments.policy_of(connection, deployment_id, self.name)

    def alerts(self, deployment_id: str | None = None, *, identities: bool = True) -> list[AlertRow]:
        """Alerts in the order in which they were raised; of one deployment, or of all.

        Without `identities` nothing sealed is opened, and no key is needed.
        """
        query = sa.select(*(schema.alerts.c if identities else alerts.PLAIN)).order_by(
            schema.alerts.c.event_seq
        )
        if deployment_id is not None:
            query = query.where(schema.alerts.c.deployment_id == deployment_id)
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        return [self._alert_row(row) if identities else alerts.alert_row(row, None) for row in rows]

    def alert(self, reference: str) -> AlertRow:
        """The alert of this id, or the only one whose id begins so; `StoreError` for none or several."""
        with reading(self._engine) as connection:
            row = alerts.find(connection, reference, self.name)
        return self._alert_row(row)

    def picture(self, alert_id: str, kind: str = PROBE) -> bytes:
        """A picture of an alert, JPEG. Raises `StoreError` when there is none, `Erased` when it was erased."""
        with reading(self._engine) as connection:
            sealed = alerts.sealed_picture(connection, alert_id, kind, self.name)
        return alerts.open_picture(sealed, self._key_of_alert(alert_id), alert_id, kind)

    def picture_kinds(self, alert_id: str) -> tuple[str, ...]:
        """The kinds of pictures that an alert has, the probe first; none once it is erased."""
        with reading(self._engine) as connection:
            return alerts.picture_kinds(connection, alert_id)

    def wanted(self, alert_id: str) -> Wanted | None:
        """What the list said of the subject of an alert; None when it could not be read then.

        Raises `StoreError` for an unknown alert, `Erased` once it was erased.
        """
        query = sa.select(schema.alerts).where(schema.alerts.c.alert_id == alert_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise StoreError(self.name, f"there is no alert {alert_id}")
        facts = alerts.sealed_facts(row, self.keys)
        if facts is None:
            raise Erased(f"alert {alert_id}", "was erased")
        return wanted_from_json(facts)

    def events(
        self,
        *,
        after: int = 0,
        deployment_id: str | None = None,
        name: str | None = None,
        limit: int = 1_000,
    ) -> list[StoredEvent]:
        """The first events after number `after`, in order; at most `limit`; of one name, or all."""
        where = schema.events.c.seq > after
        if name is not None:
            where = sa.and_(where, schema.events.c.name == name)
        return self._events(where, deployment_id, limit, newest=False)

    def last_events(
        self, limit: int, *, deployment_id: str | None = None, before: int | None = None
    ) -> list[StoredEvent]:
        """The newest events, in order; at most `limit`; of those before number `before`, or of all."""
        where = sa.true() if before is None else schema.events.c.seq < before
        return self._events(where, deployment_id, limit, newest=True)[::-1]

    def iter_events(
        self, *, after: int = 0, deployment_id: str | None = None, name: str | None = None
    ) -> Iterator[StoredEvent]:
        """Every event after number `after`, in order, a batch at a time; also those written meanwhile."""
        while batch := self.events(after=after, deployment_id=deployment_id, name=name, limit=_BATCH):
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

    def _open_keys(self) -> Keys:
        """Open the key store, and bind the database to it at the first use.

        Not to one that holds keys: they are of another database, which would find them to be nobody's here and
        sweep them.
        """
        query = sa.select(schema.vault.c.key_store_id)
        with reading(self._engine) as connection:
            bound = connection.execute(query).scalar()
        keys = Keys.open(self.home, make=bound is None, clock=self._clock)
        if bound is None:
            with self._writing() as connection:
                bound = connection.execute(query).scalar()  # another process may have been first
                if bound is None and keys.counts():
                    keys.close()
                    raise KeyRefused(f"key store {keys.name}", f"{_OF_ANOTHER}; {self.name} has none yet")
                if bound is None:
                    bound = keys.store_id
                    connection.execute(sa.insert(schema.vault).values(id=1, key_store_id=bound))
        if bound != keys.store_id:
            keys.close()
            raise KeyRefused(
                "key store",
                f"is {keys.store_id}, and {self.name} was sealed with {bound}: set LFR_KEYS to its folder",
            )
        return keys

    def _alert_row(self, row: sa.RowMapping) -> AlertRow:
        sealed = row["sealed"] is not None and self._home is not None
        return alerts.alert_row(row, self.keys if sealed else None)

    def _key_of_alert(self, alert_id: str) -> ObjectKey:
        table = schema.alerts.c
        with reading(self._engine) as connection:
            key_id = connection.execute(sa.select(table.key_id).where(table.alert_id == alert_id)).scalar()
        if key_id is None:
            raise Erased(f"alert {alert_id}", "was erased")
        return self.keys.get(key_id)

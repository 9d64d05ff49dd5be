"""One retained object as a row: what it is, when its clock started, and what its receipt says."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from lfr_actors.events.chain import canonical_json
from lfr_actors.events.keeping import DataErased
from lfr_actors.retention.policy import ClockStart, DataClass, when_erased
from lfr_actors.retention.schedule import Record
from lfr_actors.store import schema
from lfr_actors.store.rows import CLOSED, RUNNING, STOPPED
from lfr_actors.store.vault.sealing import ObjectKey

_OF_DEPLOYMENTS: Final = (ClockStart.DEPLOYMENT_END, ClockStart.DEPLOYMENT_CLOSE)

LIST_KIND: Final = "watchlist"
ADDITION_KIND: Final = "watchlist-addition"
PROOF_KIND: Final = "watchlist-proof"
"""Kinds of what is sealed of lists: a version, what is to be added to one, what proves who was on one."""
TEMPLATES_KIND: Final = "measured-templates"
"""Kind of the templates that a measurement keeps for its next run."""

STOPPED_LIST_LIFETIME: Final = dt.timedelta(hours=24)
"""How long a list's own files stay after a stop that may be resumed; at its end they go at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewObject:
    """An object to retain. `clock_started_at` is None where the end of the deployment starts the clock.

    `items` counts what is in it, for the receipt. `path` is its file; one in the data folder is kept relative.
    Raises `ValueError` for one whose clock could never start: it would be kept for ever.
    """

    object_id: str
    data_class: DataClass
    kind: str
    deployment_id: str | None
    clock: ClockStart
    lifetime: dt.timedelta
    policy_version: int
    clock_started_at: dt.datetime | None = None
    key: ObjectKey | None = field(default=None, repr=False)
    path: Path | None = None
    items: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.clock in _OF_DEPLOYMENTS and self.deployment_id is None:
            raise ValueError(f"{self.object_id}: of no deployment, and the end of one starts its clock")
        if self.clock in (ClockStart.CAPTURE, ClockStart.ADJUDICATION) and self.clock_started_at is None:
            raise ValueError(f"{self.object_id}: the time of its {self.clock} is not given")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRow:
    """An object as it stands. `path` and `due_at` are None once it is erased; so is `due_at` without a clock.

    `erasing_at` is when its erasure began, after which its key may be gone.
    """

    object_id: str
    kind: str
    deployment_id: str | None
    key_id: str | None
    path: Path | None
    due_at: dt.datetime | None
    erasing_at: dt.datetime | None
    erased_at: dt.datetime | None

    @property
    def is_readable(self) -> bool:
        """Whether nothing of it was destroyed yet."""
        return self.erasing_at is None and self.erased_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An object whose erasure has begun: what there is to destroy, and what its receipt will say.

    `claimed_at` is never before `due_at`. `simulated`: the time at which it was claimed was given by hand.
    """

    object_id: str
    data_class: DataClass
    kind: str
    deployment_id: str | None
    key_id: str | None
    key_fingerprint: str | None
    path: Path | None
    items: Mapping[str, int]
    rule: str
    policy_version: int
    clock_started_at: dt.datetime
    due_at: dt.datetime
    claimed_at: dt.datetime
    simulated: bool


EVER: Final = (
    sa.select(schema.objects, schema.deployments.c.state, schema.deployments.c.ended_at)
    .outerjoin(schema.deployments, schema.deployments.c.deployment_id == schema.objects.c.deployment_id)
    .order_by(schema.objects.c.object_id)
)
"""Every object there ever was, with the state and end of its deployment."""

WITH_DEPLOYMENT: Final = EVER.where(schema.objects.c.erased_at.is_(None))
"""Objects that are not erased, with the state and end of their deployments."""


def insert_object(connection: sa.Connection, new: NewObject, home: Path, now: dt.datetime) -> None:
    """Write the row of an object, in a transaction with what it stands for."""
    values = {
        "object_id": new.object_id,
        "data_class": str(new.data_class),
        "kind": new.kind,
        "deployment_id": new.deployment_id,
        "clock": str(new.clock),
        "clock_started_at": new.clock_started_at,
        "lifetime_s": new.lifetime.total_seconds(),
        "policy_version": new.policy_version,
        "key_id": None if new.key is None else new.key.key_id,
        "key_fingerprint": None if new.key is None else new.key.fingerprint,
        "path": None if new.path is None else _kept(new.path, home),
        "items": canonical_json(dict(new.items)),
        "made_at": now,
    }
    connection.execute(sa.insert(schema.objects).values(values))


def _kept(path: Path, home: Path) -> str:
    absolute = path.absolute()
    return str(absolute.relative_to(home) if absolute.is_relative_to(home) else absolute)


def record_of(row: sa.RowMapping) -> Record:
    """A row of `WITH_DEPLOYMENT` as the schedule takes it."""
    objects = schema.objects.c
    return Record(
        object_id=row[objects.object_id],
        data_class=DataClass(row[objects.data_class]),
        deployment_id=row[objects.deployment_id],
        clock_started_at=_clock_started(row),
        lifetime=_lifetime(row),
        claimed=row[objects.erasing_at] is not None,
    )


def object_row(row: sa.RowMapping, home: Path) -> ObjectRow:
    """A row of `EVER`."""
    own = schema.objects.c
    erased = row[own.erased_at] is not None
    return ObjectRow(
        object_id=row[own.object_id],
        kind=row[own.kind],
        deployment_id=row[own.deployment_id],
        key_id=row[own.key_id],
        path=None if row[own.path] is None else home / row[own.path],
        due_at=None if erased else record_of(row).due_at,
        erasing_at=row[own.erasing_at],
        erased_at=row[own.erased_at],
    )


def _clock_started(row: sa.RowMapping) -> dt.datetime | None:
    """When the clock of an object started; None while it has not.

    A segment of footage ends when its recorder says so, or when that is found dead, at the end of the
    deployment at the latest.
    """
    objects = schema.objects.c
    clock = ClockStart(row[objects.clock])
    started: dt.datetime | None = row[objects.clock_started_at]
    if clock is ClockStart.MADE and started is None:
        started = row[objects.made_at]
    if clock is ClockStart.SEGMENT_END and started is None and row[schema.deployments.c.state] != RUNNING:
        started = row[objects.made_at]
    if clock in _OF_DEPLOYMENTS:
        over = row[schema.deployments.c.state] in (STOPPED, CLOSED)
        started = row[schema.deployments.c.ended_at] if over else None
    return started


def _lifetime(row: sa.RowMapping) -> dt.timedelta:
    objects = schema.objects.c
    lifetime = dt.timedelta(seconds=row[objects.lifetime_s])
    resumable = row[schema.deployments.c.state] == STOPPED
    if resumable and row[objects.clock] == ClockStart.DEPLOYMENT_CLOSE:
        return max(lifetime, STOPPED_LIST_LIFETIME)
    return lifetime


def claim_of(row: sa.RowMapping, home: Path, now: dt.datetime, *, simulated: bool) -> Claim | None:
    """The claim on an object at `now`; None where it is not due then.

    One that was claimed before stays due, also when its deployment was resumed or the clock set back since: its
    key may be gone. Its receipt speaks of the moment at which it was claimed.
    """
    objects = schema.objects.c
    record = record_of(row)
    claimed_at = row[objects.erasing_at] if record.claimed else now
    started, due_at = record.clock_started_at, record.due_at
    if record.claimed and (started is None or due_at is None or due_at > claimed_at):
        started, due_at = claimed_at - record.lifetime, claimed_at  # as it was then, at the latest
    if started is None or due_at is None or due_at > claimed_at:
        return None
    path = row[objects.path]
    return Claim(
        object_id=record.object_id,
        data_class=record.data_class,
        kind=row[objects.kind],
        deployment_id=record.deployment_id,
        key_id=row[objects.key_id],
        key_fingerprint=row[objects.key_fingerprint],
        path=None if path is None else home / path,
        items=json.loads(row[objects["items"]]),
        rule=f"{record.data_class}: {when_erased(record.lifetime, ClockStart(row[objects.clock]))}",
        policy_version=row[objects.policy_version],
        clock_started_at=started,
        due_at=due_at,
        claimed_at=claimed_at,
        simulated=bool(row[objects.erasing_simulated]) if record.claimed else simulated,
    )


def receipt_of(claim: Claim, done_at: dt.datetime, *, simulated: bool) -> DataErased:
    """The receipt of an object whose key and file are gone. A clock set back since the claim is not believed."""
    done_at = max(done_at, claim.claimed_at)
    return DataErased(
        object_id=claim.object_id,
        data_class=str(claim.data_class),
        kind=claim.kind,
        items=dict(claim.items),
        rule=claim.rule,
        policy_version=claim.policy_version,
        clock_started_at=claim.clock_started_at,
        due_at=claim.due_at,
        done_at=done_at,
        lateness_s=round((done_at - claim.due_at).total_seconds(), 3),
        key_id=claim.key_id,
        key_fingerprint=claim.key_fingerprint,
        simulated=simulated or claim.simulated,
    )

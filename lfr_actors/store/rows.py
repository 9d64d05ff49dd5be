"""What the store gives back: frozen values, one a row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from lfr_actors.events.chain import Head
from lfr_actors.events.log import StoredEvent
from lfr_actors.messages import AlertId, CameraId, DeploymentId, GalleryVersion, SubjectId, TrackId
from lfr_actors.store import schema

RUNNING, STOPPED, CLOSED = "running", "stopped", "closed"
"""States of a deployment. `running` may also be one whose process died."""

RAISED = "raised"
"""State of an alert that nobody has decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRow:
    """A deployment. `started_at` is of its present incarnation; `ended_at` is None while it runs."""

    deployment_id: DeploymentId
    operation: str | None
    location: str
    state: str
    incarnation: int
    started_at: dt.datetime
    ended_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert as it stands, without its picture. `subject_id` is None once erased."""

    alert_id: AlertId
    deployment_id: DeploymentId
    camera_id: CameraId
    track_id: TrackId
    subject_id: SubjectId | None
    captured_at: dt.datetime
    raised_at: dt.datetime
    media_time_s: float
    score: float
    threshold: float
    hits: int
    gallery_version: GalleryVersion
    gallery_subjects: int
    pack: str
    state: str
    event_seq: int


def deployment_row(row: sa.RowMapping) -> DeploymentRow:
    """A row of `deployments`."""
    return DeploymentRow(**{column.name: row[column] for column in schema.deployments.columns})


def alert_row(row: sa.RowMapping) -> AlertRow:
    """A row of `alerts`."""
    return AlertRow(**{column.name: row[column] for column in ALERT_COLUMNS})


ALERT_COLUMNS = tuple(
    column for column in schema.alerts.columns if column.name in AlertRow.__dataclass_fields__
)

# Read without conversion: a tampered SQLite file may hold a value of any type in any column.
EVENT_COLUMNS = tuple(
    sa.type_coerce(column, sa.types.NullType()).label(column.name) for column in schema.events.columns
)


def stored_event(row: sa.RowMapping) -> StoredEvent:
    """A row of `EVENT_COLUMNS`; a value of a wrong type becomes text or bytes, and will not verify."""
    sealed = row["sealed"]
    texts = {name: _text(row[name]) for name in _EVENT_TEXTS}
    return StoredEvent(
        seq=row["seq"],
        version=row["version"],
        sealed=sealed if sealed is None else _bytes(sealed),
        key_id=None if row["key_id"] is None else _text(row["key_id"]),
        **texts,
    )


def head_of(row: sa.RowMapping) -> Head:
    """The row of `log_head`."""
    return Head(seq=row["seq"], hash=_text(row["hash"]))


_EVENT_TEXTS = ("event_id", "deployment_id", "name", "written_at", "public_json", "prev_hash", "hash")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else repr(value).encode()

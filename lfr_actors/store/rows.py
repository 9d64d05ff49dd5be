"""What the store gives back: frozen values, one a row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from lfr_actors.alerting.case import State
from lfr_actors.events.chain import Head
from lfr_actors.events.log import StoredEvent
from lfr_actors.messages import AlertId, CameraId, DeploymentId, GalleryVersion, SubjectId, TrackId
from lfr_actors.store import schema

RUNNING, STOPPED, CLOSED = "running", "stopped", "closed"
"""States of a deployment. `running` may also be one whose process died."""


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
    two_person: bool = False
    acknowledge_within_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert as it stands, without its pictures.

    `subject_id` is None once erased, for a reader without keys and where it was not asked for. `erased_at` is when
    it was. `category` and `priority` are the subject's as the list had them. `verdict` is the last of true, false
    and cannot-tell, also when the state went on; `seen_by` who acknowledged it, or decided it unacknowledged.
    """

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
    state: State
    event_seq: int
    erased_at: dt.datetime | None = None
    category: str | None = None
    priority: str | None = None
    seen_at: dt.datetime | None = None
    seen_by: str | None = None
    escalated_at: dt.datetime | None = None
    verdict: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """A hold: erasure of `object_id` is suspended until `released_at`. `review_on` is a date."""

    hold_id: str
    object_id: str
    reason: str
    authority: str
    review_on: dt.date
    placed_at: dt.datetime
    placed_by: str
    released_at: dt.datetime | None
    released_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """A segment of footage as the index has it. `ended_at` is None while it is being recorded.

    `path` is None once erased; `key_id` opens the file.
    """

    object_id: str
    deployment_id: str
    camera_id: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    from_media_s: float
    to_media_s: float | None
    codec: str
    width: int
    height: int
    packets: int
    size_bytes: int
    sha256: str | None
    complete: bool
    path: str | None
    key_id: str | None
    erased_at: dt.datetime | None


def deployment_row(row: sa.RowMapping) -> DeploymentRow:
    """A row of `deployments`."""
    known = DeploymentRow.__dataclass_fields__
    return DeploymentRow(**{c.name: row[c] for c in schema.deployments.columns if c.name in known})


def hold_row(row: sa.RowMapping) -> HoldRow:
    """A row of `holds`."""
    values = {column.name: row[column] for column in schema.holds.columns}
    return HoldRow(**values | {"review_on": dt.date.fromisoformat(values["review_on"])})


def segment_row(row: sa.RowMapping) -> SegmentRow:
    """A row of `footage_segments` joined with its object."""
    values = {column.name: row[column] for column in schema.footage_segments.columns}
    own = schema.objects.c
    return SegmentRow(**values, path=row[own.path], key_id=row[own.key_id], erased_at=row[own.erased_at])


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

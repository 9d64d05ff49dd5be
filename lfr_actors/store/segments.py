"""The index of footage in the database: one row a segment, from before its first byte to after its erasure."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path

import sqlalchemy as sa
import structlog

from lfr_actors.errors import StoreError
from lfr_actors.events.keeping import FootageRecorded
from lfr_actors.footage.segment import SegmentEnd, SegmentStart
from lfr_actors.store import schema
from lfr_actors.store.append import append_events
from lfr_actors.store.rows import SegmentRow, segment_row

log = structlog.get_logger()

KIND = "footage"

_JOINED = sa.select(schema.footage_segments, schema.objects).join(
    schema.objects, schema.objects.c.object_id == schema.footage_segments.c.object_id
)


def begin(connection: sa.Connection, start: SegmentStart) -> None:
    """Enter a segment of which nothing is written yet."""
    values = {
        "object_id": start.object_id,
        "deployment_id": start.deployment_id,
        "camera_id": start.camera_id,
        "started_at": start.started_at,
        "from_media_s": float(start.from_media_s),
        "codec": start.codec,
        "width": int(start.width),
        "height": int(start.height),
        "packets": 0,
        "size_bytes": 0,
        "complete": False,
    }
    connection.execute(sa.insert(schema.footage_segments).values(values))


def end(connection: sa.Connection, segment: SegmentEnd, now: dt.datetime) -> bool:
    """Write how a segment ended, start its clock, and its event. False when that was written before.

    Raises `StoreError` for a segment that never began.
    """
    table = schema.footage_segments
    same = table.c.object_id == segment.object_id
    row = connection.execute(sa.select(table).where(same)).mappings().first()
    if row is None:
        raise StoreError("footage", f"segment {segment.object_id} never began")
    if row["ended_at"] is not None:
        return False
    values = {
        "ended_at": segment.ended_at,
        "to_media_s": float(segment.to_media_s),
        "packets": int(segment.packets),
        "size_bytes": int(segment.size_bytes),
        "sha256": segment.sha256,
        "complete": segment.complete,
    }
    connection.execute(sa.update(table).where(same).values(values))
    own = schema.objects.c.object_id == segment.object_id
    connection.execute(sa.update(schema.objects).where(own).values(clock_started_at=segment.ended_at))
    body = FootageRecorded(
        object_id=segment.object_id,
        camera=row["camera_id"],
        started_at=row["started_at"],
        ended_at=segment.ended_at,
        from_media_s=row["from_media_s"],
        to_media_s=float(segment.to_media_s),
        packets=int(segment.packets),
        size_bytes=int(segment.size_bytes),
        sha256=segment.sha256,
        complete=segment.complete,
    )
    append_events(connection, row["deployment_id"], [body], now)
    return True


def listed(
    connection: sa.Connection,
    *,
    deployment: str | None = None,
    camera: str | None = None,
    from_: dt.datetime | None = None,
    to: dt.datetime | None = None,
) -> list[SegmentRow]:
    """Segments in the order in which they began; those that overlap the time from `from_` to `to`."""
    table = schema.footage_segments.c
    query = _JOINED.order_by(table.started_at, table.object_id)
    if deployment is not None:
        query = query.where(table.deployment_id == deployment)
    if camera is not None:
        query = query.where(table.camera_id == camera)
    if from_ is not None:
        query = query.where(sa.or_(table.ended_at.is_(None), table.ended_at >= from_))
    if to is not None:
        query = query.where(table.started_at <= to)
    return [segment_row(row) for row in connection.execute(query).mappings()]


def unfinished(
    connection: sa.Connection, deployment_id: str, camera_id: str | None = None
) -> list[SegmentRow]:
    """Segments of a deployment, or of one camera of it, whose end was never told."""
    rows = listed(connection, deployment=deployment_id, camera=camera_id)
    return [row for row in rows if row.ended_at is None]


def end_of_lost(row: SegmentRow, home: Path, now: dt.datetime) -> SegmentEnd:
    """How a segment ended whose recorder died: when its file was last written, as far as that goes.

    A file that is not there or cannot be read is one of no bytes, which ended as it began: other segments, and
    what is due, must not wait for it.
    """
    ended_at, size_bytes, digest = row.started_at, 0, hashlib.sha256()
    try:
        if row.path is not None:
            with (home / row.path).open("rb") as sealed:
                while part := sealed.read(1 << 20):
                    digest.update(part)
                    size_bytes += len(part)
                written_at = dt.datetime.fromtimestamp(os.fstat(sealed.fileno()).st_mtime, dt.UTC)
            ended_at = max(ended_at, min(written_at, now))
    except FileNotFoundError:
        pass
    except OSError as error:
        log.warning("lost_segment_not_readable", object=row.object_id, reason=error.strerror)
        size_bytes, digest = 0, hashlib.sha256()
    return SegmentEnd(
        object_id=row.object_id,
        ended_at=ended_at,
        to_media_s=row.from_media_s + (ended_at - row.started_at).total_seconds(),
        packets=row.packets,
        size_bytes=size_bytes,
        sha256=digest.hexdigest(),
        complete=False,
    )

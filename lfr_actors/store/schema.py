"""The tables, alike on SQLite and PostgreSQL. `migrations` makes them; a test compares the two.

    events           the append-only log, one row an event, hashes chained
    log_head         one row: where the log stands; written with every event
    deployments      one row a deployment: its state and incarnation
    alerts           one row an alert: where, how alike, its state; who it is, sealed
    alert_pictures   the probe that an alert was raised on, sealed
    objects          one row for each thing with a retention class: its key, its clock, when it was erased
    holds            what suspends the erasure of an object
    footage_segments the index of footage
    vault            one row: which key store belongs to this database

`sealed` holds what is encrypted under an object's own key and begins with that key's id; `key_id` repeats it for
the database. Both are empty where nothing is sealed, and `sealed` once it is erased.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from lfr_actors.events.codec import utc_text, utc_time


class UtcText(TypeDecorator[dt.datetime]):
    """An aware time as fixed-width UTC text: the same on every database, and it sorts as the times do."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        """Write an aware time; a naive one raises `ValueError`."""
        return None if value is None else utc_text(value)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ARG002
        """Read an aware UTC time."""
        return None if value is None else utc_time(value)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite makes only an INTEGER primary key the row id itself.
_Sequence: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", _Sequence, primary_key=True, autoincrement=False),
    sa.Column("event_id", sa.String(32), nullable=False, unique=True),
    sa.Column("deployment_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("written_at", sa.String(27), nullable=False),
    sa.Column("public_json", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("key_id", sa.Text),
    sa.Column("prev_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index(None, "deployment_id", "seq"),
    sa.Index(None, "name", "seq"),
)

log_head = sa.Table(
    "log_head",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1", name="single"), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)

deployments = sa.Table(
    "deployments",
    metadata,
    sa.Column("deployment_id", sa.Text, primary_key=True),
    sa.Column("operation", sa.Text),
    sa.Column("location", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("incarnation", sa.Integer, nullable=False),
    sa.Column("started_at", UtcText, nullable=False),
    sa.Column("ended_at", UtcText),
    sa.Column("policy", sa.Text),  # the retention policy in force, JSON
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("alert_id", sa.Text, primary_key=True),
    sa.Column(
        "deployment_id", sa.Text, sa.ForeignKey("deployments.deployment_id"), nullable=False, index=True
    ),
    sa.Column("camera_id", sa.Text, nullable=False),
    sa.Column("track_id", sa.Text, nullable=False),
    sa.Column("captured_at", UtcText, nullable=False),
    sa.Column("raised_at", UtcText, nullable=False),
    sa.Column("media_time_s", sa.Double, nullable=False),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("threshold", sa.Double, nullable=False),
    sa.Column("hits", sa.Integer, nullable=False),
    sa.Column("gallery_version", sa.Text, nullable=False),
    sa.Column("gallery_subjects", sa.Integer, nullable=False),
    sa.Column("pack", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("event_seq", _Sequence, sa.ForeignKey("events.seq"), nullable=False, unique=True),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("key_id", sa.Text),
    sa.Column("erased_at", UtcText),
)

alert_pictures = sa.Table(
    "alert_pictures",
    metadata,
    sa.Column("alert_id", sa.Text, sa.ForeignKey("alerts.alert_id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

objects = sa.Table(
    "objects",
    metadata,
    sa.Column("object_id", sa.Text, primary_key=True),
    sa.Column("data_class", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("deployment_id", sa.Text, index=True),
    sa.Column("clock", sa.Text, nullable=False),
    sa.Column("clock_started_at", UtcText),  # empty where the deployment's end starts it
    sa.Column("lifetime_s", sa.Double, nullable=False),
    sa.Column("policy_version", sa.Integer, nullable=False),
    sa.Column("key_id", sa.Text),
    sa.Column("key_fingerprint", sa.Text),
    sa.Column("path", sa.Text),
    sa.Column("items", sa.Text, nullable=False),  # JSON: what is in it, counted
    sa.Column("made_at", UtcText, nullable=False),
    sa.Column("erasing_at", UtcText),  # its erasure has begun, and will be finished whatever happens
    sa.Column("erasing_simulated", sa.Boolean),  # that time was given by hand
    sa.Column("erased_at", UtcText, index=True),
)

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("hold_id", sa.Text, primary_key=True),
    sa.Column("object_id", sa.Text, sa.ForeignKey("objects.object_id"), nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("authority", sa.Text, nullable=False),
    sa.Column("review_on", sa.String(10), nullable=False),
    sa.Column("placed_at", UtcText, nullable=False),
    sa.Column("placed_by", sa.Text, nullable=False),
    sa.Column("released_at", UtcText),
    sa.Column("released_by", sa.Text),
)

footage_segments = sa.Table(
    "footage_segments",
    metadata,
    sa.Column("object_id", sa.Text, sa.ForeignKey("objects.object_id"), primary_key=True),
    sa.Column("deployment_id", sa.Text, nullable=False),
    sa.Column("camera_id", sa.Text, nullable=False),
    sa.Column("started_at", UtcText, nullable=False),
    sa.Column("ended_at", UtcText),  # empty while it is being recorded
    sa.Column("from_media_s", sa.Double, nullable=False),
    sa.Column("to_media_s", sa.Double),
    sa.Column("codec", sa.Text, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("packets", sa.Integer, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64)),
    sa.Column("complete", sa.Boolean, nullable=False),
    sa.Index(None, "deployment_id", "camera_id", "started_at"),
)

vault = sa.Table(
    "vault",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1", name="single"), primary_key=True),
    sa.Column("key_store_id", sa.Text, nullable=False),
)

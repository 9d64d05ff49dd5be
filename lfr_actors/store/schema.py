"""The tables, alike on SQLite and PostgreSQL. `migrations` makes them; a test compares the two.

    events           the append-only log, one row an event, hashes chained
    log_head         one row: where the log stands; written with every event
    deployments      one row a deployment: its state and incarnation
    alerts           one row an alert: who, where, how alike, and its state
    alert_pictures   the probe that an alert was raised on

`sealed` and `key_id` hold what is encrypted under an object's own key, and which key; both are empty where
nothing is sealed.
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
    sa.Column("subject_id", sa.Text),  # empty once erased
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
)

alert_pictures = sa.Table(
    "alert_pictures",
    metadata,
    sa.Column("alert_id", sa.Text, sa.ForeignKey("alerts.alert_id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("jpeg", sa.LargeBinary, nullable=False),
)

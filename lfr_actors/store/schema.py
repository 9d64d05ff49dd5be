"""The tables, alike on SQLite and PostgreSQL. `migrations` makes them; a test compares the two.

    events           the append-only log, one row an event, hashes chained
    log_head         one row: where the log stands; written with every event
    deployments      one row a deployment: its state and incarnation
    alerts           one row an alert: where, how alike, how it stands; who it is and what the list says, sealed
    alert_pictures   the pictures of an alert, each sealed: the probe, the moment, those of the list
    objects          one row for each thing with a retention class: its key, its clock, when it was erased
    holds            what suspends the erasure of an object
    footage_segments the index of footage
    vault            one row: which key store belongs to this database
    alert_opinions   where two people decide: what each did, sealed until both have
    accounts         who may sign in, in which role; the password as an argon2 hash
    sessions         who is signed in; of a session's secret only its hash
    sign_in_limits   how often signing in failed, by account and by address
    api_tokens       what integrations sign in with; of a token only its hash
    webhook_cursors  how far each endpoint has the log of a deployment, and how it fares
    webhook_dead     what is not delivered to an endpoint any more

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
    sa.Column("two_person", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("acknowledge_within_s", sa.Double),
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
    sa.Column("category", sa.Text),
    sa.Column("priority", sa.Text),
    sa.Column("seen_at", UtcText),
    sa.Column("seen_by", sa.Text),
    sa.Column("escalated_at", UtcText),
    sa.Column("verdict", sa.Text),  # the last of true, false, cannot-tell; stays when the state goes on
    sa.Column("outcome", sa.Text),
    sa.Column("undo", sa.Text),  # JSON: what the last step may be taken back to, by whom, when it was made
)

alert_opinions = sa.Table(
    "alert_opinions",
    metadata,
    sa.Column("alert_id", sa.Text, sa.ForeignKey("alerts.alert_id"), primary_key=True),
    sa.Column("ordinal", sa.Integer, primary_key=True),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("given_at", UtcText, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
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

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text),  # empty where a proxy signs in
    sa.Column("made_at", UtcText, nullable=False),
    sa.Column("disabled_at", UtcText),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("account", sa.Text, sa.ForeignKey("accounts.account"), nullable=False, index=True),
    sa.Column("opened_at", UtcText, nullable=False),
    sa.Column("active_at", UtcText, nullable=False),
    sa.Column("locked_at", UtcText),
)

sign_in_limits = sa.Table(
    "sign_in_limits",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),  # account:NAME or address:IP
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", UtcText, nullable=False),
)

api_tokens = sa.Table(
    "api_tokens",
    metadata,
    sa.Column("token_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("made_at", UtcText, nullable=False),
    sa.Column("expires_at", UtcText, nullable=False),
    sa.Column("revoked_at", UtcText),
)

webhook_cursors = sa.Table(
    "webhook_cursors",
    metadata,
    sa.Column("endpoint", sa.Text, primary_key=True),
    sa.Column("deployment_id", sa.Text, primary_key=True),
    sa.Column("seq", _Sequence, nullable=False),  # the last event that needs no delivery any more
    sa.Column("delivered", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),  # failed ones of the next event
    sa.Column("failures", sa.Integer, nullable=False),  # failed attempts in a row, over events
    sa.Column("failing_since", UtcText),
    sa.Column("suspended_at", UtcText),
    sa.Column("next_at", UtcText),
    sa.Column("last_answer", sa.Text),
    sa.Column("last_at", UtcText),
    sa.Column(
        "generation", sa.Integer, nullable=False
    ),  # counts replays: a courier of an older one writes nothing
)

webhook_dead = sa.Table(
    "webhook_dead",
    metadata,
    sa.Column("endpoint", sa.Text, primary_key=True),
    sa.Column("event_seq", _Sequence, primary_key=True),
    sa.Column("deployment_id", sa.Text, nullable=False),
    sa.Column("event_name", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("at", UtcText, nullable=False),
    sa.Column("again", sa.Boolean, nullable=False),  # somebody asked for it to be tried again
)

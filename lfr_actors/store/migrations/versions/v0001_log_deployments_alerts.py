"""The log, deployments, alerts and their pictures.

The tables are written out here and not taken from `schema`, which moves on while this step must not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lfr_actors.events.chain import ORIGIN

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, and let the log be appended to only."""
    _make_log()
    _make_deployments_and_alerts()
    if op.get_bind().dialect.name == "sqlite":
        _guard_on_sqlite()
    else:
        _guard_on_postgresql()


def _make_log() -> None:
    op.create_table(
        "events",
        sa.Column("seq", _SEQUENCE, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.String(32), nullable=False),
        sa.Column("deployment_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("written_at", sa.String(27), nullable=False),
        sa.Column("public_json", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("key_id", sa.Text),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.UniqueConstraint("event_id", name="uq_events_event_id"),
    )
    op.create_index("ix_events_deployment_id_seq", "events", ["deployment_id", "seq"])
    head = op.create_table(
        "log_head",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1", name="single"), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "seq": ORIGIN.seq, "hash": ORIGIN.hash}])


def _make_deployments_and_alerts() -> None:
    op.create_table(
        "deployments",
        sa.Column("deployment_id", sa.Text, primary_key=True),
        sa.Column("operation", sa.Text),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("incarnation", sa.Integer, nullable=False),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27)),
    )
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.Text, primary_key=True),
        sa.Column("deployment_id", sa.Text, sa.ForeignKey("deployments.deployment_id"), nullable=False),
        sa.Column("camera_id", sa.Text, nullable=False),
        sa.Column("track_id", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Text),
        sa.Column("captured_at", sa.String(27), nullable=False),
        sa.Column("raised_at", sa.String(27), nullable=False),
        sa.Column("media_time_s", sa.Double, nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("hits", sa.Integer, nullable=False),
        sa.Column("gallery_version", sa.Text, nullable=False),
        sa.Column("gallery_subjects", sa.Integer, nullable=False),
        sa.Column("pack", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("event_seq", _SEQUENCE, sa.ForeignKey("events.seq"), nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("key_id", sa.Text),
        sa.UniqueConstraint("event_seq", name="uq_alerts_event_seq"),
    )
    op.create_index("ix_alerts_deployment_id", "alerts", ["deployment_id"])
    op.create_table(
        "alert_pictures",
        sa.Column("alert_id", sa.Text, sa.ForeignKey("alerts.alert_id"), primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("jpeg", sa.LargeBinary, nullable=False),
    )


def _guard_on_sqlite() -> None:
    # Against mistakes of ours; against a person with the file, the chain speaks.
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER events_refuse_{action.lower()} BEFORE {action} ON events "
            "BEGIN SELECT RAISE(ABORT, 'the event log can only be appended to'); END"
        )


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the event log can only be appended to'; END $$"
    )
    op.execute(
        "CREATE TRIGGER events_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events()"
    )

"""What speaks of a person is sealed; everything with a retention class is an object with a key and a clock.

The version before kept subjects and pictures of alerts in clear and erased nothing. They cannot be sealed here,
where no key is at hand, and should have been deleted within a day: this step erases them. Their counts, scores
and events stay.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op

from lfr_actors.events.codec import utc_text

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables of retained objects; drop what was kept in clear."""
    op.create_index("ix_events_name_seq", "events", ["name", "seq"])
    op.add_column("deployments", sa.Column("policy", sa.Text))
    op.drop_table("alert_pictures")
    op.execute("UPDATE alerts SET subject_id = NULL, sealed = NULL, key_id = NULL")
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_column("subject_id")
        alerts.add_column(sa.Column("erased_at", sa.String(27)))
    erased_at = utc_text(dt.datetime.now(dt.UTC))
    op.get_bind().execute(sa.text("UPDATE alerts SET erased_at = :erased_at"), {"erased_at": erased_at})
    op.create_table(
        "alert_pictures",
        sa.Column("alert_id", sa.Text, sa.ForeignKey("alerts.alert_id"), primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    _make_objects()
    _make_footage()
    op.create_table(
        "vault",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1", name="single"), primary_key=True),
        sa.Column("key_store_id", sa.Text, nullable=False),
    )


def _make_objects() -> None:
    op.create_table(
        "objects",
        sa.Column("object_id", sa.Text, primary_key=True),
        sa.Column("data_class", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("deployment_id", sa.Text),
        sa.Column("clock", sa.Text, nullable=False),
        sa.Column("clock_started_at", sa.String(27)),
        sa.Column("lifetime_s", sa.Double, nullable=False),
        sa.Column("policy_version", sa.Integer, nullable=False),
        sa.Column("key_id", sa.Text),
        sa.Column("key_fingerprint", sa.Text),
        sa.Column("path", sa.Text),
        sa.Column("items", sa.Text, nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("erasing_at", sa.String(27)),
        sa.Column("erasing_simulated", sa.Boolean),
        sa.Column("erased_at", sa.String(27)),
    )
    op.create_index("ix_objects_deployment_id", "objects", ["deployment_id"])
    op.create_index("ix_objects_erased_at", "objects", ["erased_at"])
    op.create_table(
        "holds",
        sa.Column("hold_id", sa.Text, primary_key=True),
        sa.Column("object_id", sa.Text, sa.ForeignKey("objects.object_id"), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("review_on", sa.String(10), nullable=False),
        sa.Column("placed_at", sa.String(27), nullable=False),
        sa.Column("placed_by", sa.Text, nullable=False),
        sa.Column("released_at", sa.String(27)),
        sa.Column("released_by", sa.Text),
    )
    op.create_index("ix_holds_object_id", "holds", ["object_id"])


def _make_footage() -> None:
    op.create_table(
        "footage_segments",
        sa.Column("object_id", sa.Text, sa.ForeignKey("objects.object_id"), primary_key=True),
        sa.Column("deployment_id", sa.Text, nullable=False),
        sa.Column("camera_id", sa.Text, nullable=False),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27)),
        sa.Column("from_media_s", sa.Double, nullable=False),
        sa.Column("to_media_s", sa.Double),
        sa.Column("codec", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("packets", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("complete", sa.Boolean, nullable=False),
    )
    op.create_index(
        "ix_footage_segments_deployment_id_camera_id_started_at",
        "footage_segments",
        ["deployment_id", "camera_id", "started_at"],
    )

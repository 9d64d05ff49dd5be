"""Decisions of alerts step by step, accounts with their sessions and tokens, and cursors of webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.String(27)


def upgrade() -> None:
    """Make the tables."""
    # Not as a batch, which would make the tables anew under the rows that refer to them.
    op.add_column(
        "deployments", sa.Column("two_person", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("deployments", sa.Column("acknowledge_within_s", sa.Double))
    for name in ("category", "priority", "seen_by", "verdict", "outcome", "undo"):
        op.add_column("alerts", sa.Column(name, sa.Text))
    for name in ("seen_at", "escalated_at"):
        op.add_column("alerts", sa.Column(name, _TIME))
    # What was decided before stays counted: until now the state was the verdict.
    op.execute("UPDATE alerts SET verdict = state WHERE state IN ('true', 'false', 'cannot-tell')")
    op.create_table(
        "alert_opinions",
        sa.Column("alert_id", sa.Text, sa.ForeignKey("alerts.alert_id"), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("given_at", _TIME, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
    )
    _make_people()
    _make_webhooks()


def _make_people() -> None:
    op.create_table(
        "accounts",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("disabled_at", _TIME),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.account"), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("active_at", _TIME, nullable=False),
        sa.Column("locked_at", _TIME),
    )
    op.create_index("ix_sessions_account", "sessions", ["account"])
    op.create_table(
        "sign_in_limits",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
    )
    op.create_table(
        "api_tokens",
        sa.Column("token_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
    )


def _make_webhooks() -> None:
    op.create_table(
        "webhook_cursors",
        sa.Column("endpoint", sa.Text, primary_key=True),
        sa.Column("deployment_id", sa.Text, primary_key=True),
        sa.Column("seq", _SEQUENCE, nullable=False),
        sa.Column("delivered", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", _TIME),
        sa.Column("suspended_at", _TIME),
        sa.Column("next_at", _TIME),
        sa.Column("last_answer", sa.Text),
        sa.Column("last_at", _TIME),
        sa.Column("generation", sa.Integer, nullable=False),
    )
    op.create_table(
        "webhook_dead",
        sa.Column("endpoint", sa.Text, primary_key=True),
        sa.Column("event_seq", _SEQUENCE, primary_key=True),
        sa.Column("deployment_id", sa.Text, nullable=False),
        sa.Column("event_name", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("again", sa.Boolean, nullable=False),
    )

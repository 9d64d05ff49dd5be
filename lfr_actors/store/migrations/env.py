"""Runs the steps on the connection and in the transaction that `migrate` holds."""

from __future__ import annotations

from alembic import context

from lfr_actors.store.migrate import VERSION_TABLE
from lfr_actors.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()

"""Bring a database to the tables that this software knows, once, however many processes open it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from lfr_actors.errors import StoreError
from lfr_actors.store.database import reading, shown, writing
from lfr_actors.store.schema import metadata
from lfr_actors.store.vault.scrub import scrub

VERSION_TABLE: Final = "lfr_schema_version"
"""Not Alembic's usual name: on PostgreSQL another program may share the database."""


def migrate(engine: sa.Engine) -> None:
    """Run the steps that are missing, all in one transaction under a lock.

    Raises `StoreError` for a database that a newer version wrote, or that another program made.
    """
    config = _config()
    script = ScriptDirectory.from_config(config)
    newest = script.get_current_head()
    with _alone(engine):
        with reading(engine) as connection:
            if revision(connection) == newest:
                return
        with writing(engine) as connection:
            found = revision(connection)
            known = {step.revision for step in script.walk_revisions()}
            if found is not None and found not in known:
                reason = (
                    f"has tables of version {found}, newer than this software's {newest}: update lfr-actors"
                )
                raise StoreError(shown(engine.url), reason)
            ours = set(sa.inspect(connection).get_table_names()) & set(metadata.tables)
            if found is None and ours:
                raise StoreError(
                    shown(engine.url), f"holds another program's {sorted(ours)}: name another one"
                )
            if found != newest:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        if found is not None:
            scrub(engine)  # a step may have erased what was in clear; the write-ahead log still has it


def newest_revision() -> str | None:
    """The step that this software's tables stand at."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def revision(connection: sa.Connection) -> str | None:
    """The step that this database stands at; None for an empty one."""
    options = {"version_table": VERSION_TABLE}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "lfr_actors.store:migrations")
    return config


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[None]:
    """One process at a time opens a new SQLite file: the switch to a write-ahead log does not wait."""
    if engine.dialect.name != "sqlite":
        yield
        return
    lock = f"{engine.url.database}.lock"
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(lock, f"cannot be made or opened: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

"""Taking what was deleted out of a database's files.

SQLite overwrites what is deleted (`secure_delete`), but not the copies that its trees leave behind when they
move rows from page to page, and its write-ahead log holds pages from before. So the file is rewritten (`VACUUM`),
and the log written back and truncated. PostgreSQL keeps deleted rows until the table is rewritten.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor

from lfr_actors.errors import StoreError
from lfr_actors.store.database import BUSY_TIMEOUT_S, named_faults, shown

_TRIES: Final = 5
REWRITTEN_UP_TO_BYTES: Final = 64 * 2**20
"""A larger SQLite file is not rewritten: nobody may write meanwhile, and alerts must not wait for that."""
_WAIT_MS: Final = 1_000
"""How long one try waits for the readers and writers there are."""


def scrub(
    engine: sa.Engine,
    tables: Sequence[str] = (),
    sleep: Callable[[float], None] = time.sleep,
    *,
    rewrite: bool = True,
) -> None:
    """Rewrite the SQLite file and cut its write-ahead log to nothing; on PostgreSQL rewrite these tables.

    Without `rewrite` the log alone is cut: for ciphertext whose key is gone already, while somebody waits.
    Raises `StoreError` when another connection keeps it busy through every try, or the disk is too full.
    """
    with named_faults(engine):
        if engine.dialect.name == "sqlite":
            try:
                _clean(engine, sleep, rewrite=rewrite)
            except sqlite3.Error as error:  # of the driver itself, such as a disk too full for a second copy
                raise StoreError(shown(engine.url), f"could not be rewritten: {error}") from error
        elif rewrite:
            _rewrite(engine, tables)


def _clean(engine: sa.Engine, sleep: Callable[[float], None], *, rewrite: bool) -> None:
    raw = engine.raw_connection()  # outside any transaction
    cursor = raw.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={_WAIT_MS}")
        for attempt in range(_TRIES):
            if attempt:
                sleep(_WAIT_MS / 1_000)
            if (not rewrite or _rewritten(cursor)) and _truncated(cursor):
                return
        reason = "another program keeps its write-ahead log busy, so that what was deleted is still in it"
        raise StoreError(shown(engine.url), f"{reason}: end that program and try again")
    finally:
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1_000:.0f}")
        cursor.close()
        raw.close()


def _rewritten(cursor: DBAPICursor) -> bool:
    """Rewrite the file without any gaps; False while somebody else is writing."""
    size = 1
    for pragma in ("page_count", "page_size"):
        cursor.execute(f"PRAGMA {pragma}")
        (number,) = cursor.fetchone() or (0,)
        size *= int(number)
    if size > REWRITTEN_UP_TO_BYTES:
        return True
    try:
        cursor.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if (error.sqlite_errorname or "").startswith("SQLITE_BUSY"):
            return False
        raise
    return True


def _truncated(cursor: DBAPICursor) -> bool:
    """Write the log back and cut it to nothing; False while somebody reads or writes."""
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    answer = cursor.fetchone()
    return answer is not None and answer[0] == 0


def _rewrite(engine: sa.Engine, tables: Sequence[str]) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"SET lock_timeout = '{_TRIES * _WAIT_MS}ms'")
        try:
            for table in tables:
                quoted = engine.dialect.identifier_preparer.quote(table)
                connection.exec_driver_sql(f"VACUUM (FULL) {quoted}")
        finally:
            connection.exec_driver_sql("RESET lock_timeout")

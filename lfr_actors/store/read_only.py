"""Reading a database without changing it: no table is made or migrated, no file, no lock, no mode.

For reports and notebooks, also on a copy, an archive or a folder that the reader may not write.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy as sa

from lfr_actors.errors import StoreError
from lfr_actors.store.database import (
    BUSY_TIMEOUT_S,
    database_exists,
    database_url,
    open_engine,
    reading,
    shown,
)
from lfr_actors.store.migrate import newest_revision, revision
from lfr_actors.store.store import Store

Result = TypeVar("Result")

_ATTEMPTS: Final = 5


def read_only(home: Path, read: Callable[[Store], Result], url: str | None = None) -> Result:
    """What `read` returns of the store in `home`; `url` and `LFR_DATABASE_URL` win as in `Store.open`.

    `read` may be called again, when another program wrote meanwhile. Raises `StoreError` for a database that
    is not there, is not ours, or has other tables than this software's.
    """
    chosen = database_url(home, url)
    if not database_exists(home, url):
        raise StoreError(
            shown(chosen), "is not there: name the data folder of a run, or make one with lfr demo"
        )
    if chosen.drivername != "sqlite":
        # Isolation and read-only hold for every transaction of this engine.
        return _read(open_engine(chosen).execution_options(postgresql_readonly=True), read)
    file = Path(str(chosen.database))
    for _ in range(_ATTEMPTS):
        if _write_ahead_log(file).exists():
            return _read(_sqlite(file, "mode=ro"), read)
        # Nobody has it open. SQLite's `mode=ro` would still make two files beside it, and leave them.
        before = _stamp(file)
        try:
            result = _read(_sqlite(file, "mode=ro&immutable=1"), read)
        except StoreError:
            if _stamp(file) == before:
                raise
            continue
        if _stamp(file) == before:
            return result
    raise StoreError(str(file), "is being written all the time: try again, or read a copy")


def _read(engine: sa.Engine, read: Callable[[Store], Result]) -> Result:
    with Store(engine) as store:
        with reading(engine) as connection:
            found = revision(connection)
        if found is None:
            raise StoreError(store.name, "holds no runs: it is empty, or another program's")
        if found != newest_revision():
            reason = f"has tables of version {found}, and this software reads {newest_revision()}"
            raise StoreError(store.name, f"{reason}: update the older of the two")
        return read(store)


def _sqlite(file: Path, how: str) -> sa.Engine:
    """An engine that cannot write; the path stays its name in errors."""
    connect = partial(_connect, f"{file.absolute().as_uri()}?{how}")
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)), creator=connect)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    return connection


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _write_ahead_log(file: Path) -> Path:
    return file.with_name(file.name + "-wal")


def _stamp(file: Path) -> tuple[int, int, bool]:
    """Changes when another program writes the file or begins to."""
    found = file.stat()
    return found.st_mtime_ns, found.st_size, _write_ahead_log(file).exists()

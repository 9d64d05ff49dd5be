"""The database behind the store: where it is, how it is opened, and its faults as errors of the product.

SQLite: write-ahead log, every commit reaches the disk, deleted content is overwritten, mode 0600. A writer
takes the database's one write lock at once (`BEGIN IMMEDIATE`); SQLite would otherwise let two writers read
the same head of the log and refuse the second one later. PostgreSQL: an advisory lock held to the end of the
transaction does the same.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from lfr_actors.errors import StoreError

DATABASE_NAME: Final = "lfr.db"
URL_VARIABLE: Final = "LFR_DATABASE_URL"
BUSY_TIMEOUT_S: Final = 30.0
"""How long a connection waits for another program's write, before it says that the database is locked."""

_WRITES: Final = "lfr_writes"
_ADVISORY_LOCK: Final = 0x6C66725F6C6F67  # "lfr_log"

_SQLITE_FAULTS: Final = {
    "SQLITE_BUSY": f"another program has kept it locked for {BUSY_TIMEOUT_S:.0f} s: end that program",
    "SQLITE_LOCKED": "another connection has locked it: end that program",
    "SQLITE_NOTADB": "this file is not a database: move it away, or restore it from a backup",
    "SQLITE_CORRUPT": "the file is damaged: restore it from a backup",
    "SQLITE_READONLY": "it cannot be written: make the file and its folder writable for this user",
    "SQLITE_CANTOPEN": "it cannot be opened: make the folder readable and writable for this user",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk failed while reading or writing",
    "SQLITE_PERM": "this user may not open it",
}


def database_url(home: Path, chosen: str | None = None) -> URL:
    """Which database: `chosen`, else `LFR_DATABASE_URL`, else `lfr.db` in the data folder.

    Raises `StoreError` for what is neither a SQLite file nor PostgreSQL.
    """
    text = chosen or os.environ.get(URL_VARIABLE)
    if not text:
        return URL.create("sqlite", database=str(home / DATABASE_NAME))
    try:
        url = make_url(text)
    except ArgumentError:
        # The text is not repeated: it may hold a password.
        raise StoreError(URL_VARIABLE, "is not a URL; postgresql://USER@HOST/NAME is one") from None
    backend = url.drivername.partition("+")[0]
    if backend == "sqlite" and url.database and url.database != ":memory:":
        return URL.create("sqlite", database=str(Path(url.database).expanduser().absolute()))
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    wanted = "sqlite:///FILE or postgresql://USER@HOST/NAME"
    raise StoreError(
        url.render_as_string(hide_password=True), f"is not a database for this product; {wanted} is"
    )


def shown(url: URL) -> str:
    """The database as people know it, without a password: the file's path, or the URL."""
    return str(url.database) if url.drivername == "sqlite" else url.render_as_string(hide_password=True)


def database_exists(home: Path, chosen: str | None = None) -> bool:
    """Whether there is something to read: the SQLite file is there, or a PostgreSQL URL is set."""
    url = database_url(home, chosen)
    return url.drivername != "sqlite" or Path(str(url.database)).exists()


def open_engine(url: URL) -> sa.Engine:
    """An engine for one process and all its threads. A SQLite file is made, empty, when it is not there.

    Raises `StoreError` when it cannot be made, or when the driver for PostgreSQL is not installed.
    """
    if url.drivername == "sqlite":
        _make_private(Path(str(url.database)))
        # Parameters hold subjects and pictures: they must not reach an error's text.
        engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_S})
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_on_sqlite)
        return engine
    try:
        return sa.create_engine(
            url, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": 10}
        )
    except ModuleNotFoundError as error:
        raise StoreError(shown(url), "needs the extra: pip install 'lfr-actors[postgres]'") from error


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that sees one state of the database. Database faults leave it as `StoreError`."""
    with named_faults(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that no other writer runs beside, in any process; committed at the end, or not at all.

    Database faults leave it as `StoreError`; with any error nothing was written.
    """
    with (
        named_faults(engine),
        engine.connect().execution_options(**{_WRITES: True}) as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        yield connection


@contextmanager
def named_faults(engine: sa.Engine) -> Iterator[None]:
    """Turn the driver's faults into `StoreError`, with what to do about it and without any value of a row."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(shown(engine.url), _reason(error)) from error


def _reason(error: SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "") or ""
        for fault, reason in _SQLITE_FAULTS.items():
            if name.startswith(fault):
                return reason
        return str(cause)
    # PostgreSQL's lines after the first may repeat values of the row.
    primary = getattr(getattr(cause, "diag", None), "message_primary", None) or str(cause or "")
    return next(iter(primary.splitlines()), type(error).__name__)


def _make_private(file: Path) -> None:
    """Make the file when it is not there, readable and writable for its owner only."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            # Only a new file is opened here: closing a second descriptor of a file drops SQLite's locks.
            with suppress(FileExistsError):  # another process was first
                os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            file.chmod(0o600)
    except OSError as error:
        raise StoreError(str(file), f"cannot be made or opened: {error.strerror}") from error


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Pragmas of every connection. SQLAlchemy begins transactions, not the driver."""
    raw = cast("sqlite3.Connection", connection)
    raw.isolation_level = None
    # A text altered into broken UTF-8 must be readable to be found out.
    raw.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    (journal,) = raw.execute("PRAGMA journal_mode=WAL").fetchone()
    if journal != "wal":
        raise StoreError(
            "SQLite", "the file system has no write-ahead log: keep the database on a local disk"
        )
    for pragma in ("synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
        raw.execute(f"PRAGMA {pragma}").close()


def _begin_on_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

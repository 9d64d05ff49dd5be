"""Stores to test: on SQLite, and on a PostgreSQL of our own where one is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from lfr_actors.store import Store
from lfr_actors.store.database import URL_VARIABLE
from lfr_actors.store.vault.kek import FOLDER_VARIABLE, KEK_VARIABLE, NEXT_VARIABLE
from lfr_actors.store.vault.tables import KEYS_URL_VARIABLE
from tests.unit.store.samples import Clock

OpenStore = Callable[[], Store]


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests never touch a database or keys that the environment names."""
    for variable in (URL_VARIABLE, KEYS_URL_VARIABLE, FOLDER_VARIABLE, KEK_VARIABLE, NEXT_VARIABLE):
        monkeypatch.delenv(variable, raising=False)


def _program(name: str) -> str | None:
    """A program of PostgreSQL; Debian keeps them outside the search path."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(installed[-1]) if installed else None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server on a socket in a temporary folder; gives its URL without a database name."""
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not installed")
    # A short path: the name of a socket is limited to about 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="lfr-pg-"))
    account = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    if account is not None:
        shutil.chown(folder, account)

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=account, cwd=folder, stdout=subprocess.DEVNULL)

    data = str(folder / "data")
    try:
        run(initdb, "-D", data, "-U", "lfr", "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        run(pg_ctl, "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://lfr@/{{name}}?host={folder}"
        finally:
            run(pg_ctl, "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.e2e)])
def database(request: pytest.FixtureRequest, home: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{home / 'lfr.db'}"
    server = request.getfixturevalue("postgres_server")
    name = f"t{uuid.uuid4().hex}"
    admin = sa.create_engine(
        server.format(name="postgres").replace("postgresql:", "postgresql+psycopg:"),
        isolation_level="AUTOCOMMIT",
    )
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    return str(server.format(name=name))


@pytest.fixture
def clock() -> Clock:
    """The clock of the test's stores: it stands until it is set."""
    return Clock()


@pytest.fixture
def open_store(home: Path, database: str, clock: Clock) -> Iterator[OpenStore]:
    """Opens the test's database, as often as the test likes; every store is closed at the end."""
    opened: list[Store] = []

    def opener() -> Store:
        opened.append(Store.open(home, database, clock=clock))
        return opened[-1]

    yield opener
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    """A store on an empty database."""
    return open_store()

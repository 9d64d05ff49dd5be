"""Opening: where the database is, its tables, its mode, and every fault by name."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from lfr_actors.errors import StoreError
from lfr_actors.events.chain import BrokenLink, check
from lfr_actors.store import Store, database_exists, schema
from lfr_actors.store import database as database_module
from lfr_actors.store.database import database_url, shown
from lfr_actors.store.migrate import VERSION_TABLE
from tests.unit.events.samples import BODIES, started
from tests.unit.store.conftest import OpenStore
from tests.unit.store.samples import PICTURE, SUBJECT, alert


def test_the_migrations_make_the_tables_of_the_schema(store: Store) -> None:
    """From an empty database the steps lead to exactly the tables that the code uses."""
    with store._engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, schema.metadata) == []


def test_opening_again_changes_nothing(open_store: OpenStore) -> None:
    """A database at the present tables is left as it is."""
    open_store().append("drill-1", BODIES[2])
    assert len(open_store().events()) == 1


def test_a_newer_database_is_refused(open_store: OpenStore) -> None:
    """Tables of a later version are not touched; the error says to update."""
    store = open_store()
    with store._engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"version 9999, newer than this software's .*update"):
        open_store()


def test_the_file_is_private(home: Path) -> None:
    """The database, its write-ahead log and its lock are their owner's only; loose modes are mended."""
    file = home / "lfr.db"
    with Store.open(home) as store:
        store.append("drill-1", BODIES[2])
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
        assert modes == dict.fromkeys(("lfr.db", "lfr.db-wal", "lfr.db-shm", "lfr.db.lock"), 0o600)
    file.chmod(0o644)
    Store.open(home).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_connection_has_its_pragmas(home: Path) -> None:
    """Commits reach the disk, deleted content is overwritten, references are checked."""
    with Store.open(home) as store, store._engine.connect() as connection:
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout")
        }
    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_reading_makes_no_database(home: Path) -> None:
    """Whether a database exists can be asked without making one."""
    assert not database_exists(home)
    assert list(home.iterdir()) == []
    Store.open(home).close()
    assert database_exists(home)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"this is not a database" * 100, "not a database"), (b"", None)]
)
def test_a_file_that_is_no_database_is_named(home: Path, content: bytes, reason: str | None) -> None:
    """Foreign content is refused and left as it was; an empty file becomes a database."""
    file = home / "lfr.db"
    file.write_bytes(content)
    if reason is None:
        Store.open(home).close()
        return
    with pytest.raises(StoreError, match=reason) as caught:
        Store.open(home)
    assert str(file) in str(caught.value)
    assert file.read_bytes() == content


def test_a_damaged_database_is_named(home: Path) -> None:
    """Overwritten pages are found when they are read, as damage and with what to do."""
    with Store.open(home) as store:
        for _ in range(40):
            store.append("drill-1", *BODIES)
    file = home / "lfr.db"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(StoreError, match="damaged: restore"), Store.open(home) as store:
        store.append("drill-1", BODIES[2])


def test_another_programs_database_is_refused(home: Path) -> None:
    """A database with foreign tables of our names is not taken over."""
    with sqlite3.connect(home / "lfr.db") as foreign:
        foreign.execute("CREATE TABLE events (id INTEGER)")
    foreign.close()
    with pytest.raises(StoreError, match="another program's"):
        Store.open(home)


def test_a_locked_database_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another program keeps the write lock, the error says so, and nothing is written."""
    Store.open(home).close()
    other = sqlite3.connect(home / "lfr.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_S", 0.01)
    with Store.open(home) as store:
        with pytest.raises(StoreError, match="kept it locked"):
            store.append("drill-1", BODIES[2])
        assert store.events() == [], "readers go on meanwhile"
        other.execute("COMMIT")
        store.append("drill-1", BODIES[2])
    other.close()


def test_a_place_that_cannot_be_written_is_named(home: Path) -> None:
    """A folder where a file should be, or a file where a folder should be, is named."""
    (home / "lfr.db").mkdir()
    with pytest.raises(StoreError, match=r"lfr\.db"):
        Store.open(home)
    (home / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be made or opened: .*"):
        Store.open(home / "file")


@pytest.mark.parametrize(
    ("url", "shows"),
    [
        ("postgresql://lfr:secret@db/lfr", "postgresql+psycopg://lfr:***@db/lfr"),
        ("postgres://lfr@db/lfr", "postgresql+psycopg://lfr@db/lfr"),
    ],
)
def test_a_url_is_shown_without_its_password(home: Path, url: str, shows: str) -> None:
    """Every spelling of PostgreSQL is understood, and no password is shown."""
    assert shown(database_url(home, url)) == shows


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u:secret@db/x", "secret"])
def test_other_databases_are_refused(home: Path, url: str) -> None:
    """What is neither a SQLite file nor PostgreSQL is refused, without repeating a password."""
    with pytest.raises(StoreError, match="postgresql://") as caught:
        Store.open(home, url)
    assert "secret" not in str(caught.value)


def test_the_variable_names_the_database(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`LFR_DATABASE_URL` wins over the data folder, and an argument over both."""
    monkeypatch.setenv("LFR_DATABASE_URL", f"sqlite:///{home / 'other.db'}")
    assert shown(database_url(home)) == str(home / "other.db")
    assert shown(database_url(home, f"sqlite:///{home / 'third.db'}")) == str(home / "third.db")


def test_a_fault_repeats_no_value_of_a_row(store: Store) -> None:
    """The text of a database error holds neither subject nor picture."""
    store.begin_deployment("drill-1", started())
    with store._engine.begin() as connection:
        connection.execute(sa.delete(schema.log_head))
        connection.execute(sa.insert(schema.log_head).values(id=1, seq=0, hash="0" * 64))
    with pytest.raises(StoreError) as caught:
        store.raise_alert(alert(alert_id="value-marker"))
    told = f"{caught.value} {caught.value.__cause__}"
    assert SUBJECT not in told
    assert "value-marker" not in told
    assert repr(PICTURE) not in told


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET public_json = x'ff00' WHERE seq = 2",
        "UPDATE events SET name = CAST(x'80ff' AS TEXT) WHERE seq = 2",
        "UPDATE events SET version = 'one' WHERE seq = 2",
        "UPDATE events SET sealed = 'text' WHERE seq = 2",
        "UPDATE events SET hash = 7 WHERE seq = 2",
        "DELETE FROM events WHERE seq = 2",
        "DELETE FROM events WHERE seq > 1",
        "UPDATE events SET seq = seq + 100 WHERE seq = 2",
    ],
)
def test_tampering_with_the_file_is_found(home: Path, change: str) -> None:
    """Whatever somebody writes into the SQLite file, verifying names the event and never crashes."""
    with Store.open(home) as store:
        store.append("drill-1", *BODIES[:3])
        outsider = sqlite3.connect(home / "lfr.db")
        for trigger in ("update", "delete"):
            outsider.execute(f"DROP TRIGGER events_refuse_{trigger}")
        outsider.execute(change)
        outsider.commit()
        outsider.close()
        found = check(store.iter_events(), [store.head()])
    assert isinstance(found, BrokenLink)
    assert found.seq == 2


def _altered(sealed: bytes) -> bytes:
    return sealed[:-1] + bytes([sealed[-1] ^ 1])


def _of_another_key(sealed: bytes) -> bytes:
    return sealed[:4] + bytes(16) + sealed[20:]


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("sealed = ?", _altered),
        ("sealed = ?", _of_another_key),
        ("sealed = ?", lambda _: None),
        ("sealed = ?", lambda sealed: sealed[:20]),
        ("sealed = ?, key_id = NULL", lambda _: None),
        ("key_id = ?", lambda _: "0" * 32),
        ("key_id = ?", lambda _: None),
        ("key_id = ?", lambda _: b"\xff\x00"),
    ],
)
def test_tampering_with_a_sealed_part_is_found(
    home: Path, change: str, value: Callable[[bytes], Any]
) -> None:
    """A sealed part that was altered, moved to another key or taken out is named, without any key at hand."""
    with Store.open(home) as store:
        store.begin_deployment("drill-1", started())
        store.raise_alert(alert())
        store.append("drill-1", *BODIES[2:4])
        outsider = sqlite3.connect(home / "lfr.db")
        outsider.execute("DROP TRIGGER events_refuse_update")
        (sealed,) = outsider.execute("SELECT sealed FROM events WHERE seq = 3").fetchone()
        outsider.execute(f"UPDATE events SET {change} WHERE seq = 3", (value(sealed),))
        outsider.commit()
        outsider.close()
        found = check(store.iter_events(), [store.head()])
    assert isinstance(found, BrokenLink)
    assert found.seq == 3

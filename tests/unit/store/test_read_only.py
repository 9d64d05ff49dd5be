"""Reading without changing: any database of ours, whoever else has it open, and no other."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from lfr_actors.errors import StoreError
from lfr_actors.store import Store
from lfr_actors.store.migrate import VERSION_TABLE
from lfr_actors.store.read_only import read_only
from tests.unit.events.samples import BODIES, started
from tests.unit.store.conftest import OpenStore
from tests.unit.store.samples import alert


def test_what_was_written_is_read(open_store: OpenStore, home: Path, database: str) -> None:
    """Events and alerts arrive as the store itself gives them, also while it is open."""
    store = open_store()
    store.begin_deployment("drill-1", started())
    store.raise_alert(alert())
    # Without keys nobody can tell who an alert is about.
    expected = [replace(row, subject_id=None) for row in store.alerts()], store.events()
    assert store.alerts()[0].subject_id is not None
    assert read_only(home, lambda found: (found.alerts(), found.events()), database) == expected
    store.close()
    assert read_only(home, lambda found: (found.alerts(), found.events()), database) == expected


@pytest.mark.parametrize("open_meanwhile", [True, False])
def test_nothing_can_be_written(
    open_store: OpenStore, home: Path, database: str, open_meanwhile: bool
) -> None:
    """A writer by mistake is refused by the database itself."""
    store = open_store()
    store.append("drill-1", BODIES[2])
    if not open_meanwhile:
        store.close()
    with pytest.raises(StoreError, match=r"cannot be written|read-only"):
        read_only(home, lambda found: found.append("drill-1", BODIES[2]), database)
    assert len(read_only(home, lambda found: found.events(), database)) == 1


def test_other_tables_are_not_read(open_store: OpenStore, home: Path, database: str) -> None:
    """A database of another version is neither read nor migrated."""
    store = open_store()
    with store._engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(StoreError, match="tables of version 9999, and this software reads .*: update"):
        read_only(home, Store.deployments, database)


@pytest.mark.parametrize(("content", "reason"), [(b"no database" * 100, "not a database"), (b"", "no runs")])
def test_a_file_that_is_no_database_is_named(home: Path, content: bytes, reason: str) -> None:
    """Foreign and empty files are refused and left as they are."""
    file = home / "lfr.db"
    file.write_bytes(content)
    with pytest.raises(StoreError, match=reason) as caught:
        read_only(home, Store.deployments)
    assert str(file) in str(caught.value)
    assert file.read_bytes() == content
    assert list(home.iterdir()) == [file]


def test_a_path_with_any_characters(tmp_path: Path) -> None:
    """A folder's name may hold what has a meaning in a URI."""
    home = tmp_path / "drill #1 100%?mode=rw"
    with Store.open(home) as store:
        store.append("drill-1", BODIES[2])
    assert len(read_only(home, lambda found: found.events())) == 1


def test_what_is_written_meanwhile_is_read(home: Path) -> None:
    """A program that writes during the reading makes it begin again, with what was written."""
    Store.open(home).close()
    counts: list[int] = []

    def read(found: Store) -> int:
        before = len(found.events())
        if not counts:
            with Store.open(home) as store:
                store.append("drill-1", BODIES[2])
        counts.append(before)
        return before

    assert read_only(home, read) == 1
    assert counts == [0, 1]


def test_a_database_that_never_rests_is_given_up(home: Path) -> None:
    """After some attempts the error says what to do, and nothing half read is given."""
    Store.open(home).close()

    def read(found: Store) -> None:
        with sqlite3.connect(home / "lfr.db") as writer:
            writer.execute("CREATE TABLE IF NOT EXISTS more (n INTEGER)")
            writer.execute("INSERT INTO more VALUES (1)")
        writer.close()

    with pytest.raises(StoreError, match="written all the time: try again, or read a copy"):
        read_only(home, read)

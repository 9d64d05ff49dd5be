"""Scrubbing: the write-ahead log is emptied, or it is said that it was not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lfr_actors.errors import StoreError
from lfr_actors.store.vault import scrub as module
from lfr_actors.store.vault.keys import Keys


def test_a_reader_that_never_ends_is_reported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another program reads an old state, the log cannot be emptied: retried, then said; later it works."""
    monkeypatch.setattr(module, "_WAIT_MS", 1)
    waits: list[float] = []
    with Keys.open(home) as keys:
        keys.create("alert")
        reader = sqlite3.connect(home / "keys" / "keys.db", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM object_keys").fetchall()
        keys.destroy(keys.create("alert").key_id)
        with pytest.raises(StoreError, match="keys.db: another program keeps its write-ahead log busy"):
            module.scrub(keys._engine, sleep=waits.append)
        assert len(waits) == module._TRIES - 1
        reader.execute("COMMIT")
        reader.close()
        keys.scrub()
        assert (home / "keys" / "keys.db-wal").stat().st_size == 0


def test_a_disk_too_full_for_a_second_copy_is_reported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver's own fault becomes the product's, which callers expect: what was erased stays erased."""

    def full(_: object) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    with Keys.open(home) as keys:
        key = keys.create("alert")
        keys.destroy(key.key_id)
        with monkeypatch.context() as patch:
            patch.setattr(module, "_rewritten", full)
            with pytest.raises(StoreError, match="disk is full"):
                keys.scrub()
        keys.scrub()

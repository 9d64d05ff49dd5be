"""Key stores to test: on SQLite, and on a PostgreSQL of our own where one is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lfr_actors.store.vault.keys import Keys

OpenKeys = Callable[[], Keys]


@pytest.fixture(autouse=True)
def _no_keys_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests never use a key, or touch a key store, that the environment names."""
    for name in ("LFR_KEK", "LFR_KEK_NEXT", "LFR_KEYS", "LFR_KEYS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def key_database(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The kind of database in which `Keys.open` keeps its keys."""
    if database.startswith("postgresql"):
        monkeypatch.setenv("LFR_KEYS_URL", database)
        return "postgresql"
    return "sqlite"


@pytest.fixture
def open_keys(home: Path, key_database: str) -> Iterator[OpenKeys]:
    """Opens the test's key store, as often as the test likes; every one is closed at the end."""
    opened: list[Keys] = []

    def opener() -> Keys:
        opened.append(Keys.open(home))
        return opened[-1]

    yield opener
    for keys in opened:
        keys.close()


@pytest.fixture
def keys(open_keys: OpenKeys) -> Keys:
    """A key store with nothing in it."""
    return open_keys()

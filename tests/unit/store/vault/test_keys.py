"""The key store: keys come back until they are destroyed; a wrong or missing key harms nothing."""

from __future__ import annotations

import base64
import datetime as dt
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from lfr_actors.errors import Erased, KeyRefused, StoreError, Tampered
from lfr_actors.store.vault.kek import KekMode
from lfr_actors.store.vault.keys import Keys
from lfr_actors.store.vault.sealing import ObjectKey
from lfr_actors.store.vault.site_key import SiteKey, public_key_fingerprint
from lfr_actors.store.vault.tables import object_keys
from tests.unit.store.test_crash import python
from tests.unit.store.vault.conftest import OpenKeys

NOON = dt.datetime(2024, 9, 7, 12, tzinfo=dt.UTC)

MAKER = """
import sys
from pathlib import Path
from lfr_actors.store.vault.keys import Keys
with Keys.open(Path(sys.argv[1])) as keys:
    keys.named_or_create("site-signing", "site")
    for _ in range(10):
        print(keys.create("alert").key_id)
"""


def files(folder: Path) -> dict[str, bytes]:
    """Every file of the folder of keys."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def random_kek() -> str:
    """A key as an operator makes it."""
    return base64.b64encode(os.urandom(32)).decode()


def test_keys_come_back_until_destroyed(keys: Keys, open_keys: OpenKeys) -> None:
    """A key is the same for everybody who asks, and gone for everybody at once when it is destroyed."""
    other = open_keys()
    first, second = keys.create("alert"), keys.create("footage")
    assert first != second
    assert other.get(first.key_id) == first
    assert other.known(first.key_id, second.key_id, "0" * 32) == {first.key_id, second.key_id}
    assert other.counts() == {"alert": 1, "footage": 1}
    assert keys.destroy(first.key_id, "0" * 32) == 1
    with pytest.raises(Erased, match=first.key_id):
        other.get(first.key_id)
    assert keys.destroy(first.key_id) == 0
    assert keys.destroy() == 0
    assert other.known(first.key_id, second.key_id) == {second.key_id}


def test_named_keys(keys: Keys) -> None:
    """A name gives one key, made once; a destroyed one is made anew, and is another."""
    assert keys.named("secret:d1") is None
    made = keys.named_or_create("secret:d1", "secret")
    assert keys.named_or_create("secret:d1", "secret") == keys.named("secret:d1") == made
    with pytest.raises(ValueError, match="already"):
        keys.create("secret", name="secret:d1")
    keys.destroy(made.key_id)
    assert keys.named("secret:d1") is None
    assert keys.named_or_create("secret:d1", "secret") != made


def test_many_keys_at_once(keys: Keys) -> None:
    """More ids than a statement may have parameters."""
    made = [keys.create("alert").key_id for _ in range(3)]
    ids = [*made, *(f"{number:032x}" for number in range(1_500))]
    assert keys.known(*ids) == set(made)
    assert keys.destroy(*ids) == 3


def test_keys_by_age(home: Path, key_database: str) -> None:
    """Keys made before a moment, oldest first, of the kinds asked for."""
    minutes = count()
    with Keys.open(home, clock=lambda: NOON + dt.timedelta(minutes=next(minutes))) as keys:
        made = [keys.create(kind).key_id for kind in ("alert", "footage", "alert", "alert")]
        assert keys.made_before(NOON + dt.timedelta(minutes=4), ["alert"]) == [made[0], made[2]]
        assert keys.made_before(NOON + dt.timedelta(hours=1), ["alert", "footage"]) == made
        assert keys.made_before(NOON, ["alert"]) == []
        assert keys.made_before(NOON + dt.timedelta(hours=1), []) == []


def test_the_store_is_the_same_when_opened_again(keys: Keys, open_keys: OpenKeys) -> None:
    """A store keeps its identity, and its keys, across processes."""
    assert len(keys.store_id) == 32
    key = keys.create("alert")
    keys.close()
    keys.close()
    again = open_keys()
    assert (again.store_id, again.get(key.key_id)) == (keys.store_id, key)
    assert again.kek_fingerprint == keys.kek_fingerprint


def test_the_files_are_for_their_owner_alone(home: Path) -> None:
    """Folder and files of the keys can be read by nobody else, and hold no key in clear."""
    with Keys.open(home) as keys:
        secret = keys.create("alert").secret
        folder = home / "keys"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
        assert not any(secret in content for content in files(folder).values())


def test_a_destroyed_key_is_in_no_file(home: Path) -> None:
    """After destroying and scrubbing, the wrapping is neither in the database nor in its log."""
    with Keys.open(home) as keys:
        key = keys.create("alert")
        with keys._engine.connect() as connection:
            wrapped = connection.execute(sa.select(object_keys.c.wrapped)).scalar_one()
        assert any(wrapped in content for content in files(home / "keys").values())
        keys.destroy(key.key_id)
        keys.scrub()
        assert not any(wrapped in content for content in files(home / "keys").values())
        assert not any(key.key_id.encode() in content for content in files(home / "keys").values())


def test_scrubbing_works_on_every_database(keys: Keys) -> None:
    """After a scrub the other keys are there."""
    key, gone = keys.create("alert"), keys.create("alert")
    keys.destroy(gone.key_id)
    keys.scrub()
    keys.scrub()
    assert keys.get(key.key_id) == key


# --- the key-encryption key ----------------------------------------------------------------------------------


def test_the_key_may_come_from_the_environment(
    home: Path, monkeypatch: pytest.MonkeyPatch, key_database: str
) -> None:
    """With `LFR_KEK` no key file is made; without it afterwards the store is refused."""
    monkeypatch.setenv("LFR_KEK", random_kek())
    with Keys.open(home) as keys:
        assert keys.mode is KekMode.ENVIRONMENT
        key = keys.create("alert")
    with Keys.open(home) as keys:
        assert keys.get(key.key_id) == key
    assert not (home / "keys" / "kek").exists()
    monkeypatch.delenv("LFR_KEK")
    with pytest.raises(KeyRefused, match="missing"):
        Keys.open(home)
    assert not (home / "keys" / "kek").exists(), "no new key is made over an old store"


def test_another_key_is_refused_and_harms_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both fingerprints are named; with the right key everything is there."""
    right, wrong = random_kek(), random_kek()
    monkeypatch.setenv("LFR_KEK", right)
    with Keys.open(home) as keys:
        key, wanted = keys.create("alert"), keys.kek_fingerprint
    before = files(home / "keys")
    monkeypatch.setenv("LFR_KEK", wrong)
    with pytest.raises(KeyRefused, match=f"fingerprint [0-9a-f]{{32}}, .* wrapped under {wanted}") as caught:
        Keys.open(home)
    assert right not in str(caught.value)
    assert wrong not in str(caught.value)
    assert files(home / "keys") == before
    monkeypatch.setenv("LFR_KEK", right)
    with Keys.open(home) as keys:
        assert keys.get(key.key_id) == key


def test_a_key_in_the_file_is_pointed_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sets `LFR_KEK` beside a key file that is in use is told so."""
    Keys.open(home).close()
    monkeypatch.setenv("LFR_KEK", random_kek())
    with pytest.raises(KeyRefused, match="unset LFR_KEK"):
        Keys.open(home)


def test_a_missing_or_other_key_file_is_refused(home: Path, tmp_path: Path) -> None:
    """A store without its key file is refused, not given a new key; so is one with another's file."""
    Keys.open(home).close()
    key_file = home / "keys" / "kek"
    kept = key_file.read_bytes()
    key_file.unlink()
    with pytest.raises(KeyRefused, match="missing"):
        Keys.open(home)
    assert not key_file.exists()
    Keys.open(tmp_path / "other").close()
    shutil.copy(tmp_path / "other" / "keys" / "kek", key_file)
    with pytest.raises(KeyRefused, match="wrapped under"):
        Keys.open(home)
    key_file.write_bytes(kept)
    Keys.open(home).close()


@pytest.mark.parametrize("text", ["", "short", "00" * 31])
def test_a_malformed_key_makes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A mistake at the first use leaves no half-made store."""
    monkeypatch.setenv("LFR_KEK", text)
    with pytest.raises(KeyRefused, match="LFR_KEK"):
        Keys.open(home)
    assert list(home.iterdir()) == []


def test_without_making_there_must_be_a_store(home: Path, key_database: str) -> None:
    """Looking makes neither folder nor database, nor a key."""
    with pytest.raises(KeyRefused, match="data that was never used has none"):
        Keys.open(home, make=False)
    assert list(home.iterdir()) == []
    Keys.open(home).close()
    Keys.open(home, make=False).close()


def test_keys_lie_elsewhere_when_told(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`LFR_KEYS` keeps the keys out of the data folder."""
    monkeypatch.setenv("LFR_KEYS", str(tmp_path / "stick"))
    Keys.open(home).close()
    assert list(home.iterdir()) == []
    assert {"kek", "keys.db"} <= {path.name for path in (tmp_path / "stick").iterdir()}


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/name", "sqlite://"])
def test_what_is_no_database_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """The error names the variable that is wrong."""
    monkeypatch.setenv("LFR_KEYS_URL", url)
    with pytest.raises(KeyRefused, match="LFR_KEYS_URL"):
        Keys.open(home)


def test_keys_beside_the_data_are_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database of the data cannot be that of the keys."""
    for name in ("LFR_DATABASE_URL", "LFR_KEYS_URL"):
        monkeypatch.setenv(name, "postgresql://lfr@localhost/lfr")
    with pytest.raises(KeyRefused, match="apart from the data"):
        Keys.open(home)


# --- tampering -----------------------------------------------------------------------------------------------


@pytest.fixture
def altered(home: Path) -> Iterator[sqlite3.Connection]:
    """The key store's file, as somebody with access to it has it."""
    Keys.open(home).close()
    connection = sqlite3.connect(home / "keys" / "keys.db")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "change",
    [
        "wrapped = zeroblob(60)",
        "wrapped = x''",
        "kind = 'footage'",
        "name = 'another'",
        "wrapped = (SELECT wrapped FROM object_keys WHERE kind = 'other')",
    ],
)
def test_an_altered_row_is_refused(home: Path, altered: sqlite3.Connection, change: str) -> None:
    """A key whose row was changed, or exchanged for another's, does not come back."""
    with Keys.open(home) as keys:
        key = keys.create("alert", name="mine")
        other = keys.create("other")
        altered.execute(f"UPDATE object_keys SET {change} WHERE key_id = ?", [key.key_id])
        altered.commit()
        with pytest.raises(Tampered, match=key.key_id):
            keys.get(key.key_id)
        assert keys.get(other.key_id) == other


def test_an_altered_store_is_refused(home: Path, altered: sqlite3.Connection) -> None:
    """The store's identity cannot be exchanged."""
    altered.execute("UPDATE key_store SET store_id = '0'")
    altered.commit()
    with pytest.raises(Tampered, match="key store"):
        Keys.open(home)


def test_a_store_without_its_row_is_refused(home: Path, altered: sqlite3.Connection) -> None:
    """Tables without the row that says which store they are, are not taken for a new store."""
    altered.execute("DELETE FROM key_store")
    altered.commit()
    with pytest.raises(KeyRefused, match="which store"):
        Keys.open(home)


def test_what_is_no_key_store_is_refused(home: Path) -> None:
    """Another file in its place is a fault of the store, and is left alone."""
    (home / "keys").mkdir(mode=0o700)
    (home / "keys" / "keys.db").write_bytes(b"something else" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Keys.open(home)
    assert (home / "keys" / "keys.db").read_bytes() == b"something else" * 100


# --- many at once --------------------------------------------------------------------------------------------


def test_processes_that_make_a_store_at_once_share_it(home: Path, key_database: str) -> None:
    """Three processes open a store that is not there, and make keys: one store, one key file, every key."""
    makers = [python(MAKER, str(home)) for _ in range(3)]
    made = [key_id for maker in makers for key_id in maker.communicate(timeout=120)[0].split()]
    assert [maker.returncode for maker in makers] == [0, 0, 0]
    with Keys.open(home) as keys:
        assert keys.known(*made) == set(made)
        assert keys.counts() == {"alert": 30, "site": 1}
        assert all(isinstance(keys.get(key_id), ObjectKey) for key_id in made)


def test_threads_share_a_store(keys: Keys) -> None:
    """Threads that make the same named key get one; each makes, reads and destroys its own."""

    def turn(number: int) -> ObjectKey:
        own = keys.create("alert")
        assert keys.get(own.key_id) == own
        assert keys.destroy(own.key_id) == 1
        return keys.named_or_create("shared", "site")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(turn, range(24)))) == 1
    assert keys.counts() == {"site": 1}


# --- the site's signature ------------------------------------------------------------------------------------


def test_the_site_key_is_made_once(keys: Keys, open_keys: OpenKeys) -> None:
    """One site, one key; none is made by looking for it."""
    assert SiteKey.existing(keys) is None
    made = SiteKey.of(keys)
    again = SiteKey.existing(open_keys())
    assert again is not None
    assert (again.public_key, again.fingerprint) == (made.public_key, made.fingerprint)
    assert again.sign(b"message") == made.sign(b"message")
    assert made.fingerprint == public_key_fingerprint(made.public_key)
    assert keys.counts() == {"site": 1}

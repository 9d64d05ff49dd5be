"""Another key-encryption key: nothing is lost, whatever the moment of a crash, and no old wrapping stays."""

from __future__ import annotations

import base64
import random
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from lfr_actors.errors import KeyRefused, Tampered
from lfr_actors.store.vault.kek import KekMode
from lfr_actors.store.vault.keys import Keys
from lfr_actors.store.vault.sealing import seal, unseal
from lfr_actors.store.vault.tables import object_keys
from tests.unit.store.test_crash import python
from tests.unit.store.vault.conftest import OpenKeys
from tests.unit.store.vault.test_keys import files, random_kek

ROTATOR = """
import sys
from pathlib import Path
from lfr_actors.store.vault.keys import Keys
with Keys.open(Path(sys.argv[1])) as keys:
    print("open", flush=True)
    for _ in range(int(sys.argv[2])):
        keys.rotate()
        keys.create("alert")
"""

CRASHER = """
import os, sys
from pathlib import Path
import sqlalchemy as sa
from lfr_actors.store.vault import kek
from lfr_actors.store.vault.keys import Keys
keys = Keys.open(Path(sys.argv[1]))
die_at = sys.argv[2]
def dying(name, before):
    wanted = ("before " if before else "after ") + name == die_at
    original = getattr(kek.KekFile, name, None)
    def call(*arguments):
        if wanted and before:
            os._exit(9)
        result = original(*arguments)
        if wanted:
            os._exit(9)
        return result
    if wanted:
        setattr(kek.KekFile, name, call)
for name in ("write_next", "settle", "_promote"):
    dying(name, True)
    dying(name, False)
if die_at == "overwritten":
    original = kek._overwrite
    def overwrite(path):
        original(path)
        os._exit(9)
    kek._overwrite = overwrite
def statement(connection, cursor, text, *rest):
    if text.startswith(die_at):
        os._exit(9)
sa.event.listen(keys._engine, "after_cursor_execute", statement)
keys.rotate()
"""


def wrappings(keys: Keys) -> list[bytes]:
    """What is in the store."""
    with keys._engine.connect() as connection:
        return list(connection.execute(sa.select(object_keys.c.wrapped)).scalars())


def test_rotation_in_the_file(keys: Keys, open_keys: OpenKeys, home: Path, key_database: str) -> None:
    """Every key stays, data needs no touching, the key file is another, and nothing of the old is left."""
    made = [keys.create("alert"), keys.create("site", name="site-signing")]
    sealed = seal(made[0], b"who", "alert:1")
    old_file, old = (home / "keys" / "kek").read_bytes(), wrappings(keys)
    before = keys.kek_fingerprint
    done = keys.rotate()
    assert (done.from_fingerprint, done.keys, done.mode) == (before, 2, KekMode.FILE)
    assert done.to_fingerprint == keys.kek_fingerprint != before
    again = open_keys()
    assert unseal(again.get(made[0].key_id), sealed, "alert:1") == b"who"
    assert again.named("site-signing") == made[1]
    names = {path.name for path in (home / "keys").iterdir()}
    assert "kek" in names
    assert "kek.new" not in names
    contents = files(home / "keys").values()
    assert not any(piece in content for piece in [old_file, *old] for content in contents)


def test_a_process_goes_on_when_another_rotates(keys: Keys, open_keys: OpenKeys) -> None:
    """A store that is open finds the new key in its file, for reading and for writing."""
    other = open_keys()
    key = keys.create("alert")
    for _ in range(2):
        other.rotate()
        assert keys.get(key.key_id) == key
        other.rotate()
        made = keys.create("alert")
        assert other.get(made.key_id) == made
        other.rotate()
        assert keys.rotate().keys == len(keys.known(key.key_id)) + keys.counts()["alert"] - 1


def test_rotation_in_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch, key_database: str) -> None:
    """The next key comes from `LFR_KEK_NEXT`; afterwards it is the one to open with, and the old one is not."""
    old, following = random_kek(), random_kek()
    monkeypatch.setenv("LFR_KEK", old)
    with Keys.open(home) as keys, Keys.open(home) as other:
        key = keys.create("alert")
        for wrong, says in ((None, "not set"), ("x", "not a key"), (old, "in use already")):
            if wrong is None:
                monkeypatch.delenv("LFR_KEK_NEXT", raising=False)
            else:
                monkeypatch.setenv("LFR_KEK_NEXT", wrong)
            with pytest.raises(KeyRefused, match=f"LFR_KEK_NEXT: .*{says}"):
                keys.rotate()
            assert keys.get(key.key_id) == key
        monkeypatch.setenv("LFR_KEK_NEXT", following)
        assert keys.rotate().mode is KekMode.ENVIRONMENT
        assert keys.get(key.key_id) == key
        assert other.get(key.key_id) == key, "a process that was given both keys goes on"
        monkeypatch.delenv("LFR_KEK_NEXT")
    with pytest.raises(KeyRefused, match="wrapped under"):
        Keys.open(home)
    monkeypatch.setenv("LFR_KEK", following)
    with Keys.open(home) as keys:
        assert keys.get(key.key_id) == key
    assert not (home / "keys" / "kek").exists()


def test_a_process_without_the_next_key_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has the old key alone is refused, by fingerprint, and writes nothing under it."""
    monkeypatch.setenv("LFR_KEK", random_kek())
    with Keys.open(home) as keys, Keys.open(home) as other:
        key = keys.create("alert")
        monkeypatch.setenv("LFR_KEK_NEXT", random_kek())
        done = keys.rotate()
        monkeypatch.delenv("LFR_KEK_NEXT")
        with pytest.raises(KeyRefused, match=done.to_fingerprint):
            other.get(key.key_id)
        with pytest.raises(KeyRefused, match=done.to_fingerprint):
            other.create("alert")
        assert keys.counts() == {"alert": 1}


def test_from_the_file_to_the_environment_and_back(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key's place is changed by rotation; the file goes, and comes back with another key."""
    following = random_kek()
    with Keys.open(home) as keys:
        key = keys.create("alert")
        monkeypatch.setenv("LFR_KEK_NEXT", following)
        assert keys.rotate(KekMode.ENVIRONMENT).mode is KekMode.ENVIRONMENT
        assert keys.get(key.key_id) == key
    assert not (home / "keys" / "kek").exists()
    monkeypatch.delenv("LFR_KEK_NEXT")
    monkeypatch.setenv("LFR_KEK", following)
    with Keys.open(home) as keys:
        assert keys.rotate(KekMode.FILE).mode is KekMode.FILE
        assert keys.get(key.key_id) == key
    with pytest.raises(KeyRefused, match="unset LFR_KEK"):
        Keys.open(home)
    monkeypatch.delenv("LFR_KEK")
    with Keys.open(home) as keys:
        assert keys.get(key.key_id) == key


def test_an_altered_row_stops_a_rotation(home: Path) -> None:
    """A key that cannot be opened is not lost silently: nothing is changed, and the row is named."""
    with Keys.open(home) as keys:
        key, broken = keys.create("alert"), keys.create("alert")
        with keys._writing() as connection:
            row = sa.update(object_keys).where(object_keys.c.key_id == broken.key_id)
            connection.execute(row.values(wrapped=bytes(60)))
        before = keys.kek_fingerprint
        with pytest.raises(Tampered, match=broken.key_id):
            keys.rotate()
        assert keys.kek_fingerprint == before
        assert keys.get(key.key_id) == key
    with Keys.open(home) as keys:
        assert keys.get(key.key_id) == key
    assert not (home / "keys" / "kek.new").exists()


@pytest.mark.parametrize(
    "die_at",
    [
        "before write_next",
        "after write_next",
        "UPDATE object_keys",
        "UPDATE key_store",
        "before _promote",
        "overwritten",
        "after _promote",
    ],
)
def test_a_crash_at_any_step_loses_nothing(home: Path, die_at: str) -> None:
    """After a crash the store opens under the old key or the new, with every key, and settles its files."""
    with Keys.open(home) as keys:
        made = [keys.create("alert") for _ in range(3)]
        before = keys.kek_fingerprint
    crasher = python(CRASHER, str(home), die_at)
    crasher.communicate(timeout=60)
    assert crasher.returncode == 9, "the process died where it was told to"
    with Keys.open(home) as keys:
        assert [keys.get(key.key_id) for key in made] == made
        replaced = die_at in ("before _promote", "overwritten", "after _promote")
        assert (keys.kek_fingerprint != before) is replaced
        assert not (home / "keys" / "kek.new").exists()
        keys.rotate()
        assert [keys.get(key.key_id) for key in made] == made


def test_killed_at_random_moments(home: Path) -> None:
    """`kill -9` again and again in the midst of rotating: every key is there each time."""
    with Keys.open(home) as keys:
        made = [keys.create("alert") for _ in range(20)]
    for _ in range(4):
        rotator = python(ROTATOR, str(home), "10000")
        assert rotator.stdout is not None
        assert rotator.stdout.readline() == "open\n"
        time.sleep(random.uniform(0.0, 0.15))  # the moment is what is random, not what is waited for
        rotator.kill()
        rotator.communicate(timeout=60)
        with Keys.open(home) as keys:
            assert [keys.get(key.key_id) for key in made] == made
            assert not (home / "keys" / "kek.new").exists()


def test_several_rotate_at_once(home: Path, key_database: str) -> None:
    """Two processes rotate, and make keys, while a third reads: nobody is refused, nothing is lost."""
    with Keys.open(home) as keys:
        made = [keys.create("alert") for _ in range(3)]
        rotators = [python(ROTATOR, str(home), "4") for _ in range(2)]
        while any(rotator.poll() is None for rotator in rotators):
            assert [keys.get(key.key_id) for key in made] == made
        for rotator in rotators:
            rotator.communicate(timeout=60)
        assert [rotator.returncode for rotator in rotators] == [0, 0]
        assert keys.counts() == {"alert": 3 + 2 * 4}
        everything = keys.made_before(keys._clock(), ["alert"])
        assert len({keys.get(key_id) for key_id in everything}) == 11
    text = (home / "keys" / "kek").read_text()
    assert len(base64.b64decode(text)) == 32
    assert not (home / "keys" / "kek.new").exists()

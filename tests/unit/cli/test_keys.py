"""`lfr keys`: what it shows, and rotation."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import keys as commands
from lfr_actors.errors import KeyRefused, Refused
from lfr_actors.events.keeping import KeysRotated
from lfr_actors.events.types import SITE
from lfr_actors.store import Store
from lfr_actors.store.vault.kek import KekMode
from lfr_actors.store.vault.keys import Keys
from lfr_actors.store.vault.site_key import SiteKey
from tests.unit.events.samples import started


@pytest.fixture(autouse=True)
def _wide_terminal_and_nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines do not wrap, and no database and no key from outside is used."""
    monkeypatch.setenv("COLUMNS", "300")
    for name in ("LFR_DATABASE_URL", "LFR_KEK", "LFR_KEK_NEXT", "LFR_KEYS", "LFR_KEYS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def filled(home: Path) -> Path:
    """A data folder with two keys of alerts and the site's, and an empty log."""
    with Store.open(home) as store:
        store.keys.create("alert")
        store.keys.create("alert")
        SiteKey.of(store.keys)
    return home


def lfr(*arguments: str) -> Result:
    """Run the command."""
    app = typer.Typer()
    commands.register(app)
    return CliRunner().invoke(app, ["keys", *arguments])


def random_kek() -> str:
    """A key as an operator makes it."""
    return base64.b64encode(os.urandom(32)).decode()


def test_what_is_shown(filled: Path) -> None:
    """Where, how many, and fingerprints; no key, in any spelling."""
    with Keys.open(filled) as keys:
        site = SiteKey.of(keys)
        expected = {
            "key_store": str(filled / "keys" / "keys.db"),
            "store_id": keys.store_id,
            "mode": "file",
            "key_file": str(filled / "keys" / "kek"),
            "fingerprint": keys.kek_fingerprint,
            "keys": {"alert": 2, "site": 1},
            "site_public_key": site.public_key,
            "site_fingerprint": site.fingerprint,
        }
    result = lfr("show", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, expected)
    text = lfr("show").stdout
    assert "2 alert, 1 site" in text
    assert site.public_key in text
    kek = (filled / "keys" / "kek").read_text().strip()
    for shown in (text, result.stdout):
        assert kek not in shown
        assert base64.b64decode(kek).hex() not in shown


def test_without_keys_nothing_is_made(home: Path) -> None:
    """Neither showing nor rotating makes a key store."""
    for command in ("show", "rotate"):
        assert isinstance(lfr(command).exception, KeyRefused)
    assert list(home.iterdir()) == []


def test_rotation_is_in_the_log(filled: Path) -> None:
    """Every key is wrapped anew, the log says so with both fingerprints, and the site is not a deployment."""
    result = lfr("rotate", "--json")
    assert result.exit_code == 0
    done = json.loads(result.stdout)
    assert (done["keys"], done["mode"], done["advice"]) == (3, "file", None)
    with Store.open(filled) as store:
        (event,) = store.events()
        assert event.deployment_id == SITE
        assert event.body == KeysRotated(
            from_fingerprint=done["from_fingerprint"], to_fingerprint=done["to_fingerprint"], keys=3
        )
        assert store.keys.kek_fingerprint == done["to_fingerprint"]
    assert "3 keys wrapped anew, no data touched" in lfr("rotate").stdout


def test_rotation_without_a_log(home: Path) -> None:
    """Keys without a database are rotated too; that no log says so is said."""
    Keys.open(home).close()
    result = lfr("rotate", "--json")
    assert json.loads(result.stdout)["keys"] == 0
    assert "not in a log" in result.stderr
    assert not (home / "lfr.db").exists()


def test_rotation_in_the_environment(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the file to the environment, on to another, and back: each time it says what to do now."""
    first, second = random_kek(), random_kek()
    monkeypatch.setenv("LFR_KEK_NEXT", first)
    moved = lfr("rotate", "--to", "env")
    assert "set LFR_KEK to the key in LFR_KEK_NEXT" in moved.stdout
    assert "destroy the old key" not in moved.stdout, "the file is gone already"
    monkeypatch.setenv("LFR_KEK", first)
    refused = lfr("rotate")
    assert isinstance(refused.exception, KeyRefused)
    assert first not in str(refused.exception)
    monkeypatch.setenv("LFR_KEK_NEXT", second)
    assert "destroy the old key" in lfr("rotate").stdout
    monkeypatch.setenv("LFR_KEK", second)
    monkeypatch.delenv("LFR_KEK_NEXT")
    back = lfr("rotate", "--to", "file")
    assert "now unset LFR_KEK and destroy the old key" in back.stdout
    for output in (moved.output, back.output):
        assert first not in output
        assert second not in output
    monkeypatch.delenv("LFR_KEK")
    assert json.loads(lfr("show", "--json").stdout)["keys"] == {"alert": 2, "site": 1}


def test_no_key_of_the_environment_is_replaced_under_a_deployment(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its processes could not read the next one, and would lose alerts; a key file is replaced as ever."""
    with Store.open(home) as store, store.lease("drill-1"):
        store.begin_deployment("drill-1", started("drill-1"))
        assert store.keys.counts() == {}
        monkeypatch.setenv("LFR_KEK_NEXT", random_kek())
        assert isinstance(lfr("rotate", "--to", "env").exception, Refused)
        assert lfr("rotate").exit_code == 0
    assert lfr("rotate", "--to", "env").exit_code == 0, "its process is gone"


def test_the_option_and_the_modes_agree() -> None:
    """The command offers exactly the places that there are."""
    assert [str(source) for source in commands.Source] == [str(mode) for mode in KekMode]


def test_another_place_is_wrong_usage(filled: Path) -> None:
    """A place that does not exist is wrong usage."""
    assert lfr("rotate", "--to", "cloud").exit_code == 2

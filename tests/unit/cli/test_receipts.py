"""`lfr receipts`: the proof of what was erased, for people, scripts and auditors."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import receipts
from lfr_actors.events.types import AccessViewed
from lfr_actors.store import Store
from tests.unit.retention.erasures import erased


@pytest.fixture(autouse=True)
def _wide_terminal_and_no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables do not wrap, and no database from outside is read."""
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.delenv("LFR_DATABASE_URL", raising=False)


@pytest.fixture
def filled(home: Path) -> Path:
    """A data folder whose log holds three receipts, of two deployments, among other events."""
    with Store.open(home) as store:
        store.append("drill-1", AccessViewed(what="alert:aa01", who="officer", why=None))
        store.append("drill-1", erased(), erased(object_id="alert:bb02", lateness_s=1.5))
        store.append("drill-2", erased(object_id="footage:1", data_class="footage", simulated=True))
    return home


def lfr(*arguments: str) -> Result:
    """Run the command."""
    app = typer.Typer()
    receipts.register(app)
    return CliRunner().invoke(app, ["receipts", *arguments])


def test_the_list_as_json(filled: Path) -> None:
    """Receipts oldest first, with lateness of real erasures by class, null without data."""
    document = json.loads(lfr("list", "--json").stdout)
    assert [(row["seq"], row["object_id"]) for row in document["receipts"]] == [
        (2, "alert:aa01"),
        (3, "alert:bb02"),
        (4, "footage:1"),
    ]
    assert document["lateness"] == {
        "false-alert": None,
        "alert": {"count": 2, "median_s": 1.0, "longest_s": 1.5},
        "footage": None,
        "watchlist": None,
    }


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--deployment", "drill-2"), ["footage:1"]),
        (("--class", "alert"), ["alert:aa01", "alert:bb02"]),
        (("--class", "alert", "--deployment", "drill-2"), []),
        (("--deployment", "nobody"), []),
    ],
)
def test_the_list_of_some(filled: Path, arguments: tuple[str, ...], found: list[str]) -> None:
    """A deployment and a class choose; lateness is then only of the class that was asked for."""
    document = json.loads(lfr("list", "--json", *arguments).stdout)
    assert [row["object_id"] for row in document["receipts"]] == found
    if "--class" in arguments:
        assert list(document["lateness"]) == ["alert"]


def test_the_list_for_people(filled: Path) -> None:
    """A line a receipt, and one that says how late, or that there is insufficient data."""
    text = lfr("list").stdout
    for words in (
        "alert:aa01",
        "3 by the rule 24 hours after the end of the deployment (policy version 1)",
        "drill-2",
        "pictures 2",
        "0.5 s",
        "simulated",
    ):
        assert words in text
    assert "lateness: false-alert insufficient data; alert median 1 s, longest 1.5 s of 2;" in text


def test_without_a_database_there_are_none(home: Path) -> None:
    """No database is an empty list, said on stderr; reading makes none. There is nothing to export."""
    result = lfr("list", "--json")
    assert (result.exit_code, json.loads(result.stdout)["receipts"]) == (0, [])
    assert f"no database in {home}" in result.stderr.replace("\n", "")
    assert "no receipts" in lfr("list").stdout
    file = home.parent / "receipts.json"
    assert lfr("export", str(file)).exit_code == 1
    assert list(home.iterdir()) == []
    assert not file.exists()


def test_an_unknown_class_is_wrong_usage(filled: Path) -> None:
    """The classes there are stand in the message."""
    result = lfr("list", "--class", "voices")
    assert result.exit_code == 2
    assert "false-alert" in result.stderr


def test_the_export_for_an_auditor(filled: Path, tmp_path: Path) -> None:
    """JSON holds the receipts and the head of the log that contains them, for the owner's eyes only."""
    file = tmp_path / "receipts.json"
    said = json.loads(lfr("export", str(file), "--json").stdout)
    with Store.open(filled) as store:
        head = str(store.head())
    assert said == {"file": str(file), "format": "json", "receipts": 3, "head": head}
    document = json.loads(file.read_text())
    assert document["head"] == head
    assert document["receipts"] == json.loads(lfr("list", "--json").stdout)["receipts"]
    assert document["head"] == f"{document['receipts'][-1]['seq']}:{document['receipts'][-1]['hash']}"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_export_as_csv(filled: Path, tmp_path: Path) -> None:
    """The suffix chooses, `--format` wins over it, and a name that says neither needs it."""
    for name, option in (("receipts.CSV", ()), ("receipts", ("--format", "csv"))):
        file = tmp_path / name
        assert lfr("export", str(file), *option, "--deployment", "drill-1").exit_code == 0
        rows = list(csv.DictReader(file.read_text().splitlines()))
        assert [row["object_id"] for row in rows] == ["alert:aa01", "alert:bb02"]
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    result = lfr("export", str(tmp_path / "receipts.txt"))
    assert result.exit_code == 2
    assert "give --format" in result.stderr
    assert not (tmp_path / "receipts.txt").exists()


def test_an_export_that_cannot_be_written_is_wrong_usage(filled: Path, tmp_path: Path) -> None:
    """A folder that is not there is named."""
    result = lfr("export", str(tmp_path / "nowhere" / "receipts.json"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_reading_changes_nothing(filled: Path) -> None:
    """Receipts are read from the database without a change to any file of the data folder."""
    before = {file: file.read_bytes() for file in filled.rglob("*") if file.is_file()}
    assert lfr("list").exit_code == 0
    assert {file: file.read_bytes() for file in filled.rglob("*") if file.is_file()} == before

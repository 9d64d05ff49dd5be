"""`lfr alerts`: what scripts and people read, and that nobody looks unseen."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import alerts
from lfr_actors.errors import StoreError
from lfr_actors.events.types import AccessViewed
from lfr_actors.store import Store
from tests.unit.events.samples import started
from tests.unit.store.samples import PICTURE, SUBJECT, alert


@pytest.fixture(autouse=True)
def _wide_terminal_and_no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables do not wrap, and no database from outside is read."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("LFR_DATABASE_URL", raising=False)


@pytest.fixture
def filled(home: Path) -> Path:
    """A data folder with three alerts in two deployments."""
    with Store.open(home) as store:
        for deployment, ids in (("drill-1", ["aa01", "ab02"]), ("drill-2", ["bb03"])):
            store.begin_deployment(deployment, started(deployment))
            for alert_id in ids:
                store.raise_alert(alert(alert_id, deployment))
    return home


def lfr(*arguments: str) -> Result:
    """Run the command."""
    app = typer.Typer()
    alerts.register(app)
    return CliRunner().invoke(app, ["alerts", *arguments])


def test_the_list_as_json_has_the_promised_keys(filled: Path) -> None:
    """Scripts find the documented keys, oldest alert first, and nothing else on stdout."""
    rows = json.loads(lfr("list", "--json").stdout)
    assert [row["alert_id"] for row in rows] == ["aa01", "ab02", "bb03"]
    assert rows[0] == {
        "alert_id": "aa01",
        "camera": "bridge-street",
        "captured_at": "2024-09-07T12:00:00+00:00",
        "media_time_s": 12.48,
        "subject_id": SUBJECT,
        "score": 0.971,
        "state": "raised",
        "deployment": "drill-1",
        "track": "1-7",
        "threshold": 0.955,
        "hits": 2,
    }


def test_the_list_of_one_deployment(filled: Path) -> None:
    """`--deployment` chooses; an unknown one is an empty list and a word about it."""
    rows = json.loads(lfr("list", "--deployment", "drill-2", "--json").stdout)
    assert [row["alert_id"] for row in rows] == ["bb03"]
    result = lfr("list", "--deployment", "drill-9", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    assert "no deployment drill-9" in result.stderr


def test_the_list_for_people(filled: Path) -> None:
    """The table shows who, where and the score against the threshold."""
    text = lfr("list").stdout
    assert text.index("aa01") < text.index("bb03")
    for part in (SUBJECT, "bridge-street", "0.971", "0.955", "drill-2"):
        assert part in text


def test_without_a_database_the_list_is_empty(home: Path) -> None:
    """No database is an empty list, said on stderr; reading makes none."""
    result = lfr("list", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    assert f"no database in {home}" in result.stderr.replace("\n", "")
    assert list(home.iterdir()) == []
    assert "no alerts" in lfr("list").stdout


def test_an_empty_database_has_no_alerts(home: Path) -> None:
    """A database without alerts is an empty list."""
    Store.open(home).close()
    assert json.loads(lfr("list", "--json").stdout) == []
    assert "no alerts" in lfr("list").stdout


def test_looking_is_written_to_the_log(filled: Path) -> None:
    """`show` takes a beginning of the id, and leaves who looked and why."""
    shown = json.loads(lfr("show", "ab", "--why", "complaint 12", "--json").stdout)
    assert (shown["alert_id"], shown["subject_id"], shown["pack"]) == ("ab02", SUBJECT, "open")
    with Store.open(filled) as store:
        (event,) = store.last_events(1)
    assert event.body == AccessViewed(what="alert:ab02", who=alerts.account(), why="complaint 12")
    assert event.deployment_id == "drill-1"


def test_the_picture_is_written_privately(filled: Path, tmp_path: Path) -> None:
    """`--picture` writes the probe for the owner's eyes, and the log says that the picture was seen."""
    file = tmp_path / "probe.jpg"
    file.write_bytes(b"older and longer content" * 10)
    assert lfr("show", "bb03", "--picture", str(file)).exit_code == 0
    assert file.read_bytes() == PICTURE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with Store.open(filled) as store:
        (event,) = store.last_events(1)
    assert event.public["what"] == "alert:bb03:picture"


def test_a_picture_that_cannot_be_written_is_wrong_usage(filled: Path, tmp_path: Path) -> None:
    """A folder that is not there is named, with the exit status of wrong usage."""
    result = lfr("show", "bb03", "--picture", str(tmp_path / "nowhere" / "probe.jpg"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize(("reference", "reason"), [("zz", "no alert"), ("a", "several alerts")])
def test_an_alert_that_cannot_be_told_is_named(filled: Path, reference: str, reason: str) -> None:
    """Unknown and ambiguous ids fail with a reason, and leave no trace of looking."""
    result = lfr("show", reference)
    assert isinstance(result.exception, StoreError)
    assert reason in str(result.exception)
    with Store.open(filled) as store:
        assert "access.viewed" not in [event.name for event in store.iter_events()]


def test_showing_without_a_database_fails(home: Path) -> None:
    """There is nothing to show; none is made."""
    result = lfr("show", "aa01")
    assert result.exit_code == 1
    assert "no database" in result.stderr
    assert list(home.iterdir()) == []

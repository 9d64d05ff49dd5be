"""`lfr events`: following the log, and its verification."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import events
from lfr_actors.events.cameras import CameraFailed
from lfr_actors.store import Store
from tests.unit.events.samples import BODIES


@pytest.fixture(autouse=True)
def _wide_terminal_and_no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines do not wrap, and no database and no key from outside is used."""
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("LFR_DATABASE_URL", "LFR_KEK", "LFR_KEK_NEXT", "LFR_KEYS", "LFR_KEYS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def filled(home: Path) -> Path:
    """A data folder with every kind of event of one deployment, and one event of another."""
    with Store.open(home) as store:
        store.append("drill-1", *BODIES)
        store.append("drill-2", BODIES[2])
    return home


EVENTS = len(BODIES) + 1


def lfr(*arguments: str) -> Result:
    """Run the command."""
    app = typer.Typer()
    events.register(app)
    return CliRunner().invoke(app, ["events", *arguments])


def tamper(home: Path) -> None:
    """Change a number in event 4, as somebody with the file could."""
    database = sqlite3.connect(home / "lfr.db")
    database.execute("DROP TRIGGER events_refuse_update")
    database.execute("UPDATE events SET public_json = replace(public_json, '2.0', '3.0') WHERE seq = 4")
    database.commit()
    database.close()


def test_the_newest_events_are_shown(filled: Path) -> None:
    """Without more said, the newest come, in order."""
    shown = json.loads(lfr("tail", "--limit", "3", "--json").stdout)
    assert [event["seq"] for event in shown] == [EVENTS - 2, EVENTS - 1, EVENTS]
    assert shown[0]["name"] == "watchlist.sealed"
    assert shown[0]["public"]["who"] == "officer1"


def test_events_after_a_number_and_of_a_deployment(filled: Path) -> None:
    """`--after` begins there; `--deployment` chooses."""
    after = json.loads(lfr("tail", "--after", "4", "--limit", "2", "--json").stdout)
    assert [event["seq"] for event in after] == [5, 6]
    other = json.loads(lfr("tail", "--deployment", "drill-2", "--json").stdout)
    assert [event["deployment"] for event in other] == ["drill-2"]


def test_lines_for_people(filled: Path) -> None:
    """One line an event, with its name and plain facts."""
    lines = lfr("tail").stdout.splitlines()
    assert len(lines) == 20
    lines = lfr("tail", "--limit", "100").stdout.splitlines()
    assert len(lines) == EVENTS
    assert "camera.lost" in lines[3]
    assert 'reason="no frame for 5 s"' in lines[3]
    assert "totals.faces_seen=92" in lines[5]


def test_an_event_cannot_steer_the_terminal(home: Path) -> None:
    """Control characters and markup in a reason are shown, not obeyed."""
    with Store.open(home) as store:
        store.append("drill-1", CameraFailed(camera="a", error="E", reason="\x1b[2J[bold]gone[/]\nnew line"))
    text = lfr("tail").stdout
    assert "\x1b" not in text
    assert "[bold]gone[/]" in text
    assert len(text.splitlines()) == 1


def test_following_gives_each_event_once(filled: Path) -> None:
    """New events come as they are written, until told to end."""
    with Store.open(filled) as store:
        rounds = iter([1, 2, 0])

        def wait() -> bool:
            count = next(rounds)
            store.append("drill-1", *[BODIES[3]] * count)
            store.append("drill-2", BODIES[2])
            return count > 0

        found = [event.seq for event in events.following(store, EVENTS, "drill-1", wait)]
    assert found == [EVENTS + 1, EVENTS + 3, EVENTS + 4]


def test_following_as_json_prints_a_document_a_line(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `--follow --json` every line is one event."""
    monkeypatch.setattr(events, "_wait", lambda: False)
    lines = lfr("tail", "--follow", "--limit", "2", "--json").stdout.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [EVENTS - 1, EVENTS]


def test_without_a_database_there_are_no_events(home: Path) -> None:
    """No database is an empty list, said on stderr; reading makes none; verifying it fails."""
    result = lfr("tail", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    assert "no database" in result.stderr
    assert lfr("verify").exit_code == 1
    assert list(home.iterdir()) == []


def test_an_empty_log_verifies(home: Path) -> None:
    """A database without events has a valid, empty log."""
    Store.open(home).close()
    assert "no events" in lfr("tail").stdout
    assert json.loads(lfr("verify", "--json").stdout)["events"] == 0


def test_a_valid_log_gives_its_head(filled: Path) -> None:
    """The head that is printed can be given back, also after the log has grown."""
    result = lfr("verify", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (found["verified"], found["events"]) == (True, EVENTS)
    assert found["head"] in lfr("verify").stdout
    with Store.open(filled) as store:
        store.append("drill-1", BODIES[3])
    assert lfr("verify", "--head", found["head"]).exit_code == 0


def test_an_altered_log_fails_and_names_the_event(filled: Path) -> None:
    """The first broken link is named, for people and for scripts."""
    tamper(filled)
    result = lfr("verify")
    assert result.exit_code == 1
    assert "event 4: edited" in result.stderr
    result = lfr("verify", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["verified"], found["seq"], found["breach"]) == (False, 4, "edited")


def test_another_head_fails(filled: Path) -> None:
    """A head that this log does not contain is found out."""
    result = lfr("verify", "--head", f"12:{'0' * 64}")
    assert (result.exit_code, "event 12: rewritten" in result.stderr) == (1, True)
    result = lfr("verify", "--head", f"99:{'0' * 64}")
    assert (result.exit_code, f"event {EVENTS + 1}: truncated" in result.stderr) == (1, True)


def test_a_malformed_head_is_wrong_usage(filled: Path) -> None:
    """What is not a head is wrong usage, and the error says what a head is."""
    result = lfr("verify", "--head", "yesterday")
    assert result.exit_code == 2
    assert "SEQ:HASH" in result.stderr

"""`lfr alerts acknowledge|adjudicate|engage|confirm|outcome|undo`: what people do with an alert, step by step."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import Result

from lfr_actors.cli import alerts
from lfr_actors.errors import Refused
from lfr_actors.messages import SubjectId, Wanted
from lfr_actors.store import Store
from tests.unit.cli import running
from tests.unit.cli.running import document
from tests.unit.events.samples import started
from tests.unit.store.samples import SUBJECT, alert


@pytest.fixture(autouse=True)
def _no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """No database from outside is read."""
    monkeypatch.delenv("LFR_DATABASE_URL", raising=False)


@pytest.fixture
def filled(home: Path) -> Path:
    """A data folder with an alert that one person decides (aa01), and one that two decide (bb02)."""
    wanted = Wanted(
        subject_id=SubjectId(SUBJECT),
        category="warrant",
        priority="red",
        legal_basis="court warrant",
        date_of_birth=dt.date(1980, 2, 29),
        notes=None,
        pictures=(),
    )
    with Store.open(home) as store:
        store.begin_deployment("drill-1", started())
        store.raise_alert(alert("aa01"), wanted)
        store.begin_deployment("drill-2", replace(started("drill-2"), two_person=True))
        store.raise_alert(alert("bb02", "drill-2"))
    return home


def lfr(*arguments: str) -> Result:
    """Run the command."""
    return running.lfr("alerts", *arguments)


def act_as(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Be another account of the operating system."""
    for module in (alerts, running.alert_decisions):
        monkeypatch.setattr(module, "account", lambda: name)


def test_an_alert_from_seen_to_its_outcome(filled: Path) -> None:
    """Every step says where the alert stands; the details tell all of it, and what the list says."""
    assert lfr("acknowledge", "aa").stdout == "alert aa01: seen\n"
    assert "alert aa01: true\nkept, and erased 24 hours after" in lfr("adjudicate", "aa", "true").stdout
    assert "taken back" not in lfr("show", "aa").stdout
    assert lfr("undo", "aa").stdout == "alert aa01: seen\n"
    lfr("adjudicate", "aa", "true", "--why", "same scar")
    assert "engaged" in lfr("engage", "aa", "engaged").stdout
    assert "confirmed-true" in lfr("confirm", "aa", "true").stdout
    text = lfr("outcome", "aa", "arrest", "--offence", "theft", "--note", "shop").stdout
    assert "alert aa01: confirmed-true, outcome arrest" in text
    shown = document("alerts", "show", "aa")
    assert (shown["outcome"], shown["legal_basis"], shown["priority"]) == ("arrest", "court warrant", "red")
    assert [step["what"] for step in shown["steps"]] == [
        "raised",
        "seen",
        "decided: true",
        "taken back: true, it is seen again",
        "decided: true",
        "engaged",
        "confirmed true",
        "outcome: arrest (theft)",
    ]
    assert (shown["steps"][4]["who"], shown["steps"][4]["why"]) == (alerts.account(), "same scar")
    text = lfr("show", "aa").stdout
    assert f"decided: true, by {alerts.account()}: same scar" in text
    assert "1980-02-29" in text


def test_somebody_else_after_engagement_is_erased(filled: Path) -> None:
    """Confirmed false: gone when the command returns, with a receipt; the outcome is still recorded."""
    lfr("adjudicate", "aa", "true")
    lfr("engage", "aa", "engaged")
    confirmed = document("alerts", "confirm", "aa", "false")
    assert (confirmed["state"], confirmed["subject_id"]) == ("confirmed-false", None)
    assert confirmed["receipt"]["class"] == "false-alert"
    assert isinstance(lfr("outcome", "aa", "misidentification", "--note", "sorry").exception, Refused)
    assert document("alerts", "outcome", "aa", "misidentification")["outcome"] == "misidentification"


def test_a_correction_is_a_supervisors(filled: Path) -> None:
    """Another outcome is refused, and taken `--as-supervisor`."""
    lfr("adjudicate", "aa", "true")
    lfr("engage", "aa", "not-engaged")
    assert lfr("outcome", "aa", "arrest").exception is not None
    lfr("outcome", "aa", "no-further-action")
    result = lfr("outcome", "aa", "no-further-action")
    assert "only supervisor may" in str(result.exception)
    assert lfr("outcome", "aa", "no-further-action", "--as-supervisor").exit_code == 0


def test_two_people_from_the_command_line(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a score before both have decided; who disagree are told that a supervisor decides."""
    assert document("alerts", "show", "bb")["score"] is None
    assert [row["score"] for row in document("alerts", "list")] == [0.971, None]
    for text in (lfr("list").stdout, lfr("show", "bb").stdout):
        assert "hidden" in text
        assert "0.971" not in text or "aa01" in text
    act_as(monkeypatch, "anna")
    assert "this is one opinion of two" in lfr("adjudicate", "bb", "true").stdout
    assert "somebody else gives the second" in str(lfr("adjudicate", "bb", "true").exception)
    assert document("alerts", "show", "bb")["steps"][-1]["what"] == "first opinion"
    act_as(monkeypatch, "ben")
    assert "a supervisor who gave neither decides" in lfr("adjudicate", "bb", "cannot-tell").stdout
    assert document("alerts", "show", "bb")["score"] == 0.971
    assert "only supervisor may" in str(lfr("adjudicate", "bb", "true").exception)
    act_as(monkeypatch, "sue")
    assert "alert bb02: true" in lfr("adjudicate", "bb", "true", "--as-supervisor").stdout


@pytest.mark.parametrize(
    "command",
    [("engage", "aa01", "perhaps"), ("confirm", "aa01", "yes"), ("outcome", "aa01", "hanged"), ("undo",)],
)
def test_wrong_usage_says_what_would_be_right(filled: Path, command: tuple[str, ...]) -> None:
    """What is no answer is refused with those that are, and nothing is written."""
    with Store.open(filled) as store:
        before = store.head()
    assert lfr(*command).exit_code == 2
    with Store.open(filled) as store:
        assert store.head() == before


def test_the_same_again_says_so(filled: Path) -> None:
    """Nothing is written twice, and nobody is left wondering."""
    lfr("acknowledge", "aa")
    assert "nothing was written: it was so already" in lfr("acknowledge", "aa").stdout

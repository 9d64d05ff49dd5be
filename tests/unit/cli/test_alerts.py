"""`lfr alerts`: what scripts and people read, that nobody looks unseen, and what becomes of a verdict."""

from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path

import pytest
from typer.testing import Result

from lfr_actors.cli import alerts
from lfr_actors.errors import Erased, KeyRefused, Refused, StoreError, VaultError
from lfr_actors.events.types import AccessViewed
from lfr_actors.retention.erasure import Eraser
from lfr_actors.retention.policy import DEFAULT_POLICY, DataClass
from lfr_actors.store import Store
from lfr_actors.store.files import FILM, PAGE, NewFile, retain_files
from lfr_actors.store.vault.keys import Keys
from tests.unit.cli import running
from tests.unit.cli.running import document, failing
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
    return running.lfr("alerts", *arguments)


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
        "erased_at": None,
        "category": None,
        "priority": None,
        "verdict": None,
        "outcome": None,
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


def test_an_incomplete_search_is_shown_loudly(filled: Path) -> None:
    """Who looks at an alert learns that part of the list did not answer; of a complete search nothing is said."""
    with Store.open(filled) as store:
        store.raise_alert(alert("cc04", "drill-2", missing=("shard 2 of 4: loading",)))
    assert "INCOMPLETE, part of the list did not answer: shard 2 of 4: loading" in lfr("show", "cc").stdout
    assert json.loads(lfr("show", "cc", "--json").stdout)["missing"] == ["shard 2 of 4: loading"]
    assert json.loads(lfr("show", "aa", "--json").stdout)["missing"] == []
    assert "INCOMPLETE" not in lfr("show", "aa").stdout


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


def test_a_false_alert_is_gone_when_the_command_returns(filled: Path) -> None:
    """Pictures, template and identity are erased before anybody is told; the receipt is named."""
    decided = document("alerts", "adjudicate", "aa", "false", "--why", "other-man-marker")
    assert (decided["alert_id"], decided["state"], decided["subject_id"]) == ("aa01", "false", None)
    receipt = decided["receipt"]
    assert (receipt["object_id"], receipt["class"]) == ("alert:aa01", "false-alert")
    assert receipt["items"] == {"identities": 1, "pictures": 2}
    assert receipt["simulated"] is False
    with Store.open(filled) as store:
        verdict, erased = store.last_events(2)
        assert (verdict.name, verdict.public["who"]) == ("alert.adjudicated", [alerts.account()])
        assert (erased.name, erased.seq) == ("data.erased", receipt["seq"])
        with pytest.raises(Erased):
            store.keys.get(str(verdict.key_id))
        assert store.alert("ab02").subject_id == SUBJECT
    left = b"".join(path.read_bytes() for path in filled.rglob("*") if path.is_file())
    assert b"other-man-marker" not in left


def test_copies_go_with_a_false_alert(filled: Path, tmp_path: Path) -> None:
    """A picture written to a file, a page and a film that show it go too; another alert's picture stays."""
    own, other, page, film = (tmp_path / name for name in ("own.jpg", "other.jpg", "page.html", "film.mp4"))
    for alert_id, picture in (("aa01", own), ("ab02", other)):
        assert lfr("show", alert_id, "--picture", str(picture)).exit_code == 0
    with Store.open(filled) as store:
        rule = DEFAULT_POLICY.rule_of(DataClass.ALERT)
        files = [
            NewFile(path=path, kind=kind, rule=rule, clock=rule.clock)
            for path, kind in ((page, PAGE), (film, FILM))
        ]
        retain_files(store, files, deployment_id="drill-1", policy_version=1)
    page.write_text("both alerts")
    film.write_bytes(b"both alerts")
    decided = document("alerts", "adjudicate", "aa01", "false")
    assert [copy["kind"] for copy in decided["copies"]] == ["picture", "page", "film"]
    assert [path.exists() for path in (own, other, page, film)] == [False, True, False, False]


def test_verdicts_for_people(filled: Path) -> None:
    """What was decided, what is gone and what is kept how long, also in the list and in the details."""
    text = lfr("adjudicate", "aa01", "false").stdout
    assert "erased: pictures, template and identity are gone; receipt: event" in text
    assert "it was erased at" in lfr("adjudicate", "aa01", "false").stdout
    assert "24 hours after the end of the deployment" in lfr("adjudicate", "ab02", "true").stdout
    assert lfr("adjudicate", "ab02", "cannot-tell").exit_code == 0
    text = lfr("list").stdout
    assert "false, erased" in text
    assert "cannot-tell" in text
    assert "false, erased" in lfr("show", "aa01").stdout


def test_a_verdict_that_stands_is_refused(
    filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A false alert cannot become true again: nothing is left to look at."""
    lfr("adjudicate", "aa01", "false")
    assert isinstance(lfr("adjudicate", "aa01", "true").exception, Refused)
    status, error, _ = failing(monkeypatch, capsys, "alerts", "adjudicate", "aa01", "true")
    assert (status, error["kind"]) == (3, "Refused")


def test_an_unknown_verdict_is_wrong_usage(filled: Path) -> None:
    """What is not a verdict is refused, with those that are."""
    result = lfr("adjudicate", "aa01", "maybe")
    assert result.exit_code == 2
    assert "cannot-tell" in result.stderr


@pytest.mark.parametrize("command", [("show", "aa01"), ("adjudicate", "aa01", "true")])
def test_a_reason_that_says_nothing_is_wrong_usage(filled: Path, command: tuple[str, ...]) -> None:
    """A blank `--why` is refused before anything is shown, decided or written."""
    with Store.open(filled) as store:
        before = store.head()
    assert lfr(*command, "--why", "  ").exit_code == 2
    with Store.open(filled) as store:
        assert store.head() == before


def test_the_picture_of_an_erased_alert_is_gone(filled: Path, tmp_path: Path) -> None:
    """Asking for it says when it was erased; no file is written, and the rest can still be shown."""
    lfr("adjudicate", "aa01", "false")
    result = lfr("show", "aa01", "--picture", str(tmp_path / "probe.jpg"))
    assert isinstance(result.exception, Erased)
    assert "was erased at" in str(result.exception)
    assert not (tmp_path / "probe.jpg").exists()
    assert document("alerts", "show", "aa01")["subject_id"] is None


def test_a_hold_keeps_a_false_alert(filled: Path) -> None:
    """The verdict is written, and the hold that keeps the alert is named."""
    grounds = ("--reason", "complaint", "--authority", "C/12", "--review")
    tomorrow = (dt.datetime.now().astimezone().date() + dt.timedelta(days=1)).isoformat()
    (hold,) = document("hold", "add", "alert:aa01", *grounds, tomorrow)["holds"]
    text = lfr("adjudicate", "aa01", "false").stdout
    assert f"kept by hold {hold['hold_id']}" in text
    with Store.open(filled) as store:
        assert (store.alert("aa01").state, store.alert("aa01").subject_id) == ("false", SUBJECT)


def test_an_erasure_that_fails_is_loud(
    filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdict stands and the alert does not go: exit status 1, said in both places; later it goes."""

    def failing_disk(*_: object) -> int:
        raise StoreError("keys.db", "the disk failed")

    with monkeypatch.context() as patch:
        patch.setattr(Keys, "destroy", failing_disk)
        result = lfr("adjudicate", "aa01", "false")
        assert isinstance(result.exception, VaultError)
        assert "written as false, but it is NOT ERASED" in result.stderr
        status, error, told = failing(patch, capsys, "alerts", "adjudicate", "aa01", "false")
        assert status == 1
        assert "the disk failed" in error["message"]
        assert "NOT ERASED" in told
    assert "erased 1 overdue object: 1 false-alert" in lfr("list").stderr


def test_a_false_alert_that_is_not_due_is_loud(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock set back between verdict and erasure: nobody is told that the alert is kept by right."""
    with monkeypatch.context() as patch:
        patch.setattr(Eraser, "erase", lambda *_: None)
        result = lfr("adjudicate", "aa01", "false")
    assert isinstance(result.exception, VaultError)
    assert "set back" in str(result.exception)
    assert "NOT ERASED" in result.stderr
    assert "kept, and erased" not in result.stdout


def test_with_another_key_nothing_is_decided(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its key an alert can neither be shown nor decided, and stays as it was."""
    monkeypatch.setenv("LFR_KEK", "ab" * 32)
    for command in (("list",), ("show", "aa01"), ("adjudicate", "aa01", "false")):
        result = lfr(*command)
        assert isinstance(result.exception, KeyRefused)
        assert "the keys cannot be opened" in result.stderr
    monkeypatch.delenv("LFR_KEK")
    assert document("alerts", "list")[0]["state"] == "raised"


def test_deciding_without_a_database_fails(home: Path) -> None:
    """There is nothing to decide; none is made."""
    assert lfr("adjudicate", "aa01", "true").exit_code == 1
    assert list(home.iterdir()) == []

"""`lfr bluelist`: passes that are declared, what is refused, and the rate that comes of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import bluelist
from lfr_actors.cli.alerts import account
from lfr_actors.errors import Erased, Refused, StoreError, WatchlistError
from lfr_actors.events.codec import utc_text
from lfr_actors.events.deployments import DeploymentClosed
from lfr_actors.events.marks import BlueListPassed, BlueListRecognised, BlueListSeeded
from lfr_actors.store import Store
from lfr_actors.watchlist.commitment import commitment
from tests.unit.cli.kept_home import Clock
from tests.unit.events.samples import TOTALS, started

DRILL, VOLUNTEER = "drill-1", "volunteer-marker-7"
BEGAN = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=2)
"""Not so long ago that the secret of the deployment would be due for erasure."""


@pytest.fixture
def running(home: Path) -> Iterator[Path]:
    """A deployment that began two hours ago and runs, with nobody on its blue list."""
    with Store.open(home, clock=Clock(BEGAN)) as store:
        store.begin_deployment(DRILL, started(DRILL))
        store.deployment_secret(DRILL)
        with store.lease(DRILL):
            yield home


@pytest.fixture
def seeded(running: Path) -> Path:
    """The same deployment with two volunteers on its list."""
    with Store.open(running, clock=Clock(BEGAN)) as store:
        secret = store.known_secret(DRILL)
        blue = tuple(commitment(secret, who) for who in (VOLUNTEER, "volunteer-8"))
        store.append(DRILL, BlueListSeeded(gallery_version="g1", commitments=blue))
    return running


def lfr(*arguments: str) -> Result:
    """Run the command; errors of the product are the result's exception."""
    app = typer.Typer()
    bluelist.register(app)
    return CliRunner().invoke(app, ["bluelist", *arguments])


def passed(after_s: float = 60, *, subject: str = VOLUNTEER, camera: str = "bridge-street") -> Result:
    """Declare a pass so many seconds after it began."""
    at = utc_text(BEGAN + dt.timedelta(seconds=after_s))
    return lfr("pass", DRILL, subject, "--camera", camera, "--at", at)


def recognise(home: Path, *after_s: float) -> None:
    """The deployment recognises the volunteer, so many seconds after it began."""
    with Store.open(home, clock=Clock(BEGAN)) as store:
        who = commitment(store.known_secret(DRILL), VOLUNTEER)
        for at_s in after_s:
            body = BlueListRecognised(
                commitment=who,
                camera="bridge-street",
                track="1-9",
                captured_at=BEGAN + dt.timedelta(seconds=at_s),
                score=0.98,
                threshold=0.955,
                gallery_version="g1",
                gallery_subjects=500,
                missing=(),
            )
            store.append(DRILL, body)


def report() -> dict[str, Any]:
    """The report for scripts."""
    result = lfr("report", DRILL, "--json")
    assert result.exit_code == 0, result.exception
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_a_declared_pass_names_nobody(seeded: Path) -> None:
    """The log says where and when, by whose word, and by commitment whose; so does what is printed."""
    declared = lfr("pass", DRILL, VOLUNTEER, "--camera", "bridge-street", "--json")
    document = json.loads(declared.stdout)
    with Store.open(seeded) as store:
        (event,) = store.last_events(1)
        secret = store.known_secret(DRILL)
    body = event.body
    assert isinstance(body, BlueListPassed)
    assert (body.commitment, body.camera) == (commitment(secret, VOLUNTEER), "bridge-street")
    assert body.who == account()
    assert document == {"deployment": DRILL, "event_seq": event.seq, **event.public}
    assert VOLUNTEER not in declared.stdout + event.public_json


def test_the_report_has_rate_interval_and_counts(seeded: Path) -> None:
    """Of three passes one was recognised; one recognition belongs to no pass that was declared."""
    for after_s in (60, 600, 1200):
        assert passed(after_s).exit_code == 0
    recognise(seeded, 62, 3000)
    document = report()
    assert (document["passes"], document["recognised"], document["missed"]) == (3, 1, 2)
    assert (document["undeclared"], document["blue_list"], document["volunteers"]) == (1, 2, 1)
    assert document["tpir"]["rate"] == pytest.approx(1 / 3)
    assert (document["tpir"]["low"], document["tpir"]["high"]) == pytest.approx((0.0084, 0.9057), abs=1e-4)
    assert (document["threshold"], document["within_s"]) == (0.955, 30.0)
    (camera,) = document["cameras"]
    assert (camera["camera"], camera["recognised"]) == ("bridge-street", 1)
    text = lfr("report", DRILL).stdout
    assert "33.3 %" in text
    assert "1 of 2 volunteers passed" in text
    assert "without a pass that was declared" in text


def test_without_passes_there_is_insufficient_data(seeded: Path) -> None:
    """No rate is neither zero nor one, also when volunteers were recognised."""
    recognise(seeded, 62)
    assert report()["tpir"] is None
    assert "insufficient data" in lfr("report", DRILL).stdout


def test_a_pass_within_the_cooldown_is_warned_about_and_left_out(seeded: Path) -> None:
    """Whoever declares it is told at once; the report counts it apart."""
    assert "cooldown" not in passed(60).stderr
    assert "within the cooldown of 60 s" in passed(100).stderr
    recognise(seeded, 61)
    document = report()
    assert (document["recognised"], document["missed"], document["in_cooldown"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--camera", "no-such"], "has no camera no-such; it has bridge-street"),
        (["--camera", "bridge-street", "--at", "midday"], "is not a moment"),
        (["--camera", "bridge-street", "--at", "2024-09-07T12:10:00"], "has no time zone"),
        (["--camera", "bridge-street", "--at", "2999-01-01T00:00:00Z"], "is yet to come"),
        (["--camera", "bridge-street", "--at", utc_text(BEGAN - dt.timedelta(minutes=1))], "began only at"),
        (["--camera", "bridge-street", "--who", " "], "says nothing"),
        ([], "Missing option '--camera'"),
    ],
)
def test_what_cannot_be_a_pass_is_wrong_usage(seeded: Path, arguments: list[str], words: str) -> None:
    """Each is named, with the exit status of wrong usage, and nothing is written."""
    result = lfr("pass", DRILL, VOLUNTEER, *arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())
    assert report()["passes"] == 0


def test_a_pass_after_the_end_is_wrong_usage(seeded: Path) -> None:
    """Nobody was looking; it would count as missed. One from before the end can still be declared."""
    with Store.open(seeded, clock=Clock(BEGAN + dt.timedelta(hours=1))) as store:
        store.end_deployment(DRILL, DeploymentClosed(reason="every source ended", totals=TOTALS))
    result = passed(3601)
    assert result.exit_code == 2
    assert "drill-1 ended at" in result.stderr
    assert passed(3599).exit_code == 0


def test_only_volunteers_can_be_declared(seeded: Path) -> None:
    """A subject, or a mistyped id, would count as missed for ever: it is refused, and nothing is written."""
    result = passed(subject="volunter-8")
    assert isinstance(result.exception, WatchlistError)
    assert "2 volunteers on its blue list, and volunter-8 is not one of them" in str(result.exception)
    assert report()["passes"] == 0


def test_a_list_without_volunteers_says_how_to_have_some(running: Path) -> None:
    """Who has no blue list learns which category makes one."""
    result = passed()
    assert isinstance(result.exception, WatchlistError)
    assert "give volunteers the category blue-list" in str(result.exception)


def test_the_same_pass_counts_once(seeded: Path) -> None:
    """A command given twice is refused the second time."""
    assert passed().exit_code == 0
    assert isinstance(passed().exception, Refused)
    assert report()["passes"] == 1


def test_once_the_secret_is_gone_the_report_stays(seeded: Path) -> None:
    """Nobody can tell any more whom a pass would be of, so none can be declared; what was counted still stands."""
    assert passed().exit_code == 0
    recognise(seeded, 62)
    with Store.open(seeded, clock=Clock(BEGAN)) as store:
        key = store.keys.named(f"deployment:{DRILL}")
        assert key is not None
        store.keys.destroy(key.key_id)
    assert isinstance(passed(900).exception, Erased)
    assert report()["recognised"] == 1


def test_an_unknown_deployment_is_named(seeded: Path) -> None:
    """Neither command makes one up."""
    for arguments in (["pass", "drill-9", VOLUNTEER, "--camera", "east"], ["report", "drill-9"]):
        result = lfr(*arguments)
        assert isinstance(result.exception, StoreError)
        assert "deployment drill-9 never began" in str(result.exception)


def test_without_a_database_there_is_nothing(home: Path) -> None:
    """It is said, and none is made."""
    result = lfr("report", DRILL)
    assert result.exit_code == 1
    assert "no database" in result.stderr
    assert list(home.iterdir()) == []

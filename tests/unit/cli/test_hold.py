"""`lfr hold`: what is held survives everything until it is released, then goes at once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from typer.testing import Result

from lfr_actors.cli.alerts import account
from lfr_actors.cli.hold_terms import a_year_after
from lfr_actors.errors import Refused, StoreError
from lfr_actors.events.sealed import key_id_of
from lfr_actors.store import Store
from tests.unit.cli.kept_home import SEGMENT, WATCHLIST, Clock, add_segment, fill
from tests.unit.cli.running import document, failing, lfr
from tests.unit.store.samples import SUBJECT

LONG_AGO = dt.datetime(2024, 9, 7, 18, tzinfo=dt.UTC)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
FAR_OFF = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _wide_terminal_and_no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables do not wrap, and no database from outside is read."""
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.delenv("LFR_DATABASE_URL", raising=False)


@pytest.fixture
def closed_at() -> dt.datetime:
    """An hour ago: alerts of a deployment that closed then are due in 23 hours."""
    return dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)


@pytest.fixture
def closed(home: Path, closed_at: dt.datetime) -> Path:
    """A data folder with a deployment that closed an hour ago."""
    fill(home, closed_at)
    return home


def in_days(days: int) -> str:
    """A date so many days from today."""
    return (dt.datetime.now().astimezone().date() + days * DAY).isoformat()


def grounds(review: str | None = None) -> tuple[str, ...]:
    """Reason, authority and review of a hold."""
    return "--reason", "evidence", "--authority", "OP/2024/7", "--review", review or in_days(30)


def hold(*what: str) -> Result:
    """Place a hold."""
    return lfr("hold", "add", *what, *grounds())


def kept(home: Path) -> list[str]:
    """What is not erased."""
    with Store.open(home) as store:
        return [record.object_id for record in store.retained.records()]


def test_a_hold_is_placed_and_listed(closed: Path) -> None:
    """A beginning of the id is enough; the list says what is held, why, by whose authority and until when."""
    (placed,) = document("hold", "add", "alert:aa", *grounds())["holds"]
    assert (placed["object_id"], placed["reason"], placed["authority"]) == (
        "alert:aa01",
        "evidence",
        "OP/2024/7",
    )
    assert (placed["placed_by"], placed["review_on"]) == (account(), in_days(30))
    assert document("hold", "list")["holds"] == [placed]
    text = lfr("hold", "list").stdout
    for part in (placed["hold_id"], "alert:aa01", "evidence", "OP/2024/7", in_days(30), account()):
        assert part in text
    with Store.open(closed) as store:
        (event,) = store.last_events(1)
    assert (event.name, event.public["who"], event.deployment_id) == ("hold.placed", account(), "drill-1")


@pytest.mark.parametrize(("reference", "object_id"), [("footage:5e5", SEGMENT), (SEGMENT, SEGMENT)])
def test_whatever_is_kept_can_be_held(closed: Path, reference: str, object_id: str) -> None:
    """Not only alerts: the object is named by its kind and id."""
    assert document("hold", "add", reference, *grounds())["holds"][0]["object_id"] == object_id


def test_a_held_object_survives_everything_until_released(closed: Path) -> None:
    """Purges, also of the far future, and a verdict leave it; released, it goes at once, with its receipt."""
    held = document("hold", "add", "alert:aa01", *grounds())["holds"][0]["hold_id"]
    done = document("purge", "--now", FAR_OFF.isoformat())
    assert [item["object_id"] for item in done["held"]] == ["alert:aa01"]
    assert kept(closed) == ["alert:aa01"]
    decided = document("alerts", "adjudicate", "aa01", "false")
    assert (decided["state"], decided["erased_at"], decided["held_by"]) == ("false", None, [held])
    assert decided["subject_id"] == SUBJECT
    document("purge")
    assert kept(closed) == ["alert:aa01"]
    released = document("hold", "release", held)
    assert (released["erased"]["object_id"], released["erased"]["class"]) == ("alert:aa01", "false-alert")
    assert released["hold"]["released_by"] == account()
    assert kept(closed) == []
    assert document("hold", "list")["holds"] == []
    assert [row["hold_id"] for row in document("hold", "list", "--all")["holds"]] == [held]


def test_release_says_what_follows(closed: Path) -> None:
    """Not due yet, held by another, or erased at once: each is said."""
    first, second = (
        document("hold", "add", "alert:aa01", *grounds())["holds"][0]["hold_id"] for _ in range(2)
    )
    assert f"still kept by hold {second}" in lfr("hold", "release", first).stdout
    assert "will be erased at" in lfr("hold", "release", second[:6]).stdout
    assert "released" in lfr("hold", "list", "--all").stdout
    third = document("hold", "add", "alert:ab02", *grounds())["holds"][0]["hold_id"]
    lfr("alerts", "adjudicate", "ab02", "false")
    assert "it was overdue and is erased now; receipt: event" in lfr("hold", "release", third).stdout
    assert isinstance(lfr("hold", "release", third).exception, Refused)


def test_release_of_what_cannot_be_erased_is_loud(home: Path) -> None:
    """The hold is gone and the object is not: it fails, and says so."""
    fill(home, LONG_AGO)
    with Store.open(home, clock=Clock(LONG_AGO)) as store:
        held = store.retained.place_hold(
            WATCHLIST, reason="other", authority="A", review_on=FAR_OFF.date(), who="officer"
        )
    (home / "vault" / "list.sealed").unlink()
    (home / "vault" / "list.sealed").mkdir()
    result = lfr("hold", "release", held.hold_id)
    assert "cannot be deleted" in str(result.exception)
    assert f"hold {held.hold_id} is released, but {WATCHLIST} is overdue and NOT ERASED" in result.stderr


def test_the_footage_of_a_camera(closed: Path, closed_at: dt.datetime) -> None:
    """Every segment that overlaps the time is held, of this camera and deployment, and no other."""
    other, later = "footage:" + "0a" * 16, "footage:" + "0b" * 16
    with Store.open(closed, clock=Clock(closed_at)) as store:
        add_segment(store, "drill-1", ended_at=closed_at - 10 * MINUTE, object_id=other, camera="station")
        add_segment(store, "drill-1", ended_at=closed_at, object_id=later)
    stretch = ["--footage-of", "bridge-street", "--to", (closed_at - 10.5 * MINUTE).isoformat()]
    begin = (closed_at - 30 * MINUTE).isoformat()
    found = document("hold", "add", *stretch, "--from", begin, "--deployment", "drill-1", *grounds())
    assert [row["object_id"] for row in found["holds"]] == [SEGMENT]
    stretch[3] = closed_at.isoformat()
    found = document("hold", "add", *stretch, "--from", begin, *grounds())
    assert [row["object_id"] for row in found["holds"]] == [SEGMENT, later]
    for wrong in (("--deployment", "drill-9"), ("--footage-of", "nowhere")):
        result = hold(*stretch, "--from", begin, *wrong)
        assert isinstance(result.exception, StoreError)
        assert "no footage of camera" in str(result.exception)


def test_footage_that_is_gone_is_said(closed: Path, closed_at: dt.datetime) -> None:
    """Of a stretch whose first part was erased, the rest is held and the gap is told."""
    late = "footage:" + "0b" * 16
    with Store.open(closed, clock=Clock(closed_at)) as store:
        add_segment(store, "drill-1", ended_at=closed_at, object_id=late)
    between = closed_at - MINUTE + 31 * DAY
    document("purge", "--now", between.isoformat())
    stretch = ("--footage-of", "bridge-street", "--from", (closed_at - DAY).isoformat())
    found = document("hold", "add", *stretch, "--to", closed_at.isoformat(), *grounds())
    assert ([row["object_id"] for row in found["holds"]], found["already_erased"]) == ([late], 1)
    document("hold", "release", found["holds"][0]["hold_id"])
    document("purge", "--now", FAR_OFF.isoformat())
    result = hold(*stretch, "--to", closed_at.isoformat())
    assert "2 segments were erased" in str(result.exception)


def test_a_note_is_sealed(closed: Path) -> None:
    """A note goes into the event's sealed part, under the object's own key, and nowhere in clear."""
    marker = "note-marker-0815"
    assert lfr("hold", "add", "alert:aa01", *grounds(), "--note", marker).exit_code == 0
    with Store.open(closed) as store:
        (event,) = store.last_events(1)
    assert event.sealed is not None
    assert event.key_id == key_id_of(event.sealed)
    assert marker.encode() not in b"".join(path.read_bytes() for path in closed.rglob("*") if path.is_file())


def test_without_keys_a_hold_can_be_placed(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hold needs no key, so that nothing is lost while the right one is sought; a note does."""
    document("purge")
    monkeypatch.setenv("LFR_KEK", "ab" * 32)
    assert hold("alert:aa01").exit_code == 0
    result = lfr("hold", "add", "alert:ab02", *grounds(), "--note", "seen")
    assert "LFR_KEK" in str(result.exception)
    assert [row["object_id"] for row in document("hold", "list")["holds"]] == ["alert:aa01"]


def test_what_is_erased_cannot_be_held(closed: Path) -> None:
    """An erased alert is refused by authority of the erasure: there is nothing left to hold."""
    lfr("alerts", "adjudicate", "aa01", "false")
    result = hold("alert:aa01")
    assert isinstance(result.exception, Refused)
    assert "was erased at" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("aa01", *grounds()), "does not say what it is"),
        (("alert:", *grounds()), "does not say what it is"),
        (grounds(), "give either an OBJECT or --footage-of"),
        (("alert:aa01", "--footage-of", "x", "--from", "2024-01-01T00:00Z", "--to", "2024-01-02T00:00Z"), ""),
        (("alert:aa01", *grounds(), "--deployment", "drill-1"), "go with --footage-of"),
        (("--footage-of", "x", *grounds()), "needs --from and --to"),
        (
            ("--footage-of", "x", "--from", "2024-01-01T10:00:00", "--to", "2024-01-02T00:00Z", *grounds()),
            "has no time zone",
        ),
        (
            ("--footage-of", "x", "--from", "2024-01-03T00:00Z", "--to", "2024-01-02T00:00Z", *grounds()),
            "is after",
        ),
        (
            ("--footage-of", "x", "--from", "2024-01-03T00:00Z", "--to", "2098-01-02T00:00Z", *grounds()),
            "in the future",
        ),
        (("alert:aa01", *grounds(in_days(0))), "tomorrow"),
        (("alert:aa01", *grounds(in_days(-3))), "tomorrow"),
        (("alert:aa01", *grounds(in_days(400))), "a year from today"),
        (("alert:aa01", *grounds("next week")), "is not a date"),
        (("alert:aa01", *grounds(), "--reason", "gossip"), "is not a reason for a hold"),
        (("alert:aa01", *grounds(), "--authority", "  "), "a reference on one line"),
        (("alert:aa01", *grounds(), "--authority", "a\x1b[2Jb"), "a reference on one line"),
    ],
)
def test_wrong_usage_is_named_and_holds_nothing(
    closed: Path, arguments: tuple[str, ...], reason: str
) -> None:
    """What is missing or out of bounds gives exit status 2 and says what would be right."""
    result = lfr("hold", "add", *arguments)
    assert result.exit_code == 2
    assert reason in " ".join(result.stderr.replace("│", " ").split())
    assert document("hold", "list")["holds"] == []


@pytest.mark.parametrize(
    ("arguments", "status", "kind", "reason"),
    [
        (("add", "alert:zz", *grounds()), 1, "StoreError", "nothing is kept under the id 'alert:zz'"),
        (("add", "alert:a", *grounds()), 1, "StoreError", "2 objects have ids that begin with"),
        (("add", WATCHLIST, *grounds()), 3, "Refused", "was erased at"),
        (("release", "zz"), 1, "StoreError", "no hold has an id"),
    ],
)
def test_what_fails_is_a_document(
    closed: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    status: int,
    kind: str,
    reason: str,
) -> None:
    """With --json a script reads what failed, with the exit status of its kind."""
    found, error, told = failing(monkeypatch, capsys, "hold", *arguments)
    assert (found, error["kind"]) == (status, kind)
    assert reason in error["message"]
    assert reason in told


def test_without_a_database(home: Path) -> None:
    """There are no holds, and nothing to hold; none is made."""
    result = lfr("hold", "list")
    assert (result.exit_code, result.stdout) == (0, "no holds\n")
    assert "no database" in result.stderr
    assert "holds no database" in str(hold("alert:aa01").exception)
    assert list(home.iterdir()) == []


def test_an_overdue_review_is_marked_in_the_list(home: Path) -> None:
    """The list says by how many days a review is late."""
    fill(home, LONG_AGO)
    with Store.open(home, clock=Clock(LONG_AGO)) as store:
        yesterday = dt.datetime.now().astimezone().date() - DAY
        store.retained.place_hold(
            "alert:aa01", reason="other", authority="A", review_on=yesterday, who="officer"
        )
    assert f"{yesterday}, 1 d overdue" in lfr("hold", "list").stdout


@pytest.mark.parametrize(
    ("day", "last"),
    [(dt.date(2024, 9, 7), dt.date(2025, 9, 7)), (dt.date(2024, 2, 29), dt.date(2025, 2, 28))],
)
def test_a_year(day: dt.date, last: dt.date) -> None:
    """A year is to the same date, and from a leap day to the end of February."""
    assert a_year_after(day) == last

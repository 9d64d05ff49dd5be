"""`lfr purge`: exactly what is due, once, with receipts; and what it says when it cannot."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from lfr_actors.cli.opening import BAR_FROM
from lfr_actors.cli.purge import MOST_ROWS, late_words
from lfr_actors.retention.policy import DEFAULT_POLICY, ClockStart, DataClass
from lfr_actors.store import Store
from lfr_actors.store.objects import NewObject
from tests.unit.cli.kept_home import FOOTAGE_DAYS, SECRET_BYTES, SEGMENT, WATCHLIST, Clock, fill
from tests.unit.cli.running import document, lfr
from tests.unit.store.samples import PICTURE, SUBJECT, decide

CLOSED = dt.datetime(2024, 9, 7, 18, tzinfo=dt.UTC)
SECOND, DAY = dt.timedelta(seconds=1), dt.timedelta(days=1)
DECIDED = CLOSED - dt.timedelta(minutes=30)
SEGMENT_DUE = CLOSED - dt.timedelta(minutes=10) + FOOTAGE_DAYS * DAY


@pytest.fixture(autouse=True)
def _wide_terminal_and_no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables do not wrap, and no database from outside is read."""
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.delenv("LFR_DATABASE_URL", raising=False)


@pytest.fixture
def closed(home: Path) -> Path:
    """A data folder with a closed deployment; one of its alerts was found false, and is not erased yet."""
    fill(home, CLOSED)
    with Store.open(home, clock=Clock(DECIDED)) as store:
        decide(store, "aa01", "false")
    return home


def purged(now: dt.datetime, *more: str) -> list[tuple[str, str]]:
    """Object and class of what a purge at a moment erases."""
    done = document("purge", "--now", now.isoformat(), *more)
    return [(receipt["object_id"], receipt["class"]) for receipt in done["erased"]]


def receipts(home: Path) -> list[str]:
    """The objects of every receipt in the log."""
    with Store.open(home) as store:
        return [event.public["object_id"] for event in store.iter_events() if event.name == "data.erased"]


def everything_under(home: Path) -> bytes:
    """The bytes of every file of a data folder."""
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def test_each_wording_is_kept_to_the_second(closed: Path) -> None:
    """Straight away, at the end, 24 hours, 31 days: erased at that moment, not a second before, and once."""
    steps = [
        (DECIDED - SECOND, []),
        (DECIDED, [("alert:aa01", "false-alert")]),
        (CLOSED - SECOND, []),
        (CLOSED, [(WATCHLIST, "watchlist")]),
        (CLOSED + DAY - SECOND, []),
        (CLOSED + DAY, [("alert:ab02", "alert")]),
        (SEGMENT_DUE - SECOND, []),
        (SEGMENT_DUE, [(SEGMENT, "footage")]),
        (SEGMENT_DUE + 365 * DAY, []),
    ]
    for now, expected in steps:
        assert purged(now) == expected, now
    assert receipts(closed) == ["alert:aa01", WATCHLIST, "alert:ab02", SEGMENT]
    left = everything_under(closed)
    assert not [marker for marker in (SUBJECT.encode(), PICTURE, SECRET_BYTES) if marker in left]


def test_going_back_in_time_erases_nothing(closed: Path) -> None:
    """A moment before anything was due finds nothing due, whatever the real time is."""
    assert purged(dt.datetime(2020, 1, 1, tzinfo=dt.UTC)) == []
    assert receipts(closed) == []


def test_the_document(closed: Path) -> None:
    """Scripts find the promised keys; receipts of a time given by hand say so."""
    done = document("purge", "--now", "2024-09-08T19:00:00+01:00")
    assert {name: done[name] for name in ("now", "simulated", "dry_run", "due", "held", "overdue")} == {
        "now": "2024-09-08T18:00:00.000000Z",
        "simulated": True,
        "dry_run": False,
        "due": [],
        "held": [],
        "overdue": [],
    }
    assert done["next_due_at"] == "2024-10-08T17:50:00.000000Z"
    assert [receipt["simulated"] for receipt in done["erased"]] == [True] * 3
    assert done["erased"][2]["rule"] == "alert: 24 hours after the end of the deployment"
    assert done["erased"][2]["lateness_s"] == 0.0


def test_without_a_time_it_is_now(closed: Path) -> None:
    """By the real clock everything of that day is long due, and the receipts are real."""
    done = document("purge")
    assert [receipt["simulated"] for receipt in done["erased"]] == [False] * 4
    assert (done["simulated"], done["next_due_at"]) == (False, None)
    assert "nothing is due" in lfr("purge").stdout


def test_a_dry_run_changes_nothing(closed: Path) -> None:
    """It says what would go and when the next thing is due, and leaves every file as it was."""
    before = everything_under(closed)
    done = document("purge", "--dry-run", "--now", CLOSED.isoformat())
    assert [item["object_id"] for item in done["due"]] == ["alert:aa01", WATCHLIST]
    assert done["due"][1] == {
        "object_id": WATCHLIST,
        "class": "watchlist",
        "due_at": "2024-09-07T18:00:00.000000Z",
    }
    assert (done["dry_run"], done["erased"]) == (True, [])
    assert done["next_due_at"] == "2024-09-08T18:00:00.000000Z"
    assert (
        "would erase 4 objects: 1 alert, 1 false-alert, 1 footage, 1 watchlist"
        in lfr("purge", "--dry-run").stdout
    )
    assert everything_under(closed) == before


def test_for_people(closed: Path) -> None:
    """A line for each object with its receipt, a sum by class, and what comes next."""
    result = lfr("purge", "--now", (CLOSED + DAY).isoformat())
    lines = result.stdout.splitlines()
    assert lines[1].split()[:2] == ["alert:aa01", "false-alert"]
    assert "erased, receipt: event" in lines[1]
    assert "24 h" in lines[1]
    assert "erased 3 objects: 1 alert, 1 false-alert, 1 watchlist" in result.stdout
    assert "next due: 2024-10-08" in result.stdout
    assert "given by hand" in result.stderr


def test_what_is_held_is_listed_with_its_hold(closed: Path) -> None:
    """A held object is not erased; the hold that keeps it is named."""
    with Store.open(closed, clock=Clock(CLOSED)) as store:
        hold = store.retained.place_hold(
            "alert:ab02",
            reason="complaint",
            authority="C/12",
            review_on=dt.date(2099, 1, 1),
            who="officer",
        )
    done = document("purge", "--now", (SEGMENT_DUE + DAY).isoformat())
    assert "alert:ab02" not in [receipt["object_id"] for receipt in done["erased"]]
    (held,) = done["held"]
    assert (held["object_id"], held["class"]) == ("alert:ab02", "alert")
    assert [(found["hold_id"], found["authority"]) for found in held["holds"]] == [(hold.hold_id, "C/12")]
    text = lfr("purge").stdout
    assert f"held: hold {hold.hold_id} (complaint, C/12, review by 2099-01-01)" in text
    assert "held: 1 object: 1 alert" in text


def test_what_cannot_be_erased_is_loud_and_tried_again(closed: Path) -> None:
    """A file that cannot be deleted: exit status 1, the reason, and the rest erased; mended, it goes."""
    obstacle = closed / "vault" / "list.sealed"
    obstacle.unlink()
    obstacle.mkdir()
    result = lfr("purge", "--json")
    done = json.loads(result.stdout)
    assert result.exit_code == 1
    assert len(done["erased"]) == 3
    (overdue,) = done["overdue"]
    assert (overdue["object_id"], overdue["class"]) == (WATCHLIST, "watchlist")
    assert "cannot be deleted" in overdue["reason"]
    result = lfr("purge")
    assert result.exit_code == 1
    assert "NOT ERASED" in result.stdout
    assert "NOT ERASED: 1 overdue object: 1 watchlist" in result.stderr
    obstacle.rmdir()
    assert [receipt["object_id"] for receipt in document("purge")["erased"]] == [WATCHLIST]


def test_another_key_erases_nothing_and_harms_nothing(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the wrong key-encryption key everything due is overdue; with the right one it is erased."""
    monkeypatch.setenv("LFR_KEK", "ab" * 32)
    result = lfr("purge", "--json")
    assert result.exit_code == 1
    assert len(json.loads(result.stdout)["overdue"]) == 4
    assert "LFR_KEK" in result.stderr
    assert receipts(closed) == []
    monkeypatch.delenv("LFR_KEK")
    assert len(document("purge")["erased"]) == 4


def test_without_a_database_nothing_is_due(home: Path) -> None:
    """Nothing was ever kept here: said, no failure, and nothing is made."""
    for more in ((), ("--dry-run",)):
        result = lfr("purge", "--json", *more)
        assert result.exit_code == 0
        assert json.loads(result.stdout)["erased"] == []
        assert f"no database in {home}" in result.stderr
    assert "nothing is due" in lfr("purge").stdout
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ("2024-09-07T12:00:00", "has no time zone"),
        ("2024-09-07", "has no time zone"),
        ("yesterday", "is not a moment"),
        ("0001-01-01T00:00:00+14:00", "not of a year"),
    ],
)
def test_a_time_that_cannot_be_told_is_wrong_usage(closed: Path, now: str, reason: str) -> None:
    """A time without a zone, or none at all, is refused before anything is erased."""
    result = lfr("purge", "--now", now)
    assert result.exit_code == 2
    assert reason in result.stderr
    assert receipts(closed) == []


def test_many_at_once(home: Path) -> None:
    """Hundreds go in one purge; the table is cut, the sum is whole."""
    count = BAR_FROM + 10
    rule = DEFAULT_POLICY.rule_of(DataClass.WATCHLIST)
    with Store.open(home, clock=Clock(CLOSED)) as store:
        for number in range(count):
            store.retained.add(
                NewObject(
                    object_id=f"file:{number:04}",
                    data_class=rule.data_class,
                    kind="file",
                    deployment_id=None,
                    clock=ClockStart.MADE,
                    clock_started_at=CLOSED,
                    lifetime=DAY,
                    policy_version=1,
                )
            )
    result = lfr("purge")
    assert f"erased {count} objects: {count} watchlist" in result.stdout
    assert f"and {count - MOST_ROWS} more" in result.stdout
    assert len(receipts(home)) == count


@pytest.mark.parametrize(
    ("late_s", "words"),
    [(-5, "0.0 s"), (0.25, "0.2 s"), (119, "119.0 s"), (120, "2 min"), (7_200, "2 h"), (31 * 86_400, "31 d")],
)
def test_lateness_in_words(late_s: float, words: str) -> None:
    """Lateness is told in the unit that people would use."""
    assert late_words(dt.timedelta(seconds=late_s)) == words

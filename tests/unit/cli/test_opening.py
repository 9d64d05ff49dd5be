"""Opening the data folder: what is overdue goes first, and what cannot go is shouted about."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lfr_actors.cli.opening import counted, opened
from lfr_actors.errors import KeyRefused, StoreError
from lfr_actors.store import Store
from tests.unit.cli.kept_home import WATCHLIST, Clock, fill
from tests.unit.cli.running import document, lfr
from tests.unit.events.samples import started
from tests.unit.store.samples import alert

LONG_AGO = dt.datetime(2024, 9, 7, 18, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """No database from outside is read."""
    monkeypatch.delenv("LFR_DATABASE_URL", raising=False)


def recently() -> dt.datetime:
    """An hour ago by the real clock."""
    return dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)


def test_the_overdue_goes_before_anything_else(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever opens the store finds it without what was overdue, and is told in one line."""
    fill(home, LONG_AGO)
    with opened(home) as store:
        assert store.retained.records() == []
    told = capsys.readouterr()
    assert told.err == "erased 4 overdue objects: 2 alert, 1 footage, 1 watchlist\n"
    assert told.out == ""


def test_nothing_overdue_is_nothing_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where all is in time, opening is silent; so it is on an empty data folder, where it makes no keys."""
    with opened(home) as store:
        assert store.retained.records() == []
    assert not (home / "keys").exists()
    fill(home, recently())
    with Store.open(home) as store:
        store.retained.claim([WATCHLIST], recently())  # what a crash left behind is finished, and said
    with opened(home):
        assert "1 watchlist" in capsys.readouterr().err
    with opened(home):
        pass
    assert capsys.readouterr() == ("", "")


def test_the_store_is_closed_whatever_happens(home: Path) -> None:
    """An error within reaches the caller, and the store is closed behind it."""
    with pytest.raises(StoreError, match="mine"), opened(home) as store:
        raise StoreError("mine", "is broken")
    store.close()


def test_what_cannot_be_erased_is_shouted_about(home: Path) -> None:
    """Commands go on, stdout stays their own, and stderr says what is kept too long and why."""
    fill(home, LONG_AGO)
    (home / "vault" / "list.sealed").unlink()
    (home / "vault" / "list.sealed").mkdir()
    result = lfr("alerts", "list", "--json")
    assert result.exit_code == 0
    assert "NOT ERASED: 1 overdue object: 1 watchlist" in result.stderr
    assert "cannot be deleted" in result.stderr
    assert "NOT ERASED" not in result.stdout


def test_a_wrong_key_keeps_nobody_out_who_needs_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Holds can be placed and listed without keys; that they cannot be opened is said each time."""
    fill(home, recently())
    document("purge")
    monkeypatch.setenv("LFR_KEK", "ab" * 32)
    result = lfr("hold", "list")
    assert (result.exit_code, result.stdout) == (0, "no holds\n")
    for command in (("hold", "list"), ("purge",)):
        result = lfr(*command)
        assert result.exit_code == 0
        assert "the keys cannot be opened" in result.stderr
    result = lfr("alerts", "list")
    assert isinstance(result.exception, KeyRefused)


def test_a_wrong_key_and_something_due(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is overdue stays overdue without its key, in one line for one reason; nothing is harmed."""
    fill(home, LONG_AGO)
    monkeypatch.setenv("LFR_KEK", "ab" * 32)
    result = lfr("hold", "list")
    assert result.exit_code == 0
    assert "NOT ERASED: 4 overdue objects: 2 alert, 1 footage, 1 watchlist" in result.stderr
    monkeypatch.delenv("LFR_KEK")
    assert "erased 4 overdue objects" in lfr("hold", "list").stderr


def test_overdue_reviews_are_shouted_about(home: Path) -> None:
    """A hold that somebody should have looked at is told at every start, and goes on holding."""
    fill(home, LONG_AGO)
    with Store.open(home, clock=Clock(LONG_AGO)) as store:
        hold = store.retained.place_hold(
            "alert:aa01",
            reason="evidence",
            authority="OP/1",
            review_on=dt.date(2024, 10, 1),
            who="officer",
        )
    for command in (("alerts", "list"), ("purge",), ("hold", "list")):
        told = lfr(*command).stderr
        assert f"hold {hold.hold_id} keeps alert:aa01" in told
        assert "overdue" in told
    with Store.open(home) as store:
        assert [record.object_id for record in store.retained.records()] == ["alert:aa01"]


def test_a_deployment_whose_process_died_is_found(home: Path) -> None:
    """Its clock starts with its last event, so that its alerts are erased though nobody ever stopped it."""
    with Store.open(home, clock=Clock(LONG_AGO)) as store:
        store.begin_deployment("drill-1", started("drill-1"))
        store.raise_alert(alert("aa01", "drill-1"))
    result = lfr("alerts", "list", "--json")
    assert "erased 1 overdue object: 1 alert" in result.stderr
    assert "raised, erased" in lfr("alerts", "list").stdout


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ([], "0 objects"),
        (["alert"], "1 object: 1 alert"),
        (["footage", "alert", "alert"], "3 objects: 2 alert, 1 footage"),
    ],
)
def test_counting_by_class(classes: list[str], words: str) -> None:
    """The sum comes first, then the classes in order."""
    assert counted(classes) == words

"""A made-up run is a run like any other: it reconciles, is erased on time, and leaves the site's database alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lfr_actors import frames
from lfr_actors.errors import Refused
from lfr_actors.evaluation.composed_run import COURSES, ComposedDay, MadeAlert, compose_run


def small_day() -> ComposedDay:
    """Half an hour with an alert of every course."""
    return ComposedDay(
        deployment="small",
        lasts=dt.timedelta(minutes=30),
        faces=200,
        people_on_list=30,
        alerts=tuple(
            MadeAlert(after=dt.timedelta(minutes=1 + number), score=0.6, course=course, subject=number)
            for number, course in enumerate(COURSES)
        ),
        blue_passes=(True, False),
    )


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of that day."""
    folder = tmp_path_factory.mktemp("made-up")
    compose_run(folder, small_day())
    return folder


def test_every_course_is_in_the_record(small_home: Path) -> None:
    """Ten alerts, each decided as its course says; everything adds up and what is due is erased."""
    record = frames.record("small", small_home)
    counts = record.counts().set_index("count")["value"]
    wanted = {
        "faces_seen": 200,
        "alerts": 10,
        "judged_true": 7,
        "judged_false": 1,
        "cannot_tell": 1,
        "undecided": 1,
        "confirmed_false": 1,
        "false_alerts": 2,
        "engagements": 6,
        "not_engaged": 1,
        "arrests": 2,
        "outcomes": 7,
    }
    assert counts[list(wanted)].to_dict() == wanted
    assert record.reconciliation()["holds"].all()
    assert record.retention().set_index("data_class").loc["alert", "kept"] == 0
    (recognised,) = record.rates().query("name == 'blue_list_tpir'")[["hits", "trials"]].to_numpy().tolist()
    assert recognised == [1, 2]
    assert (record.non_matches()["longest_s"] < 1).all()


def test_an_id_is_used_once(small_home: Path) -> None:
    """A made-up deployment that closed is over, as any other."""
    with pytest.raises(Refused, match="closed"):
        compose_run(small_home, small_day())


def test_the_sites_own_database_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment names: nothing is written there."""
    elsewhere = tmp_path / "site.db"
    monkeypatch.setenv("LFR_DATABASE_URL", f"sqlite:///{elsewhere}")
    compose_run(
        tmp_path / "home", ComposedDay(deployment="d", lasts=dt.timedelta(minutes=10), people_on_list=3)
    )
    assert not elsewhere.exists()
    assert (tmp_path / "home" / "lfr.db").exists()


def test_an_unknown_course(tmp_path: Path) -> None:
    """What people may do with an alert is in one table."""
    odd = MadeAlert(after=dt.timedelta(minutes=1), score=0.6, course="forgive", subject=0)
    day = ComposedDay(deployment="d", lasts=dt.timedelta(minutes=10), people_on_list=3, alerts=(odd,))
    with pytest.raises(KeyError, match="forgive"):
        compose_run(tmp_path, day)

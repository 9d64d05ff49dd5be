"""Frames of a finished run: the record, an operation, live figures, all from one small made-up deployment."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from lfr_actors import frames
from lfr_actors.errors import LfrError, StoreError
from lfr_actors.evaluation.composed_run import ComposedDay, MadeAlert, compose_run


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cameras, two alerts: one arrest, one false."""
    folder = tmp_path_factory.mktemp("small")
    minutes = dt.timedelta(minutes=1)
    day = ComposedDay(
        deployment="small",
        operation="weekend",
        lasts=20 * minutes,
        faces=90,
        people_on_list=20,
        alerts=(
            MadeAlert(after=3 * minutes, score=0.6, course="arrest", subject=1),
            MadeAlert(after=8 * minutes, score=0.55, course="false", subject=2, camera=1),
        ),
        blue_passes=(True, True, False),
    )
    compose_run(folder, day)
    return folder


def test_the_record(small_home: Path) -> None:
    """The latest run by default; typed columns, rates by name, and thresholds that were in force."""
    record = frames.record(home=small_home)
    (row,) = record.deployments().to_dict("records")
    assert (row["deployment"], row["faces_seen_tracks"], row["false_alerts"], row["arrests"]) == (
        "small",
        90,
        1,
        1,
    )
    assert row["started_at"] == pd.Timestamp("2024-09-07 11:00", tz="UTC")
    assert row["reconciles"] == "yes"
    rates = record.rates().set_index("name")
    assert rates.loc["false_over_faces", ["hits", "trials"]].tolist() == [1, 90]
    assert rates.loc["blue_list_tpir", ["hits", "trials"]].tolist() == [2, 3]
    assert record.thresholds()["low"].tolist() == [0.5]
    assert record.predicted()["observed"].tolist() == [1]
    assert record.cameras()["faces_seen"].sum() == 90
    assert record.never_searched()["tracks"].sum() == 90 - record.document.counts.tracks_searched


def test_hidden_cells_are_missing(small_home: Path) -> None:
    """A table is withheld with its reason, or its hidden cells are missing; an unknown one names the others."""
    record = frames.record("small", small_home)
    for table in record.document.tables:
        if table.withheld is None:
            assert record.table(table.name).isna().to_numpy().any()
        else:
            with pytest.raises(LfrError, match="withheld"):
                record.table(table.name)
    with pytest.raises(LfrError, match="alerts-by-category"):
        record.table("no-such-table")


def test_an_operation(small_home: Path) -> None:
    """Its counts are sums, with a column for each deployment; rates name what they are of."""
    record = frames.operation("weekend", small_home)
    counts = record.counts().set_index("count")
    assert counts.loc["alerts", ["value", "small"]].tolist() == [2, 2]
    assert set(record.rates()["of"]) == {"weekend", "small"}


def test_an_earlier_place_in_the_log(small_home: Path) -> None:
    """Up to an event the record is that of then, and interim."""
    whole = frames.record("small", small_home)
    head = int(whole.document.provenance.head.partition(":")[0])
    then = frames.record("small", small_home, upto=head // 3)
    assert then.document.interim
    assert then.document.counts.faces_seen < 90


def test_live_figures(small_home: Path) -> None:
    """All cameras first, then each; what has no data is missing."""
    found = frames.live("small", small_home)
    assert pd.isna(found.loc[0, "camera"])
    assert found["camera"].tolist()[1:] == ["high-street", "station"]
    assert found["faces"].tolist()[0] == 90
    assert found["false"].tolist() == [1, 0, 1]
    assert (found.loc[0, "tpir_hits"], found.loc[0, "tpir_trials"]) == (2, 3)
    assert pd.isna(found.loc[2, "tpir"])


def test_what_is_not_there(small_home: Path) -> None:
    """Errors name it; an exported log needs a name."""
    with pytest.raises(StoreError, match="nobody"):
        frames.live("nobody", small_home)
    with pytest.raises(StoreError, match="nobody"):
        frames.record("nobody", small_home)
    with pytest.raises(LfrError, match="name the deployment"):
        frames.record(events=small_home / "log.jsonl")

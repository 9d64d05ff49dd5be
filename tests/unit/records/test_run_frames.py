"""A run as data frames: every count is the log's own, and what is not known is missing."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from lfr_actors.alerting.case import Acknowledge, Adjudicate, Verdict
from lfr_actors.events.cameras import CameraEnded, CameraFailed, CameraLost, CameraOpened
from lfr_actors.events.deployments import DeploymentClosed, DeploymentStopped
from lfr_actors.people import Person, Role
from lfr_actors.records.run_frames import REASONS, Run, open_run
from lfr_actors.store import Store
from lfr_actors.store.adjudicating import act
from lfr_actors.tally import TOO_SHORT
from lfr_actors.vision.quality import Quality
from tests.unit.events.samples import started
from tests.unit.records.runs import (
    CAMERA,
    REPORTS,
    WATCHLIST,
    observed,
    ticking,
    totals,
    whole_run,
    write_run,
)
from tests.unit.store.samples import alert


@pytest.fixture(autouse=True)
def _no_url_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests never read a database that the environment names."""
    monkeypatch.delenv("LFR_DATABASE_URL", raising=False)


@pytest.fixture
def run(home: Path) -> Run:
    """The run of `runs`: one camera, two alerts."""
    write_run(home)
    return open_run(home)


@pytest.fixture
def resumed(home: Path) -> Run:
    """A run of 10 s that stopped, and went on for another 5 s with another threshold."""
    second = observed(0.0, 5.0, tracks=3, searched=3, scores=[0.90, 0.956])
    with Store.open(home, clock=ticking()) as store:
        store.begin_deployment("drill-1", started())
        store.append("drill-1", *whole_run(alerts=0))
        stop = DeploymentStopped(reason="asked to stop", totals=totals(REPORTS))
        store.end_deployment("drill-1", stop)
        store.begin_deployment("drill-1", replace(started(), threshold=0.96))
        store.append("drill-1", *whole_run((second,), 1))
        store.raise_alert(alert("ac03", track_id="2-1", media_time_s=1.5, score=0.97, threshold=0.96))
        store.end_deployment(
            "drill-1", DeploymentClosed(reason="sources ended", totals=totals([second], alerts=1))
        )
    return open_run(home)


def test_the_run_says_what_was_set(run: Run) -> None:
    """Threshold, start and list are as the log has them."""
    assert (run.name, run.thresholds, run.watchlist) == ("drill-1", (0.955,), WATCHLIST)
    assert [start.location for start in run.starts] == ["Wrexham city centre"]


def test_alerts_have_their_margin(run: Run) -> None:
    """One row an alert, in order, with how far it lies above the threshold."""
    alerts = run.alerts()
    assert alerts["alert_id"].tolist() == ["aa01", "ab02"]
    assert "subject_id" not in alerts
    assert alerts["margin"].tolist() == pytest.approx([0.001, 0.016])
    assert alerts["running_s"].tolist() == alerts["media_time_s"].tolist() == [2.0, 7.5]
    assert str(alerts["captured_at"].dt.tz) == "UTC"


def test_only_a_verdict_is_a_decision(home: Path) -> None:
    """An alert that was seen and not decided has a state of its own, and no verdict."""
    write_run(home)
    ann = Person(name="ann", role=Role.OPERATOR)
    with Store.open(home, clock=ticking()) as store:
        act(store, "aa01", Adjudicate(verdict=Verdict.TRUE), ann)
        act(store, "ab02", Acknowledge(), ann)
    alerts = open_run(home).alerts()
    assert alerts["state"].tolist() == ["true", "seen"]
    assert alerts["verdict"].dropna().tolist() == ["true"]


def test_a_run_without_alerts_has_no_rows(home: Path) -> None:
    """No alert is an empty frame with the same columns, so that what reads it need not ask."""
    write_run(home, "drill-1")
    write_run(home, "drill-2", alerts=())
    assert open_run(home, "drill-2").alerts().empty
    columns = open_run(home, "drill-1").alerts().columns
    assert open_run(home, "drill-2").alerts().columns.tolist() == columns.tolist()


def test_every_search_is_counted_once(run: Run) -> None:
    """The bins hold all searches; each lies below the threshold or reached it."""
    scores = run.scores()
    assert scores["searches"].sum() == 7
    assert (scores["below"] + scores["reached"]).tolist() == scores["searches"].tolist()
    reached = scores[scores["reached"] > 0]
    assert reached["lower"].tolist() == [0.955, 0.97]
    assert scores.loc[scores["below"] > 0, "upper"].max() == 0.955


def test_a_bin_that_the_threshold_divides_is_neither(home: Path) -> None:
    """Scores in the bin of the threshold cannot be told apart, and are not guessed."""
    write_run(home, start=replace(started(), threshold=0.957))
    scores = open_run(home).scores()
    unsure = scores["searches"] - scores["below"] - scores["reached"]
    assert scores.loc[unsure > 0, ["lower", "upper"]].to_numpy().tolist() == [[0.955, 0.96]]
    assert (scores["below"].sum(), unsure.sum(), scores["reached"].sum()) == (5, 1, 1)


def test_each_search_is_held_against_its_own_threshold(resumed: Run) -> None:
    """After a change of threshold, the same score is on the other side."""
    assert resumed.thresholds == (0.955, 0.96)
    scores = resumed.scores().set_index("lower")
    assert scores.loc[0.955, ["searches", "below", "reached"]].tolist() == [2, 1, 1]


def test_time_goes_on_when_a_run_is_resumed(resumed: Run) -> None:
    """Media time begins anew, running time does not; alerts and stretches agree on it."""
    times = resumed.faces_over_time()
    assert times["incarnation"].tolist() == [1, 1, 2]
    assert times["from_s"].tolist() == pytest.approx([0.0, 5.04, 10.04])
    assert times["to_s"].tolist() == pytest.approx([5.0, 10.04, 15.04])
    (alerted,) = resumed.alerts().to_dict("records")
    assert (alerted["media_time_s"], alerted["running_s"]) == (1.5, pytest.approx(11.54))
    assert resumed.cameras()["alerts"].tolist() == [0, 1]


def test_faces_over_time_counts_tracks(run: Run) -> None:
    """Stretches as reported, with their rate; joined ones hold the same faces."""
    stretches = run.faces_over_time()
    assert stretches["faces_seen"].tolist() == [4, 2]
    assert stretches["faces_per_min"].tolist() == pytest.approx([48.0, 24.0])
    (whole,) = run.faces_over_time(every_s=60).to_dict("records")
    assert (whole["faces_seen"], whole["dropped"], whole["probes_dropped"]) == (6, 14, 3)
    assert whole["faces_per_min"] == pytest.approx(60 * 6 / 10.04)


def test_a_stretch_of_one_frame_has_no_rate(home: Path) -> None:
    """A rate needs a length: there is none, and not zero or infinity."""
    write_run(home, bodies=whole_run((observed(3.0, 3.0, tracks=1),), 0), alerts=())
    assert np.isnan(open_run(home).faces_over_time()["faces_per_min"]).tolist() == [True]


def test_qualities_are_counted_by_camera(home: Path) -> None:
    """Cameras are kept apart, and each has all bins."""
    other = observed(0.0, 5.0, camera="station", qualities=[0.32, 0.33])
    start = replace(started(), cameras=(CAMERA, "station"))
    write_run(home, bodies=(*whole_run(), other), start=start)
    qualities = open_run(home).qualities()
    assert qualities.groupby("camera")["faces"].sum().to_dict() == {CAMERA: 4, "station": 2}
    assert qualities.groupby("camera").size().to_dict() == {CAMERA: 20, "station": 20}
    (seen,) = qualities[(qualities["camera"] == "station") & (qualities["faces"] > 0)].to_dict("records")
    assert (seen["lower"], seen["upper"], seen["faces"]) == (0.3, 0.35, 2)


def test_tracks_never_searched_have_a_reason(run: Run) -> None:
    """Most frequent reason first, in words, as a share of the tracks that ended."""
    rows = run.never_searched()
    assert rows["reason"].tolist() == ["sharpness", "too-short"]
    assert rows["meaning"].tolist() == ["too blurred", "ended before its search"]
    assert rows["share"].tolist() == pytest.approx([2 / 6, 1 / 6])


def test_a_reason_from_elsewhere_is_shown_as_it_is(home: Path) -> None:
    """A reason without words is not lost."""
    write_run(home, bodies=whole_run((observed(0.0, 5.0, tracks=1, rejected={"veiled": 1}),), 0), alerts=())
    assert open_run(home).never_searched()["meaning"].tolist() == ["veiled"]


def test_every_quality_measure_has_words() -> None:
    """A new measure of quality needs a phrase here."""
    measures = {field.name for field in fields(Quality)} - {"score", "failures"}
    assert set(REASONS) == measures | {TOO_SHORT}


def test_cameras_tell_what_they_did(run: Run) -> None:
    """One row with counts from the stretches, time and latency from the camera's end."""
    (row,) = run.cameras().to_dict("records")
    assert (row["frames"], row["dropped"], row["faces_seen"]) == (252, 14, 6)
    assert (row["faces_ended"], row["faces_searched"], row["searches"], row["alerts"]) == (6, 3, 7, 2)
    assert (row["width_px"], row["height_px"], row["source_kind"]) == (1280, 720, "file")
    assert (row["media_s"], row["elapsed_s"], row["latency_p50_ms"]) == (10.04, 8.0, 84.0)


def test_what_a_camera_never_said_is_missing(home: Path) -> None:
    """A camera that failed has no counts, one without a search no latency: missing, and not zero."""
    start = replace(started(), cameras=(CAMERA, "station"))
    bodies = (
        CameraLost(camera="station", reason="no frame for 5 s", retry_in_s=1.0),
        CameraFailed(camera="station", error="SourceDenied", reason="wrong password"),
        CameraOpened(camera=CAMERA, width=640, height=360, source_kind="rtsp"),
        observed(0.0, 5.0),
        CameraEnded(camera=CAMERA, totals=totals([], latency_p50_ms=None, latency_p99_ms=None)),
    )
    write_run(home, bodies=bodies, alerts=(), start=start)
    rows = open_run(home).cameras().set_index("camera")
    assert rows.loc["station", ["frames", "media_s", "elapsed_s", "source_kind"]].isna().all()
    assert rows.loc["station", ["lost", "failed"]].tolist() == [1, "wrong password"]
    assert rows.loc[CAMERA, ["latency_p50_ms", "latency_p99_ms", "failed"]].isna().all()
    assert rows.loc[CAMERA, "frames"] == 126


def test_totals_are_those_of_every_end(resumed: Run) -> None:
    """Each end has its row: how it came, why, and what the run had counted."""
    rows = resumed.totals()
    assert rows["how"].tolist() == ["stopped", "closed"]
    assert rows["reason"].tolist() == ["asked to stop", "sources ended"]
    assert rows["searches"].tolist() == [7, 2]


def test_a_run_that_died_has_no_totals(home: Path) -> None:
    """A run without an end can be read by name; it says that it has not ended."""
    with Store.open(home) as store:
        store.begin_deployment("drill-1", started())
    run = open_run(home, "drill-1")
    assert not run.record.ended
    assert run.totals().empty
    assert run.watchlist is None
    assert run.cameras()["frames"].isna().all()

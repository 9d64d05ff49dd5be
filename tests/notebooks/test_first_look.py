"""The first notebook, executed: it runs on any finished run, and says the right figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lfr_actors.events.cameras import CameraFailed, CameraOpened
from tests.conftest import REPOSITORY
from tests.notebooks.executing import execute, plots, printed
from tests.unit.events.samples import started
from tests.unit.records.runs import CAMERA, observed, totals, whole_run, write_run

NOTEBOOK = REPOSITORY / "notebooks" / "first_look.ipynb"


def test_a_run_with_alerts(home: Path, sockets: Path) -> None:
    """Every figure printed is that of the run, every plot is drawn, and nobody's database is changed."""
    write_run(home, "drill-1")
    before = (home / "lfr.db").read_bytes(), sorted(home.iterdir())
    notebook = execute(NOTEBOOK, sockets)
    text = printed(notebook)
    for fact in (
        "drill-1: closed",
        "place Wrexham city centre",
        "threshold 0.955\n",
        "people on the list 500, with 510 templates",
        "pictures not enrolled 2 no-face",
        "frames looked at 252; the total agrees",
        "faces seen (tracks) 6; the total agrees",
        "searches 7; the total agrees",
        "alerts 2; the total agrees",
        "searches below 5 of 7 (71.4%)",
        "highest search below under 0.955",
        "weakest alert 0.956, which is 0.001 above the threshold",
        "within 0.05 below 1 of 5 (20.0%)",
        "tracks never searched 3 of 6 (50.0%)",
        f"{CAMERA} too blurred: 2 (33.3% of its tracks)",
        "frames dropped 14 of 266 (5.3%)",
        "probes dropped 3 of 10 (30.0%)",
        "latency p50 84 ms",
        "latency p99 190 ms",
        "alerts decided by a person 0 of 2 (0.0%)",
        "2 of 2 true alerts: in truth at least 16%",
        "0 false in 6 faces: in truth at most 1 in 2",
    ):
        assert fact in text, fact
    assert plots(notebook) == ["score-plot", "time-plot", "quality-plot"]
    (table,) = (cell for cell in notebook.cells if cell.id == "alerts")
    shown = table.outputs[0].data["text/plain"]
    assert "aa01" in shown
    assert not any(subject in shown + text for subject in ("S-0007", "S-0011")), "who it was stays sealed"
    assert ((home / "lfr.db").read_bytes(), sorted(home.iterdir())) == before


def test_a_run_without_alerts_says_insufficient_data(home: Path, sockets: Path) -> None:
    """No alert, several cameras of which one failed, no latency: said as such, and the plots are there."""
    reports = tuple(
        observed(start, start + 5, camera=camera, tracks=3, searched=3, scores=[0.88, 0.9], qualities=[0.5])
        for camera in (CAMERA, "station")
        for start in (0.0, 5.04)
    )
    failed = CameraFailed(camera="harbour", error="SourceDenied", reason="wrong password")
    bodies = (*whole_run(reports, 0, latency_p50_ms=None, latency_p99_ms=None), failed)
    start = replace(started(), cameras=(CAMERA, "station", "harbour"))
    write_run(home, "drill-1", bodies, (), start=start, close=totals(reports))
    write_run(home, "drill-2")
    notebook = execute(NOTEBOOK, sockets, {"deployment": "drill-1"})
    text = printed(notebook)
    for fact in (
        "No alert was raised: insufficient data",
        "weakest alert insufficient data",
        "latency p99 insufficient data",
        "alerts decided by a person insufficient data",
        "if every alert is right insufficient data",
        "harbour\n given up wrong password\n frames looked at insufficient data",
        "tracks never searched 0 of 12 (0.0%)",
    ):
        assert fact in text, fact
    assert plots(notebook) == ["score-plot", "time-plot", "quality-plot"]


def test_a_run_that_saw_nothing(home: Path, sockets: Path) -> None:
    """Without a face there is no plot and no rate, only words; a total that differs is pointed out."""
    said = whole_run((observed(0.0, 5.0),), 0, latency_p50_ms=None, latency_p99_ms=None)
    bodies = tuple(body for body in said if not isinstance(body, CameraOpened))
    write_run(home, "drill-1", bodies, (), close=totals([], frames=120))
    notebook = execute(NOTEBOOK, sockets)
    text = printed(notebook)
    assert plots(notebook) == []
    assert "frames looked at 126; THE TOTAL SAYS 120" in text
    for what in ("No search was made", "No face was seen", "No face was measured"):
        assert f"{what}: insufficient data" in text
    assert "tracks never searched insufficient data" in text
    assert "if no alert is false insufficient data: no face was seen" in text

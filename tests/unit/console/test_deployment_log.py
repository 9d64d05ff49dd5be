"""The log folded once: how a deployment started, its cameras, its faces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lfr_actors.console.deployment_log import DeploymentLogs
from lfr_actors.errors import StoreError
from lfr_actors.events.cameras import CameraFailed, CameraLost, CameraObserved, CameraOpened
from lfr_actors.events.histograms import QUALITY_EDGES, SCORE_EDGES
from lfr_actors.store import Store
from tests.unit.events.samples import started
from tests.unit.store.samples import STOPPED


def observed(tracks: int, camera: str = "bridge-street") -> CameraObserved:
    """A camera's report."""
    return CameraObserved(
        camera=camera,
        from_media_s=0.0,
        to_media_s=5.0,
        frames=125,
        dropped=2,
        tracks=tracks,
        tracks_ended=0,
        tracks_searched=0,
        rejected={},
        searches=0,
        probes_dropped=0,
        score_histogram=(0,) * (len(SCORE_EDGES) - 1),
        quality_histogram=(0,) * (len(QUALITY_EDGES) - 1),
    )


def test_faces_are_counted_over_every_run(home: Path) -> None:
    """A resumed deployment counts on, also faces of a camera that is not in it any more; each event once."""
    logs = DeploymentLogs()
    with Store.open(home) as store:
        store.begin_deployment("drill-1", replace(started(), cameras=("bridge-street", "station")))
        store.append("drill-1", observed(3), observed(4, "station"))
        assert logs.of(store, "drill-1").faces_seen == 7
        store.end_deployment("drill-1", STOPPED)
        store.begin_deployment("drill-1", started())
        store.append("drill-1", observed(2))
        again = logs.of(store, "drill-1")
        assert again.faces_seen == 9
        assert set(again.cameras) == {"bridge-street"}
        assert (again.cameras["bridge-street"].faces, again.cameras["bridge-street"].dropped) == (5, 4)
        assert logs.of(store, "drill-1") == again
        assert DeploymentLogs().of(store, "drill-1") == again


def test_cameras_stand_as_they_last_said(home: Path) -> None:
    """Open, lost, open again, failed: the last word counts, with its reason."""
    logs = DeploymentLogs()
    lost = CameraLost(camera="bridge-street", reason="no frame for 5 s", retry_in_s=2.0)
    opened = CameraOpened(camera="bridge-street", width=1280, height=720, source_kind="file")
    failed = CameraFailed(camera="bridge-street", error="SourceDenied", reason="wrong password")
    with Store.open(home) as store:
        store.begin_deployment("drill-1", started())
        for body, stands in (
            (opened, ("live", None)),
            (lost, ("lost", "no frame for 5 s")),
            (opened, ("live", None)),
            (failed, ("failed", "wrong password")),
        ):
            store.append("drill-1", body)
            camera = logs.of(store, "drill-1").cameras["bridge-street"]
            assert (camera.state, camera.reason) == stands


def test_what_never_began_has_no_start(home: Path) -> None:
    """A deployment without a readable start is an error that names it."""
    with Store.open(home) as store, pytest.raises(StoreError, match="drill-9"):
        DeploymentLogs().started(store, "drill-9")

"""Finished runs to read, written through the store as cameras and desk would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from lfr_actors.events.cameras import CameraEnded, CameraObserved, CameraOpened, Totals
from lfr_actors.events.deployments import DeploymentClosed, DeploymentStarted
from lfr_actors.events.histograms import QUALITY_EDGES, SCORE_EDGES, counts_by_bin
from lfr_actors.events.types import EventBody, WatchlistBuilt
from lfr_actors.messages import Alert
from lfr_actors.store import Store
from tests.unit.events.samples import NOON, started
from tests.unit.store.samples import alert

CAMERA = "bridge-street"
WATCHLIST = WatchlistBuilt(
    gallery_version="g1",
    subjects=500,
    templates=510,
    rows=512,
    verdicts={"enrolled": 509, "enrolled-with-warning": 1, "no-face": 2, "unreadable": 0},
)


def ticking() -> Callable[[], dt.datetime]:
    """A clock that is a second later at each look."""
    looks = iter(range(1_000_000))
    return lambda: NOON + dt.timedelta(seconds=next(looks))


def observed(
    from_s: float,
    to_s: float,
    *,
    camera: str = CAMERA,
    tracks: int = 0,
    searched: int = 0,
    rejected: Mapping[str, int] | None = None,
    scores: ArrayLike = (),
    qualities: ArrayLike = (),
    probes_dropped: int = 0,
    dropped: int = 0,
) -> CameraObserved:
    """A stretch at 25 frames/s in which the tracks that ended were `searched` or `rejected`."""
    histogram = counts_by_bin(scores, SCORE_EDGES)
    return CameraObserved(
        camera=camera,
        from_media_s=from_s,
        to_media_s=to_s,
        frames=round((to_s - from_s) * 25) + 1,
        dropped=dropped,
        tracks=tracks,
        tracks_ended=searched + sum((rejected or {}).values()),
        tracks_searched=searched,
        rejected=dict(rejected or {}),
        searches=sum(histogram),
        probes_dropped=probes_dropped,
        score_histogram=histogram,
        quality_histogram=counts_by_bin(qualities, QUALITY_EDGES),
    )


def totals(reports: Iterable[CameraObserved], alerts: int = 0, **changes: Any) -> Totals:
    """What the reports add up to."""
    reports = list(reports)
    fields: dict[str, Any] = {
        "frames": sum(report.frames for report in reports),
        "dropped": sum(report.dropped for report in reports),
        "faces_seen": sum(report.tracks for report in reports),
        "searches": sum(report.searches for report in reports),
        "alerts": alerts,
        "elapsed_s": 8.0,
        "latency_p50_ms": 84.0,
        "latency_p99_ms": 190.5,
    }
    return Totals(**(fields | changes))


REPORTS = (
    observed(
        0.0,
        5.0,
        tracks=4,
        searched=1,
        rejected={"sharpness": 2},
        scores=[0.88, 0.90, 0.90, 0.9549, 0.956],
        qualities=[0.2, 0.7, 0.97],
    ),
    observed(
        5.04,
        10.04,
        tracks=2,
        searched=2,
        rejected={"too-short": 1},
        scores=[0.87, 0.971],
        qualities=[0.9],
        probes_dropped=3,
        dropped=14,
    ),
)
"""Six tracks, three never searched; seven searches, two of which reached 0.955."""

ALERTS = (
    alert("aa01", media_time_s=2.0, score=0.956, subject_id="S-0007"),
    alert("ab02", media_time_s=7.5, score=0.971, subject_id="S-0011", track_id="1-9"),
)


def whole_run(
    reports: tuple[CameraObserved, ...] = REPORTS, alerts: int = len(ALERTS), **changes: Any
) -> tuple[EventBody, ...]:
    """All a run of one camera says between its start and its end."""
    opened = CameraOpened(camera=CAMERA, width=1280, height=720, source_kind="file")
    return (
        WATCHLIST,
        opened,
        *reports,
        CameraEnded(camera=CAMERA, totals=totals(reports, alerts, **changes)),
    )


def write_run(
    home: Path,
    deployment: str = "drill-1",
    bodies: tuple[EventBody, ...] | None = None,
    alerts: tuple[Alert, ...] = ALERTS,
    *,
    start: DeploymentStarted | None = None,
    close: Totals | None = None,
    clock: Callable[[], dt.datetime] | None = None,
) -> None:
    """A run that was closed."""
    with Store.open(home, clock=clock or ticking()) as store:
        store.begin_deployment(deployment, replace(start or started(), deployment=deployment))
        store.append(deployment, *(whole_run() if bodies is None else bodies))
        for raised in alerts:
            store.raise_alert(replace(raised, deployment_id=deployment))
        body = DeploymentClosed(reason="sources ended", totals=close or totals(REPORTS, len(alerts)))
        store.end_deployment(deployment, body)

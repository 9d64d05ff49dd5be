"""Data folders with one object of every class that is erased."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from lfr_actors.events.deployments import DeploymentClosed
from lfr_actors.footage.segment import FOLDER, SegmentEnd, SegmentStart, segment_path
from lfr_actors.retention.policy import DEFAULT_POLICY, DataClass
from lfr_actors.store import Store
from lfr_actors.store.objects import NewObject
from tests.unit.events.samples import TOTALS, started
from tests.unit.store.samples import alert

FOOTAGE_DAYS = 31
SEGMENT = "footage:" + "5e" * 16
WATCHLIST = "watchlist:" + "11" * 16
SECRET_BYTES = b"sealed-file-marker"


@dataclass
class Clock:
    """A clock that stands where it is put."""

    now: dt.datetime

    def __call__(self) -> dt.datetime:
        """The moment it shows."""
        return self.now


def fill(home: Path, closed_at: dt.datetime, deployment: str = "drill-1") -> Clock:
    """A deployment closed at a moment, with two alerts (aa01, ab02), a segment of a minute and a watchlist.

    The segment ended ten minutes before the deployment. Gives the clock by which it was all written.
    """
    clock = Clock(closed_at - dt.timedelta(hours=1))
    with Store.open(home, clock=clock) as store:
        store.begin_deployment(deployment, started(deployment))
        add_watchlist(store, deployment)
        for alert_id in ("aa01", "ab02"):
            store.raise_alert(alert(alert_id, deployment))
        add_segment(store, deployment, ended_at=closed_at - dt.timedelta(minutes=10))
        clock.now = closed_at
        store.end_deployment(deployment, DeploymentClosed(reason="every source ended", totals=TOTALS))
    return clock


def add_watchlist(store: Store, deployment: str) -> None:
    """A sealed list with its file, erased at the end of the deployment."""
    path = store.home / "vault" / "list.sealed"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(SECRET_BYTES)
    rule = DEFAULT_POLICY.rule_of(DataClass.WATCHLIST)
    store.retained.add(
        NewObject(
            object_id=WATCHLIST,
            data_class=rule.data_class,
            kind="watchlist",
            deployment_id=deployment,
            clock=rule.clock,
            lifetime=rule.lifetime,
            policy_version=DEFAULT_POLICY.version,
            key=store.keys.create("watchlist"),
            path=path,
            items={"subjects": 500, "templates": 510},
        )
    )


def add_segment(
    store: Store,
    deployment: str,
    *,
    ended_at: dt.datetime,
    object_id: str = SEGMENT,
    camera: str = "bridge-street",
) -> Path:
    """A segment of one minute of footage with its sealed file; gives the file."""
    path = segment_path(store.home / FOLDER / deployment / camera, object_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    begin = SegmentStart(
        object_id=object_id,
        deployment_id=deployment,
        camera_id=camera,
        started_at=ended_at - dt.timedelta(minutes=1),
        from_media_s=0.0,
        codec="h264",
        width=1280,
        height=720,
        path=path,
        lifetime_s=FOOTAGE_DAYS * 86_400.0,
    )
    store.retained.begin_segment(begin, DEFAULT_POLICY.version)
    path.write_bytes(SECRET_BYTES)
    end = SegmentEnd(
        object_id=object_id,
        ended_at=ended_at,
        to_media_s=60.0,
        packets=1_500,
        size_bytes=len(SECRET_BYTES),
        sha256="0" * 64,
        complete=True,
    )
    store.retained.end_segment(end)
    return path

"""Alerts, deployments, footage and files to write, and a clock that stands."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from lfr_actors.alerting.adjudication import Adjudicate, Verdict, step
from lfr_actors.events.deployments import DeploymentClosed, DeploymentStopped
from lfr_actors.footage.segment import SegmentEnd, SegmentStart
from lfr_actors.messages import Alert
from lfr_actors.people import Person, Role
from lfr_actors.retention.policy import DEFAULT_POLICY, ClockStart, DataClass
from lfr_actors.store import Store
from lfr_actors.store.objects import NewObject
from lfr_actors.store.vault.stream import SealedWriter
from tests.unit.events.samples import NOON, TOTALS

SUBJECT = "subject-marker-4711"
PICTURE = b"\xff\xd8picture-marker-4711\xff\xd9"
CLOSED = DeploymentClosed(reason="every source ended", totals=TOTALS)
STOPPED = DeploymentStopped(reason="asked to stop", totals=TOTALS)
CONTEXT = b"\xff\xd8context-marker-4711\xff\xd9"
SECOND, HOUR, DAY = dt.timedelta(seconds=1), dt.timedelta(hours=1), dt.timedelta(days=1)
MONTH = dt.timedelta(days=31)


class Clock:
    """A clock that stands at noon until it is set."""

    def __init__(self, now: dt.datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now


def alert(alert_id: str = "c0ffee00c0ffee00", deployment: str = "drill-1", **changes: Any) -> Alert:
    """An alert of the sample deployment."""
    fields: dict[str, Any] = {
        "alert_id": alert_id,
        "deployment_id": deployment,
        "camera_id": "bridge-street",
        "track_id": "1-7",
        "subject_id": SUBJECT,
        "captured_at": NOON,
        "media_time_s": 12.48,
        "score": 0.971,
        "threshold": 0.955,
        "hits": 2,
        "gallery_version": "g1",
        "gallery_subjects": 500,
        "pack": "open",
        "probe_jpeg": PICTURE,
        "context_jpeg": CONTEXT,
    }
    return Alert(**(fields | changes))


def decide(
    store: Store, reference: str, verdict: str, *, who: str = "operator1", why: str | None = None
) -> None:
    """Write a verdict as `store.adjudicating` does, and leave the erasure of a false alert to the test."""
    standing = store.decisions.standing(store.alert(reference).alert_id)
    act = Adjudicate(verdict=Verdict(verdict), why=why)
    taken = step(standing.case, act, Person(name=who, role=Role.OPERATOR), store.decisions.now())
    assert store.decisions.write(standing, taken, who) is not None


def begin_segment(store: Store, number: int = 1, **changes: Any) -> SegmentStart:
    """Enter a segment of footage and write a first part of its sealed file."""
    name = f"{number:032x}"
    fields: dict[str, Any] = {
        "object_id": f"footage:{name}",
        "deployment_id": "drill-1",
        "camera_id": "bridge-street",
        "started_at": NOON,
        "from_media_s": 0.0,
        "codec": "h264",
        "width": 1280,
        "height": 720,
        "path": store.home / "footage" / f"{name}.sealed",
        "lifetime_s": MONTH.total_seconds(),
    }
    start = SegmentStart(**(fields | changes))
    key = store.retained.begin_segment(start, DEFAULT_POLICY.version)
    start.path.parent.mkdir(parents=True, exist_ok=True)
    with start.path.open("wb") as file:
        writer = SealedWriter(file, key, start.object_id)
        writer.write(b"footage-marker-4711 " * 200)
        writer.close()
    return start


def end_of(start: SegmentStart, ended_at: dt.datetime = NOON + dt.timedelta(minutes=1)) -> SegmentEnd:
    """How a segment ended."""
    return SegmentEnd(
        object_id=start.object_id,
        ended_at=ended_at,
        to_media_s=60.0,
        packets=1500,
        size_bytes=start.path.stat().st_size,
        sha256="0" * 64,
        complete=True,
    )


def clear_file(path: Path, object_id: str = "file:1", **changes: Any) -> NewObject:
    """A file in clear, written, to retain as the alerts of its deployment are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{SUBJECT} " * 50)
    fields: dict[str, Any] = {
        "object_id": object_id,
        "data_class": DataClass.ALERT,
        "kind": "page",
        "deployment_id": "drill-1",
        "clock": ClockStart.DEPLOYMENT_END,
        "lifetime": DAY,
        "policy_version": 1,
        "path": path,
        "items": {"files": 1},
    }
    return NewObject(**(fields | changes))

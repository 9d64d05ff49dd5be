"""Alerts to write."""

from __future__ import annotations

from typing import Any

from lfr_actors.messages import Alert
from tests.unit.events.samples import NOON

SUBJECT = "subject-marker-4711"
PICTURE = b"\xff\xd8picture-marker-4711\xff\xd9"


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
    }
    return Alert(**(fields | changes))

"""An alert as what is written of it: the public event, and the row with who it is."""

from __future__ import annotations

from typing import Any

from lfr_actors.events.types import AlertRaised
from lfr_actors.messages import Alert


def alert_raised(alert: Alert) -> AlertRaised:
    """The public part of an alert: everything but who it is and the picture."""
    return AlertRaised(
        alert_id=alert.alert_id,
        camera=alert.camera_id,
        track=alert.track_id,
        captured_at=alert.captured_at,
        media_time_s=alert.media_time_s,
        score=alert.score,
        threshold=alert.threshold,
        hits=alert.hits,
        gallery_version=alert.gallery_version,
        gallery_subjects=alert.gallery_subjects,
        pack=alert.pack,
    )


def alert_values(alert: Alert) -> dict[str, Any]:
    """The row of an alert, as plain numbers: a driver refuses NumPy's, and the alert would be lost."""
    return {
        "alert_id": alert.alert_id,
        "deployment_id": alert.deployment_id,
        "camera_id": alert.camera_id,
        "track_id": alert.track_id,
        "subject_id": alert.subject_id,
        "captured_at": alert.captured_at,
        "media_time_s": float(alert.media_time_s),
        "score": float(alert.score),
        "threshold": float(alert.threshold),
        "hits": int(alert.hits),
        "gallery_version": alert.gallery_version,
        "gallery_subjects": int(alert.gallery_subjects),
        "pack": alert.pack,
    }

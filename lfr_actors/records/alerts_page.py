"""The page of a run's alerts: each face as the camera saw it beside the watchlist picture.

The page holds the pictures themselves and makes no request; it is as sensitive as the alerts.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from lfr_actors.messages import AlertId, SubjectId
from lfr_actors.records.page import render
from lfr_actors.store.rows import AlertRow
from lfr_actors.watchlist.version import ListVersion

Portraits = Mapping[SubjectId, Sequence[bytes]]
"""The small pictures of a list by subject, JPEG."""


def portraits_of(version: ListVersion) -> dict[SubjectId, tuple[bytes, ...]]:
    """The portraits of a list; nothing of a subject of whom none was kept."""
    found: dict[SubjectId, tuple[bytes, ...]] = {}
    for picture in version.pictures:
        if picture.portrait_jpeg:
            found[picture.subject_id] = (*found.get(picture.subject_id, ()), picture.portrait_jpeg)
    return found


def alerts_page(
    deployment: str, alerts: Sequence[AlertRow], probes: Mapping[AlertId, bytes], portraits: Portraits
) -> str:
    """The page, HTML. `probes`: JPEG by alert id. The card of a subject without a portrait says so."""
    cards = [_card(alert, probes[alert.alert_id], portraits) for alert in alerts]
    return render("alerts_page.html.j2", deployment=deployment, cards=cards)


def _card(alert: AlertRow, probe: bytes, portraits: Portraits) -> dict[str, Any]:
    own = () if alert.subject_id is None else portraits.get(alert.subject_id, ())
    return {
        "alert_id": alert.alert_id,
        "subject_id": alert.subject_id,
        "camera": alert.camera_id,
        "captured_at": alert.captured_at.astimezone().strftime("%H:%M:%S"),
        "media_time_s": alert.media_time_s,
        "score": alert.score,
        "threshold": alert.threshold,
        "score_percent": round(100 * max(0.0, alert.score), 2),
        "threshold_percent": round(100 * max(0.0, alert.threshold), 2),
        "hits": alert.hits,
        "state": alert.state,
        "probe": _uri(probe),
        "pictures": [_uri(portrait) for portrait in own],
    }


def _uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()

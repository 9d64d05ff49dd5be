"""The page of a run's alerts: each face as the camera saw it beside the watchlist picture.

The page holds the pictures themselves and makes no request; it is as sensitive as the alerts.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import cv2

from lfr_actors.messages import AlertId
from lfr_actors.records.page import render
from lfr_actors.store.rows import AlertRow
from lfr_actors.vision.picture import shrunk
from lfr_actors.watchlist.pictures import Unreadable, read_picture
from lfr_actors.watchlist.rows import Row

_PICTURE_PX = 320


def alerts_page(
    deployment: str, alerts: Sequence[AlertRow], probes: Mapping[AlertId, bytes], rows: Sequence[Row]
) -> str:
    """The page, HTML. `probes`: JPEG by alert id; `rows` of the watchlist give each subject's pictures.

    A watchlist picture that can no longer be read is left out, and the card says so.
    """
    cards = [_card(alert, probes[alert.alert_id], rows) for alert in alerts]
    return render("alerts_page.html.j2", deployment=deployment, cards=cards)


def _card(alert: AlertRow, probe: bytes, rows: Sequence[Row]) -> dict[str, Any]:
    own = [row for row in rows if row.subject_id == alert.subject_id]
    pictures = [uri for row in own if (uri := _picture(row)) is not None]
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
        "pictures": pictures,
        "missing": len(own) - len(pictures),
    }


def _picture(row: Row) -> str | None:
    """A subject's picture, reduced, as a data URI; None when it cannot be read."""
    try:
        image = read_picture(row.path)
    except Unreadable:
        return None
    small = shrunk(image, _PICTURE_PX)
    return _uri(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())


def _uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()

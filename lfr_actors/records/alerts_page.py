"""The page of a run's alerts: each face as the camera saw it beside the pictures of the watchlist, and in context.

All faces are in one geometry, so that two of them compare. The page holds the pictures themselves and makes no
request; it is as sensitive as the alerts.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from lfr_actors.messages import AlertId
from lfr_actors.records.page import render
from lfr_actors.store.alerts import CONTEXT, PROBE
from lfr_actors.store.rows import AlertRow


def alerts_page(
    deployment: str, alerts: Sequence[AlertRow], pictures: Mapping[AlertId, Mapping[str, bytes]]
) -> str:
    """The page, HTML. `pictures`: of each alert its JPEGs by kind, those of the list best first.

    The card of an alert that was raised while the list could not be read says so.
    """
    cards = [_card(alert, pictures[alert.alert_id]) for alert in alerts]
    return render("alerts_page.html.j2", deployment=deployment, cards=cards)


def _card(alert: AlertRow, pictures: Mapping[str, bytes]) -> dict[str, Any]:
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
        "probe": _uri(pictures[PROBE]),
        "context": _uri(pictures[CONTEXT]),
        "listed": [_uri(jpeg) for kind, jpeg in pictures.items() if kind not in (PROBE, CONTEXT)],
    }


def _uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()

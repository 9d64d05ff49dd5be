"""The contact sheet of a watchlist: every picture with its verdict, as one page that needs nothing else.

The page holds the pictures themselves (small JPEGs) and makes no request; it is as sensitive as the list.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from lfr_actors.records.page import render
from lfr_actors.watchlist.enrol import Enrolment
from lfr_actors.watchlist.report import SIGNS
from lfr_actors.watchlist.verdicts import PictureVerdict, Verdict

_KINDS = {Verdict.ENROLLED: "good", Verdict.WARNING: "warned", Verdict.DUPLICATE: "double"}
"""The style of a verdict; every other is "refused"."""
_GROUPS = {
    "Refused": ("refused", "double"),
    "Enrolled with a warning": ("warned",),
    "Enrolled": ("good",),
}


def contact_sheet(enrolment: Enrolment, report: Mapping[str, Any]) -> str:
    """The page, HTML; `report` is the enrolment's document. Needs an enrolment built with thumbnails.

    What must be mended comes first: refusals, then warnings, then the rest, each in the order of the CSV.
    """
    cards = [_card(verdict) for verdict in enrolment.verdicts]
    return render(
        "contact_sheet.html.j2",
        report=report,
        totals=[
            {"name": verdict.value, "kind": _kind(verdict), "sign": SIGNS[verdict][0], "count": count}
            for verdict in Verdict
            if (count := report["totals"][verdict.value])
        ],
        groups=[
            {"title": title, "cards": [card for card in cards if card["kind"] in kinds]}
            for title, kinds in _GROUPS.items()
        ],
    )


def _kind(verdict: Verdict) -> str:
    """The style of a verdict."""
    return _KINDS.get(verdict, "refused")


def _card(verdict: PictureVerdict) -> dict[str, Any]:
    jpeg = verdict.thumbnail_jpeg
    quality = verdict.quality
    measures = None
    if quality is not None:
        measures = (
            f"eyes {quality.eye_distance_px:.0f} px · sharp {quality.sharpness:.2f} · "
            f"turned {abs(quality.yaw_deg):.0f}° · light {quality.exposure:.2f}"
        )
    boxes = [
        {"left": left, "top": top, "width": right - left, "height": bottom - top}
        for left, top, right, bottom in (verdict.marks.astype(float) * 100).round(2).tolist()
    ]
    return {
        "kind": _kind(verdict.verdict),
        "sign": SIGNS[verdict.verdict][0],
        "verdict": verdict.verdict.value,
        "subject_id": verdict.row.subject_id,
        "image": verdict.row.image,
        "name": verdict.row.path.name,
        "line": verdict.row.line,
        "reason": verdict.reason,
        "measures": measures,
        "picture": None if jpeg is None else base64.b64encode(jpeg).decode("ascii"),
        "boxes": boxes,
    }

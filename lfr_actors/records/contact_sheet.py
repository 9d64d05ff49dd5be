"""The contact sheet of a watchlist: what the list is worth, worst first, as one page that needs nothing else.

Rules that were broken, who is missing, who looks like whom side by side, who will cause false matches, then every
picture with its verdict. The page holds the pictures themselves (small JPEGs) and makes no request; it is as
sensitive as the list.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lfr_actors.records.page import render
from lfr_actors.records.score_plot import score_plot
from lfr_actors.watchlist.building import Built
from lfr_actors.watchlist.prediction_words import (
    expected_sentence,
    left_out_sentence,
    one_in,
    rate_sentence,
)
from lfr_actors.watchlist.quality import is_good
from lfr_actors.watchlist.report_terminal import SIGNS
from lfr_actors.watchlist.verdicts import PictureVerdict, Verdict

_KINDS = {Verdict.ENROLLED: "good", Verdict.WARNING: "warned", Verdict.DUPLICATE: "double"}
"""The style of a verdict; every other is "refused"."""
_RULES = {
    "refused": ("refused", "✗", "refused"),
    "warned": ("warned", "!", "to look at"),
    "passed": ("good", "✓", "held"),
    "not-applicable": ("none", "–", "does not apply"),
}
"""Style, sign and word of what a rule says, worst first."""
_MOST_PAIRS: Final = 24
_MOST_BELOW: Final = 6
"""Pairs shown although they reach no threshold, so that it can be seen how far away the next ones are."""
_MOST_CARDS: Final = 2_000
"""Good pictures shown; with more the page would be too large to open, and the CSV names them all."""


def contact_sheet(built: Built, report: Mapping[str, Any]) -> str:
    """The page, HTML; `report` is the document of the list. Needs a list that was built with thumbnails.

    What must be mended comes first: in each section the worst, and of the pictures refusals, then warnings, then
    poor ones, then the rest, each in the order of the source.
    """
    verdicts = built.enrolment.verdicts
    pictures = _Pictures(built)
    pairs = list(pictures.pairs(report))
    return render(
        "contact_sheet.html.j2",
        report=report,
        tiles=list(_tiles(report)),
        rules=_rules(report),
        duplicates=list(pictures.duplicates()),
        pairs=[pair for pair in pairs if pair["reaches"]][:_MOST_PAIRS],
        below=[pair for pair in pairs if not pair["reaches"]][:_MOST_BELOW],
        poor=[row for row in report["subject_rows"] if row["verdict"] == "poor"],
        close=_close(report),
        prediction=_prediction(report["prediction"]),
        groups=_groups(verdicts),
    )


class _Pictures:
    """The verdicts, to be found by subject and row."""

    def __init__(self, built: Built) -> None:
        self._verdicts = built.enrolment.verdicts
        self._of = {(one.row.subject_id, one.row.line): one for one in self._verdicts}
        self._portraits = {(one.subject_id, one.sha256): one.portrait_jpeg for one in built.version.pictures}

    def pairs(self, report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The most alike pairs with their pictures, best first."""
        for pair in report["likeness"]["pairs"]:
            sides = [self._of[pair[name], pair[f"{name}_line"]] for name in ("first", "second")]
            yield {
                "score": pair["score"],
                "threshold": pair["threshold"],
                "reaches": pair["reaches"],
                "sides": [self._side(one) for one in sides],
            }

    def duplicates(self) -> Iterator[dict[str, Any]]:
        """Pictures that were refused because of another subject's, beside that."""
        for verdict in self._verdicts:
            if verdict.verdict is Verdict.DUPLICATE and verdict.other_score is not None:
                other = self._other(verdict)
                yield {
                    "score": verdict.other_score,
                    "sides": [self._side(one) for one in (verdict, other) if one is not None],
                }

    def _side(self, verdict: PictureVerdict) -> dict[str, Any]:
        """One of two pictures: the portrait, which shows the face and what is about it, or what there is."""
        portrait = self._portraits.get((verdict.row.subject_id, verdict.sha256))
        face = _face(verdict)
        return {**face, "picture": _text(portrait), "boxes": []} if portrait else face

    def _other(self, verdict: PictureVerdict) -> PictureVerdict | None:
        """The picture that a duplicate was refused for; it says so itself, and is the latest to have been told."""
        own = [one for one in self._verdicts if one.row.subject_id == verdict.other_subject]
        named = [one for one in own if one.other_score == verdict.other_score]
        return next(iter([*named, *(one for one in own if one.verdict.enrolled)]), None)


def _tiles(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The figures at the top: a kind, a number and words each."""
    qualities, likeness = report["qualities"], report["likeness"]
    yield _tile("good", report["subjects_enrolled"], f"of {report['subjects']:,} subjects on the list")
    if qualities["missing"]:
        yield _tile("refused", qualities["missing"], "not on the list", "#missing")
    if qualities["poor"]:
        yield _tile("warned", qualities["poor"], "with poor pictures only", "#poor")
    refused = sum(rule["outcome"] == "refused" for rule in report["rules"])
    if refused:
        yield _tile("refused", refused, "rules broken" if refused > 1 else "rule broken", "#rules")
    if report["thresholds"] is not None:
        kind = "double" if likeness["reaching"] else "good"
        words = "pair would alert for each other"
        if likeness["reaching"] != 1:
            words = "pairs would alert for each other"
        yield _tile(kind, likeness["reaching"], words, "#alike")
    prediction = report["prediction"]
    if prediction is not None and prediction["fpir"] is not None:
        fpir = prediction["fpir"]
        figure = one_in(fpir["rate"]) if fpir["hits"] else "none seen"
        words = f"predicted false matches, at most {one_in(fpir['high'])}"
        yield {
            "kind": "warned" if fpir["hits"] else "good",
            "figure": figure,
            "words": words,
            "to": "#prediction",
        }


def _tile(kind: str, number: int, words: str, to: str | None = None) -> dict[str, Any]:
    return {"kind": kind, "figure": f"{number:,}", "words": words, "to": to}


def _rules(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each rule says, broken ones first."""
    order = list(_RULES)
    said = [
        {**rule, "kind": _RULES[rule["outcome"]][0], "sign": _RULES[rule["outcome"]][1]}
        | {"said": _RULES[rule["outcome"]][2], "name": rule["rule"].replace("-", " ")}
        for rule in report["rules"]
    ]
    return sorted(said, key=lambda rule: order.index(rule["outcome"]))


def _close(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Subjects who are taken for many others or for strangers, most false matches first."""
    prediction = report["prediction"]
    causes = {one["subject_id"]: one for one in ([] if prediction is None else prediction["causes"])}
    rows = []
    for row in report["subject_rows"]:
        cause = causes.get(row["subject_id"])
        if row["lamb"] or row["wolf"] or cause is not None:
            animals = " and ".join(name for name in ("lamb", "wolf") if row[name])
            matches = None if prediction is None else 0 if cause is None else cause["matches"]
            rows.append({**row, "animals": animals, "matches": matches})
    return sorted(rows, key=lambda row: (-(row["matches"] or 0), -row["close_as_entry"]))


def _prediction(prediction: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if prediction is None:
        return None
    sentences = (expected_sentence(prediction), left_out_sentence(prediction))
    return {
        "rate": rate_sentence(prediction),
        "sentences": [sentence for sentence in sentences if sentence is not None],
        "plot": score_plot(prediction),
    }


def _groups(verdicts: Sequence[PictureVerdict]) -> list[dict[str, Any]]:
    """The pictures under a heading each, those to be mended first."""
    groups: dict[str, list[PictureVerdict]] = {
        "Refused": [],
        "Enrolled with a warning": [],
        "Enrolled, of poor quality": [],
        "Enrolled": [],
    }
    for verdict in verdicts:
        if not verdict.verdict.enrolled:
            title = "Refused"
        elif verdict.verdict is Verdict.WARNING:
            title = "Enrolled with a warning"
        else:
            title = "Enrolled" if is_good(verdict) else "Enrolled, of poor quality"
        groups[title].append(verdict)
    return [
        {
            "title": title,
            "count": len(own),
            "left": max(0, len(own) - _MOST_CARDS),
            "cards": [_card(verdict) for verdict in own[:_MOST_CARDS]],
        }
        for title, own in groups.items()
    ]


def _kind(verdict: PictureVerdict) -> str:
    """The style of a picture's verdict."""
    kind = _KINDS.get(verdict.verdict, "refused")
    return "warned" if kind == "good" and not is_good(verdict) else kind


def _face(verdict: PictureVerdict) -> dict[str, Any]:
    """A picture to look at, with the boxes of its faces."""
    jpeg = verdict.thumbnail_jpeg
    boxes = [
        {"left": left, "top": top, "width": right - left, "height": bottom - top}
        for left, top, right, bottom in (verdict.marks.astype(float) * 100).round(2).tolist()
    ]
    return {
        "subject_id": verdict.row.subject_id,
        "picture": None if jpeg is None else _text(jpeg),
        "boxes": boxes,
        "image": verdict.row.image,
        "name": verdict.row.path.name,
        "where": verdict.row.where,
        "category": verdict.row.category,
    }


def _text(jpeg: bytes) -> str:
    return base64.b64encode(jpeg).decode("ascii")


def _card(verdict: PictureVerdict) -> dict[str, Any]:
    quality = verdict.quality
    measures = None
    if quality is not None:
        measures = (
            f"eyes {quality.eye_distance_px:.0f} px · sharp {quality.sharpness:.2f} · "
            f"turned {abs(quality.yaw_deg):.0f}° · light {quality.exposure:.2f}"
        )
    return {
        **_face(verdict),
        "kind": _kind(verdict),
        "sign": SIGNS[verdict.verdict][0],
        "verdict": verdict.verdict.value,
        "reason": verdict.reason,
        "measures": measures,
        "score": None if quality is None else round(quality.score * 100),
    }

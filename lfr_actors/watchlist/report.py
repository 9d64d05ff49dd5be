"""The report of a built watchlist: one JSON document that scripts may depend on; pages and tables are made of it.

It says which rules the list was held to, what became of each picture, how good each subject's best one is, who
looks like whom, and what the list would do to strangers. It holds no picture and no template.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lfr_actors.errors import WatchlistError
from lfr_actors.watchlist.building import Built
from lfr_actors.watchlist.likeness import Likeness, Pair, Standing, likeness
from lfr_actors.watchlist.prediction import Prediction, histogram
from lfr_actors.watchlist.quality import SubjectQuality, SubjectVerdict, is_good, subject_qualities
from lfr_actors.watchlist.thresholds import Thresholds
from lfr_actors.watchlist.verdicts import PictureVerdict
from lfr_actors.watchlist.version import ListVersion

SCHEMA: Final = 2
"""Raised when a field of the document changes its meaning or goes."""
REPORT_FILE: Final = "report.json"
_MEASURES = {
    "eye_distance_px": 1,
    "sharpness": 3,
    "yaw_deg": 1,
    "pitch_deg": 1,
    "roll_deg": 1,
    "exposure": 3,
    "clipped": 3,
    "score": 3,
}
"""Measures of `Quality` in the document, and their decimals."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quality:
    """What a built list is worth: its subjects and their likeness. `subjects` in the order of the rows."""

    subjects: tuple[SubjectQuality, ...] = field(repr=False)
    likeness: Likeness


def measure_list(
    built: Built, thresholds: Thresholds | None, progress: Callable[[int, int], None] | None = None
) -> Quality:
    """Measure a built list; without `thresholds` nobody reaches one, and the most alike pairs are only that."""
    version = built.version
    own: dict[str, float] | None = None
    if thresholds is not None:
        own = {one.subject_id: thresholds.of(one.subject_id, one.category) for one in version.subjects}
    ids = [picture.subject_id for picture in version.pictures]
    return Quality(
        subjects=subject_qualities(built.enrolment.verdicts),
        likeness=likeness(ids, version.templates, own, progress=progress),
    )


def document(
    built: Built,
    quality: Quality,
    *,
    thresholds: Thresholds | None,
    prediction: Prediction | None = None,
) -> dict[str, Any]:
    """The report as plain values.

    `rules`: what each rule of the site says. `rows` has one entry per row of the source in its order; `verdict` is
    a value of `Verdict`, measures are null where no face was measured, `quality_score` is `Quality.score` of the
    face. `subject_rows` has one entry per subject, worst first. `prediction` is null where no reference was
    given. Holds no picture and no template.
    """
    enrolment, version = built.enrolment, built.version
    return {
        "schema": SCHEMA,
        "source": str(built.source.path),
        "notes": list(built.source.notes),
        "pack": version.pack,
        "version": version.version,
        "built_at": version.built_at.isoformat(),
        "pictures": len(enrolment.verdicts),
        "templates": len(version.templates),
        "subjects": len(quality.subjects),
        "subjects_enrolled": len(version.subjects),
        "subjects_missing": list(enrolment.missing_subjects()),
        "blue_subjects": version.blue_subjects,
        "totals": enrolment.totals(),
        "thresholds": _thresholds(thresholds),
        "rules": [finding.to_json() for finding in built.findings],
        "rows": [_entry(verdict) for verdict in enrolment.verdicts],
        "qualities": {
            one.value: sum(each.verdict is one for each in quality.subjects) for one in SubjectVerdict
        },
        "subject_rows": _subject_rows(quality, version),
        "likeness": _likeness(quality.likeness, version, enrolment.verdicts),
        "prediction": None if prediction is None else prediction_document(prediction),
    }


def _thresholds(thresholds: Thresholds | None) -> dict[str, Any] | None:
    if thresholds is None:
        return None
    return {
        "default": thresholds.default,
        "by_category": dict(thresholds.by_category),
        "by_subject": dict(thresholds.by_subject),
    }


def _entry(verdict: PictureVerdict) -> dict[str, Any]:
    quality = verdict.quality
    measures: dict[str, float | None] = {}
    for name, decimals in _MEASURES.items():
        key = "quality_score" if name == "score" else name
        measures[key] = None if quality is None else round(getattr(quality, name), decimals)
    return {
        "line": verdict.row.line,
        "where": verdict.row.where,
        "subject_id": verdict.row.subject_id,
        "image": verdict.row.image,
        "verdict": verdict.verdict.value,
        "enrolled": verdict.verdict.enrolled,
        "good": is_good(verdict),
        "reason": verdict.reason,
        "faces": verdict.faces,
        **measures,
        "other_subject": verdict.other_subject,
        "other_score": _rounded(verdict.other_score),
    }


def _rounded(value: float | None, decimals: int = 4) -> float | None:
    return None if value is None else round(value, decimals)


_WORST_FIRST = {SubjectVerdict.MISSING: 0, SubjectVerdict.POOR: 1, SubjectVerdict.GOOD: 2}


def _subject_rows(quality: Quality, version: ListVersion) -> list[dict[str, Any]]:
    """Every subject: missing, then those who would alert for others, then the poor, then by likeness."""
    known = {one.subject_id: one for one in version.subjects}
    standings = {one.subject_id: one for one in quality.likeness.standings}
    rows = []
    for subject in quality.subjects:
        on_list, best = known.get(subject.subject_id), subject.best
        rows.append(
            {
                "subject_id": subject.subject_id,
                "category": None if on_list is None else on_list.category,
                "priority": None if on_list is None or on_list.priority is None else on_list.priority.value,
                "verdict": subject.verdict.value,
                "reason": subject.reason,
                "pictures": subject.pictures,
                "usable": subject.usable,
                "best_line": None if best is None else best.row.line,
                "best_image": None if best is None else best.row.image,
                "best_score": _rounded(None if best is None or best.quality is None else best.quality.score),
                **_standing(standings.get(subject.subject_id)),
            }
        )
    rows.sort(
        key=lambda row: (
            _WORST_FIRST[SubjectVerdict(row["verdict"])] if not row["reaching"] else 0.5,
            -row["reaching"],
            -(row["most_alike_score"] or -1.0),
            row["subject_id"],
        )
    )
    return rows


def _standing(standing: Standing | None) -> dict[str, Any]:
    return {
        "most_alike": None if standing is None else standing.nearest,
        "most_alike_score": None if standing is None else _rounded(standing.nearest_score),
        "reaching": 0 if standing is None else standing.reaching,
        "close_as_entry": 0.0 if standing is None else round(standing.close_as_entry, 1),
        "close_as_search": 0.0 if standing is None else round(standing.close_as_search, 1),
        "lamb": standing is not None and standing.is_lamb,
        "wolf": standing is not None and standing.is_wolf,
    }


def _likeness(found: Likeness, version: ListVersion, verdicts: Sequence[PictureVerdict]) -> dict[str, Any]:
    rows = {(one.row.subject_id, one.sha256): one.row for one in verdicts}

    def side(name: str, row: int) -> dict[str, Any]:
        picture = version.pictures[row]
        line = rows[picture.subject_id, picture.sha256].line
        return {name: picture.subject_id, f"{name}_image": picture.image, f"{name}_line": line}

    def pair(one: Pair) -> dict[str, Any]:
        return {
            **side("first", one.first_row),
            **side("second", one.second_row),
            "score": round(one.score, 4),
            "threshold": _rounded(one.threshold),
            "reaches": one.reaches,
        }

    return {
        "compared": found.compared,
        "reaching": found.reaching,
        "usual_close": round(found.usual, 1),
        "knows_animals": found.knows_animals,
        "lambs": sum(one.is_lamb for one in found.standings),
        "wolves": sum(one.is_wolf for one in found.standings),
        "pairs": [pair(one) for one in found.pairs],
    }


def prediction_document(prediction: Prediction) -> dict[str, Any]:
    """A prediction as plain values; `fpir` is null where there is insufficient data."""
    fpir, with_them = prediction.fpir, prediction.fpir_with_them
    expected = prediction.expected
    return {
        "subjects": prediction.subjects,
        "templates": prediction.templates,
        "thresholds": list(prediction.thresholds),
        "fpir": None if fpir is None else fpir.to_json(),
        "fpir_with_left_out": None if with_them is None else with_them.to_json(),
        "faces": prediction.faces,
        "expected_false_matches": None
        if expected is None
        else dict(zip(("rate", "low", "high"), (round(one, 2) for one in expected), strict=True)),
        "causes": [
            {"subject_id": one.subject_id, "matches": one.matches, "highest": round(one.highest, 4)}
            for one in prediction.causes
        ],
        "left_out": [
            {"person": one.person, "reason": one.reason, "score": _rounded(one.score)}
            for one in (*prediction.by_name, *prediction.by_score)
        ],
        "unusable": prediction.unusable,
        "histogram": histogram(prediction),
    }


def load_report(path: Path) -> dict[str, Any]:
    """A written document. Raises `WatchlistError` when it is not one of this version."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WatchlistError(str(path), "there is no report here; `lfr watchlist build` writes one") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise WatchlistError(str(path), f"this is not a report: {error}") from error
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise WatchlistError(
            str(path), f"this is not a report of schema {SCHEMA}; `lfr watchlist build` writes one"
        )
    return report


def latest_report(reports: Path) -> Path:
    """The newest `report.json` of the watchlists below a folder. Raises `WatchlistError` without one."""
    found = sorted(
        reports.glob(f"watchlist-*/{REPORT_FILE}"), key=lambda path: (path.stat().st_mtime_ns, path)
    )
    if not found:
        raise WatchlistError(str(reports), "no watchlist was built here; `lfr watchlist build` does it")
    return found[-1]


def written(report: Mapping[str, Any]) -> str:
    """The document as text."""
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"

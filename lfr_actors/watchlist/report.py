"""The report of a built watchlist: a JSON document that scripts may depend on, and the same as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from lfr_actors.errors import WatchlistError
from lfr_actors.private_file import write_private
from lfr_actors.watchlist.enrol import Enrolment
from lfr_actors.watchlist.verdicts import PictureVerdict, Verdict

SCHEMA = 1
"""Raised when a field of the document changes its meaning or goes."""
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

SIGNS = {
    Verdict.ENROLLED: ("✓", "green"),
    Verdict.WARNING: ("!", "yellow"),
    Verdict.NO_FACE: ("∅", "red"),
    Verdict.SEVERAL_FACES: ("⁂", "red"),
    Verdict.TOO_SMALL: ("↘", "red"),
    Verdict.TOO_BLURRED: ("≈", "red"),
    Verdict.UNREADABLE: ("✗", "red"),
    Verdict.DUPLICATE: ("=", "magenta"),
}
"""A sign and a colour of each verdict, so that colour is never the only mark."""


def document(enrolment: Enrolment, *, csv: Path, pack: str) -> dict[str, Any]:
    """The report as plain values, one entry of `rows` per row of the CSV in its order.

    `verdict` is a value of `Verdict`; measures are null where no face was measured; `quality_score` is
    `Quality.score`. Holds no picture and no template.
    """
    gallery = enrolment.gallery
    subjects = {verdict.row.subject_id for verdict in enrolment.verdicts}
    return {
        "schema": SCHEMA,
        "csv": str(csv),
        "pack": pack,
        "gallery_version": gallery.version,
        "pictures": len(enrolment.verdicts),
        "templates": len(gallery),
        "subjects": len(subjects),
        "subjects_enrolled": len(gallery.subject_ids),
        "subjects_missing": list(enrolment.missing_subjects()),
        "totals": enrolment.totals(),
        "rows": [_entry(verdict) for verdict in enrolment.verdicts],
    }


def _entry(verdict: PictureVerdict) -> dict[str, Any]:
    quality = verdict.quality
    measures: dict[str, float | None] = {}
    for name, decimals in _MEASURES.items():
        key = "quality_score" if name == "score" else name
        measures[key] = None if quality is None else round(getattr(quality, name), decimals)
    return {
        "line": verdict.row.line,
        "subject_id": verdict.row.subject_id,
        "image": verdict.row.image,
        "verdict": verdict.verdict.value,
        "enrolled": verdict.verdict.enrolled,
        "reason": verdict.reason,
        "faces": verdict.faces,
        **measures,
        "other_subject": verdict.other_subject,
        "other_score": None if verdict.other_score is None else round(verdict.other_score, 4),
    }


def rows_table(report: Mapping[str, Any], *, every: bool) -> Table:
    """The pictures with something to say, or `every` picture."""
    title = "pictures" if every else "pictures with a warning or refused"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("line", justify="right", no_wrap=True)
    table.add_column("subject", overflow="fold", max_width=20)
    table.add_column("picture", overflow="fold", max_width=18)
    table.add_column("verdict")
    for row in report["rows"]:
        verdict = Verdict(row["verdict"])
        if verdict is Verdict.ENROLLED and not every:
            continue
        sign, colour = SIGNS[verdict]
        table.add_row(
            str(row["line"]),
            Text(row["subject_id"]),
            Text(Path(row["image"]).name or row["image"]),
            Text.assemble((f"{sign} {verdict.value}", colour), f": {row['reason']}" if row["reason"] else ""),
        )
    return table


def totals_table(report: Mapping[str, Any]) -> Table:
    """Pictures by verdict, those that happened."""
    table = Table(title="totals", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("verdict")
    table.add_column("pictures", justify="right")
    for name, count in report["totals"].items():
        sign, colour = SIGNS[Verdict(name)]
        if count:
            table.add_row(Text(f"{sign} {name}", style=colour), str(count))
    table.add_section()
    table.add_row("all", str(report["pictures"]))
    return table


def write_report(report: Mapping[str, Any], path: Path) -> None:
    """Write the document as JSON, readable by its owner only."""
    write_private(path, json.dumps(report, indent=2, ensure_ascii=False) + "\n")


def load_report(path: Path) -> dict[str, Any]:
    """A written document. Raises `WatchlistError` when it is not one of this version."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WatchlistError(str(path), "there is no report here; `lfr watchlist build` writes one") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise WatchlistError(str(path), f"this is not a report: {error}") from error
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise WatchlistError(str(path), f"this is not a report of schema {SCHEMA}")
    return report


def latest_report(reports: Path) -> Path:
    """The newest `report.json` of the watchlists below a folder. Raises `WatchlistError` without one."""
    found = sorted(reports.glob("watchlist-*/report.json"), key=lambda path: (path.stat().st_mtime_ns, path))
    if not found:
        raise WatchlistError(str(reports), "no watchlist was built here; `lfr watchlist build` does it")
    return found[-1]

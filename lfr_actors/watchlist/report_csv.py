"""A report as CSV for a spreadsheet: pictures, subjects, and pairs that look alike; no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lfr_actors.watchlist.spreadsheet import safe_cell

_PAIR_COLUMNS: Final = (
    "first",
    "first_line",
    "first_image",
    "second",
    "second_line",
    "second_image",
    "score",
    "threshold",
    "reaches",
)


def report_tables(report: Mapping[str, Any]) -> dict[str, str]:
    """The CSV files of a report, by file name; the columns are the fields of the document."""
    rows, subjects = report["rows"], report["subject_rows"]
    return {
        "pictures.csv": _table(rows, tuple(rows[0]) if rows else ("line", "subject_id", "image", "verdict")),
        "subjects.csv": _table(subjects, tuple(subjects[0]) if subjects else ("subject_id", "verdict")),
        "look-alikes.csv": _table(report["likeness"]["pairs"], _PAIR_COLUMNS),
    }


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([cell(row[column]) for column in columns] for row in rows)
    return out.getvalue()


def cell(value: object) -> str:
    """A value as a cell, text as `safe_cell` has it; nothing is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return safe_cell(value) if isinstance(value, str) else str(value)

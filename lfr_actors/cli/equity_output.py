"""What `lfr evaluate equity` writes and says: the page and its files, the terminal, and who is missing where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table

from lfr_actors.cli.app import say, say_aside, stdout
from lfr_actors.cli.study_files import csv_text, json_text, write_study_files

if TYPE_CHECKING:
    from lfr_actors.evaluation.equity.labels import Labels
    from lfr_actors.evaluation.equity.study import EquityStudy
    from lfr_actors.evaluation.identification.study import IdentificationStudy

PAGE_FILE: Final = "equity.html"
DOCUMENT_FILE: Final = "equity.json"
ROWS_FILE: Final = "equity.csv"
_MOST_NAMED: Final = 5


def document_of(study: EquityStudy, identified: IdentificationStudy) -> dict[str, Any]:
    """The study as JSON, with what its document says of the identification it rests on; names nobody."""
    from lfr_actors.evaluation.equity.document import equity_document
    from lfr_actors.evaluation.identification.document import study_document

    whole = study_document(identified)
    return equity_document(
        study, {name: whole[name] for name in ("folder", "pack", "settings", "counts", "doubts")}
    )


def write_equity(
    study: EquityStudy,
    identified: IdentificationStudy,
    document: Mapping[str, Any],
    notes: Sequence[str],
    out: Path,
) -> None:
    """Write page, JSON, CSV and plots, for their owner only; `LfrError` when the folder cannot be written."""
    from lfr_actors.evaluation.equity.report import equity_page, equity_pictures
    from lfr_actors.evaluation.study_page import study_page

    pictures = equity_pictures(study)
    pack = document["identification"]["pack"]
    facts = (("pack", pack["name"]), ("models", f"{pack['detector']}, {pack['embedder']}"))
    licence = ("licence", identified.pack.licence)
    page = equity_page(study, pictures, facts=(*facts, licence), notes=notes)
    texts = {
        PAGE_FILE: study_page(page),
        DOCUMENT_FILE: json_text(document) + "\n",
        ROWS_FILE: _rows_csv(study),
    }
    write_study_files(out, texts, pictures)


def _rows_csv(study: EquityStudy) -> str:
    from lfr_actors.evaluation.equity.document import COLUMNS, equity_rows

    return csv_text(tuple(COLUMNS), [[row[name] for name in COLUMNS] for row in equity_rows(study)])


def show_equity(study: EquityStudy, notes: Sequence[str]) -> None:
    """The study on the terminal, what could have been shown first."""
    from lfr_actors.evaluation.equity.groups import Rate
    from lfr_actors.evaluation.equity.report import (
        DIFFERENCE_COLUMNS,
        RATE_COLUMNS,
        difference_rows,
        group_rows,
    )
    from lfr_actors.evaluation.equity.words import TITLES, conclusion, findings, power_statement

    say("What this data could have shown", "bold")
    for rate in Rate:
        say(f"  {power_statement(study, rate).text}")
    say("What it shows", "bold")
    say(f"  {conclusion(study).text}")
    for rate in Rate:
        say(TITLES[rate], "bold")
        for statement in findings(study, rate):
            say(f"  {statement.text}", "yellow" if statement.kind == "warning" else None)
        _print_table(RATE_COLUMNS, group_rows(study, rate))
        if study.comparisons(rate):
            _print_table(DIFFERENCE_COLUMNS, difference_rows(study, rate))
    for note in notes:
        say(note, "yellow")


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place < 2 else "right")
    for row in rows:
        table.add_row(*map(Text, row))
    stdout.print(table)


def say_who(study: EquityStudy, labels: Labels, path: Path) -> None:
    """Who is missing where, so that the files can be mended: people by name, labels by their lines."""
    for note in labels.notes:
        say_aside(f"{path}: {note}", "yellow")
    if study.unlabelled:
        names = ", ".join(study.unlabelled[:_MOST_NAMED])
        more = "" if len(study.unlabelled) <= _MOST_NAMED else " …"
        say_aside(f"searched, and without a label: {len(study.unlabelled):,} ({names}{more})", "yellow")
    if study.unseen:
        lines = sorted(labels.lines[person] for person in study.unseen)
        named = ", ".join(map(str, lines[:_MOST_NAMED])) + (" …" if len(lines) > _MOST_NAMED else "")
        say_aside(f"{path}: labelled, and not searched: {len(lines):,} (line {named})", "yellow")

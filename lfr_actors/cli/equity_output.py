"""What `lfr evaluate equity` writes and says: the page and its files, the terminal, and who is missing where."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table

from lfr_actors.cli.app import stderr, stdout
from lfr_actors.cli.evaluate_identify import say
from lfr_actors.errors import LfrError

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
    from lfr_actors.evaluation.plotting import save
    from lfr_actors.evaluation.study_page import study_page
    from lfr_actors.private_file import make_private_folder, write_private

    pictures = equity_pictures(study)
    pack = document["identification"]["pack"]
    facts = (("pack", pack["name"]), ("models", f"{pack['detector']}, {pack['embedder']}"))
    licence = ("licence", identified.pack.licence)
    page = equity_page(study, pictures, facts=(*facts, licence), notes=notes)
    try:
        make_private_folder(out)
        write_private(out / PAGE_FILE, study_page(page))
        write_private(out / DOCUMENT_FILE, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        write_private(out / ROWS_FILE, _rows_csv(study))
        for picture in pictures:
            save(picture, out)
    except OSError as error:
        raise LfrError(f"{out}: the study cannot be written: {error.strerror}") from error


def _rows_csv(study: EquityStudy) -> str:
    from lfr_actors.evaluation.equity.document import COLUMNS, equity_rows
    from lfr_actors.watchlist.spreadsheet import safe_cell

    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in equity_rows(study):
        words = ("attribute", "group", "against")
        writer.writerow(row | {name: safe_cell(row[name]) for name in words if row[name] is not None})
    return text.getvalue()


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
        say_on_stderr(f"{path}: {note}", "yellow")
    if study.unlabelled:
        names = ", ".join(study.unlabelled[:_MOST_NAMED])
        more = "" if len(study.unlabelled) <= _MOST_NAMED else " …"
        say_on_stderr(f"searched, and without a label: {len(study.unlabelled):,} ({names}{more})", "yellow")
    if study.unseen:
        lines = sorted(labels.lines[person] for person in study.unseen)
        named = ", ".join(map(str, lines[:_MOST_NAMED])) + (" …" if len(lines) > _MOST_NAMED else "")
        say_on_stderr(f"{path}: labelled, and not searched: {len(lines):,} (line {named})", "yellow")


def say_on_stderr(text: str, style: str | None = None) -> None:
    """A line beside the result."""
    stderr.print(text, markup=False, highlight=False, soft_wrap=True, style=style)

"""The folder into which a study is written: page, JSON, CSV and plots, for their owner only."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lfr_actors.errors import LfrError

if TYPE_CHECKING:
    from lfr_actors.evaluation.plotting import Picture


def require_folder(out: Path | None) -> None:
    """Make the folder of `--out` before anything long begins, so that no study is lost for want of one.

    Raises `BadParameter` where a file is there, `LfrError` when nothing can be written there.
    """
    from lfr_actors.private_file import make_private_folder

    if out is None:
        return
    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} is a file; --out names a folder", param_hint="--out")
    try:
        make_private_folder(out)
    except OSError as error:
        raise LfrError(f"{out}: the study cannot be written: {error.strerror}") from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise LfrError(f"{out}: the study cannot be written: the folder is read-only for this account")


def write_study_files(out: Path, texts: Mapping[str, str], pictures: Sequence[Picture]) -> None:
    """Write the texts by the names of their files, and the plots; makes the folder.

    Raises `LfrError` when it cannot be written.
    """
    from lfr_actors.evaluation.plotting import save
    from lfr_actors.private_file import make_private_folder, write_private

    try:
        make_private_folder(out)
        for name, text in texts.items():
            write_private(out / name, text)
        for picture in pictures:
            save(picture, out)
    except OSError as error:
        raise LfrError(f"{out}: the study cannot be written: {error.strerror}") from error


def json_text(document: Mapping[str, Any]) -> str:
    """A document as it stands on stdout and in a file; the file ends it with a line feed."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def csv_text(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as CSV; words that a spreadsheet would take for a formula become text, None becomes an empty cell."""
    from lfr_actors.watchlist.spreadsheet import safe_cell

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()

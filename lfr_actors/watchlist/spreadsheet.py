"""CSV as spreadsheets write it and as they may misread it: its text, its records, and cells that are formulas.

Commas, semicolons (as Excel writes them in much of Europe) or tabs; UTF-8 with or without a byte order mark, and
UTF-16 with one (Excel's "Unicode text").
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lfr_actors.errors import InvalidFile
from lfr_actors.watchlist.plain_file import NotAFile, TooLarge, read_plain_file

MAX_CSV_BYTES: Final = 64_000_000
"""More than half a million rows; what is larger is no list of people."""
_UTF_16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With what a cell begins that a spreadsheet would compute (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The records of a CSV that are not blank, each with its first line; `notes` say how it was read."""

    records: tuple[tuple[int, list[str]], ...] = field(repr=False)
    notes: tuple[str, ...] = ()


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would compute this cell in place of showing it."""
    return cell.startswith(_FORMULA)


def safe_cell(cell: str) -> str:
    """A cell for a CSV that people open in a spreadsheet: one that is a formula becomes text, by an apostrophe."""
    return f"'{cell}" if is_formula(cell) else cell


def read_sheet(path: Path) -> Sheet:
    """The records of a CSV file. Raises `InvalidFile` for what is not one, with what would be right."""
    text, notes = _text(path)
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    return Sheet(records=tuple(_records(path, text, delimiter)), notes=notes)


def _text(path: Path) -> tuple[str, tuple[str, ...]]:
    """The file as text without a byte order mark, and what there is to say of it."""
    data = _bytes(path)
    notes: tuple[str, ...] = ()
    if data.startswith((codecs.BOM_UTF32_LE, b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")):
        wrong = "it is a spreadsheet or an archive" if data[:2] != b"\xff\xfe" else "it is UTF-32"
        raise InvalidFile(str(path), (f"{wrong}: save it as 'CSV UTF-8'",))
    encoding = _UTF_16.get(data[:2])
    try:
        if encoding is not None:
            text = data[2:].decode(encoding)
            notes = ("it is UTF-16 and was read as that; 'CSV UTF-8' is what other programs expect",)
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        newline = b"\n" if encoding is None else "\n".encode(encoding)
        line = data.count(newline, 0, error.start) + 1
        kind = "UTF-8" if encoding is None else "UTF-16"
        wrong = (
            f"line {line}: byte 0x{error.object[error.start]:02x} is not {kind}: save the file as 'CSV UTF-8'"
        )
        raise InvalidFile(str(path), (wrong,)) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InvalidFile(str(path), (f"line {line}: holds a zero byte: this is not a text file",))
    return text, notes


def _bytes(path: Path) -> bytes:
    try:
        return read_plain_file(path, MAX_CSV_BYTES)
    except NotAFile:
        raise InvalidFile(
            str(path), ("cannot be read: it is a folder, a pipe or a device; name a CSV file",)
        ) from None
    except TooLarge as error:
        size, most = error.size_bytes / 1e6, MAX_CSV_BYTES / 1e6
        raise InvalidFile(str(path), (f"{size:,.0f} MB is more than the {most:.0f} MB allowed",)) from None
    except FileNotFoundError:
        raise InvalidFile(str(path), ("there is no such file",)) from None
    except OSError as error:
        raise InvalidFile(str(path), (f"cannot be read: {error.strerror}",)) from error


def _records(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise InvalidFile(str(path), (f"line {line}: {error}: check the quotation marks",)) from None

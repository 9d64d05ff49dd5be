"""The watchlist CSV: one row a picture, several rows a subject; read strictly, every mistake at once.

Columns `subject_id,image` are required; `category`, `priority`, `legal_basis`, `expires`, `image_source`,
`image_taken`, `date_of_birth` and `notes` may be there, in any order. Paths are relative to the CSV. Commas,
semicolons (as Excel writes them in much of Europe) or tabs; UTF-8 with or without a byte order mark.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from lfr_actors.errors import InvalidFile
from lfr_actors.messages import SubjectId

REQUIRED = ("subject_id", "image")
OPTIONAL = (
    "category",
    "priority",
    "legal_basis",
    "expires",
    "image_source",
    "image_taken",
    "date_of_birth",
    "notes",
)
_OF_SUBJECT = ("category", "priority", "legal_basis", "expires", "date_of_birth")
"""Columns that speak of the subject, so that its rows must agree; the others speak of the picture."""
_DATES = ("expires", "image_taken", "date_of_birth")
_LONGEST_ID = 120


class Priority(StrEnum):
    """What a sighting asks for."""

    RED = "red"
    """Immediate."""
    AMBER = "amber"
    """Arrest."""
    GREEN = "green"
    """Identify."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One picture of one subject.

    `line` is the row's first line in the file, `image` the path as written and `path` where it is. What
    speaks of the subject (category, priority, legal basis, expiry, date of birth) is the same in all rows of
    a subject, filled in where a row left it empty. `expires` is the last day the subject may be on a list.
    """

    line: int
    subject_id: SubjectId
    image: str
    path: Path
    category: str | None = None
    priority: Priority | None = None
    legal_basis: str | None = None
    expires: dt.date | None = None
    image_source: str | None = None
    image_taken: dt.date | None = None
    date_of_birth: dt.date | None = field(default=None, repr=False)
    notes: str | None = field(default=None, repr=False)


def refuse_expired(path: Path, rows: Sequence[Row], today: dt.date) -> None:
    """Raise `InvalidFile` with every row whose subject may no longer be on a list; `path` is the CSV's.

    `expires` is the last day on the list. Nothing is dropped silently: whoever keeps the list decides.
    """
    expired = [row for row in rows if row.expires is not None and row.expires < today]
    if expired:
        raise InvalidFile(
            str(path),
            tuple(
                f"line {row.line}: subject {row.subject_id} expired on {row.expires}; remove the row, or renew it"
                for row in expired
            ),
        )


def read_rows(path: Path) -> tuple[Row, ...]:
    """The rows of a watchlist CSV in the order of the file, at least one.

    Whether the pictures exist is not asked here: that is a verdict of enrolment. Raises `InvalidFile` with
    every mistake, each with its line and what would be right.
    """
    text = _text(path)
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    records = list(_records(path, text, delimiter))
    if not records:
        raise InvalidFile(str(path), (f"the file is empty: its first line must be {','.join(REQUIRED)}",))
    header_line, header = records[0]
    names = [name.strip() for name in header]
    problems = list(_header_problems(names, header_line))
    if problems:
        raise InvalidFile(str(path), tuple(problems))
    rows: list[Row] = []
    for line, cells in records[1:]:
        if len(cells) != len(names):
            problems.append(f"line {line}: {len(cells)} cells where the header has {len(names)}")
            continue
        values = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
        mistakes = list(_value_problems(values))
        problems += [f"line {line}: {mistake}" for mistake in mistakes]
        if not mistakes:
            rows.append(_row(path.parent, line, values))
    problems += _repeated(rows)
    problems += _contradictions(rows)
    if not problems and not rows:
        problems.append("no row below the header: a watchlist names at least one subject and picture")
    if problems:
        raise InvalidFile(str(path), tuple(sorted(problems, key=_line_of)))
    return _filled(rows)


def _text(path: Path) -> str:
    """The file as text without a byte order mark."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InvalidFile(str(path), ("there is no such file",)) from None
    except OSError as error:
        raise InvalidFile(str(path), (f"cannot be read: {error.strerror}",)) from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidFile(str(path), ("it is UTF-16: save it as UTF-8 (in Excel: 'CSV UTF-8')",))
    if data.startswith(b"PK\x03\x04"):
        raise InvalidFile(str(path), ("it is a spreadsheet: save it as 'CSV UTF-8'",))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wrong = f"line {line}: byte 0x{data[error.start]:02x} is not UTF-8: save the file as 'CSV UTF-8'"
        raise InvalidFile(str(path), (wrong,)) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InvalidFile(str(path), (f"line {line}: holds a zero byte: this is not a text file",))
    return text


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


def _header_problems(names: list[str], line: int) -> Iterator[str]:
    known = (*REQUIRED, *OPTIONAL)
    meant_all: set[str] = set()
    for name in dict.fromkeys(names):
        if names.count(name) > 1 and name:
            yield f"line {line}: column {name!r} is there {names.count(name)} times"
        if name not in known:
            spelled = name.lower().replace(" ", "_").replace("-", "_")
            close = difflib.get_close_matches(spelled, known, 1)
            meant_all.update(close)
            meant = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            yield f"line {line}: unknown column {name!r}: {meant}"
    for name in REQUIRED:
        # a misspelt column is told once, above
        if name not in names and name not in meant_all:
            yield f"line {line}: the required column {name!r} is missing"


def _value_problems(values: dict[str, str]) -> Iterator[str]:
    for name in REQUIRED:
        if not values[name]:
            yield f"{name} is empty"
    subject_id = values["subject_id"]
    if len(subject_id) > _LONGEST_ID or not subject_id.isprintable():
        yield f"subject_id must be at most {_LONGEST_ID} printable characters"
    priority = values.get("priority")
    if priority and priority not in set(Priority):
        yield f"priority {priority!r} is not one of {', '.join(Priority)}"
    for name in _DATES:
        if values.get(name) and _date(values[name]) is None:
            yield f"{name} {values[name]!r} is not a date: write YYYY-MM-DD, such as 2024-09-07"


def _date(text: str) -> dt.date | None:
    # fromisoformat alone would also take 20240907 and 2024-W36-6
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 and text[4] == text[7] == "-" else None
    except ValueError:
        return None


def _row(folder: Path, line: int, values: dict[str, str]) -> Row:
    def text(name: str) -> str | None:
        return values.get(name) or None

    priority = text("priority")
    return Row(
        line=line,
        subject_id=SubjectId(values["subject_id"]),
        image=values["image"],
        path=(folder / values["image"]).resolve(),
        category=text("category"),
        priority=Priority(priority) if priority else None,
        legal_basis=text("legal_basis"),
        expires=_date(values.get("expires", "")),
        image_source=text("image_source"),
        image_taken=_date(values.get("image_taken", "")),
        date_of_birth=_date(values.get("date_of_birth", "")),
        notes=text("notes"),
    )


def _repeated(rows: list[Row]) -> Iterator[str]:
    first: dict[tuple[str, Path], int] = {}
    for row in rows:
        seen = first.setdefault((row.subject_id, row.path), row.line)
        if seen != row.line:
            yield f"line {row.line}: repeats line {seen}: subject {row.subject_id!r} with {row.image!r}"


def _contradictions(rows: list[Row]) -> Iterator[str]:
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        for name in _OF_SUBJECT:
            value = getattr(row, name)
            if value is None:
                continue
            seen = first.setdefault((row.subject_id, name), row)
            # a date of birth is not repeated in a message
            if getattr(seen, name) != value:
                words = name if name == "date_of_birth" else f"{name} {str(value)!r}"
                yield (
                    f"line {row.line}: {words} of subject {row.subject_id!r} contradicts line {seen.line}: "
                    "the rows of one subject must agree"
                )


def _filled(rows: list[Row]) -> tuple[Row, ...]:
    """The rows with what speaks of the subject copied to each of its rows."""
    known: dict[str, dict[str, object]] = {}
    for row in rows:
        values = known.setdefault(row.subject_id, {})
        values.update({name: getattr(row, name) for name in _OF_SUBJECT if getattr(row, name) is not None})
    return tuple(replace(row, **known[row.subject_id]) for row in rows)  # type: ignore[arg-type]


def _line_of(problem: str) -> int:
    head = problem.partition(":")[0].removeprefix("line ")
    return int(head) if head.isdigit() else 0

"""The watchlist CSV: one row a picture, several rows a subject; read strictly, every mistake at once.

Columns `subject_id,image` are required; `category`, `priority`, `legal_basis`, `expires`, `image_source`,
`image_taken`, `date_of_birth` and `notes` may be there, in any order. Paths are relative to the CSV, and a picture
lies in its folder or below: a list is one thing that can be handed over, approved and erased, and no row reaches
for a file elsewhere on the machine.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from lfr_actors.errors import InvalidFile
from lfr_actors.messages import SubjectId
from lfr_actors.watchlist.identity import hidden_character, id_problem, same_but_for_case, same_to_the_eye
from lfr_actors.watchlist.policy import SUBJECT_FACTS
from lfr_actors.watchlist.spreadsheet import is_formula, read_sheet
from lfr_actors.watchlist.version import Priority, category_problem

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
_DATES = ("expires", "image_taken", "date_of_birth")
_LONGEST_CELL: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One picture of one subject.

    `line` is the row's first line in the file, or the number of the picture in a folder, from 1; `where` says
    it in words. `image` is the path as written and `path` where it is. What speaks of the subject (category,
    priority, legal basis, expiry, date of birth) is the same in all rows of a subject, filled in where a row
    left it empty. `expires` is the last day the subject may be on a list.
    """

    line: int
    counted_in: str = "line"
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

    @property
    def where(self) -> str:
        """Where the row stands, such as `line 7` or `picture 3`."""
        return f"{self.counted_in} {self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSource:
    """What a list is built from: the CSV or folder, its rows in order, at least one, and what to know of them."""

    path: Path
    rows: tuple[Row, ...] = field(repr=False)
    notes: tuple[str, ...] = ()


def read_rows(path: Path) -> tuple[Row, ...]:
    """The rows of a watchlist CSV, for those who build no list of them. Raises as `read_list`."""
    return read_list(path).rows


def read_list(path: Path) -> ListSource:
    """The rows of a watchlist CSV in the order of the file, at least one.

    Whether the pictures exist is not asked here: that is a verdict of enrolment. Raises `InvalidFile` with
    every mistake, each with its line and what would be right. Notes warn of what is read and looks odd: cells
    that a spreadsheet would compute, ids that differ only in capital letters.
    """
    sheet = read_sheet(path)
    if not sheet.records:
        raise InvalidFile(str(path), (f"the file is empty: its first line must be {','.join(REQUIRED)}",))
    header_line, header = sheet.records[0]
    names = [name.strip() for name in header]
    problems = list(_header_problems(names, header_line))
    if problems:
        raise InvalidFile(str(path), tuple(problems))
    folder = path.resolve().parent
    rows: list[Row] = []
    notes = list(sheet.notes)
    for line, cells in sheet.records[1:]:
        if len(cells) != len(names):
            problems.append(f"line {line}: {len(cells)} cells where the header has {len(names)}")
            continue
        values = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
        mistakes = list(_value_problems(folder, values))
        problems += [f"line {line}: {mistake}" for mistake in mistakes]
        notes += [f"line {line}: {warning}" for warning in _formulas(names, cells)]
        if not mistakes:
            rows.append(_row(folder, line, values))
    problems += [*_repeated(rows), *_contradictions(rows), *_look_alikes(rows)]
    if not problems and not rows:
        problems.append("no row below the header: a watchlist names at least one subject and picture")
    if problems:
        raise InvalidFile(str(path), tuple(sorted(problems, key=_line_of)))
    notes += case_notes(rows)
    return ListSource(path=path, rows=_filled(rows), notes=tuple(sorted(notes, key=_line_of)))


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


def _value_problems(folder: Path, values: dict[str, str]) -> Iterator[str]:
    for name in REQUIRED:
        if not values[name]:
            yield f"{name} is empty"
    wrong_id = id_problem(values["subject_id"])
    if wrong_id is not None:
        yield wrong_id
    for name, value in values.items():
        lines = value.replace("\r", "").replace("\n", "").replace("\t", "") if name == "notes" else value
        hidden = None if name == "subject_id" else hidden_character(lines)
        if hidden is not None:
            yield f"{name} holds a character that nobody sees ({hidden}); take it out"
        elif len(value) > _LONGEST_CELL:
            yield f"{name} is longer than {_LONGEST_CELL:,} characters"
        elif name == "image" and value:
            yield from _image_problems(folder, value)
    priority = values.get("priority")
    if priority and priority not in set(Priority):
        yield f"priority {priority!r} is not one of {', '.join(Priority)}"
    if wrong_category := category_problem(values.get("category", "")):
        yield wrong_category
    for name in _DATES:
        if values.get(name) and _date(values[name]) is None:
            yield f"{name} {values[name]!r} is not a date: write YYYY-MM-DD, such as 2024-09-07"


def _image_problems(folder: Path, image: str) -> Iterator[str]:
    if "://" in image:
        yield f"image {image!r} is an address: pictures are files beside the CSV; nothing is fetched"
        return
    try:
        inside = (folder / image).resolve().is_relative_to(folder)
    except (OSError, RuntimeError) as error:  # names that are too long, links that go round
        yield f"image {image[:80]!r} is no path that can be followed ({type(error).__name__})"
        return
    if not inside:
        yield f"image {image!r} leads out of the CSV's folder: put the picture in it, or below"


def _formulas(names: list[str], cells: list[str]) -> Iterator[str]:
    """Said of the cell as it was written: what begins with a blank is no formula."""
    for name, cell in zip(names, cells, strict=True):
        if is_formula(cell) and len(cell.strip()) > 1:
            yield f"{name} begins with {cell[0]!r} as a formula does; it is kept as text and never computed"


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
        for name in SUBJECT_FACTS:
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


def _look_alikes(rows: list[Row]) -> Iterator[str]:
    lines = first_lines(rows)
    for later, earlier in same_to_the_eye(lines):
        yield (
            f"line {lines[later]}: subject_id {later!r} looks the same as that of line {lines[earlier]} and is "
            "written with other characters: write one person's id in one way, and two people's apart"
        )


def case_notes(rows: Sequence[Row]) -> Iterator[str]:
    """What there is to say of ids that differ only in capital letters."""
    lines, unit = first_lines(rows), rows[0].counted_in
    for later, earlier in same_but_for_case(lines):
        other = f"{earlier!r} ({unit} {lines[earlier]})"
        yield (
            f"{unit} {lines[later]}: subject_id {later!r} differs from {other} only in capital letters: "
            "they are two subjects here"
        )


def first_lines(rows: Sequence[Row]) -> dict[str, int]:
    """The first line of each subject, in their order."""
    lines: dict[str, int] = {}
    for row in rows:
        lines.setdefault(row.subject_id, row.line)
    return lines


def _filled(rows: list[Row]) -> tuple[Row, ...]:
    """The rows with what speaks of the subject copied to each of its rows."""
    known: dict[str, dict[str, object]] = {}
    for row in rows:
        values = known.setdefault(row.subject_id, {})
        values.update({name: getattr(row, name) for name in SUBJECT_FACTS if getattr(row, name) is not None})
    return tuple(replace(row, **known[row.subject_id]) for row in rows)  # type: ignore[arg-type]


def _line_of(problem: str) -> int:
    head = problem.partition(":")[0].removeprefix("line ")
    return int(head) if head.isdigit() else 0

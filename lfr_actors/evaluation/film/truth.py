"""Who passes when in a film: `truth.json` of a composed scene, or a table that somebody wrote who watched it.

Required of every pass, as JSON (a list of objects) or CSV (a header line, then a row a pass):

    pass_id     any name, once
    subject_id  who of the watchlist it is; null (CSV: blank) for a person who is not on it
    enter_s     first moment at which the face is to be seen, in s of the film
    leave_s     last such moment; both null (CSV: blank) when the face is never to be seen

Optional: `identity` (the same words for the same person, whose passes are not independent), `largest_face_px`
(width of the face at its largest), `speed_m_s`, `target` (whether on the list, to be checked against `subject_id`),
`photograph_is_enrolled` (the face is a photograph that is also on the list, so that finding it shows little).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

from lfr_actors.errors import InvalidFile
from lfr_actors.watchlist.plain_file import NotAFile, TooLarge, read_plain_file
from lfr_actors.watchlist.spreadsheet import read_sheet

REQUIRED: Final = ("pass_id", "subject_id", "enter_s", "leave_s")
OPTIONAL: Final = ("identity", "largest_face_px", "speed_m_s", "target", "photograph_is_enrolled")
NOT_NEEDED: Final = ("photograph", "seen_s", "largest_face_s")
"""What composed scenes say besides."""
MAX_JSON_BYTES: Final = 64_000_000
_TRUE, _FALSE = {"true", "yes", "1"}, {"false", "no", "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmPass:
    """One person crossing the picture once; `subject_id` is None for somebody who is not on the list.

    `enter_s` to `leave_s` (film time) the face is to be seen; both None when it never is. `face_px`: width of the
    face at its largest. What the truth does not say is None.
    """

    pass_id: str
    subject_id: str | None = field(default=None, repr=False)
    enter_s: float | None = None
    leave_s: float | None = None
    identity: str | None = field(default=None, repr=False)
    face_px: float | None = None
    speed_m_s: float | None = None
    photograph_is_enrolled: bool = False

    @property
    def person(self) -> str:
        """Who it is, as far as the truth says: the subject, else the identity, else a person of this pass alone."""
        if self.subject_id is not None:
            return f"subject {self.subject_id}"
        return f"pass {self.pass_id}" if self.identity is None else f"identity {self.identity}"

    @property
    def span_s(self) -> tuple[float, float] | None:
        """From when until when the face is to be seen; None when it never is."""
        return None if self.enter_s is None or self.leave_s is None else (self.enter_s, self.leave_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmTruth:
    """The passes of a film in the order of the file, and what is odd about how they are written down."""

    passes: tuple[FilmPass, ...]
    notes: tuple[str, ...] = ()


Record = tuple[str, Mapping[str, object]]
"""Where it stands, such as `line 7` or `row 3`, and what it says."""


def read_truth(path: Path) -> FilmTruth:
    """The passes in a truth file, JSON or CSV by its suffix (`.csv`, `.tsv`; everything else is JSON).

    Raises `InvalidFile` with every mistake, each with its line (CSV) or row (JSON) and what would be right.
    """
    notes: list[str] = []
    if path.suffix.lower() in {".csv", ".tsv"}:
        records, notes = _csv_records(path)
    else:
        records = _json_records(path)
    names = list(dict.fromkeys(name for _, record in records for name in record))
    unknown = [name for name in names if name not in (*REQUIRED, *OPTIONAL, *NOT_NEEDED)]
    if unknown:
        notes.append(f"not known, and not used: {', '.join(unknown)}")
    problems: list[str] = []
    passes: list[tuple[str, FilmPass]] = []
    for where, record in records:
        mistakes = list(_mistakes(record))
        problems += [f"{where}: {mistake}" for mistake in mistakes]
        if not mistakes:
            passes.append((where, _pass_of(record)))
    problems += [*_repeated(passes), *_in_two_places(passes)]
    if problems:
        raise InvalidFile(str(path), tuple(problems))
    return FilmTruth(passes=tuple(one for _, one in passes), notes=tuple(notes))


def check_truth(
    truth: FilmTruth, path: Path, *, subjects: Iterable[str], film_s: float | None, list_name: str
) -> None:
    """Raise `InvalidFile` for passes of people who are not on the list, or later than the film.

    `film_s` is the length of the film; None where it is not known, so that nothing is asked.
    """
    known = frozenset(subjects)
    problems = [
        f"pass {one.pass_id}: subject_id is not on the list {list_name}; write it as the list does, or null for a "
        "person who is not on it"
        for one in truth.passes
        if one.subject_id is not None and one.subject_id not in known
    ]
    if film_s is not None:
        problems += [
            f"pass {one.pass_id}: enter_s is {one.enter_s:g}, and the film is {film_s:.1f} s long: is this the "
            "truth of another film?"
            for one in truth.passes
            if one.enter_s is not None and one.enter_s > film_s
        ]
    if problems:
        raise InvalidFile(str(path), tuple(problems))


def _csv_records(path: Path) -> tuple[list[Record], list[str]]:
    sheet = read_sheet(path)
    if not sheet.records:
        raise InvalidFile(str(path), (f"the file is empty: its first line must hold {','.join(REQUIRED)}",))
    line, header = sheet.records[0]
    names = [name.strip() for name in header]
    problems = [
        f"line {line}: the column {name!r} is missing; required are {', '.join(REQUIRED)}"
        for name in REQUIRED
        if name not in names
    ]
    problems += [
        f"line {line}: the column {name!r} is there twice" for name in set(names) if names.count(name) > 1
    ]
    records: list[Record] = []
    for line, cells in sheet.records[1:]:
        if len(cells) != len(names):
            problems.append(f"line {line}: {len(cells)} cells where the header has {len(names)}")
        else:
            values = {name: cell.strip() or None for name, cell in zip(names, cells, strict=True)}
            records.append((f"line {line}", values))
    if problems:
        raise InvalidFile(str(path), tuple(problems))
    return records, list(sheet.notes)


def _json_records(path: Path) -> list[Record]:
    right = "a list of objects, one a pass, each with " + ", ".join(REQUIRED)
    try:
        rows = json.loads(read_plain_file(path, MAX_JSON_BYTES))
    except NotAFile:
        raise InvalidFile(str(path), ("is a folder, a pipe or a device; name a file",)) from None
    except TooLarge as error:
        raise InvalidFile(
            str(path), (f"{error.size_bytes / 1e6:,.0f} MB is too large for a truth",)
        ) from None
    except FileNotFoundError:
        raise InvalidFile(str(path), ("there is no such file",)) from None
    except json.JSONDecodeError as error:
        wrong = f"line {error.lineno}: {error.msg}; a truth is {right}, or a CSV file named so"
        raise InvalidFile(str(path), (wrong,)) from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise InvalidFile(
            str(path), (f"is no JSON text ({type(error).__name__}); a truth is {right}",)
        ) from None
    if not isinstance(rows, list):
        raise InvalidFile(str(path), (f"is not a list; a truth is {right}",))
    others = [f"row {number} is no object" for number, row in enumerate(rows, 1) if not isinstance(row, dict)]
    if others:
        raise InvalidFile(str(path), (*others, f"a truth is {right}"))
    return [(f"row {number}", row) for number, row in enumerate(rows, 1)]


def _mistakes(record: Mapping[str, object]) -> Iterator[str]:
    missing = [name for name in REQUIRED if name not in record]
    for name in missing:
        hint = "; write null for a person who is not on the list" if name == "subject_id" else ""
        yield f"{name} is missing{hint}"
    if "pass_id" not in missing and not _text(record["pass_id"]):
        yield f"pass_id is {_shown(record['pass_id'])}; write a name, in quotation marks"
    for name in ("subject_id", "identity"):
        value = record.get(name)
        if value is not None and not _text(value):
            yield f"{name} is {_shown(value)}; write a text in quotation marks, or null"
    for name in ("enter_s", "leave_s", "largest_face_px", "speed_m_s"):
        value = record.get(name)
        if value is not None and _number(value) is None:
            yield f"{name} is {_shown(value)}; write a number that is not negative, or nothing"
    for name in ("target", "photograph_is_enrolled"):
        value = record.get(name)
        if value is not None and _truth_value(value) is None:
            yield f"{name} is {_shown(value)}; write true or false"
    if not missing:
        yield from _contradictions(record)


def _contradictions(record: Mapping[str, object]) -> Iterator[str]:
    enter, leave = record["enter_s"], record["leave_s"]
    if (enter is None) != (leave is None):
        yield "has only one of enter_s and leave_s; write both, or neither for a face that is never to be seen"
    first_s, last_s = _number(enter), _number(leave)
    if first_s is not None and last_s is not None and first_s > last_s:
        yield f"enters at {first_s:g} s and leaves before that, at {last_s:g} s"
    target, listed = _truth_value(record.get("target")), record["subject_id"] is not None
    if target is not None and target != listed:
        said, other = ("true", "no subject_id") if target else ("false", "a subject_id")
        yield f"target is {said} and it has {other}: whoever is on the list has a subject_id, and nobody else"


def _pass_of(record: Mapping[str, object]) -> FilmPass:
    subject, identity = record["subject_id"], record.get("identity")
    return FilmPass(
        pass_id=str(record["pass_id"]).strip(),
        subject_id=None if subject is None else str(subject).strip(),
        enter_s=_number(record["enter_s"]),
        leave_s=_number(record["leave_s"]),
        identity=None if identity is None else str(identity).strip(),
        face_px=_number(record.get("largest_face_px")) or None,  # composed scenes say 0 of a face never seen
        speed_m_s=_number(record.get("speed_m_s")),
        photograph_is_enrolled=bool(_truth_value(record.get("photograph_is_enrolled"))),
    )


def _repeated(passes: Sequence[tuple[str, FilmPass]]) -> Iterator[str]:
    first: dict[str, str] = {}
    for where, one in passes:
        seen = first.setdefault(one.pass_id, where)
        if seen != where:
            yield f"{where}: pass_id {one.pass_id!r} is that of {seen} too; give each pass its own"


def _in_two_places(passes: Sequence[tuple[str, FilmPass]]) -> Iterator[str]:
    """A subject is before the camera once at a time; what overlaps is one pass, or two people."""
    by_subject: dict[str, list[tuple[float, float, str, str]]] = {}
    for where, one in passes:
        if one.subject_id is not None and one.span_s is not None:
            by_subject.setdefault(one.subject_id, []).append((*one.span_s, where, one.pass_id))
    for spans in by_subject.values():
        spans.sort()
        for (_, leaves_s, _, earlier), (enters_s, _, where, later) in pairwise(spans):
            if enters_s < leaves_s:
                yield (
                    f"{where}: pass {later!r} begins before pass {earlier!r} of the same subject has ended; nobody "
                    "passes twice at once"
                )


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _number(value: object) -> float | None:
    """A finite number of at least 0, also written as text as a CSV has it; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _truth_value(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.lower()
        return True if word in _TRUE else False if word in _FALSE else None
    return None


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:40] + "…"

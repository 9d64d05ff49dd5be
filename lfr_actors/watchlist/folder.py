"""A list from a folder of pictures, where there is no CSV: `FOLDER/SUBJECT/*.jpg`, or `FOLDER/SUBJECT_2.jpg`.

A picture in a folder of its own is of the subject that the folder is named after. One that lies in FOLDER itself is
of the subject that it is named after, without `_` and up to four digits at the end: `ann.jpg` and `ann_2.jpg` both
show `ann`. What is said of everybody (category, legal basis …) is given once.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lfr_actors.errors import InvalidFile
from lfr_actors.messages import SubjectId
from lfr_actors.watchlist.identity import id_problem, same_to_the_eye
from lfr_actors.watchlist.rows import ListSource, Row, case_notes, first_lines
from lfr_actors.watchlist.version import Priority

SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
"""Files with these names are pictures, or will be told that they are not; any other is left out, and said."""
_NUMBER: Final = re.compile(r"_[0-9]{1,4}$")
_COUNTED_IN: Final = "picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is said of everybody in a folder."""

    category: str | None = None
    priority: Priority | None = None
    legal_basis: str | None = None
    expires: dt.date | None = None
    image_source: str | None = None


def read_folder(folder: Path, facts: Facts) -> ListSource:
    """The pictures of a folder in the order of their names, at least one; their numbers are their lines.

    Raises `InvalidFile` with every mistake: a link that leads out of the folder, folders within the subjects',
    names that nobody could tell apart. Notes name the files that were left out.
    """
    root = folder.resolve()
    if not root.is_dir():
        raise InvalidFile(str(folder), ("there is no such folder of pictures",))
    notes: list[str] = []
    problems: list[str] = []
    try:
        found = list(_pictures(root, notes, problems))
    except OSError as error:
        raise InvalidFile(str(folder), (f"cannot be read: {error.filename}: {error.strerror}",)) from error
    rows = []
    for line, (subject_id, path) in enumerate(found, start=1):
        image = str(path.relative_to(root))
        rows.append(_row(line, subject_id, image, path.resolve(), facts))
        problems += [f"{image!a}: {problem}" for problem in _problems(root, subject_id, path)]
    lines = first_lines(rows)
    for later, earlier in same_to_the_eye(lines):
        problems.append(f"{_COUNTED_IN} {lines[later]}: {later!a} looks the same as {earlier!a}: rename one")
    if not rows and not problems:
        problems.append(f"holds no picture: needs SUBJECT/PICTURE.jpg or SUBJECT.jpg ({', '.join(SUFFIXES)})")
    if problems:
        raise InvalidFile(str(folder), tuple(problems))
    return ListSource(path=folder, rows=tuple(rows), notes=(*notes, *case_notes(rows)))


def _pictures(root: Path, notes: list[str], problems: list[str]) -> Iterator[tuple[str, Path]]:
    """Each picture with the subject that its place names."""
    for entry in sorted(root.iterdir()):
        if entry.name.startswith("."):
            notes.append(f"{entry.name!a} is hidden and was left out")
        elif not entry.is_dir():
            if _is_picture(entry, entry.name, notes):
                yield _NUMBER.sub("", entry.stem) or entry.stem, entry
        elif not entry.resolve().is_relative_to(root):
            problems.append(f"{entry.name!a}: leads out of the folder: put the pictures in it")
        else:
            yield from _of_subject(entry, notes, problems)


def _of_subject(folder: Path, notes: list[str], problems: list[str]) -> Iterator[tuple[str, Path]]:
    for inner in sorted(folder.iterdir()):
        name = f"{folder.name}/{inner.name}"
        if inner.name.startswith("."):
            notes.append(f"{name!a} is hidden and was left out")
        elif inner.is_dir():
            problems.append(f"{name!a}: is a folder within a subject's: put the pictures in {folder.name!a}")
        elif _is_picture(inner, name, notes):
            yield folder.name, inner


def _is_picture(path: Path, name: str, notes: list[str]) -> bool:
    if path.suffix.lower() in SUFFIXES:
        return True
    notes.append(f"{name!a} is not named as a picture and was left out")
    return False


def _problems(root: Path, subject_id: str, path: Path) -> Iterator[str]:
    wrong_id = id_problem(subject_id)
    if wrong_id is not None:
        yield wrong_id
    if not path.resolve().is_relative_to(root):
        yield "leads out of the folder: put the picture in it"


def _row(line: int, subject_id: str, image: str, path: Path, facts: Facts) -> Row:
    return Row(
        line=line,
        counted_in=_COUNTED_IN,
        subject_id=SubjectId(subject_id),
        image=image,
        path=path,
        category=facts.category,
        priority=facts.priority,
        legal_basis=facts.legal_basis,
        expires=facts.expires,
        image_source=facts.image_source,
    )

"""The folder of people that a measurement reads: `PERSON/*.jpg`, or `PERSON_0001.jpg` side by side.

Labels come from the names and nowhere else. What is left out is said: files that are no pictures, folders without
one, and what a file of names leaves out because somebody looked at it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lfr_actors.errors import InvalidFile
from lfr_actors.watchlist.folder import Facts, read_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPicture:
    """A picture and who it is said to show. `name` is its path within the folder, with `/`."""

    person: str
    name: str
    path: Path = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The pictures of a folder in the order of their names, at least one.

    `left_out` are those that the user's file names; `empty` are people whose folder holds no picture. `notes` name
    files that are no pictures.
    """

    folder: Path
    pictures: tuple[LabelledPicture, ...] = field(repr=False)
    left_out: tuple[LabelledPicture, ...] = field(default=(), repr=False)
    empty: tuple[str, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)


def read_people(folder: Path, leave_out: Path | None = None) -> People:
    """The people of a folder. Raises `InvalidFile` with every mistake, also of the file that leaves some out."""
    source = read_folder(folder, Facts())
    every = [
        LabelledPicture(person=row.subject_id, name=row.image.replace("\\", "/"), path=row.path)
        for row in source.rows
    ]
    out = frozenset[str]() if leave_out is None else _names(leave_out, every)
    kept = tuple(picture for picture in every if picture.name not in out)
    if not kept:
        raise InvalidFile(
            str(leave_out), ("leaves out every picture of the folder; none is left to measure",)
        )
    people = {picture.person for picture in every}
    return People(
        folder=folder,
        pictures=kept,
        left_out=tuple(picture for picture in every if picture.name in out),
        empty=tuple(name for name in _folders(folder) if name not in people),
        notes=source.notes,
    )


def _folders(folder: Path) -> Iterable[str]:
    return sorted(
        entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")
    )


def _names(file: Path, pictures: Iterable[LabelledPicture]) -> frozenset[str]:
    """The names in a file, one a line; empty lines and those that begin with # are passed over."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text in UTF-8"
        raise InvalidFile(str(file), (f"cannot be read: {reason}",)) from error
    known = {unicodedata.normalize("NFC", picture.name): picture.name for picture in pictures}
    found: set[str] = set()
    problems = []
    for number, line in enumerate(lines, start=1):
        name = unicodedata.normalize("NFC", line.strip().replace("\\", "/").removeprefix("./"))
        if not name or name.startswith("#"):
            continue
        if name not in known:
            problems.append(
                f"line {number}: {name!a} is no picture of the folder: write its path in it, as PERSON/PICTURE.jpg"
            )
        else:
            found.add(known[name])
    if problems:
        raise InvalidFile(str(file), tuple(problems))
    return frozenset(found)

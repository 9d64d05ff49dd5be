"""A version of a watchlist: who is on it and why, their pictures and templates; it never changes.

    rows ─► enrolment ─► ListVersion ─► sealed in the vault
                             └─► Gallery, by the thresholds of a deployment ─► shards

Its name is the address of its content, so that the same name is the same list, everywhere and for ever. A random
salt is part of the content: nobody can guess a list and try whether a name in the public log is that of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Final

import numpy as np

from lfr_actors.messages import GalleryVersion, SubjectId, Vectors
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.thresholds import Thresholds

BLUE_LIST: Final = "blue-list"
"""The category of those who are on a list so that their passes can be measured."""
SALT_BYTES: Final = 16


def category_problem(category: str) -> str | None:
    """What is wrong with a category, None for any that is not the blue list's misspelt.

    A volunteer under a misspelt category would be alerted on as if wanted.
    """
    letters = "".join(letter for letter in category.casefold() if letter.isalpha())
    if letters in {"bluelist", "bluelists", "blue"} and category != BLUE_LIST:
        return f"category {category!r} is not the blue list: write {BLUE_LIST}"
    return None


class Priority(StrEnum):
    """What a sighting asks for."""

    RED = "red"
    """Immediate."""
    AMBER = "amber"
    """Arrest."""
    GREEN = "green"
    """Identify."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A person on the list, and why. `expires` is the last day on a list."""

    subject_id: SubjectId
    category: str | None = None
    priority: Priority | None = None
    legal_basis: str | None = None
    expires: dt.date | None = None
    date_of_birth: dt.date | None = field(default=None, repr=False)
    notes: str | None = field(default=None, repr=False)

    @property
    def is_blue(self) -> bool:
        """Whether this is a member of staff or a volunteer whose passes are measured."""
        return self.category == BLUE_LIST


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that gave a template.

    `image` is its path as it was written, `sha256` (hex) of its file; `quality` in [0, 1]. `portrait_jpeg` shows
    the face, small; empty where none was kept.
    """

    subject_id: SubjectId
    image: str = field(repr=False)
    sha256: str
    image_source: str | None = None
    image_taken: dt.date | None = None
    quality: float
    portrait_jpeg: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ListVersion:
    """A list; make one with `ListVersion.of`.

    `subjects` in order of their ids. `pictures` and the rows of `templates`, float32 (n, d) of length 1, go
    together, in order of subject, file and template. `built_at` is aware UTC, and no part of the content that
    `version` addresses; nor are the portraits, which follow from the files.
    """

    pack: str
    salt: bytes = field(repr=False)
    built_at: dt.datetime
    subjects: tuple[Subject, ...] = field(repr=False)
    pictures: tuple[Picture, ...] = field(repr=False)
    templates: Vectors = field(repr=False)
    version: GalleryVersion

    @property
    def dim(self) -> int:
        """Length of a template."""
        return int(self.templates.shape[1])

    @property
    def blue_subjects(self) -> int:
        """How many of the subjects are on the blue list."""
        return sum(subject.is_blue for subject in self.subjects)

    @classmethod
    def of(
        cls,
        *,
        pack: str,
        subjects: Sequence[Subject],
        pictures: Sequence[Picture],
        templates: Vectors,
        built_at: dt.datetime,
        salt: bytes | None = None,
    ) -> ListVersion:
        """The version of these: subjects in any order, pictures and rows of `templates` in the same order.

        Templates are copied; a new salt is drawn where none is given. Raises `ValueError` when a subject is
        there twice or has no picture, a picture is of nobody, shapes do not agree or `built_at` is naive.
        """
        if templates.ndim != 2 or len(pictures) != len(templates):
            raise ValueError(f"{len(pictures)} pictures do not go with templates {templates.shape}")
        if built_at.tzinfo is None:
            raise ValueError("built_at needs a time zone")
        ids = [subject.subject_id for subject in subjects]
        if len(set(ids)) < len(ids):
            raise ValueError("a subject is there twice")
        if {picture.subject_id for picture in pictures} != set(ids):
            raise ValueError("every subject needs a picture, and every picture a subject")
        rows = np.ascontiguousarray(templates, np.float32)
        order = sorted(
            range(len(rows)),
            key=lambda i: (pictures[i].subject_id, pictures[i].sha256, rows[i].tobytes()),
        )
        ordered = rows[order]
        ordered.flags.writeable = False
        salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
        sorted_subjects = tuple(sorted(subjects, key=lambda subject: subject.subject_id))
        sorted_pictures = tuple(pictures[i] for i in order)
        return cls(
            pack=pack,
            salt=salt,
            built_at=built_at.astimezone(dt.UTC),
            subjects=sorted_subjects,
            pictures=sorted_pictures,
            templates=ordered,
            version=_address(salt, pack, sorted_subjects, sorted_pictures, ordered),
        )

    def gallery(self, thresholds: Thresholds) -> Gallery:
        """The templates to search, each subject with its threshold; a copy, under this version's name."""
        return Gallery.of(
            [picture.subject_id for picture in self.pictures],
            self.templates,
            pack=self.pack,
            version=self.version,
            thresholds={
                each.subject_id: thresholds.of(each.subject_id, each.category) for each in self.subjects
            },
            blue={each.subject_id for each in self.subjects if each.is_blue},
        )

    def without(self, subject_ids: Collection[str], *, built_at: dt.datetime) -> ListVersion:
        """The version of everybody else, with a salt of its own and sharing no memory with this."""
        kept = [row for row, picture in enumerate(self.pictures) if picture.subject_id not in subject_ids]
        return ListVersion.of(
            pack=self.pack,
            subjects=[each for each in self.subjects if each.subject_id not in subject_ids],
            pictures=[self.pictures[row] for row in kept],
            templates=self.templates[kept],
            built_at=built_at,
        )

    def overwrite(self) -> None:
        """Fill the templates with zeros: this version is not used any more."""
        self.templates.flags.writeable = True
        self.templates.fill(0)
        self.templates.flags.writeable = False


def _address(
    salt: bytes, pack: str, subjects: Sequence[Subject], pictures: Sequence[Picture], templates: Vectors
) -> GalleryVersion:
    """SHA-256 over everything but portraits and time of building, lengths first; its first 128 bits as hex."""
    facts = {
        "pack": pack,
        "shape": list(templates.shape),
        "subjects": [_facts(subject) for subject in subjects],
        "pictures": [_facts(picture, "portrait_jpeg") for picture in pictures],
    }
    written = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256()
    for part in (salt, written):
        digest.update(len(part).to_bytes(8, "big") + part)
    digest.update(templates.astype("<f4", copy=False).tobytes())
    return GalleryVersion(digest.hexdigest()[:32])


def _facts(value: Subject | Picture, *left_out: str) -> dict[str, str | float | None]:
    said: dict[str, str | float | None] = {}
    for each in fields(value):
        if each.name not in left_out:
            fact = getattr(value, each.name)
            said[each.name] = fact.isoformat() if isinstance(fact, dt.date) else fact
    return said

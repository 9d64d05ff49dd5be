"""Versions of lists to test with: made-up people, random templates."""

from __future__ import annotations

import datetime as dt
import hashlib

import numpy as np

from lfr_actors.messages import SubjectId, Vectors
from lfr_actors.watchlist.version import BLUE_LIST, ListVersion, Picture, Priority, Subject

BUILT_AT = dt.datetime(2024, 9, 7, 6, 30, tzinfo=dt.UTC)
SALT = bytes(range(16))
DIM = 8


def unit_rows(n: int, dim: int = DIM, seed: int = 0) -> Vectors:
    """Random rows of length 1."""
    rows = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def subject(subject_id: str, category: str | None = "warrant", **facts: object) -> Subject:
    """A subject with every fact, or those given."""
    given: dict[str, object] = {
        "priority": Priority.AMBER,
        "legal_basis": "court warrant",
        "expires": dt.date(2024, 12, 31),
        "date_of_birth": dt.date(1980, 2, 29),
        "notes": "note-marker-4711",
    }
    return Subject(subject_id=SubjectId(subject_id), category=category, **(given | facts))  # type: ignore[arg-type]


def picture(subject_id: str, number: int = 0, **facts: object) -> Picture:
    """A picture of a subject."""
    given: dict[str, object] = {
        "image": f"{subject_id}/{number}.jpg",
        "sha256": hashlib.sha256(f"{subject_id} {number}".encode()).hexdigest(),
        "image_source": "custody",
        "image_taken": dt.date(2023, 1, 2),
        "quality": 0.75,
        "portrait_jpeg": b"\xff\xd8portrait-marker-4711 " + subject_id.encode() + b"\xff\xd9",
    }
    return Picture(subject_id=SubjectId(subject_id), **(given | facts))  # type: ignore[arg-type]


def a_version(
    *subject_ids: str, pictures_each: int = 1, seed: int = 0, pack: str = "open", dim: int = DIM
) -> ListVersion:
    """A version of these subjects; an id that begins with `blue` is on the blue list."""
    pictures = [picture(each, n) for each in subject_ids for n in range(pictures_each)]
    return ListVersion.of(
        pack=pack,
        subjects=[subject(each, BLUE_LIST if each.startswith("blue") else "warrant") for each in subject_ids],
        pictures=pictures,
        templates=unit_rows(len(pictures), dim, seed),
        built_at=BUILT_AT,
        salt=SALT,
    )

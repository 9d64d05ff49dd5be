"""A list that was built, made up for these tests."""

from __future__ import annotations

import datetime as dt

import numpy as np

from lfr_actors.messages import SubjectId
from lfr_actors.watchlist.version import ListVersion, Picture, Subject

BUILT_AT = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)


def version_of(*subjects: Subject, salt: bytes = bytes(16)) -> ListVersion:
    """A list of these subjects, one picture each."""
    return ListVersion.of(
        pack="fake",
        subjects=subjects,
        pictures=[
            Picture(subject_id=each.subject_id, image=f"{each.subject_id}.jpg", sha256="0" * 64, quality=0.9)
            for each in subjects
        ],
        templates=np.eye(8, dtype=np.float32)[: len(subjects)],
        built_at=BUILT_AT,
        salt=salt,
    )


def subject(subject_id: str, **facts: object) -> Subject:
    """A subject with these facts."""
    return Subject(subject_id=SubjectId(subject_id), **facts)  # type: ignore[arg-type]

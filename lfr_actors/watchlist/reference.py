"""Reference faces: pictures of people who are known not to be on a list, in memory for as long as it takes.

    read_folder(folder) ─► one usable picture a person ─► templates ─► predict ─► overwritten

One picture a person, because two searches of one person are not independent of each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lfr_actors.messages import Vectors
from lfr_actors.overwriting import overwrite
from lfr_actors.vision.models import Detector, Embedder
from lfr_actors.watchlist.enrol import Progress, enrol
from lfr_actors.watchlist.prediction import LeftOut, Prediction, predict, split_by_name
from lfr_actors.watchlist.rows import Row
from lfr_actors.watchlist.thresholds import Thresholds
from lfr_actors.watchlist.verdicts import EnrolmentLimits
from lfr_actors.watchlist.version import ListVersion

_NO_DUPLICATES: Final = EnrolmentLimits(duplicate_score=2.0)
"""No score reaches it: two strangers who look alike are two strangers."""
_NO_TIME: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""Strangers are enrolled for their templates; the version that comes of it is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """People as templates float32 (n, d), one row each.

    `by_name` were left out; `unusable` had no picture that could be enrolled.
    """

    people: tuple[str, ...] = field(repr=False)
    templates: Vectors = field(repr=False)
    by_name: tuple[LeftOut, ...] = field(repr=False)
    unusable: int


@contextmanager
def reference_of(
    rows: Sequence[Row],
    names: Collection[str],
    detector: Detector,
    embedder: Embedder,
    progress: Progress | None = None,
    workers: int = 2,
) -> Iterator[Reference]:
    """The templates of these people while the block runs; they are overwritten after it.

    `rows` as `read_folder` gives them, a picture each; `names` are the subjects of the list: who bears the name of
    one is left out. Of each person the first usable picture is taken, by the limits of enrolment.
    """
    pictures: dict[str, list[Row]] = {}
    for row in rows:
        pictures.setdefault(row.subject_id, []).append(row)
    by_name = split_by_name(pictures, names)
    waiting = {
        person: own for person, own in pictures.items() if person not in {one.person for one in by_name}
    }
    every = len(waiting)
    known: list[str] = []
    parts: list[Vectors] = []
    while waiting:
        told = progress if not parts else None  # the first pictures are nearly all of the work
        first = [own[0] for own in waiting.values()]
        version = enrol(first, detector, embedder, _NO_DUPLICATES, told, workers, built_at=_NO_TIME).version
        parts.append(version.templates)
        usable = {subject.subject_id for subject in version.subjects}
        known += (picture.subject_id for picture in version.pictures)
        waiting = {one: own[1:] for one, own in waiting.items() if one not in usable and len(own) > 1}
    templates = np.concatenate(parts) if parts else np.empty((0, embedder.dim), np.float32)
    try:
        yield Reference(
            people=tuple(known), templates=templates, by_name=by_name, unusable=every - len(known)
        )
    finally:
        for part in (templates, *parts):
            part.flags.writeable = True
            overwrite(part)


def predict_for(
    version: ListVersion, thresholds: Thresholds, reference: Reference, *, faces: int
) -> Prediction:
    """What a list would do to these strangers; the copy of its templates that is searched is overwritten after."""
    gallery = version.gallery(thresholds)
    try:
        return predict(
            gallery,
            reference.people,
            reference.templates,
            faces=faces,
            by_name=reference.by_name,
            unusable=reference.unusable,
        )
    finally:
        gallery.overwrite()

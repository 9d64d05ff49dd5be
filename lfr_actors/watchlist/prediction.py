"""What a list would do to strangers: predicted false positive identification rate, before anybody is searched.

    people known not to be on the list ─► one search each ─► how many reach a threshold ─► FPIR with its interval

FPIR is the share of non-mated searches that return a candidate at or above its threshold (ISO/IEC 19795-1); it
belongs to one list at its thresholds, and to people like those of the reference. One picture a person, so that
the searches are independent, as the interval asks. A deployment wants several searches of a track to agree, so
that it raises fewer false alerts than it makes false matches; how many fewer is not predicted.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.intervals import Proportion, proportion_interval
from lfr_actors.messages import SubjectId, Vectors
from lfr_actors.watchlist.gallery import Gallery

Scores = NDArray[np.float32]

_CELLS: Final = 4_000_000
"""Scores held at a time, 16 MB of them."""
ON_THE_LIST_SHARE: Final = 0.4
"""A stranger whose score lies beyond this share of the way from the threshold to 1 is taken for the subject; as
two entries of a list are taken for one person (`EnrolmentLimits.for_threshold`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A person of the reference who was not searched as a stranger, and why."""

    person: str
    reason: str
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A subject for whom strangers were taken, how often, and the highest score."""

    subject_id: SubjectId
    matches: int
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction:
    """The rate and where it comes from.

    `fpir` None is insufficient data: nobody could be searched. `causes`: subjects by false matches, most first;
    a search counts once in `fpir` and for every subject whose threshold it reached here. `by_name` and
    `by_score` were left out; `fpir_with_them` is the rate if those of `by_score` were strangers after all, None
    where there are none. `best` float32 (searches,): each search's best score; `matched`, bool: whether it was
    a false match. `faces`: how many searches `expected` speaks of: (point estimate, low, high).
    """

    subjects: int
    templates: int
    thresholds: tuple[float, ...]
    fpir: Proportion | None
    causes: tuple[Cause, ...] = field(repr=False)
    by_name: tuple[LeftOut, ...] = field(repr=False)
    by_score: tuple[LeftOut, ...] = field(repr=False)
    unusable: int
    fpir_with_them: Proportion | None
    faces: int
    expected: tuple[float, float, float] | None
    best: Scores = field(repr=False)
    matched: NDArray[np.bool_] = field(repr=False)


def same_name(name: str) -> str:
    """A name or id in the form in which two spellings of it are equal: without case, accents and signs."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def split_by_name(people: Collection[str], names: Collection[str]) -> tuple[LeftOut, ...]:
    """The people of a reference whose name is that of a subject of the list."""
    known = {same_name(name): name for name in names}
    return tuple(
        LeftOut(person=person, reason=f"is on the list by name: {known[same_name(person)]}")
        for person in people
        if same_name(person) and same_name(person) in known
    )


def predict(
    gallery: Gallery,
    people: Sequence[str],
    templates: Vectors,
    *,
    faces: int = 10_000,
    by_name: Sequence[LeftOut] = (),
    unusable: int = 0,
) -> Prediction:
    """Search strangers, `templates` float32 (n, d), one row a person of `people`, against a list.

    `gallery` carries the threshold of each subject. Who scores like the subject in person is left out, said, and
    counted apart. `by_name` and `unusable` (people without a usable picture) are passed on. Nobody to search,
    or an empty list, is insufficient data and not a rate of zero. Raises `ValueError` for shapes that do not
    agree.
    """
    if len(people) != len(templates) or templates.shape[1:] != (gallery.dim,):
        raise ValueError(f"{len(people)} people with templates {templates.shape}, gallery of {gallery.dim}")
    searches = _search(gallery, people, templates)
    kept = ~searches.is_subject
    hits = int(np.count_nonzero(searches.matched & kept))
    fpir = proportion_interval(hits, int(np.count_nonzero(kept)))
    with_them = None
    if searches.left_out:
        with_them = proportion_interval(int(np.count_nonzero(searches.matched)), len(people))
    return Prediction(
        subjects=len(gallery.subject_ids),
        templates=len(gallery),
        thresholds=tuple(round(float(one), 6) for one in np.unique(gallery.thresholds)),
        fpir=fpir,
        causes=searches.causes,
        by_name=tuple(by_name),
        by_score=searches.left_out,
        unusable=unusable,
        fpir_with_them=with_them,
        faces=faces,
        expected=None if fpir is None else (faces * fpir.rate, faces * fpir.low, faces * fpir.high),
        best=searches.best[kept],
        matched=searches.matched[kept],
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Searches:
    """What the searches found, one value a person, and by subject."""

    best: Scores
    matched: NDArray[np.bool_]
    is_subject: NDArray[np.bool_]
    causes: tuple[Cause, ...]
    left_out: tuple[LeftOut, ...]


def _search(gallery: Gallery, people: Sequence[str], templates: Vectors) -> _Searches:
    count = len(people) if len(gallery) else 0  # an empty list is no trial of anything
    best = np.full(count, -1.0, np.float32)
    matched, is_subject = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    matches: Counter[int] = Counter()
    highest: dict[int, float] = {}
    left_out = []
    starts = np.searchsorted(gallery.subject_index, np.arange(len(gallery.subject_ids)))
    duplicate = gallery.thresholds + ON_THE_LIST_SHARE * (1.0 - gallery.thresholds)
    rows = max(1, _CELLS // max(1, len(gallery)))
    for begin in range(0, count, rows):
        scores = templates[begin : begin + rows] @ gallery.templates.T
        scores = np.maximum.reduceat(scores, starts, axis=1)
        here = slice(begin, begin + len(scores))
        best[here] = scores.max(axis=1)
        reached = scores >= gallery.thresholds
        matched[here] = reached.any(axis=1)
        # a threshold above 1 is no threshold: nobody is taken for that subject
        same = (scores > duplicate) & (gallery.thresholds <= 1.0)
        is_subject[here] = same.any(axis=1)
        for row in np.flatnonzero(is_subject[here]).tolist():
            place = int(np.where(same[row], scores[row], -2.0).argmax())
            left_out.append(_as_subject(people[begin + row], gallery.subject_ids[place], scores[row, place]))
        for row, place in zip(*(each.tolist() for each in np.nonzero(reached)), strict=True):
            if not is_subject[begin + row]:
                matches[place] += 1
                highest[place] = max(highest.get(place, -1.0), float(scores[row, place]))
    causes = [
        Cause(subject_id=gallery.subject_ids[place], matches=number, highest=min(1.0, highest[place]))
        for place, number in matches.items()
    ]
    causes.sort(key=lambda one: (-one.matches, -one.highest, one.subject_id))
    return _Searches(
        best=best, matched=matched, is_subject=is_subject, causes=tuple(causes), left_out=tuple(left_out)
    )


def _as_subject(person: str, subject_id: str, score: float) -> LeftOut:
    return LeftOut(
        person=person,
        reason=f"scores {score:.3f} with subject {subject_id}: most likely the same person",
        score=float(score),
    )


def histogram(prediction: Prediction, bins: int = 40) -> list[dict[str, float | int]]:
    """Best scores of the searches by ranges of equal width: `low`, `high`, `searches`, `false_matches`.

    Spans the scores and the thresholds; empty without searches.
    """
    if not len(prediction.best):
        return []
    reachable = [one for one in prediction.thresholds if one <= 1.0]
    low = float(min([prediction.best.min(), *reachable]))
    high = float(max([prediction.best.max(), *reachable]))
    edges = np.linspace(low, max(high, low + 1e-3), bins + 1)
    every = np.histogram(prediction.best, edges)[0]
    false = np.histogram(prediction.best[prediction.matched], edges)[0]
    return [
        {"low": float(a), "high": float(b), "searches": int(n), "false_matches": int(m)}
        for a, b, n, m in zip(edges[:-1], edges[1:], every, false, strict=True)
    ]

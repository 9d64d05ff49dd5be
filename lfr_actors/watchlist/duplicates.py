"""Templates of different subjects that are too alike: one person, or one picture, under two names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lfr_actors.messages import Vectors

_BLOCK = 1024
"""Templates compared with all earlier ones at a time: 70 MB of scores for a list of 17,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """Template `later` is of another subject than template `earlier`, and scores `score` with it."""

    later: int
    earlier: int
    score: float


def find_duplicates(subject_ids: Sequence[str], templates: Vectors, limit: float) -> list[Duplicate]:
    """The templates to refuse, in order: each with the most alike earlier one of another subject.

    One id per row of `templates`, float32 (n, d), rows of length 1. The first of several alike is kept;
    what is refused refuses nobody else. A score equal to `limit` is allowed.
    """
    places = {subject_id: place for place, subject_id in enumerate(dict.fromkeys(subject_ids))}
    subjects = np.array([places[subject_id] for subject_id in subject_ids], np.intp)
    refused: set[int] = set()
    found = []
    for start in range(0, len(templates), _BLOCK):
        end = min(start + _BLOCK, len(templates))
        scores = templates[start:end] @ templates[:end].T
        alike = (scores > limit) & (subjects[start:end, None] != subjects[None, :end])
        for row in np.flatnonzero(alike.any(axis=1)):
            later = start + int(row)
            earlier = [int(j) for j in np.flatnonzero(alike[row, :later]) if int(j) not in refused]
            if earlier:
                best = max(earlier, key=lambda j: float(scores[row, j]))
                refused.add(later)
                found.append(Duplicate(later=later, earlier=best, score=min(1.0, float(scores[row, best]))))
    return found

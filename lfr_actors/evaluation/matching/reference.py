"""The exact decisions that everything is compared with, computed block by block: no list is held in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.matching.parity import Decisions, decide
from lfr_actors.evaluation.vectors import SyntheticFaces
from lfr_actors.messages import Vectors

_QUERIES_AT_ONCE = 2_048
"""So many searches a product: 16,384 templates by these are 134 MB of scores."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """Searches and what an exact search answers. The first `mated` are of people on the list.

    `queries` float32 (n, d); `persons` and `scores` (n,) the best person of each and the largest score over
    its templates. `threshold`: the one at which `fpir` of the others reach it.
    """

    queries: Vectors = field(repr=False)
    mated: int
    persons: NDArray[np.int64] = field(repr=False)
    scores: NDArray[np.float32] = field(repr=False)
    own: NDArray[np.int64] = field(repr=False)
    """Whose picture each of the first `mated` is."""
    fpir: float
    threshold: float

    @property
    def decisions(self) -> Decisions:
        """What an exact search decides."""
        return decide(self.persons, self.scores, self.threshold)

    @property
    def tpir(self) -> float:
        """The part of the mated searches in which the right person is recognised."""
        return float((self.decisions[: self.mated] == self.own).mean())


def make_reference(
    faces: SyntheticFaces,
    searches: int,
    *,
    fpir: float = 0.01,
    seed: int = 0,
    progress: Callable[[float], None] = lambda _: None,
) -> Reference:
    """Half the searches with new pictures of people on the list, half with strangers, searched exactly.

    Raises `ValueError` for fewer searches than `fpir` can be told with.
    """
    mated = searches // 2
    strangers = searches - mated
    if strangers * fpir < 1:
        raise ValueError(f"{searches} searches are too few for a rate of {fpir}: at least {2 / fpir:.0f}")
    own = np.random.default_rng(seed).choice(faces.people, mated, replace=mated > faces.people)
    queries = np.concatenate([faces.mated(own, seed), faces.strangers(strangers, seed)])
    rows, persons = best_rows(faces, queries, progress)
    scores = scores_of(queries, rows)
    # between two scores, so that no rounding moves anybody across it
    falling = np.sort(scores[mated:].astype(np.float64))[::-1]
    reaching = int(strangers * fpir)
    return Reference(
        queries=queries,
        mated=mated,
        persons=persons,
        scores=scores,
        own=own.astype(np.int64),
        fpir=fpir,
        threshold=float((falling[reaching - 1] + falling[reaching]) / 2),
    )


def best_rows(
    faces: SyntheticFaces, queries: Vectors, progress: Callable[[float], None] = lambda _: None
) -> tuple[Vectors, NDArray[np.int64]]:
    """The most alike template of each query, (n, d), and its person's number, (n,).

    Compared in float32; of two as good, the one of the lower number.
    """
    best = np.full(len(queries), -2.0, np.float32)
    rows, persons = np.empty_like(queries), np.zeros(len(queries), np.int64)
    for first, block in faces.blocks():
        for start in range(0, len(queries), _QUERIES_AT_ONCE):
            part = slice(start, start + _QUERIES_AT_ONCE)
            scores = queries[part] @ block.T
            place = scores.argmax(axis=1)
            score = scores[np.arange(len(scores)), place]
            better = np.flatnonzero(score > best[part])
            best[part][better] = score[better]
            rows[part][better] = block[place[better]]
            persons[part][better] = first + place[better] // faces.pictures
        progress((first * faces.pictures + len(block)) / len(faces))
    return rows, persons


def scores_of(queries: Vectors, rows: Vectors) -> NDArray[np.float32]:
    """Cosines of rows that belong together, as the product states them: summed in float64, then float32."""
    exact = np.einsum("ij,ij->i", queries.astype(np.float64), rows.astype(np.float64))
    scores: NDArray[np.float32] = np.clip(exact, -1.0, 1.0).astype(np.float32)
    return scores

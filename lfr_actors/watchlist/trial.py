"""What a graph is tried with: searches that are hard to decide, and how each is decided exactly.

Made of the list itself. Some subjects are held out of the graph while it is tried: their templates are strangers to
it, and like those who will pass. Hard are the pictures of people on the list that only just reach a threshold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Candidate, SubjectId, Vectors
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.rescoring import Ranking, Rows

if TYPE_CHECKING:
    from lfr_actors.watchlist.hnsw import HnswSearch

AT_ONCE: Final = 64
"""Searches that are decided together."""
HARD_ABOVE: Final = 0.02
"""How far above a threshold a hard search may score."""
USUAL_OF: Final = 256
"""Strangers by whom it is told what is usual."""
_CROWD: Final = 32
"""Subjects whose threshold this many strangers usually reach are not left to the graph."""
_HALVINGS: Final = 30


class Trial:
    """What a graph is tried with, and what is right. `beside`: the subjects who are not left to it (places)."""

    def __init__(self, index: HnswSearch, random: np.random.Generator) -> None:
        self._index, self._random = index, random
        self._gallery: Gallery = index.gallery
        self._ranking = Ranking.of(self._gallery)
        self._outside = self._ranking.rows_of(index.held_out)
        self.strangers: Vectors = self._gallery.templates[random.permutation(self._outside)]
        best, crowded = self._usual()
        thresholds = self._gallery.thresholds
        self._working = None if (thresholds <= 1).any() else best
        self.beside: Rows = np.flatnonzero((thresholds < crowded) & (self._working is None))

    @property
    def is_worth_it(self) -> bool:
        """Whether the graph has all but a hundredth of the list left to itself: more would be slow beside it."""
        return 100 * len(self._ranking.rows_of(self.beside)) <= len(self._gallery)

    def overwrite(self) -> None:
        """Overwrite the copies of templates."""
        self.strangers.fill(0)

    def hard_ones(self, count: int) -> Vectors:
        """New pictures of people on the list that only just reach their thresholds, (count, d).

        Each is the middle of a subject's templates, turned away as far as that subject's best score allows: to the
        threshold, or at most `HARD_ABOVE` above it.
        """
        gallery, random = self._gallery, self._random
        thresholds = gallery.thresholds
        if self._working is not None:
            thresholds = np.full_like(thresholds, self._working)
        usable = thresholds <= 1
        usable[self._index.held_out] = False
        usable[self.beside] = False
        places = np.flatnonzero(usable)
        if not len(places):
            return np.empty((0, gallery.dim), np.float32)
        chosen = np.sort(random.choice(places, count))
        wanted = np.minimum(thresholds[chosen] + random.uniform(0, HARD_ABOVE, count), 1.0)
        return self._turned(chosen, self._directions(count), wanted)

    def _turned(self, places: Rows, away: NDArray[np.float64], wanted: NDArray[np.float64]) -> Vectors:
        """The middles of these subjects turned away until their best scores are those wanted, (n, d)."""
        starts, templates = self._ranking.starts, self._gallery.templates
        queries = np.empty(away.shape, np.float32)
        for row, (place, score) in enumerate(zip(places.tolist(), wanted.tolist(), strict=True)):
            own = templates[starts[place] : starts[place + 1]].astype(np.float64)
            middle = own.mean(axis=0)
            middle /= max(float(np.linalg.norm(middle)), 1e-6)
            side = away[row] - (away[row] @ middle) * middle
            side /= max(float(np.linalg.norm(side)), 1e-6)
            along, across = own @ middle, own @ side
            low, high = 0.0, np.pi / 2
            for _ in range(_HALVINGS):
                angle = (low + high) / 2
                reached = (np.cos(angle) * along + np.sin(angle) * across).max() >= score
                low, high = (angle, high) if reached else (low, angle)
            queries[row] = np.cos(low) * middle + np.sin(low) * side
        return queries

    def _directions(self, count: int) -> NDArray[np.float64]:
        """What a new picture may differ by, (count, d): as two of one subject do; without such, as strangers do."""
        starts, random = self._ranking.starts, self._random
        several = np.flatnonzero(np.diff(starts) > 1)
        if not len(several):
            return self.strangers[random.integers(0, len(self.strangers), count)].astype(np.float64)
        first = starts[random.choice(several, count)]
        templates = self._gallery.templates
        away: NDArray[np.float64] = templates[first].astype(np.float64) - templates[first + 1]
        return away

    def exact(self, queries: Vectors) -> list[SubjectId | None]:
        """Who of those in the graph is recognised, each compared with all."""
        scores = self._scores(queries)
        return [
            self._decision(self._ranking.candidates(query, row, 1))
            for query, row in zip(queries, scores, strict=True)
        ]

    def by_graph(self, queries: Vectors) -> list[SubjectId | None]:
        """Who is recognised through the graph."""
        return [self._decision(each) for each in self._index.search_graph(queries, 1)]

    def _scores(self, queries: Vectors) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        scores = queries @ self._gallery.templates.T
        scores[:, self._outside] = -2.0
        return scores

    def _usual(self) -> tuple[float, float]:
        """What one stranger in a hundred scores with the best template; what one in twenty does with the 32nd."""
        some = self.strangers[:USUAL_OF]
        crowd = min(_CROWD, len(self._gallery) - len(self._outside))
        highest = [
            np.partition(self._scores(some[start : start + AT_ONCE]), -crowd, axis=1)[:, -crowd:]
            for start in range(0, len(some), AT_ONCE)
        ]
        scores = np.sort(np.concatenate(highest), axis=1)
        return float(np.quantile(scores[:, -1], 0.99)), float(np.quantile(scores[:, 0], 0.95))

    def _decision(self, candidates: tuple[Candidate, ...]) -> SubjectId | None:
        first = candidates[0]
        threshold = first.threshold if self._working is None else self._working
        return first.subject_id if first.score >= threshold else None

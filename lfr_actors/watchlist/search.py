"""Searching a gallery: one face for every method, and the exact one."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from lfr_actors.errors import NotReady
from lfr_actors.messages import Candidate, GalleryVersion, SearchResult, Vectors
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.rescoring import Ranking, Scores, worth_rescoring

_SCORES_BYTES = 64_000_000
"""A product takes no more than this; more searches are several products."""


class Searcher(Protocol):
    """Answers who on a list is most like a template."""

    @property
    def gallery_version(self) -> GalleryVersion:
        """The version of the gallery that answers."""

    @property
    def memory_bytes(self) -> int:
        """What this method of searching takes, the gallery's own templates counted by the exact one only."""

    def search(self, templates: Vectors, k: int) -> list[SearchResult]:
        """The best `k` subjects for each template, one result per row of `templates`, in their order.

        `templates` float32 (n, d), rows of length 1; n may be 0. A subject's score is the largest over its
        templates, the same to the bit whatever else is in the batch; ordered as in `SearchResult`, so that who
        reached the own threshold goes before a stranger who scored more against a stricter one; all subjects
        when `k` is more than there are. Raises `ValueError` for `k` below 1 and for templates of another
        dimension or that are not finite, `NotReady` after `forget`.
        """

    def forget(self) -> None:
        """Overwrite every template; nothing may be searched after. Idempotent."""


class ExactSearch:
    """One matrix product against every template, its best rescored; exact, and on short lists the fastest."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._ranking = Ranking.of(gallery)
        self._forgotten = False

    def forget(self) -> None:
        """See `Searcher.forget`."""
        self._forgotten = True
        self._gallery.overwrite()

    @property
    def gallery_version(self) -> GalleryVersion:
        """The version of the gallery that answers."""
        return self._gallery.version

    @property
    def memory_bytes(self) -> int:
        """The gallery's templates and what is needed to search them."""
        gallery = self._gallery
        return int(gallery.templates.nbytes + gallery.subject_index.nbytes + self._ranking.memory_bytes)

    def search(self, templates: Vectors, k: int) -> list[SearchResult]:
        """See `Searcher.search`."""
        if self._forgotten:
            raise NotReady("gallery", f"version {self.gallery_version} was forgotten")
        gallery, ranking = self._gallery, self._ranking
        queries = checked_queries(templates, k, gallery)
        if not len(gallery):
            return [ranking.result(()) for _ in queries]
        at_once = max(1, _SCORES_BYTES // (4 * len(gallery)))
        results: list[SearchResult] = []
        for start in range(0, len(queries), at_once):
            some = queries[start : start + at_once]
            scores = some @ gallery.templates.T
            results.extend(ranking.result(each) for each in _candidates(ranking, some, scores, k))
        return results


def _candidates(ranking: Ranking, queries: Vectors, scores: Scores, k: int) -> list[tuple[Candidate, ...]]:
    """The best `k` for each query: all together where that is enough, by itself where it is not."""
    together = worth_rescoring(ranking, queries, scores, k)
    if together is None:
        return [ranking.candidates(query, row, k) for query, row in zip(queries, scores, strict=True)]
    whose, rows, cut = together
    return [
        each.candidates
        if np.count_nonzero(each.scores >= cut[place]) >= k
        else ranking.candidates(queries[place], scores[place], k)
        for place, each in enumerate(ranking.rescored(queries, whose, rows, k))
    ]


def checked_queries(templates: Vectors, k: int, gallery: Gallery) -> Vectors:
    """What is to be searched, float32 (n, d). Raises `ValueError` as `Searcher.search` says."""
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    if templates.ndim != 2 or templates.shape[1] != gallery.dim:
        raise ValueError(
            f"templates must be (n, {gallery.dim}) for this gallery of pack {gallery.pack}, "
            f"not {templates.shape}"
        )
    if not np.isfinite(templates).all():
        raise ValueError("a template is not finite")
    return templates.astype(np.float32, copy=False)

"""Searching a gallery: one face for every method, and the exact one."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Candidate, GalleryVersion, SearchResult, Vectors
from lfr_actors.watchlist.gallery import Gallery


class Searcher(Protocol):
    """Answers who on a list is most like a template."""

    @property
    def gallery_version(self) -> GalleryVersion:
        """The version of the gallery that answers."""

    def search(self, templates: Vectors, k: int) -> list[SearchResult]:
        """The best `k` subjects for each template, one result per row of `templates`, in their order.

        `templates` float32 (n, d), rows of length 1; n may be 0. A subject's score is the largest over its
        templates; best first, ties in order of subject id; all subjects when `k` is more than there are.
        Raises `ValueError` for `k` below 1 or templates of another dimension.
        """

    def forget(self) -> None:
        """Overwrite every template; nothing may be searched after."""


class ExactSearch:
    """One matrix product against every template; exact, and on short lists the fastest."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        # templates are sorted by subject: where each subject's begin
        self._starts = np.searchsorted(gallery.subject_index, np.arange(len(gallery.subject_ids)))
        self._one_each = len(gallery) == len(gallery.subject_ids)

    def forget(self) -> None:
        """See `Searcher.forget`."""
        self._gallery.overwrite()

    @property
    def gallery_version(self) -> GalleryVersion:
        """The version of the gallery that answers."""
        return self._gallery.version

    def search(self, templates: Vectors, k: int) -> list[SearchResult]:
        """See `Searcher.search`."""
        gallery = self._gallery
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        if templates.ndim != 2 or templates.shape[1] != gallery.dim:
            raise ValueError(
                f"templates must be (n, {gallery.dim}) for this gallery of pack {gallery.pack}, "
                f"not {templates.shape}"
            )
        if not len(gallery) or not len(templates):
            return [self._result(()) for _ in range(len(templates))]
        scores = templates.astype(np.float32, copy=False) @ gallery.templates.T
        if not self._one_each:
            scores = np.maximum.reduceat(scores, self._starts, axis=1)
        return [self._result(self._best(row, k)) for row in scores]

    def _best(self, scores: NDArray[np.float32], k: int) -> tuple[Candidate, ...]:
        """The best `k` of the subjects' scores, (subjects,)."""
        if not np.isfinite(scores).all():
            raise ValueError("a template is not finite")
        places = np.arange(len(scores))
        if k < len(scores):
            # everything that ties with the k-th, so that the tie is decided by subject id and not by chance
            places = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
        order = places[np.argsort(-scores[places], kind="stable")][:k]
        return tuple(
            Candidate(
                subject_id=self._gallery.subject_ids[place],
                score=min(1.0, max(-1.0, float(scores[place]))),
            )
            for place in order
        )

    def _result(self, candidates: tuple[Candidate, ...]) -> SearchResult:
        return SearchResult(
            candidates=candidates,
            gallery_version=self._gallery.version,
            gallery_subjects=len(self._gallery.subject_ids),
        )

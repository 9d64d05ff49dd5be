"""One version of a shard's part of the list in memory: searched by several at once, and zeros after the last."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

import numpy as np

from lfr_actors.actors.ports import GalleryOrder
from lfr_actors.errors import WatchlistError
from lfr_actors.messages import GalleryVersion, SearchResult, SubjectId
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.scan import exact_search
from lfr_actors.watchlist.search import Searcher

QUICK_PRODUCTS = 100_000_000
"""Multiplications (templates × numbers × queries) that take about 5 ms on one core: no more hold up the loop."""
QUICK_INDEX_SEARCHES = 8
"""Searches of an index that take about as long."""


class LoadedPart:
    """Subjects of one shard under one version; it belongs to the event loop's thread.

    `let_go` overwrites it as soon as nobody uses it; whoever searches in a thread says so with `used`.
    """

    def __init__(self, gallery: Gallery, order: GalleryOrder) -> None:
        if gallery.version != order.version:
            found = gallery.version
            gallery.overwrite()
            raise WatchlistError(order.version, f"what was loaded for it is version {found}")
        self.generation = order.generation
        self.gallery = gallery
        self.exact = exact_search(gallery)
        self.index: Searcher | None = None
        self.calibration = ""
        """How the index was set, or why there is none, in words."""
        self.indexing: asyncio.Task[None] | None = None
        """The building of its index, from its start to its end."""
        self.stopped = threading.Event()
        """Set when it is let go: whoever builds an index for it need not go on."""
        self.hidden: frozenset[SubjectId] = frozenset()
        """Whom the next list leaves out: they are here and are nobody's answer."""
        self._users = 0
        self._gone = asyncio.Event()

    @classmethod
    def load(cls, order: GalleryOrder, part: int, parts: int) -> LoadedPart:
        """Load a part, in any thread. Raises whatever the order's `load` raises, or `WatchlistError`."""
        return cls(order.load(part, parts), order)

    @property
    def version(self) -> GalleryVersion:
        """The version of the list."""
        return self.gallery.version

    @property
    def subjects(self) -> int:
        """How many people are searched."""
        return len(self.gallery.subject_ids) - len(self.hidden)

    @property
    def memory_bytes(self) -> int:
        """What templates and index take."""
        return self.exact.memory_bytes + (0 if self.index is None else self.index.memory_bytes)

    @property
    def index_state(self) -> Literal["exact", "building", "hnsw"]:
        """How it is searched."""
        if self.index is not None:
            return "hnsw"
        return "exact" if self.indexing is None or self.indexing.done() else "building"

    @property
    def searcher(self) -> Searcher:
        """The quickest way to search."""
        return self.exact if self.index is None else self.index

    def is_quick(self, queries: int) -> bool:
        """Whether so many searches at once may hold up the event loop."""
        if self.index is not None:
            return queries <= QUICK_INDEX_SEARCHES
        return len(self.gallery) * self.gallery.dim * queries <= QUICK_PRODUCTS

    def search_for_nobody(self) -> None:
        """Search for somebody who does not exist, by every method there is, so that buffers hold nobody else."""
        if not len(self.gallery):
            return
        nobody = np.full((1, self.gallery.dim), 1 / np.sqrt(self.gallery.dim), np.float32)
        self.exact.search(nobody, 1)
        if self.index is not None:
            self.index.search(nobody, 1)

    def gone_in(self, later: LoadedPart) -> frozenset[SubjectId]:
        """Who is here and not in a later list."""
        return frozenset(self.gallery.subject_ids).difference(later.gallery.subject_ids)

    def hide(self, subject_ids: Collection[SubjectId]) -> None:
        """Find these no more, and everybody else as before."""
        self.hidden = frozenset(subject_ids)

    @contextmanager
    def used(self) -> Iterator[None]:
        """While this lasts it is not overwritten."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            self._overwrite_if_unused()

    def let_go(self) -> None:
        """Overwrite it after the last search that is under way. Idempotent."""
        self.stopped.set()
        self._overwrite_if_unused()

    async def gone(self) -> None:
        """Wait until it was let go and is zeros, and so is what was being built of it."""
        await self._gone.wait()
        if self.indexing is not None:
            await asyncio.wait([self.indexing])

    def _overwrite_if_unused(self) -> None:
        if self._users or not self.stopped.is_set() or self._gone.is_set():
            return
        if self.index is not None:
            self.index.forget()
            self.index = None
        self.exact.forget()
        self._gone.set()


def without(
    results: Sequence[SearchResult], hidden: Collection[SubjectId], k: int
) -> tuple[SearchResult, ...]:
    """The first `k` of the candidates that are not hidden; sought were so many more as are hidden."""
    if not hidden:
        return tuple(results)
    return tuple(
        replace(
            result,
            candidates=tuple(each for each in result.candidates if each.subject_id not in hidden)[:k],
            gallery_subjects=result.gallery_subjects - len(hidden),
        )
        for result in results
    )

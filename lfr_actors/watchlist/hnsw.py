"""Searching a long gallery through a graph: most templates are never looked at, who is found is scored exactly.

    query ─► graph (hnswlib) ─► some of the nearest nodes ─► their subjects ─► rescored ─► candidates
          └► subjects searched beside it ─────────────────────────┘

Nodes are the middles of subjects and the templates far from them (`nodes`); scored are always the templates.

A graph finds what is near and may miss somebody. Subjects whose threshold is so low that whoever reaches it may
have many strangers nearer are therefore searched beside it, all of them each time; and so are, until it was tried
out, a few who are kept out of it for that (`index_choice.calibrate`). Nothing is ever marked as deleted in a
graph, nor is it saved: a list that loses somebody gets a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import hnswlib
import numpy as np

from lfr_actors.errors import NotReady
from lfr_actors.messages import Candidate, GalleryVersion, SearchResult, Vectors
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.index_choice import IndexPlan
from lfr_actors.watchlist.nodes import nodes_of
from lfr_actors.watchlist.rescoring import Ranking, Rows
from lfr_actors.watchlist.search import checked_queries

FETCHED: Final = 64
"""So many nodes are fetched at least: several of one subject must not crowd out the others."""
_BLOCK_SUBJECTS: Final = 2048
"""Subjects put into the graph between two looks at whether to go on."""
_MAPPED_BYTES: Final = 34 * 2**20
"""The C library gives memory of more than 32 MiB back to the system as soon as it is freed, so that nothing of a
graph stays behind; a smaller graph asks for this much and leaves the rest untouched."""
_NODE_OVERHEAD_BYTES: Final = 110
"""What hnswlib keeps for a node besides numbers and links: a lock, a level, a pointer, an entry of its table."""


class HnswSearch:
    """See the module. Make one with `build`, then let `index_choice.calibrate` set how widely it looks.

    Until then it looks as widely as `FETCHED`. It needs the gallery, which it does not copy: its `memory_bytes`
    are besides that. `threads` is for searches of more than a few templates at once.
    """

    def __init__(self, gallery: Gallery, plan: IndexPlan, *, threads: int = 1) -> None:
        self._gallery = gallery
        self._plan = plan
        self._threads = threads
        self._ranking = Ranking.of(gallery)
        self._held_out = _some_subjects(gallery, plan)
        self._beside = self._held_out[:0]
        self._width = FETCHED
        self._subject_of: Rows = np.empty(0, np.intp)
        """The subject of each node, by its label."""
        self._index: Any = None

    @classmethod
    def build(
        cls,
        gallery: Gallery,
        plan: IndexPlan,
        threads: int = 1,
        should_stop: Callable[[], bool] = lambda: False,
        progress: Callable[[float], None] = lambda _: None,
    ) -> HnswSearch | None:
        """Build the graph in so many threads; None when `should_stop` said so between two blocks.

        `progress` is told the part done, in [0, 1]. Raises `RuntimeError` or `MemoryError` without memory, and
        `ValueError` for a gallery with fewer than two subjects.
        """
        if len(gallery.subject_ids) < 2:
            raise ValueError("a graph needs two subjects at least: search so few exactly")
        search = cls(gallery, plan, threads=threads)
        inside = np.setdiff1d(np.arange(len(gallery.subject_ids)), search._held_out, assume_unique=True)
        search._make_room(len(gallery.subject_ids))
        for start in range(0, len(inside), _BLOCK_SUBJECTS):
            if should_stop():
                search.drop()
                return None
            search._add(inside[start : start + _BLOCK_SUBJECTS], threads)
            progress(min(1.0, (start + _BLOCK_SUBJECTS) / len(inside)))
        return search

    @property
    def gallery_version(self) -> GalleryVersion:
        """The version of the gallery that answers."""
        return self._gallery.version

    @property
    def gallery(self) -> Gallery:
        """What is searched."""
        return self._gallery

    @property
    def width(self) -> int:
        """How many nodes the graph is searched for at a time (hnswlib's `ef`)."""
        return self._width

    @property
    def held_out(self) -> Rows:
        """Places of the subjects who are not in the graph yet, ascending."""
        return self._held_out

    @property
    def memory_bytes(self) -> int:
        """What the graph takes besides the gallery: nodes and their links."""
        if self._index is None:
            return 0
        # the size of what it would write to a file: its rows and links as they are in memory
        stored = int(self._index.index_file_size())
        return stored + len(self._subject_of) * _NODE_OVERHEAD_BYTES + self._ranking.memory_bytes

    def set_width(self, width: int) -> None:
        """Look so widely from now on, and never less than `FETCHED`."""
        self._width = max(width, FETCHED)
        if self._index is not None:
            self._index.set_ef(self._width)

    def complete(self, beside: Rows) -> None:
        """Put those held out into the graph, and search these subjects (places, ascending) beside it from now on.

        Not while somebody searches.
        """
        self._add(self._held_out, self._threads)
        self._held_out = self._held_out[:0]
        self._beside = beside

    def search(self, templates: Vectors, k: int) -> list[SearchResult]:
        """See `Searcher.search`; the best `k` among whom the graph finds, each scored as the exact search does.

        A search for which it finds fewer than `k` subjects is made exactly.
        """
        return [self._ranking.result(each) for each in self._found(templates, k, self._also)]

    def search_graph(self, templates: Vectors, k: int) -> list[tuple[Candidate, ...]]:
        """As `search`, among those in the graph only: what `calibrate` compares with the exact answer."""
        return self._found(templates, k, None)

    def forget(self) -> None:
        """See `Searcher.forget`. The graph's memory goes back to the system, which overwrites it."""
        self.drop()
        self._gallery.overwrite()

    @property
    def _also(self) -> Rows:
        """Who is searched beside the graph."""
        return np.union1d(self._beside, self._held_out) if len(self._held_out) else self._beside

    def _found(self, templates: Vectors, k: int, beside: Rows | None) -> list[tuple[Candidate, ...]]:
        """The candidates for each template: of the graph and of `beside`; without it, of the graph alone."""
        index = self._index
        if index is None:
            raise NotReady("gallery", f"the index of version {self.gallery_version} was forgotten")
        queries = checked_queries(templates, k, self._gallery)
        if not len(queries):
            return []
        try:
            labels, _ = index.knn_query(
                queries,
                k=min(max(self._width // 2, FETCHED, 4 * k), len(self._subject_of)),
                num_threads=self._threads,
            )
        except RuntimeError:
            # hnswlib's word for fewer found than asked for: parts of the graph hang together with nothing, as
            # when many templates are alike. Whom it has not found it cannot answer for.
            return [self._exactly(query, k, beside) for query in queries]
        enough = min(k, len(self._gallery.subject_ids) - len(self._held_out))
        places = [np.unique(self._subject_of[found]) for found in labels.astype(np.intp)]
        if any(len(found) < enough for found in places):
            # a few subjects with very many nodes took all the places
            return [self._exactly(query, k, beside) for query in queries]
        if beside is not None and len(beside):
            places = [np.union1d(found, beside) for found in places]
        return self._ranking.among(queries, [self._ranking.rows_of(found) for found in places], k)

    def _exactly(self, query: Vectors, k: int, beside: Rows | None) -> tuple[Candidate, ...]:
        """The candidates among all; without `beside`, among those in the graph."""
        if beside is not None:
            return self._ranking.candidates(query, self._gallery.templates @ query, k)
        places = np.setdiff1d(np.arange(len(self._gallery.subject_ids)), self._held_out, assume_unique=True)
        rows = self._ranking.rows_of(places)
        return self._ranking.candidates(query, self._gallery.templates[rows] @ query, k, rows)

    def _make_room(self, subjects: int) -> None:
        plan, dim = self._plan, self._gallery.dim
        self._index = hnswlib.Index("ip", dim)
        node_bytes = 4 * dim + 8 * plan.links + 12
        self._index.init_index(
            max(subjects, -(-_MAPPED_BYTES // node_bytes)),
            M=plan.links,
            ef_construction=plan.building,
            random_seed=plan.seed,
        )
        self._index.set_ef(self._width)

    def _add(self, places: Rows, threads: int) -> None:
        nodes = nodes_of(self._ranking, places)
        known, count = len(self._subject_of), len(nodes)
        if known + count > self._index.get_max_elements():
            self._index.resize_index((known + count) * 5 // 4)
        self._index.add_items(nodes.vectors, np.arange(known, known + count), num_threads=threads)
        nodes.vectors.fill(0)
        self._subject_of = np.concatenate([self._subject_of, nodes.subjects])

    def drop(self) -> None:
        """Give the graph's memory back, and leave the gallery as it is: nothing may be searched after. Idempotent.

        A search under way in another thread keeps the graph until it is over.
        """
        self._index = None


def _some_subjects(gallery: Gallery, plan: IndexPlan) -> Rows:
    """Places of those who are held out of the graph, ascending: one in twenty, and not too many."""
    subjects = len(gallery.subject_ids)
    count = min(plan.held_out, max(1, subjects // 20))
    return np.sort(np.random.default_rng(plan.seed).choice(subjects, min(count, subjects), replace=False))

"""Bare libraries behind one small protocol: what they do themselves, nothing of ours around them.

Each is filled in blocks, searched with their own batch call on all cores, and asked for its own account of its
memory. One that is not installed is named, and the measurement goes on.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Vectors

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
LIBRARIES = {"faiss": "faiss-cpu", "hnswlib": "hnswlib", "usearch": "usearch"}
"""Peers by name, and what to install for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSettings:
    """Of an HNSW index: links of a node, and how widely is looked when building and searching.

    None: the library's own default.
    """

    links: int | None = None
    building: int | None = None
    searching: int | None = None


class Peer(Protocol):
    """A bare index of templates, numbered from 0 in the order in which they are added."""

    @property
    def name(self) -> str:
        """What it is."""

    def add(self, rows: Vectors) -> None:
        """Add templates, float32 (n, d), rows of length 1."""

    def search(self, queries: Vectors, k: int) -> tuple[Rows, Scores]:
        """The best `k` templates of each query: numbers (n, k) and cosines (n, k), best first."""

    def search_wider(self, searching: int) -> None:
        """Look at so many nodes a search; nothing to do for an exact search."""

    @property
    def memory_bytes(self) -> int:
        """What it takes, by its own account."""


class FaissFlat:
    """`faiss.IndexFlatIP`: exact, one product."""

    name = "faiss IndexFlatIP"

    def __init__(self, dim: int) -> None:
        import faiss

        self._index = faiss.IndexFlatIP(dim)

    def add(self, rows: Vectors) -> None:
        """See `Peer.add`."""
        self._index.add(rows)

    def search(self, queries: Vectors, k: int) -> tuple[Rows, Scores]:
        """See `Peer.search`."""
        scores, rows = self._index.search(queries, k)
        return rows, scores

    def search_wider(self, searching: int) -> None:
        """See `Peer.search_wider`."""

    @property
    def memory_bytes(self) -> int:
        """See `Peer.memory_bytes`."""
        return int(self._index.ntotal) * int(self._index.d) * 4

    @property
    def stored(self) -> Vectors:
        """Its own rows, (n, d), not copied: valid as long as it is."""
        import faiss

        count, dim = int(self._index.ntotal), int(self._index.d)
        rows: Vectors = faiss.rev_swig_ptr(self._index.get_xb(), count * dim).reshape(count, dim)
        return rows


class BareHnswlib:
    """`hnswlib.Index` in inner-product space, on `threads` threads."""

    name = "hnswlib"

    def __init__(self, dim: int, capacity: int, settings: GraphSettings, threads: int) -> None:
        import hnswlib

        self._index: Any = hnswlib.Index("ip", dim)
        own = {"M": settings.links, "ef_construction": settings.building}
        self._index.init_index(capacity, **{key: value for key, value in own.items() if value is not None})
        self._index.set_num_threads(threads)
        if settings.searching is not None:
            self._index.set_ef(settings.searching)

    def add(self, rows: Vectors) -> None:
        """See `Peer.add`."""
        self._index.add_items(rows)

    def search(self, queries: Vectors, k: int) -> tuple[Rows, Scores]:
        """See `Peer.search`."""
        rows, distances = self._index.knn_query(queries, k)
        return rows.astype(np.int64), 1 - distances

    def search_wider(self, searching: int) -> None:
        """See `Peer.search_wider`."""
        self._index.set_ef(searching)

    @property
    def memory_bytes(self) -> int:
        """See `Peer.memory_bytes`: what it would write to a file, which is all it holds but for locks."""
        return int(self._index.index_file_size())


class BareUsearch:
    """`usearch.index.Index` in inner-product space, float32."""

    name = "usearch"

    def __init__(self, dim: int, settings: GraphSettings, threads: int) -> None:
        from usearch.index import Index

        self._threads = threads
        self._index: Any = Index(
            ndim=dim,
            metric="ip",
            dtype="f32",
            connectivity=settings.links,
            expansion_add=settings.building,
            expansion_search=settings.searching,
        )

    def add(self, rows: Vectors) -> None:
        """See `Peer.add`."""
        start = len(self._index)
        self._index.add(np.arange(start, start + len(rows)), rows, threads=self._threads)

    def search(self, queries: Vectors, k: int) -> tuple[Rows, Scores]:
        """See `Peer.search`."""
        found = self._index.search(queries, k, threads=self._threads)
        rows, distances = np.atleast_2d(found.keys), np.atleast_2d(found.distances)
        return rows.astype(np.int64), (1 - distances).astype(np.float32)

    def search_wider(self, searching: int) -> None:
        """See `Peer.search_wider`."""
        self._index.expansion_search = searching

    @property
    def memory_bytes(self) -> int:
        """See `Peer.memory_bytes`."""
        return int(self._index.memory_usage)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerKind:
    """A library that is here. `make(dim, capacity, settings, threads)` gives an empty index."""

    library: str
    version: str
    is_graph: bool
    make: Callable[[int, int, GraphSettings, int], Peer]


def peers_here(wanted: Sequence[str] = tuple(LIBRARIES)) -> tuple[tuple[PeerKind, ...], tuple[str, ...]]:
    """The libraries that are installed, and words on those that are not."""
    makers: dict[str, Callable[[int, int, GraphSettings, int], Peer]] = {
        "faiss": lambda dim, capacity, settings, threads: FaissFlat(dim),  # noqa: ARG005
        "hnswlib": BareHnswlib,
        "usearch": lambda dim, capacity, settings, threads: BareUsearch(dim, settings, threads),  # noqa: ARG005
    }
    here, absent = [], []
    for library in wanted:
        package = LIBRARIES[library]
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            absent.append(f"{library} is not installed: pip install {package}")
            continue
        here.append(
            PeerKind(library=library, version=version, is_graph=library != "faiss", make=makers[library])
        )
    return tuple(here), tuple(absent)

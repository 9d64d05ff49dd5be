"""Searching a long list without missing anybody: compressed templates are scanned, what comes near is rescored.

    query ─► compressed ─► integer products, tile by tile ─► whoever may have reached a threshold, or the best k
          ─► rescored exactly ─► candidates

The answer is that of the exact search, always: what is left out is left out by a bound (`compressed`), not by
chance. An approximate graph gives no such word, and on templates like those of faces, which lie nearly alike far
from each other, it misses some: `lfr bench matcher` measures both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lfr_actors.errors import NotReady
from lfr_actors.messages import GalleryVersion, SearchResult, Vectors
from lfr_actors.overwriting import overwrite
from lfr_actors.watchlist.compressed import (
    ROUNDING,
    TILE_ROWS,
    Compressed,
    CompressedTile,
    compress,
    turn,
)
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.rescoring import Ranking, Rows
from lfr_actors.watchlist.search import ExactSearch, Searcher, checked_queries

SCAN_FROM: Final = 8_000
"""Templates from which compressing them pays."""
BLOCK_ROWS: Final = 128
"""Rows that are passed over together when the best of them is too far off."""
_LONGEST: Final = 1.01
"""More than the length of a compressed query of length 1, which rounding and clipping hardly change."""
_HARD_SHARE: Final = 1 / 2000
"""Of the rows, those that compressing hurts most; they are rescored in every search, so that the others' bound is
closer."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tile:
    """Part of a gallery: rows `begin` and on, compressed, and the score from which each must be looked at."""

    begin: int
    tile: CompressedTile
    reach: NDArray[np.float32] = field(repr=False)
    """Threshold of each row's subject less what compressing the row may hide, float32 (rows,)."""
    block_reach: NDArray[np.float32] = field(repr=False)
    """The lowest of them in each block of `BLOCK_ROWS`."""


def exact_search(gallery: Gallery) -> Searcher:
    """The quickest of the methods that are exact, for a gallery of this size."""
    return ExactSearch(gallery) if len(gallery) < SCAN_FROM else CompressedScan(gallery)


class CompressedScan:
    """See the module. Holds the gallery's float32 templates and a quarter as much besides.

    `threads` for the products. Building takes seconds a million templates, so a list that loses somebody is
    simply built again.
    """

    def __init__(self, gallery: Gallery, *, threads: int = 1) -> None:
        self._gallery = gallery
        self._ranking = Ranking.of(gallery)
        self._turn = turn(gallery.dim)
        self._forgotten = False
        self._tiles = list(self._compressed(threads))
        lost = np.concatenate([np.zeros(1, np.float32), *(each.tile.lost for each in self._tiles)])
        self._most_lost = float(np.quantile(lost, 1 - _HARD_SHARE, method="higher"))
        self._hard = np.flatnonzero(lost[1:] > self._most_lost)

    def _compressed(self, threads: int) -> Iterator[_Tile]:
        gallery = self._gallery
        for begin in range(0, len(gallery), TILE_ROWS):
            rows = gallery.templates[begin : begin + TILE_ROWS]
            tile = CompressedTile(rows @ self._turn, threads)
            thresholds = gallery.thresholds[gallery.subject_index[begin : begin + len(rows)]]
            reach = thresholds - np.float32(_LONGEST) * tile.lost - np.float32(ROUNDING)
            yield _Tile(
                begin=begin,
                tile=tile,
                reach=reach,
                block_reach=np.minimum.reduceat(reach, np.arange(0, len(rows), BLOCK_ROWS)),
            )

    @property
    def gallery_version(self) -> GalleryVersion:
        """The version of the gallery that answers."""
        return self._gallery.version

    @property
    def memory_bytes(self) -> int:
        """The gallery's templates, the compressed ones, and what is needed to search them."""
        templates = self._gallery.templates
        return int(templates.nbytes + templates.size + 8 * len(templates) + self._ranking.memory_bytes)

    def forget(self) -> None:
        """See `Searcher.forget`."""
        self._forgotten = True
        self._tiles.clear()
        self._gallery.overwrite()

    def search(self, templates: Vectors, k: int) -> list[SearchResult]:
        """See `Searcher.search`."""
        if self._forgotten:
            raise NotReady("gallery", f"version {self.gallery_version} was forgotten")
        queries = checked_queries(templates, k, self._gallery)
        if not len(queries) or not len(self._gallery):
            return [self._ranking.result(()) for _ in queries]
        turned = queries @ self._turn
        compressed = compress(turned)
        try:
            products = [each.tile.products(compressed) for each in self._tiles]
        finally:
            # as good as the query, and numpy keeps small arrays for reuse
            overwrite(turned, compressed.codes)
        blocks = [_block_best(each) for each in products]
        rows = [self._found(place, compressed, products, blocks, k) for place in range(len(queries))]
        return [self._ranking.result(each) for each in self._ranking.among(queries, rows, k)]

    def _found(
        self,
        place: int,
        compressed: Compressed,
        products: list[NDArray[np.int32]],
        blocks: list[NDArray[np.int32]],
        k: int,
    ) -> Rows:
        """The rows that may matter to one query: more and more of the best, until they are of k subjects."""
        if compressed.length[place] > _LONGEST:  # a query that is not of length 1: no row is certain
            return np.arange(len(self._gallery))
        lost = float(compressed.lost[place])
        bound = lost + _LONGEST * self._most_lost + ROUNDING  # for all but the hard rows
        best = np.concatenate([each[place] for each in blocks])
        square = self._square(compressed)
        wanted = 2 * k
        while wanted < len(best):
            # whoever scores `level` less the bound is among the rows, and these score so much, but for hard ones
            level = float(np.partition(best, -wanted)[-wanted]) / square
            rows, near = self._rows(place, lost, level - 2 * bound, square, products, blocks)
            sure = np.setdiff1d(rows[near >= level], self._hard, assume_unique=True)
            if len(np.unique(self._gallery.subject_index[sure])) >= k:
                return np.union1d(rows, self._hard)
            wanted *= 2
        return np.arange(len(self._gallery))

    def _square(self, compressed: Compressed) -> float:
        """The product that stands for a cosine similarity of 1."""
        return compressed.scale * self._tiles[0].tile.scale

    def _rows(
        self,
        place: int,
        lost: float,
        cut: float,
        square: float,
        products: list[NDArray[np.int32]],
        blocks: list[NDArray[np.int32]],
    ) -> tuple[Rows, NDArray[np.float64]]:
        """The rows whose product is `cut` or that may reach their threshold, and about what they score."""
        found: list[Rows] = [np.empty(0, np.intp)]
        scores: list[NDArray[np.float64]] = [np.empty(0)]
        for each, product, block in zip(self._tiles, products, blocks, strict=True):
            near = block[place] >= (np.minimum(each.block_reach - lost, cut)) * square
            starts = np.flatnonzero(near) * BLOCK_ROWS
            if not len(starts):
                continue
            inside = (starts[:, None] + np.arange(BLOCK_ROWS)).ravel()
            inside = inside[inside < each.tile.rows]
            least = np.minimum(each.reach[inside] - lost, cut) * square
            own = product[place, inside]
            kept = own >= least
            found.append(each.begin + inside[kept])
            scores.append(own[kept] / square)
        return np.concatenate(found), np.concatenate(scores)


def _block_best(products: NDArray[np.int32]) -> NDArray[np.int32]:
    """The largest product of each block of rows, (queries, blocks)."""
    queries, rows = products.shape
    whole = rows // BLOCK_ROWS * BLOCK_ROWS
    best = products[:, :whole].reshape(queries, -1, BLOCK_ROWS).max(axis=2)
    if whole < rows:
        best = np.concatenate([best, products[:, whole:].max(axis=1, keepdims=True)], axis=1)
    return np.asarray(best)

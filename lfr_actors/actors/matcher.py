"""The matcher actor: it holds (a shard of) the gallery and answers searches from one version of it."""

from __future__ import annotations

from lfr_actors.errors import NotReady, WatchlistError
from lfr_actors.messages import GalleryVersion, SearchResult, Vectors
from lfr_actors.watchlist.gallery import Gallery, GalleryPiece
from lfr_actors.watchlist.search import ExactSearch, Searcher

CANDIDATES = 5
"""How many subjects a search returns."""


class MatcherShard:
    """Receives the gallery in pieces, then answers. A new version replaces the old one in one step."""

    def __init__(self) -> None:
        self._pieces: list[GalleryPiece] = []
        self._searcher: Searcher | None = None

    async def receive(self, piece: GalleryPiece) -> None:
        """Take one piece of a gallery; pieces of an unfinished other version are dropped."""
        if self._pieces and self._pieces[0].version != piece.version:
            self._pieces.clear()
        self._pieces.append(piece)

    async def activate(self, version: GalleryVersion) -> GalleryVersion:
        """Answer from the pieces received. Raises `WatchlistError` when they are not the whole version."""
        gallery = Gallery.assemble(self._pieces)
        if gallery.version != version:
            raise WatchlistError(version, f"the pieces sent are of {gallery.version}")
        self._pieces.clear()
        self._searcher = ExactSearch(gallery)
        return self._searcher.gallery_version

    async def version(self) -> GalleryVersion | None:
        """The version that answers; None before the first and after a restart."""
        return None if self._searcher is None else self._searcher.gallery_version

    async def search(self, templates: Vectors) -> tuple[SearchResult, ...]:
        """Candidates for each row of (n, d), at most `CANDIDATES` subjects each.

        Raises `NotReady` without a gallery and `ValueError` for templates of another length.
        """
        if self._searcher is None:
            raise NotReady("matcher", "no gallery is loaded")
        return tuple(self._searcher.search(templates, CANDIDATES))

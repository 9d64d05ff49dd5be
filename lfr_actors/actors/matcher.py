"""The matcher actor: it holds (a shard of) the gallery and answers searches from one version of it."""

from __future__ import annotations

from lfr_actors.errors import NotReady
from lfr_actors.messages import GalleryVersion, SearchResult, Vectors
from lfr_actors.overwriting import overwrite, overwrite_received
from lfr_actors.watchlist.gallery import Gallery, GalleryPiece
from lfr_actors.watchlist.search import ExactSearch, Searcher

CANDIDATES = 5
"""How many subjects a search returns."""


class MatcherShard:
    """Receives the gallery in pieces, then answers. A new version replaces the old one in one step."""

    def __init__(self) -> None:
        self._pieces: dict[int, GalleryPiece] = {}
        self._searcher: Searcher | None = None

    async def receive(self, piece: GalleryPiece) -> None:
        """Take one piece of a gallery, in any order; one that is sent again takes its own place.

        Pieces of an unfinished other version are dropped.
        """
        if any(held.version != piece.version for held in self._pieces.values()):
            self._drop_pieces()
        before = self._pieces.get(piece.number)
        if before is not None and before is not piece:
            overwrite(before.templates)
        self._pieces[piece.number] = piece

    async def activate(self, version: GalleryVersion) -> GalleryVersion:
        """Answer from the pieces received. Raises `WatchlistError` when they are not the whole version;
        then the version that answered before goes on.
        """
        gallery = Gallery.assemble(self._pieces.values(), version)
        self._drop_pieces()
        before, self._searcher = self._searcher, ExactSearch(gallery)
        if before is not None:
            before.forget()
        return self._searcher.gallery_version

    async def forget(self) -> None:
        """Overwrite the gallery: the list is over. Idempotent."""
        self._drop_pieces()
        before, self._searcher = self._searcher, None
        if before is not None:
            before.forget()

    async def version(self) -> GalleryVersion | None:
        """The version that answers; None before the first and after a restart."""
        return None if self._searcher is None else self._searcher.gallery_version

    async def rinse(self, zeros: bytes = b"") -> bytes:
        """Give back what was sent: zeros, through the buffers in which a query travelled."""
        return zeros

    async def search(self, templates: Vectors) -> tuple[SearchResult, ...]:
        """Candidates for each row of (n, d), at most `CANDIDATES` subjects each.

        Templates that came in a message are overwritten before the answer is given. Raises `NotReady` without
        a gallery and `ValueError` for templates of another length.
        """
        try:
            if self._searcher is None:
                raise NotReady("matcher", "no gallery is loaded")
            return tuple(self._searcher.search(templates, CANDIDATES))
        finally:
            overwrite_received(templates)

    def _drop_pieces(self) -> None:
        for piece in self._pieces.values():
            overwrite(piece.templates)
        self._pieces.clear()

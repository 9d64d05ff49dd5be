"""The matcher actor: a shard of the gallery, which answers searches from one version of it.

    empty ─ prepare ─► loading ─ flip ─► ready: exact ─► an index is built ─► ready: by the index
      ▲                  later list: prepare ─► flip; the one before goes on answering in between, then is zeros
      └── forget, death

A part answers exactly as soon as it is loaded. For a large one an index is built meanwhile, which gives the same
answers quicker: it belongs to the part, and is never what a version waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal

from lfr_actors.actors.answers import CANDIDATES, ShardReply
from lfr_actors.actors.indexing import Indexing
from lfr_actors.actors.loaded_part import LoadedPart, without
from lfr_actors.actors.ports import GalleryOrder, ShardState
from lfr_actors.actors.repeats import Repeats
from lfr_actors.errors import ActorLost, NotReady
from lfr_actors.messages import SearchResult, Vectors
from lfr_actors.overwriting import overwrite_received

QUERY_LIFETIME_S = 0.5
"""A query that waits longer for a thread is overwritten: nobody waits for its answer any more."""


class MatcherShard:
    """Part `part` of `parts`, from 0, of whatever list it is given. `threads`: how many build an index."""

    def __init__(self, part: int = 0, parts: int = 1, *, threads: int = 1) -> None:
        self._part, self._parts = part, parts
        self._active: LoadedPart | None = None
        self._next: LoadedPart | None = None
        self._leaving: set[LoadedPart] = set()
        """Parts that were let go, until they are zeros."""
        self._floor = 0
        """Lists up to this generation are over: nobody may give them back."""
        self._loading = asyncio.Lock()
        self._indexing = Indexing(threads)
        self._repeats = Repeats()
        self._thread = ThreadPoolExecutor(1, "search")
        """One, so that what a search leaves in its memory can be overwritten there."""
        self._searches = 0

    async def prepare(self, order: GalleryOrder) -> None:
        """Load a list, and go on answering from the one before; without whom the later one leaves out.

        Nothing is done for a list that is loaded. Raises `NotReady` for one that is over, `ValueError` for one
        that is older than what answers, and whatever `order.load` raises: then nothing has changed.
        """
        async with self._loading:
            self._require_wanted(order)
            if self._holds(order.generation):
                return
            self._drop_next()
            loaded = await asyncio.to_thread(LoadedPart.load, order, self._part, self._parts)
            try:
                self._require_wanted(order)
            except NotReady:
                loaded.let_go()
                raise
            self._next = loaded
            if self._active is not None:
                self._active.hide(self._active.gone_in(loaded))

    async def flip(self, generation: int) -> None:
        """Answer from the list that was prepared; when this returns, the one before is zeros.

        Nothing is done when it answers already. Raises `ActorLost` when it was never prepared, as after a death.
        """
        if self._active is not None and self._active.generation == generation:
            await self._end(None)
            return
        if self._next is None or self._next.generation != generation:
            raise ActorLost(
                f"shard {self._part + 1} of {self._parts}", "it died after it had loaded the list"
            )
        before, self._active, self._next = self._active, self._next, None
        self._indexing.start(self._active)  # after what is being built of the one before, which is given up
        await self._end(before)

    async def abandon(self, generation: int) -> None:
        """Give up a list that was prepared: the one before is the right one. Idempotent."""
        if self._next is not None and self._next.generation == generation:
            self._drop_next()

    async def forget(self, generation: int) -> None:
        """Overwrite every list, also one on its way: all up to this generation are over. Idempotent."""
        self._floor = max(self._floor, generation)
        active, self._active = self._active, None
        later, self._next = self._next, None
        await self._end(active)
        await self._end(later)
        async with self._loading:  # whoever was loading has seen the floor, and overwritten what was loaded
            return

    async def search(self, templates: Vectors) -> ShardReply:
        """Candidates for each row of (n, d), at most `CANDIDATES` subjects each; or why there are none.

        Templates that came in a message are overwritten before the answer is given. Raises `ValueError` for
        templates of another length.
        """
        try:
            active = self._active
            if active is None:
                return ShardReply.none("loading" if self._phase() == "loading" else "has no list yet")
            with active.used():
                hidden, searcher = active.hidden, active.searcher
                search = partial(searcher.search, templates, CANDIDATES + len(hidden))
                quick = active.is_quick(len(templates))
                results = search() if quick else await self._in_thread(search, templates)
                if results is None:
                    return ShardReply.none("busy")
                self._searches += len(templates)
                if searcher is not active.exact:
                    self._repeats.consider(active, templates, results)
                return ShardReply.of(without(results, hidden, CANDIDATES), active.generation)
        finally:
            overwrite_received(templates)

    async def state(self) -> ShardState:
        """What it holds and how it searches."""
        active, repeats = self._active, self._repeats
        return ShardState(
            part=self._part,
            parts=self._parts,
            version=None if active is None else active.version,
            generation=0 if active is None else active.generation,
            phase=self._phase(),
            index="exact" if active is None else active.index_state,
            templates=0 if active is None else len(active.gallery),
            subjects=0 if active is None else active.subjects,
            memory_bytes=0 if active is None else active.memory_bytes,
            searches=self._searches,
            repeated=repeats.repeated,
            disagreed=repeats.disagreed,
            disagreements=tuple(repeats.latest),
            calibration="" if active is None else active.calibration,
        )

    async def rinse(self, zeros: bytes = b"") -> bytes:
        """Overwrite what searches left behind, and give back what was sent.

        What was sent are zeros, through the buffers in which a query travelled. The buffers into which a query was
        packed to be searched are overwritten by the next one: so somebody is searched for who does not exist, by
        every thread that searches.
        """
        active = self._active
        if active is not None:
            with active.used():
                loop = asyncio.get_running_loop()
                if active.is_quick(1):
                    active.search_for_nobody()
                await loop.run_in_executor(self._thread, active.search_for_nobody)
                await self._repeats.rinse(active)
        return zeros

    def _phase(self) -> Literal["empty", "loading", "ready"]:
        if self._active is not None:
            return "ready"
        return "loading" if self._next is not None or self._loading.locked() else "empty"

    def _holds(self, generation: int) -> bool:
        return any(part is not None and part.generation == generation for part in (self._active, self._next))

    def _require_wanted(self, order: GalleryOrder) -> None:
        if order.generation <= self._floor:
            raise NotReady("matcher", "its list was forgotten")
        if self._active is not None and order.generation < self._active.generation:
            raise ValueError(f"list {order.generation} is older than list {self._active.generation}")

    def _drop_next(self) -> None:
        later, self._next = self._next, None
        if later is not None:
            later.let_go()
        if self._active is not None:
            self._active.hide(())

    async def _end(self, part: LoadedPart | None) -> None:
        """Have a part overwritten, and what is being built of it; and wait for those that others have ended."""
        if part is not None:
            self._leaving.add(part)
            part.let_go()
        for each in tuple(self._leaving):
            await each.gone()
            self._leaving.discard(each)

    async def _in_thread(
        self, search: Callable[[], list[SearchResult]], templates: Vectors
    ) -> list[SearchResult] | None:
        """Search beside the event loop; None when it took so long that the query was overwritten under it."""
        loop = asyncio.get_running_loop()
        overdue = loop.call_later(QUERY_LIFETIME_S, overwrite_received, templates)
        try:
            results = await loop.run_in_executor(self._thread, search)
        finally:
            overdue.cancel()
        return None if loop.time() >= overdue.when() else results

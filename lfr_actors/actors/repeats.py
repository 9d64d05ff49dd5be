"""Searches of an index done again exactly, in the background: somebody missed because of it is a defect.

One at a time, on a copy of the query that is overwritten once it was searched for, and at the latest after
`COPY_LIFETIME_S`; a repeat that takes longer is worth nothing and does not count.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from lfr_actors.actors.loaded_part import LoadedPart
from lfr_actors.messages import SearchResult, Vectors
from lfr_actors.overwriting import overwrite
from lfr_actors.watchlist.repeating import REPEAT_EVERY, Disagreement, differs, row_to_repeat

log = structlog.get_logger()
COPY_LIFETIME_S = 0.3
"""A query is here within the first half of what a face may be kept for; so its copy is gone before the whole."""
KEPT = 100
"""So many disagreements are remembered."""


class Repeats:
    """The repeats of one shard; `repeated` and `disagreed` count since its start, `latest` are of the latter."""

    def __init__(self, every: int = REPEAT_EVERY) -> None:
        self._every = every
        self._thread = ThreadPoolExecutor(1, "repeat")
        self._searched = 0
        self._doing: asyncio.Task[None] | None = None
        self.repeated = 0
        self.disagreed = 0
        self.latest: deque[Disagreement] = deque(maxlen=KEPT)

    def consider(self, part: LoadedPart, templates: Vectors, results: Sequence[SearchResult]) -> None:
        """Repeat one of these searches by the index of a part, if one is due and none is being repeated.

        `templates` (n, d) are copied as far as they are needed; `results` are what the index answered for them.
        """
        row = row_to_repeat(self._searched, len(templates), self._every)
        self._searched += len(templates)
        if row is None or (self._doing is not None and not self._doing.done()):
            return
        query = templates[row : row + 1].copy()
        self._doing = asyncio.create_task(self._repeat(part, query, results[row]), name="repeat")

    async def rinse(self, part: LoadedPart) -> None:
        """Overwrite what repeats left in the memory of their thread; nothing where none was made."""
        if self.repeated:
            await asyncio.get_running_loop().run_in_executor(self._thread, part.search_for_nobody)

    async def finished(self) -> None:
        """Wait until nothing is being repeated."""
        if self._doing is not None:
            await asyncio.wait([self._doing])

    async def _repeat(self, part: LoadedPart, query: Vectors, by_index: SearchResult) -> None:
        loop = asyncio.get_running_loop()
        overdue = loop.call_later(COPY_LIFETIME_S, overwrite, query)
        try:
            with part.used():
                # who comes first is decided the same however many are sought
                (exact,) = await loop.run_in_executor(self._thread, part.exact.search, query, 1)
        finally:
            overdue.cancel()
            overwrite(query)
        if loop.time() >= overdue.when():
            return
        self.repeated += 1
        found = differs(exact, by_index)
        if found is not None:
            self.disagreed += 1
            self.latest.append(found)
            log.error(
                "index_missed_somebody", gallery_version=found.gallery_version, disagreed=self.disagreed
            )

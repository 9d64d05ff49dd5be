"""Building the index of a part, in a thread that stands back; given up when the part goes.

The part answers exactly meanwhile, and goes on so when no index keeps to the target, or none that does is quicker.
"""

from __future__ import annotations

import asyncio
import math
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import structlog

from lfr_actors.actors.loaded_part import LoadedPart
from lfr_actors.overwriting import overwrite
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.hnsw import HnswSearch
from lfr_actors.watchlist.index_choice import IndexPlan, calibrate, plan_for
from lfr_actors.watchlist.search import Searcher

log = structlog.get_logger()
_BATCH, _BATCHES = 8, 5
"""Graph and exact search are timed on so many searches at once, so many times."""
STAND_BACK = 10
"""Niceness of the thread that builds: cameras and searches go first."""


class Indexing:
    """Builds indexes, one at a time, each with so many threads."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._worker = ThreadPoolExecutor(1, "index", initializer=_stand_back)

    def start(self, part: LoadedPart) -> None:
        """Build the index of a part that is large enough for one, and let it be searched with it."""
        plan = plan_for(len(part.gallery), part.gallery.dim)
        if plan is None:
            part.calibration = "exact: so few templates need no graph"
        else:
            part.indexing = asyncio.create_task(self._build(part, plan), name="index")

    async def _build(self, part: LoadedPart, plan: IndexPlan) -> None:
        loop = asyncio.get_running_loop()
        try:
            built = await loop.run_in_executor(self._worker, _built, part, plan, self._threads)
        except (MemoryError, RuntimeError) as error:  # hnswlib says with the latter that there is no memory
            part.calibration = f"exact: no index could be built: {error}"
            log.error("index_not_built", templates=len(part.gallery), reason=str(error))
            return
        if built is None or part.stopped.is_set():
            return
        part.index, part.calibration = built
        event = "index_built" if part.index is not None else "index_not_used"
        log.info(event, templates=len(part.gallery), calibration=part.calibration)


def _built(part: LoadedPart, plan: IndexPlan, threads: int) -> tuple[HnswSearch | None, str] | None:
    """The index of a part, if there is one worth having, and why; None when the part was let go meanwhile."""
    stopped = part.stopped.is_set
    index = HnswSearch.build(part.gallery, plan, threads, stopped)
    if index is None:
        return None
    calibration = calibrate(index, should_stop=stopped)
    if calibration is None:
        return None
    if calibration.width is None:
        return None, str(calibration)
    by_graph_ms, exactly_ms = (_batch_ms(searcher, part.gallery) for searcher in (index, part.exact))
    told = f"{by_graph_ms:.1f} ms for {_BATCH} searches by the graph, {exactly_ms:.1f} ms exactly"
    if exactly_ms <= by_graph_ms:
        index.drop()
        return None, f"exact: {told}"
    return index, f"{calibration}; {told}"


def _batch_ms(searcher: Searcher, gallery: Gallery) -> float:
    """How long a batch of searches takes: the shortest of a few."""
    best_s = math.inf
    for first in range(_BATCHES):
        queries = gallery.templates[first :: max(1, len(gallery) // _BATCH)][:_BATCH].copy()
        began_s = time.perf_counter()
        searcher.search(queries, 1)
        best_s = min(best_s, time.perf_counter() - began_s)
        overwrite(queries)
    return 1e3 * best_s


def _stand_back() -> None:
    """Let every other thread go first; those that hnswlib starts from here inherit it."""
    if sys.platform == "linux":  # elsewhere niceness belongs to the whole process, which also searches
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), STAND_BACK)

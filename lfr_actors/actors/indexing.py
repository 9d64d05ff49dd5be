"""Building the index of a part, in a thread that stands back; given up when the part goes.

The part answers exactly meanwhile, and goes on so when no index can be built that keeps to the target.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import structlog

from lfr_actors.actors.loaded_part import LoadedPart
from lfr_actors.watchlist.hnsw import HnswSearch
from lfr_actors.watchlist.index_choice import Calibration, IndexPlan, calibrate, plan_for

log = structlog.get_logger()
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
        index, calibration = built
        part.calibration = str(calibration)
        if calibration.width is None:
            log.warning("index_not_used", templates=len(part.gallery), reason=str(calibration))
            return
        part.index = index
        log.info("index_built", templates=len(part.gallery), calibration=str(calibration))


def _built(part: LoadedPart, plan: IndexPlan, threads: int) -> tuple[HnswSearch, Calibration] | None:
    """The index of a part, and how it did; None when the part was let go meanwhile."""
    stopped = part.stopped.is_set
    index = HnswSearch.build(part.gallery, plan, threads, stopped)
    if index is None:
        return None
    calibration = calibrate(index, should_stop=stopped)
    return None if calibration is None else (index, calibration)


def _stand_back() -> None:
    """Let every other thread go first; those that hnswlib starts from here inherit it."""
    if sys.platform == "linux":  # elsewhere niceness belongs to the whole process, which also searches
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), STAND_BACK)

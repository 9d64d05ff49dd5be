"""Real shards for a measurement: a Ray of its own, made-up lists in it, and waiting until they answer for good."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

from lfr_actors.actors.ports import GalleryOrder, Matcher, MatcherState, ShardState
from lfr_actors.actors.supervised import Cluster
from lfr_actors.canary.memory import process_name, processes_below
from lfr_actors.errors import NotReady
from lfr_actors.evaluation.matching.timing import batches
from lfr_actors.evaluation.vectors import SyntheticFaces, SyntheticList
from lfr_actors.messages import GalleryVersion, SearchResult, Vectors

VERSION = GalleryVersion("synthetic-1")
PATIENCE_S = 30.0
"""A shard that takes longer for one batch will not answer in time at all."""
_POLL_S = 0.25
_SHARD = "MatcherShard"


class Waited(NamedTuple):
    """How long shards took until they answered, and until they answered as they go on to; what they hold then."""

    loaded_s: float
    settled_s: float
    state: MatcherState


@contextlib.contextmanager
def own_ray() -> Iterator[None]:
    """A Ray inside this process, gone afterwards. What it prints goes to stderr."""
    from lfr_actors.actors.cluster import start_ray, stop_ray

    with contextlib.redirect_stdout(sys.stderr):
        try:
            start_ray(show_actor_logs=False)
            yield
        finally:
            stop_ray()


def own_cluster() -> Cluster:
    """A cluster on this process's Ray."""
    from lfr_actors.actors.cluster import RayCluster

    return RayCluster()


@contextlib.asynccontextmanager
async def matcher_of(
    faces: SyntheticFaces, threshold: float, shards: int
) -> AsyncIterator[tuple[Cluster, Matcher, float]]:
    """Shards that answer from these people; with how many seconds it took until they did."""
    cluster = own_cluster()
    load = SyntheticList(faces=faces, threshold=threshold, version=VERSION)
    began_s = time.monotonic()
    try:
        matcher = await cluster.start_matcher(
            GalleryOrder(version=VERSION, generation=1, load=load), shards, incomplete="pause"
        )
        yield cluster, matcher, time.monotonic() - began_s
    finally:
        await cluster.close()


async def settled(matcher: Matcher, loaded_s: float) -> Waited:
    """Wait until every shard that is large enough for an index has it, or has said why it will not.

    Raises `NotReady` when a shard dies meanwhile.
    """
    began_s = time.monotonic()
    while True:
        state = await matcher.state()
        if not state.is_complete:
            raise NotReady("matcher", "; ".join(state.missing))
        if all(shard is not None and _is_settled(shard) for shard in state.shards):
            return Waited(loaded_s, loaded_s + time.monotonic() - began_s, state)
        await asyncio.sleep(_POLL_S)


def _is_settled(shard: ShardState) -> bool:
    if shard.index == "building":
        return False
    return shard.index != "exact" or bool(shard.calibration)


async def search_patiently(matcher: Matcher, templates: Vectors) -> tuple[SearchResult, ...]:
    """Search a batch; a matcher that is not ready for a moment is asked again, as a camera asks.

    Raises `NotReady` when it is not ready for `PATIENCE_S`.
    """
    ends_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            # a copy, as from a camera: whoever answers may overwrite what it was sent
            return await matcher.search(templates.copy())
        except NotReady:
            if time.monotonic() > ends_s:
                raise
        await asyncio.sleep(_POLL_S / 10)


async def search_all(matcher: Matcher, queries: Vectors, batch: int) -> list[SearchResult]:
    """Search everything, a batch at a time. Raises as `search_patiently`."""
    results: list[SearchResult] = []
    for part in batches(len(queries), batch):
        results.extend(await search_patiently(matcher, queries[part]))
    return results


def kill_one_shard() -> int:
    """End the process of one shard of this process's own Ray, as the kernel would; its id.

    Raises `NotReady` when there is none.
    """
    for pid in processes_below(os.getpid()):
        if _SHARD in process_name(pid):
            os.kill(pid, signal.SIGKILL)
            return pid
    raise NotReady("matcher", "no process of a shard was found to kill")


def shards_document(waited: Waited, templates: int) -> dict[str, Any]:
    """What the shards hold and how long they took, for a JSON document."""
    shards = [shard for shard in waited.state.shards if shard is not None]
    return {
        "templates": templates,
        "loaded_s": round(waited.loaded_s, 2),
        "settled_s": round(waited.settled_s, 2),
        "index": [shard.index for shard in shards],
        "calibration": [shard.calibration for shard in shards],
        "templates_in_shard": [shard.templates for shard in shards],
        "memory_per_template_bytes": round(sum(shard.memory_bytes for shard in shards) / templates, 1),
    }

"""Two shards on a real Ray in this process: searched while one is killed, while the list changes, and after.

Prints one JSON document on stdout. People are seeds: whoever knows the number can make the template, so that the
vector of somebody who is removed is in no message and nowhere in this process before it is looked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from lfr_actors.actors import cluster  # before ray, whose settings it makes

# isort: split
import numpy as np

from lfr_actors.actors.ports import GalleryOrder, Matcher
from lfr_actors.canary.memory import Copy, copy_memory, process_name, processes_below
from lfr_actors.errors import NotReady
from lfr_actors.messages import GalleryVersion, SearchResult, Vectors
from lfr_actors.watchlist.gallery import Gallery

DIM, THRESHOLD = 512, 0.6
REMOVED, STAYING, ADDED, STRANGER = 7, 8, 1_000, 5_000
ASKED_FROM = 20
"""Nobody on the list below this number is ever searched for: their vectors are in shards only."""
LISTED = tuple(range(400))
AMENDED = tuple(number for number in (*LISTED, ADDED) if number != REMOVED)
CAMERAS = 3
GONE_WITHIN_S = 5.0


def template(number: int) -> Vectors:
    """The template of a person, float32 (512,)."""
    vector = np.random.default_rng(number).normal(size=DIM)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def load(version: str, numbers: Sequence[int], part: int, parts: int) -> Gallery:
    """One shard's part of a list of these people."""
    names = [f"person-{number}" for number in numbers]
    rows = np.stack([template(number) for number in numbers])
    thresholds = dict.fromkeys(names, THRESHOLD)
    whole = Gallery.of(names, rows, pack="seeds", version=GalleryVersion(version), thresholds=thresholds)
    rows.fill(0)
    try:
        return whole.part(part, parts)
    finally:
        whole.overwrite()


def order(version: str, numbers: Sequence[int], generation: int) -> GalleryOrder:
    """The order to answer from a list of these people."""
    return GalleryOrder(
        version=GalleryVersion(version), generation=generation, load=partial(load, version, numbers)
    )


@dataclass(slots=True)
class Found:
    """What the cameras saw. `wrong`: answers that were not right; `lost`: searches without any answer."""

    answered: int = 0
    asked_again: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: int = 0
    reasons: set[str] = field(default_factory=set)
    versions: list[str] = field(default_factory=list)


async def camera(matcher: Matcher, found: Found, stop: asyncio.Event, seed: int) -> None:
    """Search for people on the list and a stranger, two at a time; ask again while the matcher is not ready."""
    rng = np.random.default_rng(90_000 + seed)
    while not stop.is_set():
        who = [int(rng.integers(ASKED_FROM, len(LISTED))), STRANGER + int(rng.integers(1_000))]
        for result, number in zip(await answer(matcher, found, who), who, strict=False):
            judge(result, number, found)


async def answer(matcher: Matcher, found: Found, who: Sequence[int]) -> Sequence[SearchResult]:
    """The results for these people, asked for until they come."""
    for _ in range(300):
        try:
            results = await matcher.search(np.stack([template(number) for number in who]))
        except NotReady as error:
            found.asked_again += 1
            found.reasons.add(error.reason)
            await asyncio.sleep(0.05)
        else:
            found.answered += 1
            return results
    found.lost += 1
    return ()


def judge(result: SearchResult, number: int, found: Found) -> None:
    """Write down what is not as it has to be in a result for a person."""
    reached = [each.subject_id for each in result.candidates if each.reached]
    if reached != ([] if number >= STRANGER else [f"person-{number}"]):
        found.wrong.append(f"{number}: {reached}")
    # who is removed is not found any more while the later list is loaded
    if result.missing or result.gallery_subjects not in (len(LISTED), len(LISTED) - 1):
        found.wrong.append(f"{number}: {result.missing} of {result.gallery_subjects}")
    if not found.versions or found.versions[-1] != result.gallery_version:
        found.versions.append(result.gallery_version)


@contextlib.asynccontextmanager
async def cameras(matcher: Matcher) -> AsyncIterator[Found]:
    """Cameras that search meanwhile; what they saw is complete at the end."""
    found, stop = Found(), asyncio.Event()
    work = [asyncio.create_task(camera(matcher, found, stop, seed)) for seed in range(CAMERAS)]
    try:
        yield found
    finally:
        stop.set()
        await asyncio.gather(*work)


def shard_processes() -> list[int]:
    """The processes of the shards."""
    return [pid for pid in processes_below(os.getpid()) if "MatcherShard" in process_name(pid)]


def holders(number: int, pids: Sequence[int]) -> list[str]:
    """The names of processes in whose memory a part of a person's vector is."""
    vector = template(number).tobytes()
    needles = [vector[at : at + 64] for at in (0, 512, 1_024, 1_984)]
    copies = [(pid, copy_memory(pid)) for pid in pids]
    return [
        process_name(pid)
        for pid, copy in copies
        if isinstance(copy, Copy)
        and any(needle in piece.content for piece in copy.pieces for needle in needles)
    ]


async def kill_one(made: cluster.RayCluster, matcher: Matcher) -> dict[str, Any]:
    """One shard is killed during searches; what was seen, and how long until all of the list was searched."""
    async with cameras(matcher) as found:
        await asyncio.sleep(0.5)
        os.kill(shard_processes()[-1], signal.SIGKILL)
        killed_s, mended = time.monotonic(), list[str]()
        while not mended and time.monotonic() - killed_s < 60:
            mended += await made.check()
            await asyncio.sleep(0.1)
        back_s = time.monotonic() - killed_s
        await asyncio.sleep(0.5)
    state = await matcher.state()
    return {**told(found), "mended": mended, "back_s": round(back_s, 2), "missing": state.missing}


async def amend(made: cluster.RayCluster, matcher: Matcher) -> dict[str, Any]:
    """The list changes during searches; what was seen, and who holds the vector of the one who was removed."""
    before = holders(REMOVED, shard_processes())
    async with cameras(matcher) as found:
        await asyncio.sleep(0.3)
        began_s = time.monotonic()
        await made.replace_gallery(order("second", AMENDED, 2))
        took_s = time.monotonic() - began_s
        await asyncio.sleep(0.3)
    pids = [pid for pid in processes_below(os.getpid()) if pid != os.getpid()]
    await asyncio.sleep(max(0.0, began_s + GONE_WITHIN_S - time.monotonic()))
    return {
        **told(found),
        "took_s": round(took_s, 2),
        "held_before": before,
        "held_after": holders(REMOVED, pids),
        "still_held": holders(STAYING, pids),
        "processes": len(pids),
    }


def told(found: Found) -> dict[str, Any]:
    """What the cameras saw, for the document."""
    return {
        "answered": found.answered,
        "asked_again": found.asked_again,
        "wrong": found.wrong[:5],
        "lost": found.lost,
        "reasons": sorted(found.reasons),
        "versions": found.versions,
    }


async def drill() -> dict[str, Any]:
    """Everything, in order."""
    made = cluster.RayCluster()
    try:
        matcher = await made.start_matcher(order("first", LISTED, 1), 2, incomplete="pause")
        killed = await kill_one(made, matcher)
        amended = await amend(made, matcher)
        await made.forget_gallery()
        phases = [shard and shard.phase for shard in (await made.matcher_state()).shards]
        left = holders(STAYING, shard_processes())
    finally:
        await made.close()
    return {"killed": killed, "amended": amended, "phases": phases, "left": left}


if __name__ == "__main__":
    cluster.start_ray(show_actor_logs=False)
    document = asyncio.run(drill())
    cluster.stop_ray()
    sys.stdout.write(json.dumps(document) + "\n")

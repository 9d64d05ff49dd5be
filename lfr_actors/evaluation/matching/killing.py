"""Searches that go on while a shard dies: how many were lost, how many wrong, and how long it took.

Every search is asked again while the matcher says that it is not ready, as a camera asks. A search is lost when
it has no answer after `PATIENCE_S`, wrong when its answer is incomplete without saying so, of another version, or
decides otherwise than an exact search of the whole list.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from lfr_actors.errors import NotReady
from lfr_actors.evaluation.matching.parity import Decisions, decisions_of
from lfr_actors.evaluation.matching.timing import Timing
from lfr_actors.messages import GalleryVersion, SearchResult, Vectors

PATIENCE_S = 120.0
ASK_AGAIN_S = 0.02
_STREAMS = 2
SETTLED_S = 2.0
"""Searches go on so long before the shard is killed and after everything answers again."""


class Searching(Protocol):
    """Whoever is searched."""

    async def search(self, templates: Vectors) -> tuple[SearchResult, ...]:
        """Results for (n, d) templates; raises `NotReady` while it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Questions:
    """What is asked over and over, `batch` at a time, and what an exact search of the list decides."""

    queries: Vectors = field(repr=False)
    decisions: Decisions = field(repr=False)
    version: GalleryVersion
    batch: int


@dataclass(slots=True)
class Tally:
    """What happened to the calls; times on one monotonic clock."""

    asked: int = 0
    answered: int = 0
    not_ready: int = 0
    lost: int = 0
    wrong: int = 0
    incomplete: int = 0
    killed_at_s: float | None = None
    served_again_s: float | None = None
    seconds: list[float] = field(default_factory=list)

    def to_json(self, batch: int) -> dict[str, object]:
        """For a JSON document. `refused`: asked again because the matcher was not ready."""
        killed = self.killed_at_s
        again = self.served_again_s
        return {
            "calls": self.asked,
            "searches": self.asked * batch,
            "answered": self.answered * batch,
            "lost": self.lost * batch,
            "wrong": self.wrong,
            "refused_and_asked_again": self.not_ready,
            "incomplete_with_mark": self.incomplete,
            "full_service_after_s": None if killed is None or again is None else round(again - killed, 2),
            "calls_timed": Timing.of(self.seconds, batch).to_json() if self.seconds else None,
        }


class SearchLoad:
    """Streams of searches that go on until `stop`."""

    def __init__(
        self,
        matcher: Searching,
        questions: Questions,
        *,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._matcher, self._questions = matcher, questions
        self._patience_s, self._clock = patience_s, clock
        self._stopped = False
        self.tally = Tally()

    def stop(self) -> None:
        """Ask nothing more; what is under way is still answered."""
        self._stopped = True

    def killed(self) -> None:
        """A shard was killed now."""
        self.tally.killed_at_s = self._clock()

    async def run(self, stream: int) -> None:
        """One stream: a call after the other."""
        size = self._questions.batch
        count = len(self._questions.queries) // size
        number = stream
        while not self._stopped:
            place = number % count * size
            await self._ask(slice(place, place + size))
            number += 1

    async def _ask(self, part: slice) -> None:
        """Ask until there is an answer, and judge it."""
        tally, began_s = self.tally, self._clock()
        tally.asked += 1
        while True:
            asked_s = self._clock()
            try:
                # a copy, as from a camera: whoever answers may overwrite what it was sent
                results = await self._matcher.search(self._questions.queries[part].copy())
            except NotReady:
                tally.not_ready += 1
                if self._clock() - began_s > self._patience_s:
                    tally.lost += 1
                    return
                await asyncio.sleep(ASK_AGAIN_S)
                continue
            now_s = self._clock()
            tally.seconds.append(now_s - asked_s)
            self._judge(part, results, asked_s, now_s)
            return

    def _judge(self, part: slice, results: tuple[SearchResult, ...], asked_s: float, now_s: float) -> None:
        tally, expected = self.tally, self._questions.decisions[part]
        tally.answered += 1
        if not all(result.is_complete for result in results):
            tally.incomplete += 1
            return
        versions = {result.gallery_version for result in results}
        wrong = (
            len(expected)
            if len(results) != len(expected) or versions != {self._questions.version}
            else int((decisions_of(results) != expected).sum())
        )
        tally.wrong += wrong
        # without the killed shard no answer is complete: what was asked after its death and is, it answered again
        if tally.killed_at_s is not None and tally.served_again_s is None and asked_s > tally.killed_at_s:
            tally.served_again_s = now_s


async def kill_under_load(
    matcher: Searching,
    questions: Questions,
    kill: Callable[[], object],
    check: Callable[[], Awaitable[object]],
    *,
    check_every_s: float,
    settled_s: float = SETTLED_S,
    patience_s: float = PATIENCE_S,
) -> Tally:
    """Search, kill, go on until everything answers again; `check` is what mends in a deployment.

    `kill` is called once. Returns also when it is never mended: `served_again_s` is None then.
    """
    load = SearchLoad(matcher, questions, patience_s=patience_s)
    async with asyncio.TaskGroup() as group:
        for stream in range(_STREAMS):
            group.create_task(load.run(stream), name=f"searches-{stream}")
        watching = group.create_task(_watch(check, check_every_s), name="watch")
        await asyncio.sleep(settled_s)
        kill()
        load.killed()
        deadline_s = time.monotonic() + patience_s
        while load.tally.served_again_s is None and time.monotonic() < deadline_s:
            await asyncio.sleep(ASK_AGAIN_S)
        await asyncio.sleep(settled_s)
        load.stop()
        watching.cancel()
    return load.tally


async def _watch(check: Callable[[], Awaitable[object]], every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        await check()

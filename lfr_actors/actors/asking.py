"""Asking embedders and matcher, who may be away for a while, and what becomes of a face meanwhile.

A live camera goes on without the answer, because the street does not wait. A film at full speed waits until
they are back, so that no part of it goes unsearched; the face in hand is overwritten when its time comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from lfr_actors.actors.ports import EmbedderPool, Matcher
from lfr_actors.errors import ActorLost, NotReady
from lfr_actors.lifetimes import NON_MATCH_LIFETIME_S, Forgotten, Kind, nobody_counts
from lfr_actors.messages import Image, Probe, SearchResult, Vectors
from lfr_actors.overwriting import overwrite

T = TypeVar("T")
log = structlog.get_logger()
AGAIN_AFTER_S = 0.2
LONGEST_WAIT_S = 120.0
"""A film waits so long for one answer; an actor that is away for longer is lost."""


class _Held:
    """A crop or query while it is asked about; it is overwritten once, and once more to be sure."""

    def __init__(self, kind: Kind, data: Image | Vectors, captured_s: float, forgotten: Forgotten) -> None:
        self._kind, self._data, self.captured_s = kind, data, captured_s
        self._forgotten = forgotten
        self.overwritten = False

    def overwrite(self) -> None:
        overwrite(self._data)
        if not self.overwritten:
            self.overwritten = True
            self._forgotten(self._kind, self.captured_s)


class Asking:
    """One camera's questions. `waits`: whether the camera is a film that can wait for its answers.

    `lifetime_s`: how old a crop, template or query may grow, from its capture; `forgotten` is told of each
    that is overwritten here; `refused` why the matcher answers no search for now. `unsearched` counts the faces
    that got no answer because an actor was away.
    """

    def __init__(
        self,
        embedders: EmbedderPool,
        matcher: Matcher,
        *,
        waits: bool,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        lifetime_s: float = NON_MATCH_LIFETIME_S,
        forgotten: Forgotten = nobody_counts,
        refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._embedders, self._matcher = embedders, matcher
        self._refused = refused
        self._waits, self._monotonic, self._sleep = waits, monotonic, sleep
        self._lifetime_s, self._forgotten = lifetime_s, forgotten
        self._stopped = False
        self._asked = False
        self.unsearched = 0

    def stop(self) -> None:
        """Wait for nobody any more."""
        self._stopped = True

    async def rinse(self) -> None:
        """Have what messages of questions and answers left behind overwritten, if any was asked since last."""
        if self._asked:
            self._asked = False
            await asyncio.gather(self._embedders.rinse(), self._matcher.rinse())

    async def template(self, probe: Probe, captured_monotonic_s: float) -> Vectors | None:
        """The template of a probe, float32 (d,), whose chip is overwritten then; None when there is none.

        None: it passed its lifetime, or nobody could answer. Raises `ActorLost` for an embedder that does
        not come back. Whoever gets the template overwrites it.
        """
        held = _Held("chip", probe.chip, captured_monotonic_s, self._forgotten)
        template = await self._answer(lambda: self._embedders.embed(probe), held)
        if template is not None and self._is_late(captured_monotonic_s):
            overwrite(template)
            self._forgotten("template", captured_monotonic_s)
            return None
        return template

    async def search(self, query: Vectors, captured_monotonic_s: float) -> SearchResult | None:
        """The candidates for a query, float32 (d,), which is overwritten then; None when there are none.

        None: it passed its lifetime, or nobody could answer. Raises `ActorLost` for a matcher that does not
        come back.
        """
        held = _Held("query", query, captured_monotonic_s, self._forgotten)
        results = await self._answer(lambda: self._search(query), held)
        return None if results is None or self._is_late(captured_monotonic_s) else results[0]

    async def _search(self, query: Vectors) -> tuple[SearchResult, ...]:
        try:
            return await self._matcher.search(query[None])
        except NotReady as error:
            self._refused(error.reason)
            raise

    def _is_late(self, captured_s: float, in_s: float = 0.0) -> bool:
        return self._monotonic() + in_s - captured_s >= self._lifetime_s

    async def _answer(self, ask: Callable[[], Awaitable[T]], held: _Held) -> T | None:
        """The answer, asked for until it comes, or None.

        What is asked about is overwritten when its time comes, also while an answer is outstanding; it is then
        asked about all the same, only to learn when the actor is back, and the answer is worth nothing.
        """
        self._asked = True
        left_s = held.captured_s + self._lifetime_s - self._monotonic()
        overwriting = asyncio.get_running_loop().call_later(max(0.0, left_s), held.overwrite)
        try:
            return await self._ask_again(ask, held)
        finally:
            overwriting.cancel()
            held.overwrite()

    async def _ask_again(self, ask: Callable[[], Awaitable[T]], held: _Held) -> T | None:
        waited_s, worth, who = 0.0, True, ""
        while True:
            try:
                answer = await ask()
            except NotReady as error:
                who = error.who
                if not self._waits or self._stopped:
                    self._not_searched(error.who, error.reason)
                    return None
                if waited_s >= LONGEST_WAIT_S:
                    raise ActorLost(error.who, f"it did not come back: {error.reason}") from error
                if waited_s == 0.0:
                    log.warning("waiting_for_actor", who=error.who, reason=error.reason)
            else:
                if worth:
                    return answer
                self._not_searched(who, "it was away for longer than a face may be kept")
                return None
            if self._is_late(held.captured_s, AGAIN_AFTER_S):
                held.overwrite()
                worth = False
            await self._sleep(AGAIN_AFTER_S)
            waited_s += AGAIN_AFTER_S

    def _not_searched(self, who: str, reason: str) -> None:
        self.unsearched += 1
        log.warning("face_not_searched", who=who, reason=reason)

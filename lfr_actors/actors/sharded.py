"""The matcher as cameras see it: every shard is asked at once, and what they answer is one answer of one list.

    templates ─► each shard ─► answers of one generation ─► merged: the best of all ─► result, and which list it is
                     └─ away, loading, late ─► missing: nobody gets a result, or one that says which part is missing

While shards turn to a later list, some answer from it and some not yet: those are asked again until the deadline.
Each camera has its own copy of this, which holds nothing but the way to the shards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from lfr_actors.actors.answers import CANDIDATES, ShardReply
from lfr_actors.actors.ports import Incomplete, Matcher, MatcherState, missing_words
from lfr_actors.actors.rollout import ShardHold, states_of
from lfr_actors.errors import ActorLost, NotReady
from lfr_actors.messages import MAX_MESSAGE_BYTES, SearchResult, Vectors
from lfr_actors.watchlist.sharding import ShardAnswer, merge

DEADLINE_S = 0.5
"""Half of what a face may be kept for: an answer that comes later is no use to a camera."""
ASK_AGAIN_S = 0.003
"""Shards turn to a later list within about this time of each other."""


class ShardLink(ShardHold, Protocol):
    """A shard, as whoever searches sees it. Every method raises `ActorLost` while it is away."""

    async def search(self, templates: Vectors) -> ShardReply:
        """See `MatcherShard.search`."""

    async def rinse(self) -> object:
        """See `EmbedderPool.rinse`."""


class ShardedMatcher(Matcher):
    """`Matcher` over shards. `incomplete`: what becomes of a search that some of them did not answer."""

    def __init__(
        self, shards: Sequence[ShardLink], *, incomplete: Incomplete, deadline_s: float = DEADLINE_S
    ) -> None:
        self._shards = tuple(shards)
        self._incomplete: Incomplete = incomplete
        self._deadline_s = deadline_s

    async def search(self, templates: Vectors) -> tuple[SearchResult, ...]:
        """See `Matcher.search`. Raises `ValueError` for templates of another length, or too many for a message."""
        if templates.nbytes > MAX_MESSAGE_BYTES:
            raise ValueError(
                f"{len(templates)} templates are {templates.nbytes} bytes; ask about as many at a time as make "
                f"{MAX_MESSAGE_BYTES}"
            )
        replies = [ShardReply.none("")] * len(self._shards)
        asked: Iterable[int] = range(len(self._shards))
        loop = asyncio.get_running_loop()
        ends_s = loop.time() + self._deadline_s
        while True:
            await self._ask(asked, templates, replies, ends_s - loop.time())
            asked = _behind(replies)
            if not asked or loop.time() + ASK_AGAIN_S >= ends_s:
                break
            await asyncio.sleep(ASK_AGAIN_S)
        for part in asked:
            replies[part] = ShardReply.none("answers from an older list")
        return self._result(replies)

    async def state(self) -> MatcherState:
        """See `Matcher.state`."""
        return await states_of(self._shards)

    async def rinse(self) -> None:
        """See `Matcher.rinse`."""
        await asyncio.gather(*(shard.rinse() for shard in self._shards))

    async def _ask(
        self, parts: Iterable[int], templates: Vectors, replies: list[ShardReply], within_s: float
    ) -> None:
        """Put the answers of these shards into `replies`, or why they have none after so long."""
        if len(self._shards) == 1:  # no task, no list of tasks: the way of most searches there are
            try:
                async with asyncio.timeout(within_s):
                    replies[0] = await self._asked(0, templates)
            except TimeoutError:
                replies[0] = self._late()
            return
        asking = {asyncio.ensure_future(self._asked(part, templates)): part for part in parts}
        try:
            done, late = await asyncio.wait(asking, timeout=within_s)
            for task in late:
                replies[asking[task]] = self._late()
            for task in done:
                replies[asking[task]] = task.result()
        finally:
            for task in asking:
                task.cancel()

    async def _asked(self, part: int, templates: Vectors) -> ShardReply:
        try:
            return await self._shards[part].search(templates)
        except ActorLost:
            return ShardReply.none("restarting")

    def _late(self) -> ShardReply:
        return ShardReply.none(f"no answer within {self._deadline_s:g} s")

    def _result(self, replies: Sequence[ShardReply]) -> tuple[SearchResult, ...]:
        """One result for each template, or `NotReady` as the policy has it."""
        reasons = {part: reply.reason for part, reply in enumerate(replies) if reply.reason is not None}
        if reasons and (self._incomplete == "pause" or len(reasons) == len(replies)):
            raise NotReady("matcher", "incomplete: " + "; ".join(missing_words(reasons, len(replies))))
        if len(replies) == 1:
            return replies[0].results()
        answers = [
            ShardAnswer(part=part, generation=reply.generation, results=reply.results())
            for part, reply in enumerate(replies)
            if reply.reason is None
        ]
        return merge(answers, CANDIDATES, len(replies), reasons)


def _behind(replies: Sequence[ShardReply]) -> list[int]:
    """The shards that answered from an older list than another did."""
    latest = max(reply.generation for reply in replies)
    return [part for part, reply in enumerate(replies) if reply.reason is None and reply.generation < latest]

"""Giving every shard the list it is to answer from, and the same one again when it was lost.

    later list ─► every shard loads it ─► every shard turns to it ─► the list before is zeros
    shard died ─► Ray starts it, empty ─► it loads the list again ─► it answers
    list over  ─► whatever is under way ─► zeros

Between loading and turning, all answer from the list before. A shard that dies on the way is no reason to wait:
its part is missing either way, and it comes back with the later list. A list that cannot be loaded is given up
by all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Protocol

import structlog

from lfr_actors.actors.ports import GalleryOrder, MatcherState, ShardState
from lfr_actors.errors import ActorLost, LfrError, NotReady

log = structlog.get_logger()
STATE_DEADLINE_S = 2.0
"""A shard that has not said what it holds by then counts as one that does not answer."""
MENDING_PATIENCE_S = 1.0
"""How long a check waits for what it mends: the part of a long list takes minutes to load."""

FORGETTING_PATIENCE_S = 30.0
"""A shard that is away and never comes back must not keep a deployment from its end."""


class ShardHold(Protocol):
    """A shard, as whoever gives it its list sees it. Every method raises `ActorLost` while it is away."""

    async def prepare(self, order: GalleryOrder) -> None:
        """See `MatcherShard.prepare`; also raises whatever `order.load` raises."""

    async def flip(self, generation: int) -> None:
        """See `MatcherShard.flip`."""

    async def abandon(self, generation: int) -> None:
        """See `MatcherShard.abandon`."""

    async def forget(self, generation: int) -> None:
        """See `MatcherShard.forget`."""

    async def state(self) -> ShardState:
        """See `MatcherShard.state`."""


async def states_of(shards: Sequence[ShardHold]) -> MatcherState:
    """What every shard holds; None for one that is away or does not answer in `STATE_DEADLINE_S`."""

    async def state(shard: ShardHold) -> ShardState | None:
        with contextlib.suppress(ActorLost, TimeoutError):
            async with asyncio.timeout(STATE_DEADLINE_S):
                return await shard.state()
        return None

    return MatcherState(shards=tuple(await asyncio.gather(*map(state, shards))))


class Rollout:
    """The list of one matcher's shards, from its start to its end. Nothing follows once it was forgotten."""

    def __init__(self, shards: Sequence[ShardHold]) -> None:
        self._shards = tuple(shards)
        self._order: GalleryOrder | None = None
        self._latest = 0
        self._is_forgotten = False
        self._turn = asyncio.Lock()
        """Held while shards are given a list: of two at once, each would undo the other."""
        self._mending: asyncio.Task[tuple[str, ...]] | None = None

    async def hold(self, order: GalleryOrder) -> tuple[ActorLost, ...]:
        """Let every shard answer from a list; which of them were lost on the way, to be mended by a check.

        Raises whatever `order.load` raises, with every shard as it was before; `NotReady` after `forget`.
        """
        async with self._turn:
            before = self._order
            self._set(order)
            try:
                return await self._give(order)
            except Exception:
                if not self._is_forgotten:
                    self._order = before
                raise

    async def check(self) -> tuple[str, ...]:
        """Have shards that lost their list load it again; what was mended since the last check, in words.

        Mending that takes longer than `MENDING_PATIENCE_S` goes on, and a later check tells of it.
        """
        if self._mending is None:
            if self._order is None or self._turn.locked():
                return ()
            self._mending = asyncio.create_task(self._mend(), name="matcher-mending")
        mending = self._mending
        await asyncio.wait([mending], timeout=MENDING_PATIENCE_S)
        if not mending.done() or mending.cancelled():
            return ()
        self._mending = None
        return mending.result()

    async def forget(self) -> None:
        """Overwrite the list in every shard; what is under way comes to nothing. Idempotent.

        A shard that has not done so after `FORGETTING_PATIENCE_S` is left to its end, and that is said.
        """
        self._is_forgotten, self._order = True, None
        work = [asyncio.ensure_future(shard.forget(self._latest)) for shard in self._shards]
        if not work:
            return
        done, late = await asyncio.wait(work, timeout=FORGETTING_PATIENCE_S)
        for task in late:
            task.cancel()
            log.error("shard_did_not_forget", waited_s=FORGETTING_PATIENCE_S)
        # one that is away holds nothing: its memory went with it
        _lost([task.exception() for task in done])

    async def state(self) -> MatcherState:
        """What every shard holds."""
        return await states_of(self._shards)

    async def close(self) -> None:
        """Mend no more. Idempotent."""
        mending, self._mending = self._mending, None
        if mending is not None:
            mending.cancel()
            await asyncio.gather(mending, return_exceptions=True)

    def _set(self, order: GalleryOrder) -> None:
        if self._is_forgotten:
            raise NotReady("matcher", "its list was forgotten")
        if order.generation < self._latest:
            raise ValueError(f"list {order.generation} is not later than list {self._latest}")
        self._order, self._latest = order, order.generation

    async def _give(self, order: GalleryOrder) -> tuple[ActorLost, ...]:
        """Both phases; a shard that has done a phase before does nothing in it."""
        # nothing is awaited between the question and the calls: whoever forgets is either asked here or comes after
        if self._order is not order:
            raise NotReady("matcher", "its list was forgotten")
        loaded = await asyncio.gather(
            *(shard.prepare(order) for shard in self._shards), return_exceptions=True
        )
        try:
            lost = _lost(loaded)
        except Exception:
            gone = await asyncio.gather(
                *(shard.abandon(order.generation) for shard in self._shards), return_exceptions=True
            )
            _lost(gone)
            raise
        if self._order is not order:
            raise NotReady("matcher", "its list was forgotten")
        turned = await asyncio.gather(
            *(
                shard.flip(order.generation)
                for shard, outcome in zip(self._shards, loaded, strict=True)
                if not isinstance(outcome, ActorLost)
            ),
            return_exceptions=True,
        )
        return lost + _lost(turned)

    async def _mend(self) -> tuple[str, ...]:
        """Give shards that do not hold the list that list; what could be mended, in words."""
        async with self._turn:
            order = self._order
            if order is None:
                return ()
            before = await self.state()
            if not any(_wants(shard, order) for shard in before.shards):
                return ()
            try:
                await self._give(order)
            except LfrError as error:  # whatever it is, a later check tries again
                log.warning("matcher_not_mended", reason=str(error))
                return ()
            after = await self.state()
        parts = len(before.shards)
        return tuple(
            f"shard {part + 1} of {parts}: list {order.version} loaded again out of the vault"
            for part, (was, now) in enumerate(zip(before.shards, after.shards, strict=True))
            if now is not None and not _wants(now, order) and (was is None or _wants(was, order))
        )


def _wants(shard: ShardState | None, order: GalleryOrder) -> bool:
    """Whether a shard that is there does not answer from the list."""
    return shard is not None and (shard.phase != "ready" or shard.generation != order.generation)


def _lost(outcomes: Sequence[object]) -> tuple[ActorLost, ...]:
    """The shards that were lost; raises the first other fault there is."""
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, ActorLost):
            raise outcome
    return tuple(outcome for outcome in outcomes if isinstance(outcome, ActorLost))

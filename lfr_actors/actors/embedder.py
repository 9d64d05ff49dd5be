"""The embedder actor: probes in, templates out, in micro-batches, never later than a probe may live."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lfr_actors.messages import Image, Probe, Vectors
from lfr_actors.vision.models import Embedder
from lfr_actors.vision.probing import NON_MATCH_LIFETIME_S


def utc_now() -> dt.datetime:
    """The wall clock, aware."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderStatus:
    """What an embedder did so far."""

    provider: str
    embedded: int
    batches: int
    expired: int


class EmbedderActor:
    """Whoever waits while a batch runs is in the next one: no waiting for company, no timer.

    `load` makes the model, in this process. `max_batch` bounds a batch; the queue needs no bound of its
    own, since a camera has at most one probe of a track on the way.
    """

    def __init__(
        self,
        load: Callable[[], Embedder],
        *,
        max_batch: int = 8,
        lifetime_s: float = NON_MATCH_LIFETIME_S,
        clock: Callable[[], dt.datetime] = utc_now,
    ) -> None:
        self._embedder = load()
        self._max_batch = max_batch
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._queue: asyncio.Queue[tuple[Probe, asyncio.Future[Vectors | None]]] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._embedded = self._batches = self._expired = 0

    async def embed(self, probe: Probe) -> Vectors | None:
        """The template of a probe, float32 (d,); None when it was past its lifetime before its turn."""
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="embedder-batches")
        answer: asyncio.Future[Vectors | None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((probe, answer))
        return await answer

    async def status(self) -> EmbedderStatus:
        """Counts so far, and the execution provider that really runs."""
        return EmbedderStatus(
            provider=self._embedder.provider,
            embedded=self._embedded,
            batches=self._batches,
            expired=self._expired,
        )

    async def close(self) -> None:
        """Stop working; whoever still waits is told that the probe was dropped. Idempotent."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
            self._worker = None
        while not self._queue.empty():
            _, answer = self._queue.get_nowait()
            _settle(answer, None)

    async def _work(self) -> None:
        while True:
            await self._next_batch()

    async def _next_batch(self) -> None:
        """Wait for a probe and answer it with whoever waits by then.

        A call of its own, so that nothing holds the probes of this batch while the next one is awaited.
        """
        batch = [await self._queue.get()]
        while len(batch) < self._max_batch and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        alive = [item for item in batch if not self._drop_expired(item)]
        if alive:
            await self._run(alive)

    def _drop_expired(self, item: tuple[Probe, asyncio.Future[Vectors | None]]) -> bool:
        probe, answer = item
        if (self._clock() - probe.captured_at).total_seconds() < self._lifetime_s:
            return False
        self._expired += 1
        _settle(answer, None)
        return True

    async def _run(self, batch: list[tuple[Probe, asyncio.Future[Vectors | None]]]) -> None:
        """Answer every probe of a batch: a fault is theirs alone, and nobody is left waiting."""
        try:
            templates = await self._embed([probe.chip for probe, _ in batch])
        except BaseException as error:
            for _, answer in batch:
                if isinstance(error, Exception) and not answer.done():
                    answer.set_exception(error)
                _settle(answer, None)
            if not isinstance(error, Exception):
                raise
            return
        self._batches += 1
        self._embedded += len(batch)
        for (_, answer), template in zip(batch, templates, strict=True):
            _settle(answer, template)

    async def _embed(self, chips: Sequence[Image]) -> Vectors:
        """The templates (n, d) of n chips. Raises `ValueError` unless there is one for each chip."""
        stacked = np.stack(chips)
        try:
            templates = await asyncio.to_thread(self._embedder.embed, stacked)
        finally:
            stacked.fill(0)
        if len(templates) != len(chips):
            raise ValueError(f"the model gave {len(templates)} templates for {len(chips)} chips")
        return templates


def _settle(answer: asyncio.Future[Vectors | None], template: Vectors | None) -> None:
    """Answer, unless whoever asked has gone."""
    if not answer.done():
        answer.set_result(template)

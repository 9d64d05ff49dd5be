"""The embedder actor: probes in, templates out, in micro-batches, never later than a probe may live.

Ages go by the wall clock, since a camera's monotonic clock says nothing on another machine.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from lfr_actors.lifetimes import NON_MATCH_LIFETIME_S, Kind, Lifetimes
from lfr_actors.messages import Image, Probe, Vectors
from lfr_actors.overwriting import lent, overwrite, overwrite_received
from lfr_actors.vision.models import Embedder

IDLE_S = 0.1
"""So long after a batch without another one, a blank chip is embedded in its place."""


def utc_now() -> dt.datetime:
    """The wall clock, aware."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderStatus:
    """What an embedder did so far. `longest_s`: the greatest age at overwriting, by kind (chip, template)."""

    provider: str
    embedded: int
    batches: int
    expired: int
    longest_s: Mapping[str, float] = field(default_factory=dict)


class EmbedderActor:
    """Whoever waits while a batch runs is in the next one: no waiting for company, no timer.

    The network packs what it is fed into buffers of the thread that runs it, its stack among them, and they keep it
    until that thread runs it again. So one thread runs everything, and a blank chip follows when nobody else does.

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
        self._lifetimes = Lifetimes()
        self._queue: asyncio.Queue[tuple[Probe, asyncio.Future[Vectors | None]]] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")
        self._fed = False
        self._embedded = self._batches = self._expired = 0

    async def embed(self, probe: Probe) -> Vectors | None:
        """The template of a probe, float32 (d,); None when it was past its lifetime before its turn."""
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="embedder-batches")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Vectors | None] = loop.create_future()
        left_s = self._lifetime_s - (self._clock() - probe.captured_at).total_seconds()
        overdue = loop.call_later(min(max(0.0, left_s), self._lifetime_s), self._expire, probe, answer)
        self._queue.put_nowait((probe, answer))
        try:
            return await answer
        finally:
            overdue.cancel()

    async def rinse(self, zeros: bytes = b"") -> bytes:
        """Give back what was sent: zeros, through the buffers in which a crop and a template travelled."""
        return zeros

    async def status(self) -> EmbedderStatus:
        """Counts so far, and the execution provider that really runs."""
        return EmbedderStatus(
            provider=self._embedder.provider,
            embedded=self._embedded,
            batches=self._batches,
            expired=self._expired,
            longest_s=self._lifetimes.longest_s,
        )

    async def close(self) -> None:
        """Stop working; whoever still waits is told that the probe was dropped. Idempotent."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
            self._worker = None
        while not self._queue.empty():
            probe, answer = self._queue.get_nowait()
            self._let_go(probe)
            _settle(answer, None)

    async def _work(self) -> None:
        while True:
            await self._next_batch()

    async def _next(self) -> tuple[Probe, asyncio.Future[Vectors | None]]:
        """The next probe; what the last batch left behind is overwritten when none comes soon."""
        if self._fed:
            try:
                return await asyncio.wait_for(self._queue.get(), IDLE_S)
            except TimeoutError:
                side = self._embedder.chip_size
                await self._in_thread(np.zeros((1, side, side, 3), np.uint8))
                self._fed = False
        return await self._queue.get()

    async def _in_thread(self, chips: Image) -> Vectors:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._embedder.embed, chips)

    async def _next_batch(self) -> None:
        """Wait for a probe and answer it with whoever waits by then.

        A call of its own, so that nothing holds the probes of this batch while the next one is awaited.
        """
        batch = [await self._next()]
        while len(batch) < self._max_batch and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        alive = [item for item in batch if not self._drop_expired(item)]
        if alive:
            await self._run(alive)

    def _drop_expired(self, item: tuple[Probe, asyncio.Future[Vectors | None]]) -> bool:
        probe, answer = item
        age_s = (self._clock() - probe.captured_at).total_seconds()
        if age_s < self._lifetime_s and not answer.done():
            return False
        self._expire(probe, answer)
        return True

    def _expire(self, probe: Probe, answer: asyncio.Future[Vectors | None]) -> None:
        """Overwrite a probe whose time is up, or whose asker has gone, wherever it is."""
        self._let_go(probe)
        if not answer.done():
            self._expired += 1
            answer.set_result(None)

    async def _run(self, batch: list[tuple[Probe, asyncio.Future[Vectors | None]]]) -> None:
        """Answer every probe of a batch: a fault is theirs alone, and nobody is left waiting."""
        try:
            templates = await self._embed([probe.chip for probe, _ in batch])
        except BaseException as error:
            for probe, answer in batch:
                self._let_go(probe)
                if isinstance(error, Exception) and not answer.done():
                    answer.set_exception(error)
                _settle(answer, None)
            if not isinstance(error, Exception):
                raise
            return
        self._batches += 1
        self._embedded += len(batch)
        for (probe, answer), template in zip(batch, templates, strict=True):
            self._let_go(probe)
            _settle(answer, lent(template, partial(self._forgotten, "template", probe)))

    def _let_go(self, probe: Probe) -> None:
        """Overwrite a crop that came in a message; one of this process is its camera's to overwrite."""
        if probe.chip.any() and overwrite_received(probe.chip):
            self._forgotten("chip", probe)

    def _forgotten(self, kind: Kind, probe: Probe) -> None:
        self._lifetimes.overwritten(kind, probe.captured_at.timestamp(), self._clock().timestamp())

    async def _embed(self, chips: Sequence[Image]) -> Vectors:
        """The templates (n, d) of n chips. Raises `ValueError` unless there is one for each chip."""
        stacked = np.stack(chips)
        try:
            self._fed = True
            templates = await self._in_thread(stacked)
        finally:
            overwrite(stacked)
        if len(templates) != len(chips):
            overwrite(templates)
            raise ValueError(f"the model gave {len(templates)} templates for {len(chips)} chips")
        return templates


def _settle(answer: asyncio.Future[Vectors | None], template: Vectors | None) -> None:
    """Answer, unless whoever asked has gone."""
    if not answer.done():
        answer.set_result(template)

"""The embedder actor as a plain class."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lfr_actors.actors.embedder import EmbedderActor
from lfr_actors.messages import CameraId, Probe, TrackId
from lfr_actors.testing import CHIP_SIZE, MeanColourEmbedder, template_of
from tests.actors.colours import BLUE, RED

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def probe(colour: tuple[int, int, int] = RED, side: int = CHIP_SIZE, age_s: float = 0.0) -> Probe:
    """A probe of this colour, captured so long before noon."""
    return Probe(
        camera_id=CameraId("east"),
        track_id=TrackId("1-1"),
        captured_at=NOON - dt.timedelta(seconds=age_s),
        media_time_s=0.0,
        quality=0.9,
        chip=np.full((side, side, 3), colour, np.uint8),
    )


def actor(on_embed: Callable[[Any], None] = lambda _: None, **options: Any) -> EmbedderActor:
    """An embedder of colours for which it is noon."""
    return EmbedderActor(lambda: MeanColourEmbedder(on_embed), clock=lambda: NOON, **options)


class Gate:
    """Holds the first batch back until it is opened, and notes how large each batch was."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.entered = threading.Event()
        self.sizes: list[int] = []

    def __call__(self, chips: np.ndarray) -> None:
        self.sizes.append(len(chips))
        self.entered.set()
        self.open.wait(10)


async def entered(gate: Gate) -> None:
    """Wait until a batch runs."""
    await asyncio.to_thread(gate.entered.wait, 10)


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_probe_becomes_a_template() -> None:
    """Everybody gets the template of their own probe, whatever came with it in the batch."""
    embedder = actor()
    templates = await asyncio.gather(*(embedder.embed(probe(colour)) for colour in (RED, BLUE, RED)))
    for template, colour in zip(templates, (RED, BLUE, RED), strict=True):
        assert template is not None
        assert float(template @ template_of(colour)) > 0.99
    status = await embedder.status()
    assert (status.provider, status.embedded, status.expired) == ("MeanColour", 3, 0)


async def test_those_who_wait_share_the_next_batch() -> None:
    """Probes that come while a batch runs are embedded together, at most `max_batch` at once."""
    gate = Gate()
    embedder = actor(gate, max_batch=3)
    first = asyncio.create_task(embedder.embed(probe()))
    await entered(gate)
    others = [asyncio.create_task(embedder.embed(probe())) for _ in range(5)]
    await settle()
    gate.open.set()
    await asyncio.gather(first, *others)
    assert gate.sizes == [1, 3, 2]


async def test_a_probe_past_its_lifetime_is_not_embedded() -> None:
    """It is answered with None and counted; the others of its batch are embedded."""
    gate = Gate()
    gate.open.set()
    embedder = actor(gate)
    ages_s = (1.0, 0.5, 5.0)
    templates = await asyncio.gather(*(embedder.embed(probe(age_s=age_s)) for age_s in ages_s))
    assert [template is None for template in templates] == [True, False, True]
    assert gate.sizes == [1]
    assert (await embedder.status()).expired == 2


async def test_one_failing_batch_fails_its_probes_only() -> None:
    """A fault of the model reaches those who were in the batch; the next batch is embedded."""
    faults = [RuntimeError("out of memory")]

    def fail_once(_: object) -> None:
        if faults:
            raise faults.pop()

    embedder = actor(fail_once)
    results = await asyncio.gather(*(embedder.embed(probe()) for _ in range(2)), return_exceptions=True)
    assert [str(result) for result in results] == ["out of memory"] * 2
    assert await embedder.embed(probe()) is not None


async def test_chips_that_do_not_fit_together_leave_nobody_waiting() -> None:
    """Probes of different sizes in one batch are a fault of that batch, not the end of the actor."""
    embedder = actor()
    results = await asyncio.wait_for(
        asyncio.gather(embedder.embed(probe()), embedder.embed(probe(side=8)), return_exceptions=True), 10
    )
    assert all(isinstance(result, ValueError) for result in results)
    assert await embedder.embed(probe()) is not None


async def test_a_model_that_answers_too_little_is_a_fault() -> None:
    """Fewer templates than chips are never given to the wrong probes."""

    class Short(MeanColourEmbedder):
        def embed(self, chips: np.ndarray) -> np.ndarray:
            return super().embed(chips)[:-1]

    embedder = EmbedderActor(Short, clock=lambda: NOON)
    with pytest.raises(ValueError, match="0 templates for 1 chips"):
        await asyncio.wait_for(embedder.embed(probe()), 10)


async def test_a_caller_that_goes_away_harms_nobody() -> None:
    """A cancelled call leaves the rest of its batch and the actor as they were."""
    gate = Gate()
    embedder = actor(gate)
    gone, stays = (asyncio.create_task(embedder.embed(probe())) for _ in range(2))
    await entered(gate)
    gone.cancel()
    gate.open.set()
    assert await stays is not None
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await embedder.embed(probe()) is not None


async def test_closing_answers_everybody() -> None:
    """Those in the running batch and those who wait are told that their probe was dropped; twice is fine."""
    gate = Gate()
    embedder = actor(gate, max_batch=1)
    waiting = [asyncio.create_task(embedder.embed(probe())) for _ in range(3)]
    await entered(gate)
    closing = asyncio.create_task(embedder.close())
    await settle()
    gate.open.set()
    await closing
    await embedder.close()
    assert await asyncio.gather(*waiting) == [None] * 3
    assert await embedder.embed(probe()) is not None
    await embedder.close()


async def test_chips_are_overwritten_in_the_batch() -> None:
    """The stacked copy that the model saw holds no face afterwards."""
    seen: list[np.ndarray] = []
    await actor(seen.append).embed(probe())
    assert not seen[0].any()


async def test_a_blank_chip_takes_the_place_of_the_last_probe() -> None:
    """One thread runs every batch, and a blank chip when no other probe comes: what it packed is overwritten."""
    threads: list[int] = []
    blank = asyncio.Event()
    loop = asyncio.get_running_loop()

    def fed(chips: np.ndarray) -> None:
        threads.append(threading.get_ident())
        if not chips.any():
            loop.call_soon_threadsafe(blank.set)

    embedder = actor(fed)
    for _ in range(3):
        await embedder.embed(probe())
    await asyncio.wait_for(blank.wait(), 10)
    assert len(set(threads)) == 1
    await settle()
    assert (await embedder.status()).embedded == 3
    assert await embedder.embed(probe()) is not None
    await embedder.close()


async def test_nothing_of_a_probe_is_kept_while_no_other_comes() -> None:
    """The crop is gone once it is answered, not only when the next one takes its place."""
    embedder, asked = actor(), probe()
    crop = weakref.ref(asked.chip)
    assert await embedder.embed(asked) is not None
    del asked
    await settle()
    assert crop() is None


async def test_a_probe_in_the_queue_dies_in_its_time() -> None:
    """Who waits behind a slow batch is told that it is too late when it is, not when the batch is over."""
    gate = Gate()
    embedder = actor(gate, lifetime_s=0.05)
    first = asyncio.create_task(embedder.embed(probe()))
    await entered(gate)
    second = asyncio.create_task(embedder.embed(probe()))
    assert await asyncio.wait_for(second, 10) is None
    gate.open.set()
    await first
    assert (await embedder.status()).expired >= 1
    assert len(gate.sizes) == 1
    await embedder.close()


async def test_templates_are_overwritten_when_whoever_asked_lets_go() -> None:
    """What the model gave is kept for the answer only; its age is counted from the capture."""
    given: list[np.ndarray] = []

    class Remembering(MeanColourEmbedder):
        def embed(self, chips: np.ndarray) -> np.ndarray:
            given.append(super().embed(chips))
            return given[-1]

    embedder = EmbedderActor(Remembering, clock=lambda: NOON)
    answer = await embedder.embed(probe(age_s=0.5))
    assert given[0].any()
    del answer
    await until_overwritten(given[0])
    assert (await embedder.status()).longest_s == {"template": 0.5}
    await embedder.close()


async def until_overwritten(array: np.ndarray) -> None:
    """Let what holds an answer let go of it."""
    async with asyncio.timeout(10):
        while array.any():
            await asyncio.sleep(0)

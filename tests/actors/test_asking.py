"""Questions to actors that are away, with an injected clock."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from lfr_actors.actors import asking
from lfr_actors.actors.asking import Asking
from lfr_actors.errors import ActorLost, NotReady
from lfr_actors.messages import CameraId, Probe, TrackId
from lfr_actors.testing import CHIP_SIZE, FakeMatcher, FakePool, MeanColourEmbedder, gallery_of, template_of
from lfr_actors.vision.probing import NON_MATCH_LIFETIME_S
from tests.actors.colours import RED

AWAY = NotReady("embedder", "it is being restarted")


@dataclass
class Clock:
    """Sleeping makes the time pass; nothing else does."""

    now_s: float = 50.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


def probe() -> Probe:
    """A red probe."""
    return Probe(
        camera_id=CameraId("east"),
        track_id=TrackId("1-1"),
        captured_at=dt.datetime.now(dt.UTC),
        media_time_s=0.0,
        quality=0.9,
        chip=np.full((CHIP_SIZE, CHIP_SIZE, 3), RED, np.uint8),
    )


def questions(
    pool: FakePool, matcher: FakeMatcher | None = None, *, waits: bool, **options: Any
) -> tuple[Asking, Clock]:
    """A camera's questions and their clock."""
    clock = Clock()
    matcher = matcher or FakeMatcher(gallery_of({"red-1": RED}))
    ask = Asking(pool, matcher, waits=waits, monotonic=clock.monotonic, sleep=clock.sleep, **options)
    return ask, clock


async def test_a_short_absence_costs_a_film_nothing() -> None:
    """An embedder that is back within the probe's life still gives its template."""
    ask, clock = questions(FakePool(MeanColourEmbedder(), [AWAY] * 2), waits=True)
    template = await ask.template(probe(), clock.now_s)
    assert template is not None
    assert (len(clock.slept), ask.unsearched) == (2, 0)


async def test_a_long_absence_costs_the_face_in_hand() -> None:
    """The probe is overwritten in its time; that the embedder is back is learnt with what is left of it."""
    pool = FakePool(MeanColourEmbedder(), [AWAY] * 20)
    ask, clock = questions(pool, waits=True)
    asked = probe()
    assert await ask.template(asked, clock.now_s) is None
    assert ask.unsearched == 1
    assert not pool.probes[0].chip.any()
    assert len(clock.slept) == 20


async def test_an_overwritten_query_is_never_an_answer() -> None:
    """What the matcher says of an overwritten query is not taken for a search."""
    matcher = FakeMatcher(gallery_of({"red-1": RED}), [NotReady("matcher", "no gallery")] * 10)
    ask, clock = questions(FakePool(MeanColourEmbedder()), matcher, waits=True)
    query = template_of(RED)
    assert await ask.search(query, clock.now_s) is None
    assert not query.any()
    assert ask.unsearched == 1


async def test_who_guards_the_camera_is_told_why_the_matcher_refuses() -> None:
    """Each refusal of the matcher is told at once; an embedder that is away is no reason to look at no frames."""
    told: list[str] = []
    matcher = FakeMatcher(gallery_of({"red-1": RED}), [NotReady("matcher", "shard 2 of 4: loading")] * 2)
    pool = FakePool(MeanColourEmbedder(), [AWAY])
    ask, clock = questions(pool, matcher, waits=True, refused=told.append)
    assert await ask.template(probe(), clock.now_s) is not None
    assert await ask.search(template_of(RED), clock.now_s) is not None
    assert told == ["shard 2 of 4: loading"] * 2


async def test_nobody_waits_for_ever() -> None:
    """An actor that does not come back is lost, with its last reason."""
    ask, clock = questions(FakePool(MeanColourEmbedder(), [AWAY] * 10_000), waits=True)
    with pytest.raises(ActorLost, match="did not come back: it is being restarted"):
        await ask.template(probe(), clock.now_s)
    assert sum(clock.slept) == pytest.approx(asking.LONGEST_WAIT_S)


async def test_a_live_camera_does_not_wait() -> None:
    """One refusal and the face counts as unsearched, its crop overwritten."""
    ask, clock = questions(FakePool(MeanColourEmbedder(), [AWAY]), waits=False)
    asked = probe()
    assert await ask.template(asked, clock.now_s) is None
    assert (clock.slept, ask.unsearched) == ([], 1)
    assert not asked.chip.any()


async def test_a_fault_overwrites_as_well() -> None:
    """Whatever goes wrong on the way, crop and query do not stay behind."""
    ask, clock = questions(
        FakePool(MeanColourEmbedder(), [RuntimeError("out of memory")]),
        FakeMatcher(gallery_of({"red-1": RED}), [ValueError("another length")]),
        waits=True,
    )
    asked, query = probe(), template_of(RED)
    with pytest.raises(RuntimeError):
        await ask.template(asked, clock.now_s)
    with pytest.raises(ValueError, match="another length"):
        await ask.search(query, clock.now_s)
    assert not asked.chip.any()
    assert not query.any()


async def test_an_answer_that_does_not_come_keeps_no_face() -> None:
    """Crop and query are overwritten in their time even while the actor that was asked says nothing."""

    class Slow(FakePool, FakeMatcher):
        def __init__(self) -> None:
            self.kept: list[np.ndarray] = []

        async def embed(self, probe: Probe) -> None:
            await self.until_overwritten(probe.chip)

        async def search(self, templates: np.ndarray) -> tuple[()]:
            await self.until_overwritten(templates)
            raise AWAY

        async def until_overwritten(self, biometric: np.ndarray) -> None:
            async with asyncio.timeout(10):
                while biometric.any():
                    await asyncio.sleep(0.005)
            self.kept.append(biometric)

    slow = Slow()
    ask, clock = questions(slow, slow, waits=False)
    captured_s = clock.now_s - NON_MATCH_LIFETIME_S + 0.02
    assert await ask.template(probe(), captured_s) is None
    assert await ask.search(template_of(RED), captured_s) is None
    assert len(slow.kept) == 2


async def test_each_overwriting_is_told_once() -> None:
    """Crop and query are told of when they are overwritten, once each, with the time of their capture."""
    told: list[tuple[str, float]] = []
    ask, clock = questions(
        FakePool(MeanColourEmbedder(), [AWAY] * 20),
        waits=True,
        forgotten=lambda kind, captured_s: told.append((kind, captured_s)),
    )
    captured_s = clock.now_s
    assert await ask.template(probe(), captured_s) is None
    assert await ask.search(template_of(RED), clock.now_s) is not None
    assert told == [("chip", captured_s), ("query", clock.now_s)]


async def test_a_shorter_lifetime_holds() -> None:
    """A deployment that keeps non-matches for 0.3 s gives a face up after that, where 1 s would have done."""
    away = [AWAY] * 2  # 0.4 s
    kept, clock = questions(FakePool(MeanColourEmbedder(), list(away)), waits=True)
    assert await kept.template(probe(), clock.now_s) is not None
    given_up, clock = questions(FakePool(MeanColourEmbedder(), list(away)), waits=True, lifetime_s=0.3)
    asked = probe()
    assert await given_up.template(asked, clock.now_s) is None
    assert not asked.chip.any()


async def test_an_answer_that_comes_too_late_is_no_answer() -> None:
    """A template that arrives past its time is overwritten, candidates that do are not decided upon."""
    told: list[str] = []

    class Late(FakePool, FakeMatcher):
        def __init__(self) -> None:
            FakePool.__init__(self, MeanColourEmbedder())
            FakeMatcher.__init__(self, gallery_of({"red-1": RED}))
            self.given: list[np.ndarray] = []

        async def embed(self, probe: Probe) -> np.ndarray | None:
            self.given.append(template_of(RED))
            clock.now_s += 2.0
            return self.given[0]

        async def search(self, templates: np.ndarray) -> Any:
            clock.now_s += 2.0
            return await FakeMatcher.search(self, templates)

    late = Late()
    ask, clock = questions(late, late, waits=False, forgotten=lambda kind, _: told.append(kind))
    assert await ask.template(probe(), clock.now_s) is None
    assert not late.given[0].any()
    assert await ask.search(template_of(RED), clock.now_s) is None
    assert told == ["chip", "template", "query"]


async def test_messages_are_rinsed_after_questions_only() -> None:
    """What a question may have left in buffers is overwritten once; with nothing asked, nothing is sent."""

    class Counting(FakePool):
        rinsed = 0

        async def rinse(self) -> None:
            self.rinsed += 1

    pool = Counting(MeanColourEmbedder())
    ask, clock = questions(pool, waits=False)
    await ask.rinse()
    assert pool.rinsed == 0
    await ask.template(probe(), clock.now_s)
    await ask.rinse()
    await ask.rinse()
    assert pool.rinsed == 1

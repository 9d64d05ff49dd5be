"""Searches while a shard dies: lost, wrong and refused ones are counted, and the time until all answer again."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from lfr_actors.errors import NotReady
from lfr_actors.evaluation.matching.killing import Questions, SearchLoad, kill_under_load
from lfr_actors.messages import Candidate, GalleryVersion, SearchResult, SubjectId, Vectors

VERSION = GalleryVersion("v1")
QUESTIONS = Questions(
    queries=np.eye(8, dtype=np.float32),
    decisions=np.arange(8),
    version=VERSION,
    batch=4,
)


class FakeMatcher:
    """Answers rightly; `away` makes it not ready, `shift` makes it answer with other people."""

    def __init__(self) -> None:
        self.away = False
        self.shift = 0
        self.missing: tuple[str, ...] = ()
        self.version = VERSION

    async def search(self, templates: Vectors) -> tuple[SearchResult, ...]:
        await asyncio.sleep(0)
        if self.away:
            raise NotReady("matcher", "incomplete: shard 2 of 2: restarting")
        people = templates.argmax(axis=1) + self.shift
        templates.fill(0)  # as an actor does with what it was sent
        return tuple(self._result(int(person)) for person in people)

    def _result(self, person: int) -> SearchResult:
        candidate = Candidate(subject_id=SubjectId(f"synthetic-{person:09d}"), score=0.9, threshold=0.5)
        return SearchResult(
            candidates=(candidate,),
            gallery_version=self.version,
            gallery_subjects=8,
            missing=self.missing,
        )


async def test_searches_that_are_refused_are_asked_again_and_none_is_lost() -> None:
    """A matcher that is away and mended by a check: everything asked is answered, and the time away is known."""
    matcher = FakeMatcher()

    def kill() -> None:
        matcher.away = True

    async def check() -> None:
        matcher.away = False

    tally = await kill_under_load(matcher, QUESTIONS, kill, check, check_every_s=0.03, settled_s=0.05)
    assert tally.asked == tally.answered > 0
    assert tally.not_ready > 0
    assert (tally.lost, tally.wrong, tally.incomplete) == (0, 0, 0)
    shown = tally.to_json(batch=4)
    assert shown["searches"] == 4 * tally.asked
    assert isinstance(shown["full_service_after_s"], float)


async def test_a_matcher_that_never_comes_back_is_told() -> None:
    """Its searches are lost after the patience, and there is no time to full service."""
    matcher = FakeMatcher()

    def kill() -> None:
        matcher.away = True

    async def check() -> None:
        pass

    tally = await kill_under_load(
        matcher, QUESTIONS, kill, check, check_every_s=1, settled_s=0.02, patience_s=0.05
    )
    assert tally.lost > 0
    assert tally.to_json(batch=4)["full_service_after_s"] is None


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        ({"shift": 1}, "wrong"),
        ({"version": GalleryVersion("v2")}, "wrong"),
        ({"missing": ("shard 2 of 2: loading",)}, "incomplete"),
    ],
)
async def test_answers_are_judged(change: dict[str, object], counted: str) -> None:
    """Another person and another version are wrong; an answer that says what is missing is counted apart."""
    matcher = FakeMatcher()
    for name, value in change.items():
        setattr(matcher, name, value)
    load = SearchLoad(matcher, QUESTIONS)
    stream = asyncio.create_task(load.run(0))
    while load.tally.answered < 2:
        await asyncio.sleep(0)
    load.stop()
    await stream
    assert getattr(load.tally, counted) >= 2
    assert load.tally.wrong + load.tally.incomplete == getattr(load.tally, counted)

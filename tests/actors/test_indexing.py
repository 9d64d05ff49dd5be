"""A part that is large enough for an index: built beside everything else, and what it finds is repeated."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lfr_actors.actors import indexing, repeats
from lfr_actors.actors.matcher import MatcherShard
from lfr_actors.actors.ports import GalleryOrder
from lfr_actors.actors.repeats import Repeats
from lfr_actors.messages import Candidate, GalleryVersion, SearchResult, SubjectId, Vectors
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.hnsw import HnswSearch
from lfr_actors.watchlist.index_choice import Calibration, IndexPlan
from lfr_actors.watchlist.search import ExactSearch

PLAN = IndexPlan(links=8, building=40)
KEPT = Calibration(
    width=64, searches=9, hard=3, differing=0, tried=((64, 0),), parity_lower_bound=0.99995, beside=1
)
MISSED = Calibration(
    width=None, searches=9, hard=3, differing=2, tried=((64, 2),), parity_lower_bound=0.0, beside=1
)


def people(version: str, count: int = 60) -> Gallery:
    """So many people of 16 numbers each, at a threshold of 0.9."""
    rows = np.random.default_rng(4).normal(size=(count, 16))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    names = [f"p{number:03d}" for number in range(count)]
    return Gallery.of(
        names, rows, pack="p", version=GalleryVersion(version), thresholds=dict.fromkeys(names, 0.9)
    )


def order(generation: int) -> GalleryOrder:
    """The order to answer from `people`."""
    version = f"version-{generation}"
    return GalleryOrder(
        version=GalleryVersion(version), generation=generation, load=lambda *part: people(version).part(*part)
    )


class Wrong(ExactSearch):
    """An index that finds nobody."""

    def search(self, templates: Vectors, k: int) -> list[SearchResult]:
        """See `Searcher.search`."""
        return [
            SearchResult(candidates=(), gallery_version=self.gallery_version, gallery_subjects=60)
            for _ in templates
        ]


class Builds:
    """Stands in for the building of an index: it waits for `go`, and ends with what it is told to."""

    def __init__(self) -> None:
        self.go, self.begun = threading.Event(), threading.Event()
        self.made: Any = (Wrong, KEPT)
        self.given_up = 0

    def __call__(self, part: Any, plan: IndexPlan, threads: int) -> Any:
        self.begun.set()
        while not self.go.wait(0.001):
            if part.stopped.is_set():
                self.given_up += 1
                return None
        if isinstance(self.made, Exception):
            raise self.made
        search, calibration = self.made
        return search(part.gallery) if calibration.width else None, str(calibration)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> Iterator[Builds]:
    """Every part gets an index, made by these."""
    made = Builds()
    monkeypatch.setattr(indexing, "plan_for", lambda *_: PLAN)
    monkeypatch.setattr(indexing, "_built", made)
    yield made
    made.go.set()


async def hold(shard: MatcherShard, generation: int) -> None:
    """Have the shard answer from a list."""
    await shard.prepare(order(generation))
    await shard.flip(generation)


async def index_is(shard: MatcherShard, state: str) -> str:
    """Wait until the shard searches so; how the index was set, in words."""
    while (await shard.state()).index != state:
        await asyncio.sleep(0.001)
    return (await shard.state()).calibration


async def test_a_small_part_is_searched_exactly() -> None:
    """No index is built of a few, and that is said."""
    shard = MatcherShard()
    await hold(shard, 1)
    state = await shard.state()
    assert (state.index, state.calibration.split(":")[0]) == ("exact", "exact")
    assert state.memory_bytes >= 60 * 16 * 4


async def test_it_answers_before_the_index_is_there(builds: Builds) -> None:
    """Exactly while it is built; by the index from then on, of the same version."""
    shard = MatcherShard()
    await hold(shard, 1)
    query = people("x").templates[:1]
    assert await index_is(shard, "building") == ""
    (exact,) = (await shard.search(query)).results()
    builds.go.set()
    assert "parity at least 0.99995" in await index_is(shard, "hnsw")
    (by_index,) = (await shard.search(query)).results()
    assert (exact.candidates[0].subject_id, by_index.candidates) == ("p000", ())
    assert exact.gallery_version == by_index.gallery_version == "version-1"


async def test_a_real_index_answers_as_the_exact_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Built and tried on its own list, it finds everybody with the score that the exact search gives."""
    monkeypatch.setattr(indexing, "plan_for", lambda *_: PLAN)
    shard = MatcherShard()
    await hold(shard, 1)
    queries = people("x").templates
    before = (await shard.search(queries)).results()
    while (await shard.state()).calibration == "":
        await asyncio.sleep(0.01)
    after = (await shard.search(queries)).results()
    assert [result.candidates[0] for result in after] == [result.candidates[0] for result in before]


@pytest.mark.parametrize(("graph_ms", "state"), [(1.0, "hnsw"), (3.0, "exact")])
async def test_the_quicker_of_the_two_is_taken(
    monkeypatch: pytest.MonkeyPatch, graph_ms: float, state: str
) -> None:
    """A graph that keeps to the target is used where it is quicker on this list, and both times are told."""
    monkeypatch.setattr(indexing, "plan_for", lambda *_: PLAN)
    times = {ExactSearch: 2.0, HnswSearch: graph_ms}
    monkeypatch.setattr(indexing, "_batch_ms", lambda searcher, _: times[type(searcher)])
    shard = MatcherShard()
    await hold(shard, 1)
    assert f"{graph_ms} ms for 8 searches by the graph, 2.0 ms exactly" in await index_is(shard, state)


@pytest.mark.parametrize(
    ("made", "words"), [((ExactSearch, MISSED), "2 of 9"), (RuntimeError("no memory"), "no memory")]
)
async def test_without_a_good_index_it_goes_on_exactly(builds: Builds, made: Any, words: str) -> None:
    """One that misses somebody in its trial, or cannot be built, is not used, and that is said."""
    builds.made = made
    builds.go.set()
    shard = MatcherShard()
    await hold(shard, 1)
    assert words in await index_is(shard, "exact")
    assert (await shard.search(people("x").templates[:1])).results()[0].candidates[0].reached


async def test_the_building_ends_with_the_list(builds: Builds) -> None:
    """A later list, and the end of all, give up what is being built of the one before, which is zeros."""
    shard = MatcherShard()
    await hold(shard, 1)
    while not builds.begun.is_set():
        await asyncio.sleep(0.001)
    first = shard._active
    await hold(shard, 2)
    assert builds.given_up == 1
    await shard.forget(2)
    assert first is not None
    assert not first.gallery.templates.any()
    assert (await shard.state()).index == "exact"


async def test_searches_of_the_index_are_repeated(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    """One in so many is done again exactly, and an index that misses somebody is told of, without who it is."""
    builds.go.set()
    shard = MatcherShard()
    shard._repeats = Repeats(every=4)
    await hold(shard, 1)
    await index_is(shard, "hnsw")
    for _ in range(8):
        await shard.search(people("x").templates[3:4])
        await shard._repeats.finished()
    state = await shard.state()
    assert (state.searches, state.repeated, state.disagreed) == (8, 2, 2)
    disagreement = state.disagreements[0]
    assert disagreement.exact_score == pytest.approx(1.0)
    assert (disagreement.index_score, disagreement.gallery_version) == (None, "version-1")
    assert "p003" not in repr(state)


async def test_exact_searches_are_not_repeated() -> None:
    """There is nothing to find out."""
    shard = MatcherShard()
    shard._repeats = Repeats(every=1)
    await hold(shard, 1)
    await shard.search(people("x").templates[:5])
    assert (await shard.state()).repeated == 0


class Part:
    """A part whose exact search waits for `go` and writes down the query as it is then."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.queries: list[Vectors] = []
        self.searched: list[Vectors] = []
        self.exact = self

    def search(self, query: Vectors, k: int) -> list[SearchResult]:
        """See `Searcher.search`."""
        self.queries.append(query)
        assert self.go.wait(5)
        self.searched.append(query.copy())
        return [found(0.95)]

    def used(self) -> Any:
        """See `LoadedPart.used`."""
        return threading.Lock()


def found(score: float) -> SearchResult:
    """An answer that recognises somebody, or nobody for a score below 0.9."""
    candidate = Candidate(subject_id=SubjectId("p"), score=score, threshold=0.9)
    return SearchResult(
        candidates=(candidate,), gallery_version=GalleryVersion("version-1"), gallery_subjects=1
    )


async def test_a_repeat_overwrites_its_query() -> None:
    """The copy is zeros when it was searched for; one at a time, so that what comes meanwhile is not repeated."""
    part: Any = Part()
    made, query = Repeats(every=1), np.ones((1, 3), np.float32)
    for _ in range(3):
        made.consider(part, query, [found(0.95)])
    part.go.set()
    await made.finished()
    assert (made.repeated, made.disagreed, len(part.queries)) == (1, 0, 1)
    assert part.searched[0].all()
    assert not part.queries[0].any()
    assert query.all()


async def test_a_repeat_that_takes_too_long_is_worth_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its query is overwritten under it, and what it found does not count."""
    monkeypatch.setattr(repeats, "COPY_LIFETIME_S", 0.005)
    part: Any = Part()
    made = Repeats(every=1)
    made.consider(part, np.ones((1, 3), np.float32), [found(0.1)])
    while not part.queries or part.queries[0].any():
        await asyncio.sleep(0.001)
    part.go.set()
    await made.finished()
    assert (made.repeated, made.disagreed) == (0, 0)
    assert not part.searched[0].any()

"""Search through a graph states of whomever it finds exactly what the exact search does."""

from __future__ import annotations

import gc
from collections.abc import Sequence

import numpy as np
import pytest

from lfr_actors.errors import NotReady
from lfr_actors.messages import SearchResult, Vectors
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.hnsw import HnswSearch
from lfr_actors.watchlist.index_choice import IndexPlan
from lfr_actors.watchlist.search import ExactSearch, Searcher

PLAN = IndexPlan(links=8, building=60)


def some(count: int, seed: int, dim: int = 12) -> Vectors:
    """Random rows of length 1."""
    rows = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def gallery(people: int = 300, each: int = 3, threshold: float = 0.9) -> Gallery:
    """People with several templates."""
    rows = np.repeat(some(people, 1), each, axis=0) + 0.2 * some(people * each, 2)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = [f"s{i // each:04}" for i in range(people * each)]
    return Gallery.of(ids, rows, pack="p", thresholds=dict.fromkeys(ids, threshold), blue={"s0007"})


def built(of: Gallery, plan: IndexPlan = PLAN) -> HnswSearch:
    """The graph of a gallery."""
    search = HnswSearch.build(of, plan)
    assert search is not None
    return search


def first(results: Sequence[SearchResult]) -> list[str]:
    """Who is first in each result."""
    return [result.candidates[0].subject_id for result in results]


def test_scores_are_the_exact_ones() -> None:
    """Whoever both return has the same score, threshold and mark, to the bit, in the same order."""
    of = gallery()
    queries = some(40, 3)
    search: Searcher = built(of)
    for exact, found in zip(ExactSearch(of).search(queries, 300), search.search(queries, 5), strict=True):
        known = {each.subject_id: each for each in exact.candidates}
        assert [known[each.subject_id] for each in found.candidates] == list(found.candidates)
        order = [each.subject_id for each in exact.candidates]
        places = [order.index(each.subject_id) for each in found.candidates]
        assert places == sorted(places)
        assert (found.gallery_version, found.gallery_subjects) == (of.version, 300)


def test_a_wide_search_answers_as_the_exact_one() -> None:
    """Looking at everything, the graph misses nobody: candidates are equal."""
    of = gallery()
    queries = np.concatenate([some(20, 3), of.templates[::50]])
    search = built(of)
    search.set_width(900)
    assert search.search(queries, 5) == ExactSearch(of).search(queries, 5)


def test_those_held_out_are_found_all_the_same() -> None:
    """Subjects who are not in the graph are searched beside it, and left out when the graph alone is asked."""
    of = gallery()
    search = built(of, IndexPlan(links=8, building=60, held_out=9))
    assert len(search.held_out) == 9
    names = [of.subject_ids[place] for place in search.held_out]
    own = of.templates[[int(np.flatnonzero(of.subject_index == place)[0]) for place in search.held_out]]
    assert first(search.search(own, 1)) == names
    assert not set(names) & {found[0].subject_id for found in search.search_graph(own, 1)}


def test_subjects_beside_the_graph_are_never_missed() -> None:
    """A lenient threshold far down the list: the graph would not come by, so the subject is searched beside it."""
    rows = np.abs(some(2000, 4))
    query = rows[0]
    ids = [f"s{i:04}" for i in range(2000)]
    last = int(np.argmin(rows @ query))
    of = Gallery.of(ids, rows, pack="p", thresholds={**dict.fromkeys(ids, 1.01), ids[last]: 0.0})
    search = built(of)
    search.complete(np.array([], np.intp))
    assert first(search.search(query[None], 1)) == [ids[0]]
    search.complete(np.array([last]))
    assert first(search.search(query[None], 1)) == [ids[last]]


def test_many_templates_of_one_subject_do_not_crowd_out_the_others() -> None:
    """A subject whose templates fill every place that is fetched is one candidate, and the others follow."""
    alike = some(1, 5) + 0.01 * some(400, 6)
    alike /= np.linalg.norm(alike, axis=1, keepdims=True)
    ids = ["many"] * 400 + [f"s{i:03}" for i in range(300)]
    of = Gallery.of(ids, np.concatenate([alike, some(300, 7)]), pack="p")
    queries = some(1, 5)
    assert built(of).search(queries, 5) == ExactSearch(of).search(queries, 5)


def test_more_subjects_than_are_fetched() -> None:
    """A `k` above what there is, or above what is fetched, is answered in full."""
    of = gallery(100, 1)
    queries = some(2, 8)
    assert built(of).search(queries, 500) == ExactSearch(of).search(queries, 500)


def test_a_graph_that_falls_apart_is_no_reason_to_miss_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """When hnswlib finds fewer than asked for, it raises; the search is then made exactly."""
    of = gallery(100, 1)
    search = built(of)

    class FallenApart:
        def knn_query(self, *_: object, **__: object) -> None:
            raise RuntimeError("Cannot return the results in a contiguous 2D array")

    monkeypatch.setattr(search, "_index", FallenApart())
    queries = some(3, 9)
    assert search.search(queries, 3) == ExactSearch(of).search(queries, 3)
    held_out = {of.subject_ids[place] for place in search.held_out}
    found = search.search_graph(queries, 100)
    assert [{each.subject_id for each in one} for one in found] == [set(of.subject_ids) - held_out] * 3


def test_many_templates_that_are_all_the_same() -> None:
    """More ties than are fetched: as many subjects as asked for, each once, with the score they all have."""
    rows = np.repeat(some(2, 9), 300, axis=0)
    of = Gallery.of([f"s{i:03}" for i in range(600)], rows, pack="p")
    (found,) = built(of).search(rows[:1], 3)
    assert len({each.subject_id for each in found.candidates}) == 3
    assert {each.score for each in found.candidates} == {1.0}


def test_building_can_be_given_up() -> None:
    """Asked between blocks, it stops and there is no graph; progress is told in parts of the whole."""
    of = gallery(5000, 1)
    told: list[float] = []
    assert HnswSearch.build(of, PLAN, should_stop=lambda: bool(told), progress=told.append) is None
    assert 0 < told[0] < 1
    assert len(told) == 1


def test_forgetting_leaves_nothing_to_search() -> None:
    """The gallery is zeros, the graph is gone, and a search says so; twice is once."""
    of = gallery(100, 1)
    search = built(of)
    assert search.memory_bytes > of.templates.nbytes * 0.9
    search.forget()
    search.forget()
    gc.collect()
    assert not of.templates.any()
    assert search.memory_bytes == 0
    with pytest.raises(NotReady, match="forgotten"):
        search.search(some(1, 1), 1)


def test_wrong_questions_and_lists_are_refused() -> None:
    """As the exact search does; and a list of one person needs no graph."""
    search = built(gallery(100, 1)).search
    assert search(some(0, 1), 3) == []
    with pytest.raises(ValueError, match=r"must be \(n, 12\)"):
        search(np.ones((1, 3), np.float32), 1)
    with pytest.raises(ValueError, match="k must be at least 1"):
        search(some(1, 1), 0)
    with pytest.raises(ValueError, match="not finite"):
        search(np.full((1, 12), np.inf, np.float32), 1)
    with pytest.raises(ValueError, match="two subjects"):
        HnswSearch.build(Gallery.of(["a", "a"], some(2, 1), pack="p"), PLAN)

"""Exact search agrees with a naive loop to the bit, and its ties, order and edges are fixed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfr_actors.errors import NotReady
from lfr_actors.messages import Candidate, SubjectId, Vectors
from lfr_actors.watchlist.gallery import NEVER, Gallery
from lfr_actors.watchlist.search import ExactSearch, Searcher

AXES = np.eye(4, dtype=np.float32)


def naive(gallery: Gallery, template: Vectors, k: int) -> list[Candidate]:
    """The definition, written as a loop."""
    best: dict[int, float] = {}
    for place, row in zip(gallery.subject_index.tolist(), gallery.templates, strict=True):
        exact = math.fsum(float(a) * float(b) for a, b in zip(row, template, strict=True))
        score = float(np.float32(min(1.0, max(-1.0, exact))))
        best[place] = max(best.get(place, -2.0), score)
    candidates = [
        Candidate(
            subject_id=gallery.subject_ids[place],
            score=score,
            threshold=float(gallery.thresholds[place]),
            is_blue=bool(gallery.blue[place]),
        )
        for place, score in best.items()
    ]

    def rank(each: Candidate) -> tuple[bool, bool, float, str]:
        return not each.reached, each.reached and each.is_blue, -each.score, each.subject_id

    return sorted(candidates, key=rank)[:k]


@settings(deadline=None)
@given(
    subjects=st.lists(st.integers(0, 8), max_size=30),
    axes=st.lists(st.integers(0, 3), min_size=30, max_size=30),
    thresholds=st.lists(st.sampled_from([-1.0, 0.0, 1.0, 2.0]), min_size=9, max_size=9),
    queries=st.lists(st.integers(0, 3), max_size=4),
    k=st.integers(1, 12),
)
def test_agrees_with_a_loop_also_in_ties(
    subjects: list[int], axes: list[int], thresholds: list[float], queries: list[int], k: int
) -> None:
    """Templates on a few axes tie all the time; candidates are still those of the plain definition."""
    ids = [f"s{i}" for i in subjects]
    own = {f"s{i}": threshold for i, threshold in enumerate(thresholds)}
    gallery = Gallery.of(ids, AXES[axes[: len(ids)]], pack="p", thresholds=own, blue={"s1"})
    results = ExactSearch(gallery).search(AXES[queries], k)
    assert [list(result.candidates) for result in results] == [naive(gallery, AXES[q], k) for q in queries]


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(1, 150),
    people=st.integers(1, 60),
    m=st.integers(1, 6),
    k=st.integers(1, 50),
    spread=st.sampled_from([1e-7, 1e-3, 1.0]),
    seed=st.integers(0, 1000),
)
def test_agrees_with_a_loop_on_any_templates(
    n: int, people: int, m: int, k: int, spread: float, seed: int
) -> None:
    """Scores are those of the loop to the bit, also among templates that float32 cannot tell apart."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=16) + spread * rng.normal(size=(n + m, 16))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    ids = [f"s{i:02}" for i in rng.integers(0, people, n)]
    own = {each: float(rng.choice([0.1, 0.5, 1 - 1e-7, 1.0])) for each in sorted(set(ids))}
    gallery = Gallery.of(ids, rows[:n], pack="p", thresholds=own)
    results = ExactSearch(gallery).search(rows[n:], k)
    assert [list(each.candidates) for each in results] == [naive(gallery, row, k) for row in rows[n:]]


def test_a_score_does_not_depend_on_the_company() -> None:
    """Alone, in a batch, in a longer list: the same numbers, to the bit."""
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(700, 128)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = [f"s{i:03}" for i in range(600)]
    search = ExactSearch(Gallery.of(ids, rows[:600], pack="p"))
    short = ExactSearch(Gallery.of(ids[:100], rows[:100], pack="p"))
    together = search.search(rows[600:], 600)
    alone = [search.search(row[None], 600)[0] for row in rows[600:]]
    assert together == alone
    scores = [{each.subject_id: each.score for each in result.candidates} for result in together]
    for known, result in zip(scores, short.search(rows[600:], 100), strict=True):
        assert all(known[each.subject_id] == each.score for each in result.candidates)


def test_the_blue_list_never_crowds_out_a_subject() -> None:
    """Somebody who reached the own threshold goes before volunteers who reached theirs with higher scores."""
    templates = AXES[[0] * 7].copy()
    templates[6] = np.float32(0.6) * AXES[0] + np.float32(0.8) * AXES[1]
    ids = [f"blue{place}" for place in range(6)] + ["wanted"]
    gallery = Gallery.of(ids, templates, pack="p", thresholds=dict.fromkeys(ids, 0.5), blue=set(ids[:6]))
    (result,) = ExactSearch(gallery).search(AXES[:1], 3)
    assert [each.subject_id for each in result.candidates] == ["wanted", "blue0", "blue1"]


def test_who_reached_the_own_threshold_goes_first() -> None:
    """A lenient threshold far down the list is found before a stricter one that was missed by little."""
    rng = np.random.default_rng(6)
    rows = np.abs(rng.normal(size=(1000, 8))).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    query = rows[0]
    ids = [f"s{i:03}" for i in range(1000)]
    last = ids[int(np.argmin(rows @ query))]
    gallery = Gallery.of(ids, rows, pack="p", thresholds={**dict.fromkeys(ids, 1.01), last: 0.0})
    (result,) = ExactSearch(gallery).search(query[None], 3)
    assert [each.subject_id for each in result.candidates[:2]] == [last, ids[0]]
    assert [each.reached for each in result.candidates] == [True, False, False]


def test_everybody_may_reach_the_threshold() -> None:
    """With a threshold that anybody reaches, the best are still the best."""
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(900, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = [f"s{i:03}" for i in range(300)] * 3
    gallery = Gallery.of(ids, rows, pack="p", thresholds=dict.fromkeys(ids, -1.0))
    (result,) = ExactSearch(gallery).search(rows[:1], 5)
    assert list(result.candidates) == naive(gallery, rows[0], 5)


def test_many_searches_at_once_are_several_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many templates are asked about, the answers are those of each alone."""
    rng = np.random.default_rng(8)
    rows = rng.normal(size=(50, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    search = ExactSearch(Gallery.of([f"s{i}" for i in range(50)], rows, pack="p"))
    together = search.search(rows, 3)
    monkeypatch.setattr("lfr_actors.watchlist.search._SCORES_BYTES", 700)
    assert search.search(rows, 3) == together


def test_states_its_memory() -> None:
    """What it takes is at least its templates, and not twice that."""
    gallery = Gallery.of([f"s{i}" for i in range(100)], np.eye(100, dtype=np.float32), pack="p")
    assert 40_000 <= ExactSearch(gallery).memory_bytes < 50_000


def test_says_which_list_answered() -> None:
    """A result carries the version and the number of people of the list."""
    gallery = Gallery.of(["a", "a", "b"], AXES[:3], pack="p")
    (result,) = ExactSearch(gallery).search(AXES[:1], 1)
    assert (result.gallery_version, result.gallery_subjects) == (gallery.version, 2)
    assert result.candidates == (Candidate(subject_id=SubjectId("a"), score=1.0, threshold=NEVER),)


def test_an_empty_list_answers_nobody() -> None:
    """Without subjects there are no candidates, and still one result for each template."""
    gallery = Gallery.of([], AXES[:0], pack="p")
    results = ExactSearch(gallery).search(AXES[:2], 3)
    assert [(result.candidates, result.gallery_subjects) for result in results] == [((), 0)] * 2


def test_an_empty_batch_has_no_results() -> None:
    """Nothing asked, nothing answered."""
    assert ExactSearch(Gallery.of(["a"], AXES[:1], pack="p")).search(AXES[:0], 3) == []


def test_wrong_templates_and_k_are_refused() -> None:
    """Another dimension, one bare vector, a k below 1 and a template that is not finite are errors."""
    search = ExactSearch(Gallery.of(["a", "b"], AXES[:2], pack="p")).search
    with pytest.raises(ValueError, match=r"must be \(n, 4\)"):
        search(np.ones((1, 3), np.float32), 1)
    with pytest.raises(ValueError, match=r"must be \(n, 4\)"):
        search(AXES[0], 1)
    with pytest.raises(ValueError, match="k must be at least 1"):
        search(AXES[:1], 0)
    with pytest.raises(ValueError, match="not finite"):
        search(np.full((1, 4), np.nan, np.float32), 1)


def test_forgetting_overwrites_the_list() -> None:
    """What was searched is zeros: nobody is searched any more."""
    gallery = Gallery.of(["a", "b"], AXES[:2], pack="p")
    search: Searcher = ExactSearch(gallery)
    search.forget()
    search.forget()
    assert not gallery.templates.any()
    with pytest.raises(NotReady, match="forgotten"):
        search.search(AXES[:1], 1)

"""Exact search agrees with a naive loop, and its ties, order and edges are fixed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfr_actors.messages import Candidate, SubjectId, Vectors
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.search import ExactSearch, Searcher

AXES = np.eye(4, dtype=np.float32)


def naive(subject_ids: list[str], rows: Vectors, template: Vectors, k: int) -> list[tuple[str, float]]:
    """The definition, written as a loop: (subject, score), best first."""
    best: dict[str, float] = {}
    for subject_id, row in zip(subject_ids, rows, strict=True):
        best[subject_id] = max(best.get(subject_id, -2.0), float(np.dot(row, template)))
    return sorted(best.items(), key=lambda item: (-item[1], item[0]))[:k]


@settings(deadline=None)
@given(
    subjects=st.lists(st.integers(0, 8), max_size=30),
    axes=st.lists(st.integers(0, 3), min_size=30, max_size=30),
    queries=st.lists(st.integers(0, 3), max_size=4),
    k=st.integers(1, 12),
)
def test_agrees_with_a_loop_also_in_ties(
    subjects: list[int], axes: list[int], queries: list[int], k: int
) -> None:
    """Templates on a few axes tie all the time; candidates are still those of the plain definition."""
    ids = [f"s{i}" for i in subjects]
    rows = AXES[axes[: len(ids)]]
    results = ExactSearch(Gallery.of(ids, rows, pack="p")).search(AXES[queries], k)
    assert [[(c.subject_id, c.score) for c in result.candidates] for result in results] == [
        naive(ids, rows, AXES[query], k) for query in queries
    ]


@settings(deadline=None)
@given(n=st.integers(1, 40), m=st.integers(1, 6), k=st.integers(1, 50), seed=st.integers(0, 1000))
def test_agrees_with_a_loop_on_any_templates(n: int, m: int, k: int, seed: int) -> None:
    """Scores are those of the loop, subjects come once, best first, as many as asked for or there are."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n + m, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = [f"s{i}" for i in rng.integers(0, 10, n)]
    searcher: Searcher = ExactSearch(Gallery.of(ids, rows[:n], pack="p"))
    for template, result in zip(rows[n:], searcher.search(rows[n:], k), strict=True):
        expected = naive(ids, rows[:n], template, k)
        scores = [c.score for c in result.candidates]
        assert [c.subject_id for c in result.candidates] == [subject_id for subject_id, _ in expected]
        assert scores == sorted(scores, reverse=True)
        np.testing.assert_allclose(scores, [score for _, score in expected], atol=1e-5)


def test_says_which_list_answered() -> None:
    """A result carries the version and the number of people of the list."""
    gallery = Gallery.of(["a", "a", "b"], AXES[:3], pack="p")
    (result,) = ExactSearch(gallery).search(AXES[:1], 1)
    assert (result.gallery_version, result.gallery_subjects) == (gallery.version, 2)
    assert result.candidates == (Candidate(subject_id=SubjectId("a"), score=1.0),)


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
    """What was searched is zeros: whoever still held it finds nobody."""
    gallery = Gallery.of(["a", "b"], AXES[:2], pack="p")
    search: Searcher = ExactSearch(gallery)
    search.forget()
    search.forget()
    assert not gallery.templates.any()

"""Exact decisions and how others are counted against them."""

from __future__ import annotations

import numpy as np
import pytest

from lfr_actors.evaluation.matching.parity import NOBODY, compare, decide, decisions_of
from lfr_actors.evaluation.matching.reference import make_reference
from lfr_actors.evaluation.vectors import SyntheticFaces, SyntheticList
from lfr_actors.messages import Candidate, GalleryVersion, SearchResult, SubjectId
from lfr_actors.watchlist.search import ExactSearch

FACES = SyntheticFaces(people=300, pictures=2, dim=64, seed=9)


def test_the_reference_decides_as_an_exact_search_of_the_whole_list() -> None:
    """Computed in blocks, who is recognised is whom the product's exact search of the gallery recognises."""
    reference = make_reference(FACES, 400)
    listed = SyntheticList(faces=FACES, threshold=reference.threshold, version=GalleryVersion("v1"))
    found = decisions_of(ExactSearch(listed(0, 1)).search(reference.queries, 5))
    assert np.array_equal(found, reference.decisions)


def test_the_threshold_is_that_of_the_rate_asked_for() -> None:
    """Exactly so many of the strangers reach it, and none lies on it; half of the searches are mated."""
    reference = make_reference(FACES, 400, fpir=0.02)
    strangers = reference.scores[reference.mated :]
    assert (reference.mated, len(strangers)) == (200, 200)
    assert int((strangers >= reference.threshold).sum()) == 4
    assert reference.threshold not in strangers
    assert 0.5 < reference.tpir <= 1


def test_too_few_searches_for_the_rate_are_refused() -> None:
    """A rate of 1 % cannot be told from 50 strangers."""
    with pytest.raises(ValueError, match="at least 200"):
        make_reference(FACES, 100, fpir=0.01)


def test_every_kind_of_difference_is_counted_apart() -> None:
    """Missed, gained and mistaken for another; agreement is the rest."""
    exact = np.array([1, 2, 3, NOBODY, NOBODY, 4])
    found = np.array([1, NOBODY, 7, 5, NOBODY, 4])
    parity = compare(exact, found)
    assert (parity.missed, parity.gained, parity.other, parity.recognised) == (1, 1, 1, 4)
    assert parity.parity == 0.5
    low, high = parity.to_json()["interval"]  # type: ignore[misc]
    assert 0 < low < 0.5 < high < 1


def test_without_searches_there_is_no_parity() -> None:
    """No data is not a parity of 1, and decisions of different searches are not compared."""
    nothing = np.empty(0, np.int64)
    assert compare(nothing, nothing).parity is None
    assert compare(nothing, nothing).to_json()["interval"] is None
    with pytest.raises(ValueError, match="1 decisions"):
        compare(nothing, np.zeros(1, np.int64))


def test_a_decision_is_the_first_candidate_that_reached_its_threshold() -> None:
    """A score at the threshold recognises, one below does not, and no candidate is nobody."""

    def result(*candidates: Candidate) -> SearchResult:
        return SearchResult(candidates=candidates, gallery_version=GalleryVersion("v"), gallery_subjects=9)

    def candidate(person: int, score: float) -> Candidate:
        return Candidate(subject_id=SubjectId(f"synthetic-{person:09d}"), score=score, threshold=0.5)

    results = [result(candidate(3, 0.5)), result(candidate(3, 0.4999)), result()]
    assert decisions_of(results).tolist() == [3, NOBODY, NOBODY]
    scores = np.array([0.5, 0.4999], np.float32)
    assert decide(np.array([3, 3]), scores, 0.5).tolist() == [3, NOBODY]

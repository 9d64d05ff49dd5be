"""Which searches are repeated, and what counts as decided otherwise."""

from __future__ import annotations

import pytest

from lfr_actors.messages import Candidate, GalleryVersion, SearchResult, SubjectId
from lfr_actors.watchlist.repeating import REPEAT_EVERY, Disagreement, differs, row_to_repeat


def result(*candidates: tuple[str, float], version: str = "v") -> SearchResult:
    """A result whose candidates have threshold 0.5."""
    return SearchResult(
        candidates=tuple(
            Candidate(subject_id=SubjectId(who), score=score, threshold=0.5) for who, score in candidates
        ),
        gallery_version=GalleryVersion(version),
        gallery_subjects=9,
    )


def test_every_so_many_searches_one_is_repeated() -> None:
    """Whatever the batches, searches 100, 200, 300 … are; a batch with several of them repeats the first."""
    searched, repeated = 0, []
    for batch in [1] * 98 + [8, 8, 1, 200, 92, 92]:
        row = row_to_repeat(searched, batch)
        if row is not None:
            repeated.append(searched + row + 1)
        searched += batch
    assert repeated == [REPEAT_EVERY, 2 * REPEAT_EVERY, 4 * REPEAT_EVERY]
    assert [row_to_repeat(each, 1, every=1) for each in range(3)] == [0, 0, 0]
    assert row_to_repeat(0, 0, every=1) is None
    with pytest.raises(ValueError, match="at least 1"):
        row_to_repeat(0, 1, every=0)


@pytest.mark.parametrize(
    ("exact", "index"),
    [
        (result(), result()),
        (result(("a", 0.4)), result(("b", 0.3))),
        (result(("a", 0.4)), result()),
        (result(("a", 0.5), ("b", 0.5)), result(("a", 0.5))),
        (result(("a", 0.6)), result(("a", 0.6), ("c", 0.55))),
    ],
)
def test_the_same_decision_is_no_difference(exact: SearchResult, index: SearchResult) -> None:
    """Nobody either way, or the same person; what comes after the decision is nobody's business."""
    assert differs(exact, index) is None


@pytest.mark.parametrize(
    ("exact", "index", "scores"),
    [
        (result(("a", 0.5)), result(), (0.5, 0.5, None, None)),
        (result(("a", 0.5)), result(("b", 0.4)), (0.5, 0.5, None, None)),
        (result(("a", 0.7)), result(("b", 0.6)), (0.7, 0.5, 0.6, 0.5)),
        (result(("a", 0.4)), result(("b", 0.6)), (None, None, 0.6, 0.5)),
    ],
)
def test_another_decision_is_told_without_saying_whose(
    exact: SearchResult, index: SearchResult, scores: tuple[float | None, ...]
) -> None:
    """Missed, another person, or somebody for nobody: with both scores and thresholds, and no ids."""
    told = differs(exact, index)
    assert told == Disagreement(
        gallery_version=GalleryVersion("v"),
        exact_score=scores[0],
        exact_threshold=scores[1],
        index_score=scores[2],
        index_threshold=scores[3],
    )


def test_two_lists_are_not_compared() -> None:
    """Two versions of a list may well be decided otherwise: that is no defect."""
    with pytest.raises(ValueError, match="cannot be compared"):
        differs(result(("a", 0.6)), result(("a", 0.6), version="w"))

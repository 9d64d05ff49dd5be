"""Shards together answer as the list they were made of, and never from two lists at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfr_actors.messages import Vectors
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.search import ExactSearch
from lfr_actors.watchlist.sharding import ShardAnswer, behind, merge, shard_of

PARTS = 4


def some(count: int, seed: int, dim: int = 8) -> Vectors:
    """Random rows of length 1."""
    rows = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def answers(gallery: Gallery, queries: Vectors, k: int, parts: int = PARTS) -> list[ShardAnswer]:
    """What shards of this gallery answer."""
    return [
        ShardAnswer(
            part=part,
            generation=1,
            results=tuple(ExactSearch(gallery.part(part, parts)).search(queries, k)),
        )
        for part in range(parts)
    ]


@settings(deadline=None, max_examples=50)
@given(
    n=st.integers(0, 60),
    people=st.integers(1, 30),
    parts=st.integers(1, 5),
    k=st.integers(1, 8),
    seed=st.integers(0, 99),
)
def test_merged_is_unsharded(n: int, people: int, parts: int, k: int, seed: int) -> None:
    """Candidates, scores, order, version and number of people are those of one search of the whole list."""
    rng = np.random.default_rng(seed)
    ids = [f"s{i}" for i in rng.integers(0, people, n)]
    own = {each: float(rng.choice([-1.0, 0.3, 2.0])) for each in sorted(set(ids))}
    rows = np.eye(8, dtype=np.float32)[rng.integers(0, 8, n)] if seed % 2 else some(n, seed)
    gallery = Gallery.of(ids, rows, pack="p", thresholds=own)
    queries = some(3, seed + 1)
    expected = tuple(ExactSearch(gallery).search(queries, k))
    assert merge(answers(gallery, queries, k, parts), k, parts) == expected


def test_a_missing_part_is_named_with_its_reason() -> None:
    """What did not answer is in every result, numbered from 1; the others' candidates are there."""
    gallery = Gallery.of([f"s{i}" for i in range(40)], some(40, 1), pack="p")
    three = [each for each in answers(gallery, some(2, 2), 3) if each.part != 1]
    for result in merge(three, 3, PARTS, {1: "loading"}):
        assert result.missing == ("shard 2 of 4: loading",)
        assert len(result.candidates) == 3
        assert {shard_of(each.subject_id, PARTS) for each in result.candidates} <= {0, 2, 3}
        assert result.gallery_subjects == sum(shard_of(each, PARTS) != 1 for each in gallery.subject_ids)
    assert merge(three, 3, PARTS)[0].missing == ("shard 2 of 4: silent",)


def test_lists_are_not_mixed() -> None:
    """Answers of two generations or versions are refused, and who is behind can be told."""
    gallery = Gallery.of([f"s{i}" for i in range(40)], some(40, 1), pack="p")
    good = answers(gallery, some(2, 2), 3)
    later = [*good[:2], *(replace(each, generation=2) for each in good[2:])]
    assert behind(good) == ()
    assert behind(later) == (0, 1)
    with pytest.raises(ValueError, match=r"different generations are not mixed: parts \(0, 1\) are behind"):
        merge(later, 3, PARTS)
    other = replace(good[0], results=tuple(replace(each, gallery_version="x") for each in good[0].results))
    with pytest.raises(ValueError, match="different versions"):
        merge([other, *good[1:]], 3, PARTS)


def test_answers_that_cannot_be_of_one_search_are_refused() -> None:
    """No answers, one part twice, a part too many, other numbers of templates, a k below 1."""
    gallery = Gallery.of([f"s{i}" for i in range(40)], some(40, 1), pack="p")
    good = answers(gallery, some(2, 2), 3)
    for wrong, words in [
        ([], "no shard answered"),
        ([good[0], good[0]], "not of different parts"),
        ([replace(good[0], part=4)], "not of different parts"),
        ([good[0], replace(good[1], results=good[1].results[:1])], "different numbers"),
    ]:
        with pytest.raises(ValueError, match=words):
            merge(wrong, 3, PARTS)
    with pytest.raises(ValueError, match="k must be at least 1"):
        merge(good, 0, PARTS)


def test_subjects_are_spread_and_stay() -> None:
    """Shards get about as many each, and a subject's shard has nothing to do with who else is on the list."""
    spread = Counter(shard_of(f"subject-{i}", PARTS) for i in range(4000))
    assert set(spread) == set(range(PARTS))
    assert max(spread.values()) - min(spread.values()) < 200
    assert [shard_of(each, 4) for each in ("a", "b", "Wrexham-7")] == [3, 1, 0]

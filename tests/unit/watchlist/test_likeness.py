"""Who looks like whom: against brute force, at the edges, and whom it calls a lamb or a wolf."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfr_actors.messages import Vectors
from lfr_actors.watchlist import likeness as module
from lfr_actors.watchlist.likeness import FEWEST_SUBJECTS, beyond_chance, likeness
from tests.unit.watchlist.versions import unit_rows


def ids_of(pictures: list[int]) -> list[str]:
    """One id per row for subjects of so many pictures each."""
    return [f"s{at:03d}" for at, count in enumerate(pictures) for _ in range(count)]


def scores_of(ids: list[str], templates: Vectors) -> dict[tuple[str, str], float]:
    """The score of every pair, by the definition."""
    rows = {one: [at for at, other in enumerate(ids) if other == one] for one in dict.fromkeys(ids)}
    return {
        (a, b): max(float(templates[i] @ templates[j]) for i in rows[a] for j in rows[b])
        for a, b in itertools.combinations(rows, 2)
    }


@settings(max_examples=40, deadline=None)
@given(
    pictures=st.lists(st.integers(1, 4), min_size=1, max_size=12),
    seed=st.integers(0, 99),
    cells=st.integers(1, 200),
)
def test_pairs_are_those_of_the_definition(pictures: list[int], seed: int, cells: int) -> None:
    """In blocks of any size: every pair, its best score, who is nearest, and how many reach a threshold."""
    ids, templates = ids_of(pictures), unit_rows(sum(pictures), 4, seed)
    expected = scores_of(ids, templates)
    thresholds = {one: 0.3 + 0.1 * (at % 5) for at, one in enumerate(dict.fromkeys(ids))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CELLS", cells)
        found = likeness(ids, templates, thresholds, most_pairs=100)
    assert found.compared == len(expected) == len(found.pairs)
    for pair in found.pairs:
        assert pair.score == pytest.approx(min(1.0, expected[pair.first, pair.second]), abs=1e-5)
        assert pair.score == pytest.approx(
            float(templates[pair.first_row] @ templates[pair.second_row]), abs=1e-5
        )
        assert (ids[pair.first_row], ids[pair.second_row]) == (pair.first, pair.second)
        assert pair.reaches == (pair.score >= min(thresholds[pair.first], thresholds[pair.second]))
    assert [pair.score for pair in found.pairs] == sorted((one.score for one in found.pairs), reverse=True)
    assert found.reaching == sum(pair.reaches for pair in found.pairs)
    for standing in found.standings:
        own = [score for pair, score in expected.items() if standing.subject_id in pair]
        if own:
            assert standing.nearest_score == pytest.approx(min(1.0, max(own)), abs=1e-5)


def test_only_the_most_alike_are_kept() -> None:
    """`most_pairs` bounds what is kept and not what is counted."""
    ids, templates = ids_of([1] * 40), unit_rows(40, 3)
    every = likeness(ids, templates, dict.fromkeys(ids, 0.5), most_pairs=780)
    some = likeness(ids, templates, dict.fromkeys(ids, 0.5), most_pairs=5)
    assert some.pairs == every.pairs[:5]
    assert some.reaching == every.reaching > 5
    assert likeness(ids, templates, most_pairs=0).pairs == ()


def test_without_a_threshold_nobody_reaches_one() -> None:
    """The same template twice is the most alike pair, and no alert."""
    found = likeness(["a", "b"], np.ones((2, 1), np.float32))
    (pair,) = found.pairs
    assert (pair.score, pair.threshold, pair.reaches, found.reaching) == (1.0, None, False, 0)


def test_a_list_of_nobody_and_of_one_compares_nothing() -> None:
    """There is no nearest other, and no number that means one."""
    assert likeness([], np.empty((0, 3), np.float32)).standings == ()
    (alone,) = likeness(["a", "a"], unit_rows(2, 3)).standings
    assert (alone.nearest, alone.nearest_score, alone.reaching) == (None, None, 0)


def test_rows_of_a_subject_have_to_be_together() -> None:
    """Otherwise pictures of one person would be compared as two."""
    with pytest.raises(ValueError, match="together"):
        likeness(["a", "b", "a"], unit_rows(3))
    with pytest.raises(ValueError, match="do not go with"):
        likeness(["a"], unit_rows(3))


def test_somebody_in_the_middle_of_all_is_a_lamb_and_a_wolf() -> None:
    """One face near the mean of many is named; in a crowd of equals nobody is."""
    crowd = unit_rows(400, 24, 3)
    assert not any(one.is_lamb or one.is_wolf for one in likeness(ids_of([1] * 400), crowd).standings)
    lean = crowd + np.eye(24, dtype=np.float32)[0] * 0.8
    crowd = np.asarray(lean / np.linalg.norm(lean, axis=1, keepdims=True), np.float32)
    crowd[7] = np.eye(24, dtype=np.float32)[0]
    found = likeness(ids_of([1] * 400), crowd)
    animals = [one.subject_id for one in found.standings if one.is_lamb]
    assert "s007" in animals
    assert len(animals) < 40
    assert found.standings[7].is_wolf
    assert found.standings[7].close_as_entry > 3 * found.usual


def test_a_lamb_may_be_no_wolf() -> None:
    """With many different pictures somebody is easily found, but each picture is like few others."""
    others = unit_rows(200, 16, 1)
    own = unit_rows(120, 16, 2)
    found = likeness(["lamb"] * 120 + [f"s{at}" for at in range(200)], np.concatenate([own, others]))
    (lamb,) = [one for one in found.standings if one.subject_id == "lamb"]
    assert (lamb.is_lamb, lamb.is_wolf) == (True, False)


def test_a_short_list_has_no_animals() -> None:
    """Below a number of subjects there is insufficient data, and it is said."""
    close = np.zeros(FEWEST_SUBJECTS - 1)
    close[0] = FEWEST_SUBJECTS
    assert not beyond_chance(close).any()
    assert not likeness(ids_of([1] * 5), unit_rows(5)).knows_animals


def test_progress_ends_with_everybody() -> None:
    """Whoever waits sees it move, and arrive."""
    told: list[tuple[int, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CELLS", 100)
        likeness(ids_of([1] * 30), unit_rows(30), progress=lambda done, every: told.append((done, every)))
    assert len(told) > 3
    assert told[-1] == (30, 30)

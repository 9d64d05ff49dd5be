"""Searches against a list, as arrays: ranks, ties, failures to acquire, and what contradicts itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfr_actors.evaluation.searches import Searches, from_scores, search_all


def scored(
    rows: list[list[float]], listed: list[str], probes: list[str], acquired: list[bool] | None = None
) -> Searches:
    """Searches of `probes` with these scores against the templates of `listed`."""
    scores = np.array(rows, np.float32).reshape(len(probes), len(listed))
    return from_scores(listed, probes, scores, acquired)


def test_a_subject_scores_as_its_best_template() -> None:
    """Two templates of one person, apart from each other in the list, count as one candidate."""
    found = scored([[0.1, 0.5, 0.9], [0.4, 0.2, 0.3]], ["ann", "bob", "ann"], ["ann", "carl"])
    assert found.subjects == 2
    assert found.mated.tolist() == [True, False]
    assert found.mate_score == pytest.approx([0.9, np.nan], nan_ok=True)
    assert found.mate_rank.tolist() == [1, 0]
    assert found.top_subject == ("ann", "ann")
    assert found.top_score == pytest.approx([0.9, 0.4])
    assert found.other_scores == pytest.approx(np.array([[0.5, np.nan], [0.4, 0.2]]), nan_ok=True)


def test_the_mate_does_not_profit_from_a_tie() -> None:
    """Whoever scores the same stands before the mate, in rank and at the top, wherever it is on the list."""
    for listed in (["ann", "bob", "carl"], ["bob", "ann", "carl"]):
        row = {"ann": 0.5, "bob": 0.5, "carl": 0.5}
        found = scored([[row[name] for name in listed]], listed, ["ann"])
        assert found.mate_rank.tolist() == [3]
        assert found.top_subject[0] != "ann"
        assert found.top_score[0] == found.mate_score[0] == 0.5


def test_what_was_not_acquired_was_not_searched() -> None:
    """No score, no rank and no candidate, whatever stands in its row; the search is still counted."""
    found = scored([[np.nan, np.nan], [0.9, 0.2]], ["ann", "bob"], ["ann", "carl"], [False, True])
    assert len(found) == 2
    assert found.mated[0]
    assert found.mate_rank[0] == 0
    assert np.isnan([found.mate_score[0], found.top_score[0]]).all()
    assert found.top_subject == (None, "ann")


def test_an_empty_list_gives_no_candidates() -> None:
    """Nobody is mated, nothing has a score; and no searches at all are possible too."""
    empty = scored([[]], [], ["ann"])
    assert (empty.subjects, empty.mated.tolist(), empty.top_subject) == (0, [False], (None,))
    nobody = scored([], ["ann"], [])
    assert (len(nobody), nobody.subjects, nobody.people()) == (0, 1, ())


def test_parts_keep_the_list() -> None:
    """Taking people or kinds of searches changes who is searched, never the size of the list."""
    found = scored([[0.9, 0.1], [0.2, 0.3], [0.5, 0.6]], ["ann", "bob"], ["ann", "carl", "bob"])
    assert found.mated_only().person == ("ann", "bob")
    assert found.non_mated_only().person == ("carl",)
    part = found.of_people({"bob", "carl"})
    assert part.person == ("carl", "bob")
    assert part.subjects == 2
    assert part.top_subject == ("bob", "bob")
    assert found.people() == ("ann", "bob", "carl")
    with pytest.raises(ValueError, match="mask of shape"):
        found.where([True])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.integers(1, 4), st.integers(0, 9))
def test_searching_agrees_with_searching_one_by_one(
    seed: int, people: int, pictures: int, probes: int
) -> None:
    """The arrays say what a plain loop over scores finds, ties included (scores are coarse)."""
    random = np.random.default_rng(seed)
    listed = [f"p{number}" for number in random.permutation(np.repeat(np.arange(people), pictures))]
    searched = [f"p{number}" for number in random.integers(0, people + 3, probes)]
    scores = (random.integers(-4, 5, (probes, len(listed))) / 4).astype(np.float32)
    found = from_scores(listed, searched, scores)
    for row, name in enumerate(searched):
        best: dict[str, float] = {}
        for column, subject in enumerate(listed):
            best[subject] = max(best.get(subject, -9.0), float(scores[row, column]))
        assert found.top_score[row] == max(best.values())
        others = sorted((score for subject, score in best.items() if subject != name), reverse=True)
        assert found.other_scores is not None
        kept = found.other_scores[row]
        assert kept[~np.isnan(kept)].tolist() == others
        if name in best:
            assert found.mate_score[row] == best[name]
            assert found.mate_rank[row] == 1 + sum(score >= best[name] for score in others)
            assert (found.top_subject[row] == name) == (found.mate_rank[row] == 1)
        else:
            assert not found.mated[row]


def test_templates_are_searched_by_cosine_in_any_number_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searching in blocks finds what one product of matrices finds; a row without a face may hold anything."""
    random = np.random.default_rng(5)
    rows = random.standard_normal((13, 4)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    listed, probes = list("abcabc"), list("abcxyza")
    once = from_scores(listed, probes, rows[6:] @ rows[:6].T, np.arange(7) != 3)
    monkeypatch.setattr("lfr_actors.evaluation.searches._CELLS", 12)
    rows[9] = np.nan
    blocks = search_all(listed, rows[:6], probes, rows[6:], np.arange(7) != 3)
    assert blocks.mate_rank.tolist() == once.mate_rank.tolist()
    assert blocks.top_subject == once.top_subject
    assert blocks.top_score == pytest.approx(once.top_score, abs=1e-6, nan_ok=True)


def test_shapes_that_do_not_agree_are_refused() -> None:
    """Too few names, another length of template, a score that is none, a mask of another length."""
    rows = np.eye(3, dtype=np.float32)
    with pytest.raises(ValueError, match="2 people with templates"):
        search_all(["a", "b"], rows, ["a"], rows[:1])
    with pytest.raises(ValueError, match="1 probes with"):
        search_all(["a", "b", "c"], rows, ["a"], rows[:1, :2])
    with pytest.raises(ValueError, match="scores"):
        from_scores(["a"], ["a"], rows)
    with pytest.raises(ValueError, match="nan where a face was acquired"):
        scored([[np.nan]], ["a"], ["a"])
    with pytest.raises(ValueError, match="acquired has shape"):
        scored([[0.5]], ["a"], ["a"], [True, False])


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("mated", [True, True], "values for 1 searches"),
        ("top_score", [np.nan], "a top score exactly where"),
        ("mate_score", [np.nan], "a mate score exactly where"),
        ("mate_rank", [3], "a mate rank from 1 to 2"),
        ("mate_score", [0.95], "no mate score above"),
        ("subjects", 0, "against a list of 0 people"),
    ],
)
def test_searches_that_contradict_themselves_are_refused(field: str, value: object, says: str) -> None:
    """Every array agrees with the others, or the search that does not is named."""
    right: dict[str, object] = {
        "subjects": 2,
        "person": ("ann",),
        "mated": np.array([True]),
        "acquired": np.array([True]),
        "mate_rank": np.array([1], np.int32),
        "mate_score": np.array([0.9]),
        "top_score": np.array([0.9]),
        "top_subject": ("ann",),
    }
    Searches(**right)  # type: ignore[arg-type]
    right[field] = np.array(value) if isinstance(value, list) else value
    with pytest.raises(ValueError, match=says):
        Searches(**right)  # type: ignore[arg-type]

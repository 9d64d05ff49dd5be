"""Predicted false matches: counts by the definition, who is left out, and insufficient data."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfr_actors.messages import Vectors
from lfr_actors.watchlist import prediction as module
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.prediction import histogram, predict, same_name, split_by_name
from lfr_actors.watchlist.prediction_words import one_in, prediction_words
from lfr_actors.watchlist.report import prediction_document
from tests.unit.watchlist.versions import unit_rows


def gallery_of(ids: list[str], templates: Vectors, thresholds: Mapping[str, float]) -> Gallery:
    """A gallery in which each subject has a threshold."""
    return Gallery.of(ids, templates, pack="fake", thresholds=thresholds)


def at_angle(*cosines: float) -> Vectors:
    """Rows that score so with the first axis."""
    return np.array([(c, np.sqrt(1 - c * c), 0.0) for c in cosines], np.float32)


@settings(max_examples=40, deadline=None)
@given(
    subjects=st.integers(1, 8),
    each=st.integers(1, 3),
    people=st.integers(0, 12),
    seed=st.integers(0, 99),
    cells=st.integers(1, 60),
)
def test_a_false_match_is_a_search_that_reaches_any_own_threshold(
    subjects: int, each: int, people: int, seed: int, cells: int
) -> None:
    """FPIR, causes and best scores are those of the definition, in blocks of any size."""
    ids = [f"s{at}" for at in range(subjects) for _ in range(each)]
    thresholds = {one: 0.2 + 0.1 * at for at, one in enumerate(dict.fromkeys(ids))}
    gallery = gallery_of(ids, unit_rows(len(ids), 5, seed), thresholds)
    searches = unit_rows(people, 5, seed + 1) if people else np.empty((0, 5), np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CELLS", cells)
        found = predict(gallery, [f"p{at}" for at in range(people)], searches)
    hits = trials = 0
    causes = dict.fromkeys(thresholds, 0)
    for row in searches:
        scores = {
            one: max(
                float(row @ gallery.templates[at])
                for at, place in enumerate(gallery.subject_index)
                if gallery.subject_ids[place] == one
            )
            for one in thresholds
        }
        if any(scores[one] > limit + 0.4 * (1 - limit) for one, limit in thresholds.items()):
            continue
        reached = [one for one, limit in thresholds.items() if scores[one] >= limit]
        trials, hits = trials + 1, hits + bool(reached)
        for one in reached:
            causes[one] += 1
    assert (found.fpir is None) == (trials == 0)
    if found.fpir is not None:
        assert (found.fpir.hits, found.fpir.trials) == (hits, trials)
    assert {one.subject_id: one.matches for one in found.causes} == {k: v for k, v in causes.items() if v}
    assert len(found.by_score) == people - trials
    assert sum(one["searches"] for one in histogram(found)) == trials


def test_who_is_on_the_list_is_left_out_and_said() -> None:
    """A stranger who scores like the subject in person is no false match, and the rate with them is told too."""
    gallery = gallery_of(["wanted"], at_angle(1.0), {"wanted": 0.5})
    found = predict(gallery, ["twin", "near", "far"], at_angle(0.95, 0.6, 0.1), faces=200)
    assert found.fpir is not None
    assert found.fpir_with_them is not None
    assert (found.fpir.hits, found.fpir.trials) == (1, 2)
    assert (found.fpir_with_them.hits, found.fpir_with_them.trials) == (2, 3)
    assert found.expected is not None
    assert found.expected[0] == pytest.approx(100)
    words = " ".join(prediction_words(prediction_document(found)))
    assert "twin scores 0.950 with subject wanted" in words
    assert "strangers after all, the rate is 67 %" in words


def test_the_same_name_is_the_same_person() -> None:
    """Case, accents, underscores and spaces make no stranger of a subject."""
    (left_out,) = split_by_name(["José  Ángel", "Somebody"], ["JOSE_ANGEL", "other"])
    assert left_out.person == "José  Ángel"
    assert same_name("Ann-Marie_O'Neil") == same_name("ann marie oneil")
    assert split_by_name(["???"], ["!!!"]) == ()


def test_nobody_searched_is_insufficient_data() -> None:
    """Neither an empty reference nor an empty list is a rate of zero."""
    gallery = gallery_of(["a"], at_angle(1.0), {"a": 0.5})
    nobody = predict(gallery, [], np.empty((0, 3), np.float32))
    empty = predict(gallery_of([], np.empty((0, 3), np.float32), {}), ["p"], at_angle(0.1))
    for found in (nobody, empty):
        assert (found.fpir, found.expected, histogram(found)) == (None, None, [])
        assert "insufficient data" in next(iter(prediction_words(prediction_document(found))))
    assert "insufficient data" in next(iter(prediction_words(None)))


def test_no_false_match_is_an_upper_limit_and_not_nothing() -> None:
    """Of 300 people without one, up to 1 in 82 may be false: an exact interval."""
    gallery = gallery_of(["a"], at_angle(1.0), {"a": 0.5})
    found = predict(gallery, [f"p{at}" for at in range(300)], np.repeat(at_angle(0.1), 300, axis=0))
    assert found.fpir is not None
    assert (found.fpir.low, found.fpir.high) == (0.0, pytest.approx(0.01222, abs=1e-5))
    first, expected, *_ = prediction_words(prediction_document(found))
    assert "none seen, at most 1 in 82" in first
    assert "at most 122 would reach a threshold" in expected


def test_templates_of_another_pack_are_refused() -> None:
    """Rather than compared."""
    gallery = gallery_of(["a"], at_angle(1.0), {"a": 0.5})
    with pytest.raises(ValueError, match="gallery of 3"):
        predict(gallery, ["p"], unit_rows(1, 4))


def test_rates_are_said_as_people_say_them() -> None:
    """Two figures, and per cent where one in so many says little."""
    assert [one_in(rate) for rate in (0.0, 1 / 314_744, 0.003, 0.1, 0.4)] == [
        "none",
        "1 in 310,000",
        "1 in 330",
        "1 in 10",
        "40 %",
    ]

"""Rates on lists of another size: measured on sub-lists, assumed for longer ones."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.evaluation.list_size import (
    at_list_size,
    check_assumption,
    project_fpir,
    statement,
    sub_list_rates,
    threshold_for_list,
    why_no_threshold_for_list,
)
from lfr_actors.evaluation.rates import fpir, tpir
from lfr_actors.evaluation.searches import Searches, from_scores
from tests.unit.evaluation.made_searches import drawn_searches


def test_sub_lists_are_the_mean_over_all_of_them() -> None:
    """Against every sub-list of four of seven, each searched by itself; a mate stays on its list."""
    random = np.random.default_rng(3)
    listed = [f"p{number}" for number in range(7)]
    probes = ["p1", "p2", "p4", "x", "y", "z"]
    scores = random.normal(0.3, 0.3, (6, 7)).astype(np.float32)
    for row, own in enumerate((1, 2, 4)):
        scores[row, own] += 0.3
    false, found = [], []
    for kept in itertools.combinations(range(7), 4):
        part = from_scores([listed[place] for place in kept], probes[3:], scores[3:][:, kept])
        rate = fpir(part, 0.5)
        assert rate is not None
        false.append(rate.rate)
    for row, own in enumerate((1, 2, 4)):
        others = [place for place in range(7) if place != own]
        for chosen in itertools.combinations(others, 3):
            best = max(scores[row, place] for place in chosen)
            found.append(scores[row, own] > best and scores[row, own] >= 0.5)
    (measured,) = sub_list_rates(from_scores(listed, probes, scores), 0.5, [4])
    assert measured.fpir == pytest.approx(np.mean(false))
    assert measured.tpir == pytest.approx(np.mean(found))


def test_the_whole_list_is_the_rate_itself() -> None:
    """And shorter lists have less false positives and no fewer true ones."""
    searches = drawn_searches(1)
    rates = sub_list_rates(searches, 0.35, [5, 15, 30, 60])
    whole = fpir(searches, 0.35), tpir(searches, 0.35)
    assert whole[0] is not None
    assert whole[1] is not None
    assert (rates[-1].fpir, rates[-1].tpir) == pytest.approx((whole[0].rate, whole[1].rate))
    false = [one.fpir for one in rates if one.fpir is not None]
    assert false == sorted(false)
    true = [one.tpir for one in rates if one.tpir is not None]
    assert true == sorted(true, reverse=True)
    for size in (0, 61):
        with pytest.raises(ValueError, match="the list holds 60"):
            sub_list_rates(searches, 0.35, [size])


def test_what_was_not_kept_is_not_known() -> None:
    """No rates of sub-lists without the scores of others, nor where all that were kept reach the threshold."""
    long = from_scores([f"p{n}" for n in range(100)], ["x", "p1"], np.ones((2, 100), np.float32))
    (capped,) = sub_list_rates(long, 0.5, [50])
    assert capped.fpir is None
    assert check_assumption(long, 0.5) == ()
    (nobody,) = sub_list_rates(long.non_mated_only(), 0.5, [50])
    assert nobody.tpir is None
    bare = drawn_searches(1)
    fields = {name: getattr(bare, name) for name in bare.__slots__} | {"other_scores": None}
    assert sub_list_rates(Searches(**fields), 0.35, [30])[0].fpir is None
    assert "were not kept" in str(why_no_threshold_for_list(Searches(**fields), 0.05, 30))
    assert threshold_for_list(Searches(**fields), 0.05, 30) is None


@given(st.floats(0, 0.9), st.integers(1, 5_000), st.integers(1, 5_000), st.integers(1, 5_000))
def test_the_formula_is_consistent(rate: float, one: int, two: int, three: int) -> None:
    """By way of a third size it says the same; the same size changes nothing; longer lists match more."""
    direct = at_list_size(rate, one, three)
    if at_list_size(rate, one, two) < 0.999999:
        assert at_list_size(at_list_size(rate, one, two), two, three) == pytest.approx(direct, rel=1e-6)
    assert at_list_size(rate, one, one) == pytest.approx(rate)
    assert (direct - rate) * (three - one) >= -1e-12


def test_the_formula_by_hand() -> None:
    """1 % on 100 people are 1 - 0.99^10 on 1,000; a small rate grows in proportion."""
    assert at_list_size(0.01, 100, 1_000) == pytest.approx(1 - 0.99**10)
    assert at_list_size(1e-6, 1_000, 10_000) == pytest.approx(1e-5, rel=1e-4)
    assert at_list_size(1.0, 5, 1) == 1.0
    for wrong in ((1.1, 1, 1), (0.5, 0, 1), (0.5, 1, 0)):
        with pytest.raises(ValueError, match="wanted for"):
            at_list_size(*wrong)


def test_independent_candidates_follow_the_formula() -> None:
    """Where every pair of faces is an independent chance, parts of the list predict the whole of it."""
    random = np.random.default_rng(2)
    scores = random.random((4_000, 64)).astype(np.float32)
    searches = from_scores([f"p{n}" for n in range(64)], [f"x{n}" for n in range(4_000)], scores)
    checks = check_assumption(searches, 0.999)
    assert [check.subjects for check in checks] == [8, 16, 32]
    for check in checks:
        assert check.factor == pytest.approx(1.0, abs=0.05)


def test_alike_candidates_make_the_formula_say_too_much() -> None:
    """When a search that matches anybody matches many, prediction errs on the careful side, and is shown to."""
    random = np.random.default_rng(2)
    scores = np.where(random.random((2_000, 1)) < 0.02, random.random((2_000, 64)), 0).astype(np.float32)
    searches = from_scores([f"p{n}" for n in range(64)], [f"x{n}" for n in range(2_000)], scores)
    checks = check_assumption(searches, 0.8)
    assert checks[0].factor > checks[1].factor > checks[2].factor > 1.2
    rate = fpir(searches, 0.8)
    assert rate is not None
    said = statement(project_fpir(rate, 0.8, 64, 640), checks)
    assert "assumed, not measured" in said
    assert "Checked on parts of the list: from 8 people" in said
    assert "could not be checked" in statement(project_fpir(rate, 0.8, 64, 640), ())


def test_a_threshold_for_a_longer_list() -> None:
    """It is that of the equivalent FPIR on the present list, with the statement; the rate meets the target."""
    searches = drawn_searches(4, strangers=400)
    found = threshold_for_list(searches, 0.05, 120)
    same = threshold_for_list(searches, 0.05, 60)
    assert found is not None
    assert same is not None
    assert found.statement is not None
    assert found.threshold > same.threshold
    assert found.fpir == pytest.approx(1 - (1 - found.at.fpir.rate) ** 2)
    assert 0.04 < found.fpir <= 0.05
    assert found.tpir is None
    assert same.statement is None
    assert same.fpir == same.at.fpir.rate
    assert same.tpir is not None


def test_a_threshold_for_a_shorter_list() -> None:
    """Measured on its sub-lists: the mean FPIR there meets the target, and the next lower threshold's does not."""
    searches = drawn_searches(4, strangers=400)
    found = threshold_for_list(searches, 0.05, 20)
    assert found is not None
    assert found.statement is None
    assert found.fpir <= 0.05
    assert found.at.fpir.rate > 0.05
    tops = np.unique(searches.top_score[~searches.mated & (searches.top_score < found.threshold)])
    lower = float(np.nextafter(np.float32(tops[-2]), np.float32(1)))
    (below,) = sub_list_rates(searches, lower, [20])
    assert below.fpir is not None
    assert below.fpir > 0.05


def test_what_cannot_be_shown_of_a_list_is_said() -> None:
    """Longer lists ask for more searches; on short ones the threshold may lie above all that was measured."""
    searches = drawn_searches(4)
    assert "is one of 0.000603 on the measured list of 60" in str(
        why_no_threshold_for_list(searches, 0.01, 1_000)
    )
    assert threshold_for_list(searches, 0.01, 1_000) is None
    assert "above the highest score" in str(why_no_threshold_for_list(searches, 1e-6, 10))
    assert "list is empty" in str(why_no_threshold_for_list(searches, 0.01, 0))
    assert "no non-mated" in str(why_no_threshold_for_list(searches.mated_only(), 0.01, 10))

"""Intervals by person: the bootstrap, and exact limits at the effective number of searches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, norm
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from lfr_actors.evaluation.bootstrap import (
    bootstrap,
    by_person,
    cluster_interval,
    fpir_at,
    fpir_by_person,
    share_of,
    tpir_at,
    tpir_by_person,
)
from lfr_actors.evaluation.intervals import proportion_interval
from lfr_actors.evaluation.rates import fpir, recognised, tpir
from lfr_actors.evaluation.searches import from_scores
from tests.unit.evaluation.made_searches import drawn_searches, searches_of


def test_people_are_drawn_and_not_searches() -> None:
    """Two mated people, one always found and one never: every draw gives 0, 1/2 or 1, never anything between."""
    searches = searches_of([("ann", 0.9, 0.1)] * 3 + [("bob", 0.2, 0.1)] * 3, [("x", 0.1)])
    seen: set[float] = set()

    def kept(given_searches: object, weights: np.ndarray) -> np.ndarray:
        values = tpir_at(0.5)(searches, weights)
        seen.update(values.tolist())
        return values

    found = bootstrap(searches, kept, np.random.default_rng(0), 500)
    assert found is not None
    assert seen == {0.0, 0.5, 1.0}
    assert (found.estimate, found.low, found.high, found.people, found.draws) == (0.5, 0.0, 1.0, 3, 500)
    assert found.to_json()["people"] == 3


def test_mated_and_non_mated_people_are_drawn_apart() -> None:
    """As many of each kind as there are in every draw, so that no rate loses its denominator."""
    searches = searches_of([("ann", 0.9, 0.1)] * 2 + [("bob", 0.9, 0.1)] * 2, [("x", 0.1), ("y", 0.1)])

    def totals(given_searches: object, weights: np.ndarray) -> np.ndarray:
        assert (weights[:, searches.mated].sum(axis=1) == 4).all()
        assert (weights[:, ~searches.mated].sum(axis=1) == 2).all()
        assert (weights[:, 0] == weights[:, 1]).all()
        return weights.sum(axis=1)

    assert bootstrap(searches, totals, np.random.default_rng(0), 100) is not None


def test_limits_agree_with_resampling_written_out() -> None:
    """Against a plain loop which draws names and concatenates their searches."""
    searches = drawn_searches(11)
    found = bootstrap(searches, tpir_at(0.4), np.random.default_rng(1), 4000)
    assert found is not None
    random = np.random.default_rng(2)
    hits, trials = by_person(searches.person, recognised(searches, 0.4), searches.mated)
    values = []
    for _ in range(4000):
        chosen = random.integers(0, len(hits), len(hits))
        values.append(hits[chosen].sum() / trials[chosen].sum())
    assert (found.low, found.high) == pytest.approx(np.quantile(values, [0.025, 0.975]), abs=0.012)


def test_the_same_seed_gives_the_same_limits_in_blocks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn depends on the random numbers alone within a size of block, and is repeatable."""
    searches = drawn_searches(1)
    one, two, other = (
        bootstrap(searches, fpir_at(0.4), np.random.default_rng(seed), 300) for seed in (7, 7, 8)
    )
    assert one == two != other
    monkeypatch.setattr("lfr_actors.evaluation.bootstrap._CELLS", 1)
    single = bootstrap(searches, fpir_at(0.4), np.random.default_rng(7), 300)
    assert single is not None
    assert one is not None
    assert single.draws == 300
    assert single.low == pytest.approx(one.low, abs=0.02)


def test_what_is_not_defined_has_no_interval() -> None:
    """No searches, or no searches of the kind that the rate is of."""
    searches = drawn_searches(1)
    random = np.random.default_rng(0)
    assert bootstrap(searches.mated_only(), fpir_at(0.4), random) is None
    assert bootstrap(searches.where(np.zeros(len(searches), bool)), fpir_at(0.4), random) is None
    with pytest.raises(ValueError, match="but results of 1"):
        bootstrap(searches, share_of([True], [True]), random)


def korn_graubard(hits: np.ndarray, trials: np.ndarray) -> tuple[float, float]:
    """The interval from the published formulas, written a second time, with the quantiles of scipy.stats."""
    n, people = trials.sum(), len(trials)
    p = hits.sum() / n
    residual = hits - p * trials
    variance = people / (people - 1) * np.sum((residual - residual.mean()) ** 2) / n**2
    star = p * (1 - p) / variance * (norm.ppf(0.975) / student.ppf(0.975, people - 1)) ** 2
    star = min(star, n)
    x = p * star
    return beta.ppf(0.025, x, star - x + 1), beta.ppf(0.975, x + 1, star - x)


@pytest.mark.parametrize("seed", range(6))
def test_cluster_limits_agree_with_the_published_formulas(seed: int) -> None:
    """Against a second implementation; the design effect is above 1 where people differ."""
    random = np.random.default_rng(seed)
    trials = random.integers(1, 9, 60)
    hits = random.binomial(trials, random.beta(2, 1, 60))
    found = cluster_interval(hits, trials)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(korn_graubard(hits, trials), abs=1e-9)
    assert (found.hits, found.trials, found.people) == (hits.sum(), trials.sum(), 60)
    assert found.dependence == "measured"
    assert found.design_effect > 1
    independent = proportion_interval(found.hits, found.trials)
    assert independent is not None
    assert found.high - found.low > independent.high - independent.low


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_with_one_search_a_person_it_is_the_exact_interval(hits: list[bool]) -> None:
    """Then there is nothing to allow for."""
    found = cluster_interval([int(hit) for hit in hits], [1] * len(hits))
    exact = proportion_interval(sum(hits), len(hits))
    assert found is not None
    assert exact is not None
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-12)
    assert found.dependence == "none"
    assert found.to_json()["rate"] == exact.rate


@pytest.mark.parametrize("hits", [[0, 0, 0], [4, 4, 2]])
def test_where_all_searches_came_out_the_same_people_count(hits: list[int]) -> None:
    """Ten searches by three people are then worth 100 / 36 of them, and the interval says so."""
    found = cluster_interval(hits, [4, 4, 2])
    assert found is not None
    assert found.dependence == "assumed complete"
    assert found.effective == pytest.approx(100 / 36)
    assert found.high - found.low > 0.7
    low, high = proportion_confint(found.rate * 100 / 36, 100 / 36, method="beta")
    assert (found.low, found.high) == pytest.approx((low, high))


def test_one_person_is_one_trial() -> None:
    """However often somebody is searched: half of the searches of one person say next to nothing of others."""
    found = cluster_interval([50], [100])
    assert found is not None
    assert found.effective == 1
    assert found.low < 0.001
    assert found.high > 0.999


def test_who_has_no_trial_does_not_count() -> None:
    """People without trials change nothing, and without anybody there is no rate."""
    assert cluster_interval([1, 0, 2], [2, 0, 3]) == cluster_interval([1, 2], [2, 3])
    assert cluster_interval([], []) is None
    assert cluster_interval([0], [0]) is None
    for hits, trials in (([3], [2]), ([-1], [2]), ([1], [2, 3])):
        with pytest.raises(ValueError, match="hits by person"):
            cluster_interval(hits, trials)
    with pytest.raises(ValueError, match="0.95 is usual"):
        cluster_interval([1], [2], 95)


def test_counting_by_person() -> None:
    """By name; who has no trial is left out, and a hit that is no trial is no hit."""
    hits, trials = by_person("cabca", [True, False, True, True, False], [True, True, False, True, True])
    assert (hits.tolist(), trials.tolist()) == ([0, 2], [2, 2])
    hits, trials = by_person("ab", [True, False])
    assert (hits.tolist(), trials.tolist()) == ([1, 0], [1, 1])


def test_rates_by_person_are_the_rates() -> None:
    """The point estimates are those over searches; non-mated people have one search each here, and so no effect."""
    searches = drawn_searches(2)
    one, two = tpir_by_person(searches, 0.4), fpir_by_person(searches, 0.4)
    same, exact = tpir(searches, 0.4), fpir(searches, 0.4)
    assert one is not None
    assert two is not None
    assert same is not None
    assert exact is not None
    assert (one.hits, one.trials, two.hits, two.trials) == (same.hits, same.trials, exact.hits, exact.trials)
    assert (two.low, two.high) == pytest.approx((exact.low, exact.high))
    assert fpir_by_person(from_scores([], ["x"], np.empty((1, 0), np.float32)), 0.4) is None

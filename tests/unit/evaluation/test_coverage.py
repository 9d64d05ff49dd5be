"""How often intervals contain the truth: exactly where it can be summed, else by simulation."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest
from scipy.stats import binom

from lfr_actors.evaluation.bootstrap import (
    bootstrap,
    by_person,
    cluster_interval,
    share_of,
)
from lfr_actors.evaluation.comparison import compare
from lfr_actors.evaluation.intervals import proportion_interval
from lfr_actors.evaluation.operating_point import threshold_for_fpir
from lfr_actors.evaluation.searches import Searches, from_scores

FOLDER = np.repeat([1, 2, 3, 4], [397, 139, 88, 208])
"""As a folder is used: 1,771 searches by 832 people, after one picture of each went on the list."""


def covers(low: float, truth: float, high: float) -> bool:
    """Whether the truth lies in the interval."""
    return low <= truth <= high


@pytest.mark.parametrize(
    ("trials", "rate"), [(1600, 0.01), (1600, 0.05), (1843, 0.9), (1843, 0.69), (100, 0.1)]
)
def test_exact_intervals_cover_as_often_as_they_say(trials: int, rate: float) -> None:
    """Summed over every possible count: at least 95 and at most 97 times in 100, for trials and rates in use."""
    counts = np.arange(trials + 1)
    chances = binom.pmf(counts, trials, rate)
    covered = 0.0
    for hits in counts[chances > 1e-12]:
        found = proportion_interval(int(hits), trials)
        assert found is not None
        covered += float(chances[hits]) * covers(found.low, rate, found.high)
    assert 0.95 <= covered <= 0.97


def test_exact_intervals_cover_too_often_where_little_is_expected() -> None:
    """Counts are whole: with 1.6 hits expected no exact interval can cover 95 times without covering more."""
    counts = np.arange(60)
    found = [proportion_interval(int(hits), 1600) for hits in counts]
    inside = [one is not None and covers(one.low, 0.001, one.high) for one in found]
    assert 0.97 < binom.pmf(counts, 1600, 0.001)[inside].sum() < 0.98


def people(random: np.random.Generator, sizes: np.ndarray, rate: float, alike: float) -> np.ndarray:
    """Hits of each person, whose chance is drawn so that two searches of one have the correlation `alike`."""
    if alike == 0:
        return random.binomial(sizes, rate)
    weight = (1 - alike) / alike
    return random.binomial(sizes, random.beta(rate * weight, (1 - rate) * weight, len(sizes)))


def cluster_coverage(
    seed: int, sizes: np.ndarray, rate: float, alike: float, runs: int
) -> tuple[float, float, float]:
    """Share of simulated studies whose interval has the truth: by person, as if independent, and mean effect."""
    random = np.random.default_rng(seed)
    by_people, independent, effect = 0, 0, 0.0
    for _ in range(runs):
        hits = people(random, sizes, rate, alike)
        found = cluster_interval(hits, sizes)
        single = proportion_interval(int(hits.sum()), int(sizes.sum()))
        assert found is not None
        assert single is not None
        by_people += covers(found.low, rate, found.high)
        independent += covers(single.low, rate, single.high)
        effect += found.design_effect
    return by_people / runs, independent / runs, effect / runs


@pytest.mark.parametrize(("rate", "alike"), [(0.9, 0.3), (0.9, 0.0), (0.01, 0.1)])
def test_intervals_by_person_cover_where_independent_ones_do_not(rate: float, alike: float) -> None:
    """A folder of people as in use, 500 studies each: 93 to 97 of 100 (and what 500 studies may err)."""
    covered, independent, _ = cluster_coverage(1, FOLDER, rate, alike, 500)
    assert 0.93 <= covered <= 0.975
    if alike == 0.3:
        assert independent < 0.92


def drawn_folder(random: np.random.Generator, *, strangers: int, spread: float) -> Searches:
    """A small folder whose people differ in difficulty; scores normal, the mates' 0.6, the strangers' 0.3."""
    sizes = FOLDER[::4]
    who = np.repeat(np.arange(len(sizes)), sizes)
    scores = np.full((len(who) + strangers, 2), -1.0, np.float32)
    scores[: len(who), 0] = random.normal(0.6, 0.1 * np.sqrt(spread), len(sizes))[who]
    scores[: len(who), 0] += random.normal(0, 0.1 * np.sqrt(1 - spread), len(who))
    scores[len(who) :, 1] = random.normal(0.3, 0.08, strangers)
    named = [f"p{number}" for number in who] + [f"s{number}" for number in range(strangers)]
    # every person has a list of one beside somebody else; which list it is does not matter for the rates
    found = from_scores(["mate", "other"], ["mate"] * len(who) + named[len(who) :], scores)
    fields = {name: getattr(found, name) for name in found.__slots__} | {"person": tuple(named)}
    return Searches(**fields)


def threshold_coverage(seed: int, target: float, runs: int, draws: int) -> dict[str, float]:
    """Shares of simulated folders whose limits have the true threshold, FPIR in use, and TPIR at the target.

    Without draws the bootstrap is left out.
    """
    from scipy.stats import norm

    random = np.random.default_rng(seed)
    threshold = float(norm.isf(target, 0.3, 0.08))
    truth = float(norm.sf(threshold, 0.6, 0.1))
    counts = dict.fromkeys(("threshold", "threshold by person", "fpir in use", "tpir by person"), 0)
    for _ in range(runs):
        searches = drawn_folder(random, strangers=800, spread=0.4)
        found = threshold_for_fpir(searches, target, random=random if draws else None, draws=draws)
        assert found is not None
        low = found.threshold_low if found.threshold_low is not None else -1.0
        high = found.threshold_high if found.threshold_high is not None else 2.0
        in_use = float(norm.sf(found.threshold, 0.3, 0.08))
        counts["threshold"] += covers(low, threshold, high)
        counts["fpir in use"] += covers(found.fpir_in_use[0], in_use, found.fpir_in_use[2])
        if found.threshold_by_person is not None and found.tpir_by_person is not None:
            bound = found.threshold_by_person
            counts["threshold by person"] += covers(bound.low, threshold, bound.high)
            counts["tpir by person"] += covers(found.tpir_by_person.low, truth, found.tpir_by_person.high)
    return {name: count / runs for name, count in counts.items()}


def test_the_interval_of_a_threshold_covers() -> None:
    """By order statistics, 60 folders: nearly always; and so does what the FPIR of new searches may be."""
    found = threshold_coverage(3, 0.05, 60, 0)
    assert found["threshold"] >= 0.88
    assert found["fpir in use"] >= 0.88


def difference_coverage(
    seed: int, sizes: tuple[np.ndarray, np.ndarray], rates: tuple[float, float], alike: float, runs: int
) -> tuple[float, float, float]:
    """Shares of studies whose intervals have the true difference, the true ratio; and of significant ones."""
    random = np.random.default_rng(seed)
    difference, ratio, significant = 0, 0, 0
    for _ in range(runs):
        groups = [(people(random, size, rate, alike), size) for size, rate in zip(sizes, rates, strict=True)]
        found = compare(groups[0], groups[1], random=random)
        assert found is not None
        difference += covers(found.difference_low, rates[0] - rates[1], found.difference_high)
        low = 0.0 if found.ratio_low is None else found.ratio_low
        high = np.inf if found.ratio_high is None else found.ratio_high
        ratio += covers(low, rates[0] / rates[1], high)
        significant += found.p_value <= 0.05
    return difference / runs, ratio / runs, significant / runs


def test_differences_of_groups_cover_and_are_seldom_found_where_there_are_none() -> None:
    """Two groups of one folder with the same rate, 400 studies: intervals cover, 5 in 100 are significant."""
    halves = FOLDER[::2], FOLDER[1::2]
    difference, ratio, significant = difference_coverage(2, halves, (0.9, 0.9), 0.3, 400)
    assert 0.92 <= difference <= 0.98
    assert 0.92 <= ratio <= 0.98
    assert significant <= 0.075


STUDIED: dict[str, np.ndarray] = {
    "832 x 1-4": FOLDER,
    "200 x 5": np.full(200, 5),
    "188 x 3": np.full(188, 3),
    "50 x 1-9": np.arange(50) % 9 + 1,
    "20 x 10": np.full(20, 10),
    "10 x 30": np.full(10, 30),
}


def percentile_coverage(seed: int, sizes: np.ndarray, rate: float, alike: float, runs: int) -> float:
    """The same of `bootstrap`, drawn by the product itself on the searches as they are."""
    random = np.random.default_rng(seed)
    unit = np.repeat(np.arange(len(sizes)), sizes)
    covered = 0
    for _ in range(runs):
        hits = np.concatenate(
            [
                np.arange(size) < hit
                for size, hit in zip(sizes, people(random, sizes, rate, alike), strict=True)
            ]
        )
        names = [str(number) for number in unit]
        searches = from_scores(["x"], names, hits[:, None].astype(np.float32))
        assert by_person(names, hits)[1].sum() == sizes.sum()
        found = bootstrap(searches, share_of(hits, np.ones(len(hits))), random, 500)
        assert found is not None
        covered += covers(found.low, rate, found.high)
    return covered / runs


@pytest.mark.study
@pytest.mark.timeout(3_600)
def test_coverage_study(capsys: pytest.CaptureFixture[str]) -> None:
    """The table in the documentation of `bootstrap`, written out; in use, 93 to 97 of 100."""
    with capsys.disabled():
        for name, sizes in STUDIED.items():
            for rate, alike in itertools.product((0.01, 0.1, 0.5, 0.9, 0.977), (0.0, 0.1, 0.3)):
                by_people, independent, effect = cluster_coverage(7, sizes, rate, alike, 2_000)
                drawn = percentile_coverage(8, sizes, rate, alike, 300) if rate in (0.01, 0.9) else np.nan
                shares = "".join(f"{100 * share:8.1f}" for share in (independent, drawn, by_people))
                sys.stdout.write(f"{name:10}{rate:7}{alike:5}{effect:7.2f}{shares}\n")
                if sizes is FOLDER:
                    assert 0.93 <= by_people <= 0.98


@pytest.mark.study
@pytest.mark.timeout(3_600)
def test_coverage_study_of_thresholds_and_differences(capsys: pytest.CaptureFixture[str]) -> None:
    """What is said of thresholds and of differences between groups, written out."""
    groups = {"halves": (FOLDER[::2], FOLDER[1::2]), "20 and 60": (FOLDER[:600:30], FOLDER[:600:10])}
    with capsys.disabled():
        for target in (0.01, 0.05):
            sys.stdout.write(f"{target} {threshold_coverage(5, target, 400, 400)}\n")
        for (name, sizes), alike in itertools.product(groups.items(), (0.0, 0.3)):
            for rates in ((0.9, 0.9), (0.95, 0.85), (0.01, 0.01), (0.02, 0.01)):
                found = difference_coverage(6, sizes, rates, alike, 500)
                sys.stdout.write(f"{name} {rates} {alike} {found}\n")

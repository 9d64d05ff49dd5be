"""Whether two groups of people differ in a rate, by how much, and how sure that is; for several groups at once.

    hits and trials of each person ─► effective counts of each group ─┬─► difference, ratio: intervals
                                                                      └─► p-value ─► holm over all comparisons

The groups hold different people. Searches of one person are worth less than as many of different people: a group's
counts are divided by its design effect first (Rao and Scott, "A simple method for the analysis of clustered binary
data", Biometrics 48, 1992), the effective number being that of `bootstrap.cluster_interval`; with one search a
person they stay as they are. That no difference is shown does not say that there is none: see `power`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from lfr_actors.evaluation.bootstrap import ByPerson, ClusterProportion, cluster_interval

EXPECTED = 5.0
"""Below so many expected hits or misses in a group, the normal distribution does not do (Cochran's rule)."""
_PERMUTATIONS = 9_999
_CELLS = 4_000_000
"""People in permutations held at a time."""
_HALVINGS = 60

Test = Literal["score", "exact", "permutation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`first` against `second`: rates with intervals, the difference first - second, and the ratio first / second.

    `confidence` is that of all `comparisons` together; each interval here is of 1 - (1 - confidence) / comparisons
    (Bonferroni). ratio: None where the second rate is 0; ratio_high: None where there is no upper limit; both
    limits None without any hit. p_value: of this comparison alone, two-sided; `holm` adjusts those of all of them.
    `test` says how it was computed.
    """

    first: ClusterProportion
    second: ClusterProportion
    difference: float
    difference_low: float
    difference_high: float
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    p_value: float
    test: Test
    confidence: float
    comparisons: int


def compare(
    first: ByPerson,
    second: ByPerson,
    *,
    random: Generator,
    confidence: float = 0.95,
    comparisons: int = 1,
) -> Comparison | None:
    """Compare two groups, each hits and trials by person (`bootstrap.by_person`); None where one has no trials.

    Difference: Newcombe's hybrid score interval ("Interval estimation for the difference between independent
    proportions", Statistics in Medicine 17, 1998, method 10). Ratio: Koopman's score interval ("Confidence
    intervals for the ratio of two binomial proportions", Biometrics 40, 1984). p-value: the score test (Pearson's
    chi-squared without correction); where fewer than `EXPECTED` hits or misses are expected in a group, Fisher's
    exact test, twice the smaller tail, if every person has one search, and else a permutation of the people between
    the groups with all their searches, drawn with `random`.

    `comparisons` is how many of them are reported together. Raises `ValueError` for less than one.
    """
    if comparisons < 1:
        raise ValueError(f"{comparisons} comparisons; there is at least this one")
    alpha = (1 - confidence) / comparisons
    one, two = cluster_interval(*first, 1 - alpha), cluster_interval(*second, 1 - alpha)
    if one is None or two is None:
        return None
    low, high = difference_interval(one.rate, one.effective, two.rate, two.effective, 1 - alpha)
    ratio_low, ratio_high = ratio_interval(
        one.rate * one.effective, one.effective, two.rate * two.effective, two.effective, 1 - alpha
    )
    p_value, test = _p_value(first, second, one, two, random)
    return Comparison(
        first=one,
        second=two,
        difference=one.rate - two.rate,
        difference_low=low,
        difference_high=high,
        ratio=one.rate / two.rate if two.hits else None,
        ratio_low=ratio_low,
        ratio_high=ratio_high,
        p_value=p_value,
        test=test,
        confidence=confidence,
        comparisons=comparisons,
    )


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """The p-values adjusted for being several, in their order: each at most 1 and never less than before.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979):
    whichever differences are said where these are at most alpha, the chance that any of them is none is at most
    alpha, however the comparisons depend on each other. Raises `ValueError` for what is no p-value.
    """
    values = np.asarray(p_values, np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"{p_values} are not all p-values; those lie between 0 and 1")
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(1.0, stepped)
    return tuple(adjusted.tolist())


def difference_interval(
    rate_1: float, trials_1: float, rate_2: float, trials_2: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Limits of rate_1 - rate_2 by Newcombe's method 10, from Wilson's limits of each; trials need not be whole."""
    low_1, high_1 = _wilson(rate_1, trials_1, confidence)
    low_2, high_2 = _wilson(rate_2, trials_2, confidence)
    difference = rate_1 - rate_2
    low = difference - float(np.hypot(rate_1 - low_1, high_2 - rate_2))
    high = difference + float(np.hypot(high_1 - rate_1, rate_2 - low_2))
    return low, high


def _wilson(rate: float, trials: float, confidence: float) -> tuple[float, float]:
    """Wilson's score interval ("Probable inference", Journal of the American Statistical Association 22, 1927)."""
    z2 = float(ndtri((1 - confidence) / 2)) ** 2
    middle = (rate + z2 / (2 * trials)) / (1 + z2 / trials)
    half = float(np.sqrt(z2 * (rate * (1 - rate) / trials + z2 / (4 * trials**2)))) / (1 + z2 / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def ratio_interval(
    hits_1: float, trials_1: float, hits_2: float, trials_2: float, confidence: float = 0.95
) -> tuple[float | None, float | None]:
    """Limits of the ratio of the rates 1 / 2 by Koopman's method; counts need not be whole.

    Without hits in 1 the lower limit is 0, without hits in 2 there is no upper one (None), without any hit there is
    neither.
    """
    if hits_1 + hits_2 <= 0:
        return None, None
    critical = float(ndtri((1 - confidence) / 2)) ** 2

    def beyond(log_ratio: float) -> bool:
        return _ratio_score(hits_1, trials_1, hits_2, trials_2, float(np.exp(log_ratio))) > critical

    if hits_1 > 0 and hits_2 > 0:
        middle = float(np.log(hits_1 / trials_1) - np.log(hits_2 / trials_2))
    else:  # the most likely ratio is 0 or without end: any that is not beyond the limit will do to start from
        middle = -40.0 if hits_1 <= 0 else 40.0
    low = 0.0 if hits_1 <= 0 else float(np.exp(_limit(middle, -40.0, beyond)))
    high = None if hits_2 <= 0 else float(np.exp(_limit(middle, 40.0, beyond)))
    return low, high


def _limit(inside: float, outside: float, beyond: Callable[[float], bool]) -> float:
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if beyond(middle):
            outside = middle
        else:
            inside = middle
    return outside


def _ratio_score(hits_1: float, trials_1: float, hits_2: float, trials_2: float, ratio: float) -> float:
    """Squared score statistic for the rates being in `ratio`, each at its most likely value if they are."""
    square = ratio * (trials_1 + trials_2)
    linear = ratio * (trials_1 + hits_2) + hits_1 + trials_2
    root = float(np.sqrt(max(0.0, linear**2 - 4 * square * (hits_1 + hits_2))))
    rate_2 = 2 * (hits_1 + hits_2) / (linear + root)
    rate_1 = min(1.0, ratio * rate_2)
    variance = rate_1 * (1 - rate_1) / trials_1 + ratio**2 * rate_2 * (1 - rate_2) / trials_2
    difference = hits_1 / trials_1 - ratio * hits_2 / trials_2
    return difference**2 / variance if variance > 0 else float("inf") if difference else 0.0


def _p_value(
    first: ByPerson, second: ByPerson, one: ClusterProportion, two: ClusterProportion, random: Generator
) -> tuple[float, Test]:
    if one.dependence == two.dependence == "none":
        counts = np.array([one.hits]), np.array([two.hits])
        p_value, is_exact = two_sided(counts[0], one.trials, counts[1], two.trials)
        return float(p_value[0]), "exact" if is_exact[0] else "score"
    hits = np.array([one.rate * one.effective]), np.array([two.rate * two.effective])
    if _expected(hits[0] + hits[1], one.effective, two.effective)[0] >= EXPECTED:
        return float(_score_p(hits[0], one.effective, hits[1], two.effective)[0]), "score"
    return _permuted(first, second, random), "permutation"


def two_sided(
    hits_1: ArrayLike, trials_1: int, hits_2: ArrayLike, trials_2: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """p-values of independent counts, (n,), and which of them are exact ones: the test of `compare`."""
    from scipy.stats import hypergeom

    one, two = np.broadcast_arrays(np.asarray(hits_1, np.int64), np.asarray(hits_2, np.int64))
    p_values = _score_p(one, trials_1, two, trials_2)
    small = _expected(one + two, trials_1, trials_2) < EXPECTED
    if small.any():
        x, total = one[small], (one + two)[small]
        law = hypergeom(trials_1 + trials_2, total, trials_1)
        p_values[small] = np.minimum(1.0, 2 * np.minimum(law.cdf(x), law.sf(x - 1)))
    return p_values, small


def _score_p(hits_1: ArrayLike, trials_1: float, hits_2: ArrayLike, trials_2: float) -> NDArray[np.float64]:
    """Two-sided p-values of the score test; 1 where there are no hits, or no misses, at all."""
    one, two = np.asarray(hits_1, np.float64), np.asarray(hits_2, np.float64)
    rate = (one + two) / (trials_1 + trials_2)
    variance = rate * (1 - rate) * (1 / trials_1 + 1 / trials_2)
    z = np.zeros_like(rate)
    np.divide(one / trials_1 - two / trials_2, np.sqrt(np.maximum(variance, 0)), out=z, where=variance > 0)
    p_values: NDArray[np.float64] = 2 * ndtr(-np.abs(z))
    return p_values


def _expected(hits: ArrayLike, trials_1: float, trials_2: float) -> NDArray[np.float64]:
    """The least of the expected hits and misses in the groups, if they do not differ."""
    total = np.asarray(hits, np.float64)
    fewer: NDArray[np.float64] = np.minimum(total, trials_1 + trials_2 - total)
    return fewer * min(trials_1, trials_2) / (trials_1 + trials_2)


def _permuted(first: ByPerson, second: ByPerson, random: Generator) -> float:
    """How often people divided anew differ at least as much: (1 + such draws) / (1 + draws)."""
    hits = np.concatenate([first[0], second[0]]).astype(np.float64)
    trials = np.concatenate([first[1], second[1]]).astype(np.float64)
    people, size = len(hits), len(first[0])
    labels = np.zeros(people)
    labels[:size] = 1.0
    observed = _apart(labels[None], hits, trials)[0]
    extreme, done, step = 0, 0, max(1, _CELLS // people)
    while done < _PERMUTATIONS:
        count = min(step, _PERMUTATIONS - done)
        drawn = random.permuted(np.broadcast_to(labels, (count, people)), axis=1)
        # rounding must not make the division that was observed less extreme than itself
        extreme += int(np.count_nonzero(_apart(drawn, hits, trials) >= observed * (1 - 1e-9)))
        done += count
    return (1 + extreme) / (1 + _PERMUTATIONS)


def _apart(
    labels: NDArray[np.float64], hits: NDArray[np.float64], trials: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Absolute difference of the rates of those labelled 1 and those labelled 0, a row each."""
    one, tried = labels @ hits, labels @ trials
    apart: NDArray[np.float64] = np.abs(one / tried - (hits.sum() - one) / (trials.sum() - tried))
    return apart

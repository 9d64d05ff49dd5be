"""Intervals when the searches of one person are not independent: the person is the unit, not the search.

    a proportion ─► cluster_interval   exact limits at the effective number of independent searches
    anything else ─► bootstrap         people drawn anew with all their searches; percentiles of the statistic

Which, was chosen by how often 95 % intervals of simulated searches contained the truth, per cent; each person has a
chance of its own, so that two searches of one are correlated by 0.3 (`tests/unit/evaluation/test_coverage.py` makes
the table; 1,000 or more simulations, 300 of the bootstrap):

    people, searches of each    rate    as if independent    percentile bootstrap    cluster_interval
    832, 1 to 4                 1 %            91                     94                    96
    832, 1 to 4                90 %            88                     94                    96
    188, 3                      1 %            89                     87                    93
    188, 3                     90 %            88                     92                    95
    50, 1 to 9                 90 %            81                     94                    96
    20, 10                     90 %            75                     87                    96
    10, 30                     90 %            50                     81                    91
    10, 30                    97.7 %           45                     58                    89

Without correlation, `cluster_interval` covers 95 to 99 of 100. Above 97 it does where few hits, or few misses, are
expected; below 93 with about ten people who differ much, which no interval makes up for: seed more people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri, stdtrit

from lfr_actors.evaluation.rates import falsely_matched, recognised
from lfr_actors.evaluation.searches import Mask, Searches

Weights = NDArray[np.float64]
ByPerson = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Hits and trials of each of several people, (people,) each."""

_CELLS = 2_000_000
"""Weights held at a time, 16 MB of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An interval [`low`, `high`] of a statistic with this `estimate`, from `draws` resamples of `people`.

    `draws` are those in which the statistic was defined.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    draws: int
    people: int

    def to_json(self) -> dict[str, float | int]:
        """The figures under the names of the fields, for a JSON document."""
        return {name: getattr(self, name) for name in self.__slots__}


class Statistic(Protocol):
    """Something computed from searches of which each counts `weights` times."""

    def __call__(self, searches: Searches, weights: Weights) -> NDArray[np.float64]:
        """One value a row of `weights`, float64 (draws, n) of whole numbers, ones for the searches as they are.

        nan where it is not defined.
        """
        ...


def bootstrap(
    searches: Searches,
    statistic: Statistic,
    random: Generator,
    draws: int = 2000,
    confidence: float = 0.95,
) -> Interval | None:
    """The percentile interval of a statistic over resamples of people; None where it is not defined.

    Each draw takes as many people as there are, with replacement and with all their searches, from the mated and
    from the non-mated ones separately; what is drawn depends on `random` alone. (Davison and Hinkley, "Bootstrap
    Methods and their Application", 1997; Bolle, Ratha and Pankanti, "Error analysis of pattern recognition
    systems: the subsets bootstrap", Computer Vision and Image Understanding 93, 2004, for biometrics.)

    It is approximate: near rates of 0 and 1 and with few people it covers too little, and where every search had
    the same result it has no width at all. A proportion is better served by `cluster_interval`.
    """
    estimate = float(statistic(searches, np.ones((1, len(searches))))[0]) if len(searches) else np.nan
    if np.isnan(estimate):
        return None
    people, units = _units(searches)
    step = max(1, _CELLS // len(searches))
    values = np.concatenate(
        [
            statistic(searches, _drawn(people, min(step, draws - begin), random)[:, units])
            for begin in range(0, draws, step)
        ]
    )
    values = values[~np.isnan(values)]
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(
        estimate=estimate,
        low=float(low),
        high=float(high),
        confidence=confidence,
        draws=len(values),
        people=sum(people),
    )


def _units(searches: Searches) -> tuple[tuple[int, int], NDArray[np.intp]]:
    """How many people are (non-mated, mated), and the number of the person of each search in that order."""
    keys = [(bool(mated), name) for mated, name in zip(searches.mated, searches.person, strict=True)]
    place = {key: number for number, key in enumerate(sorted(set(keys)))}
    mated = sum(is_mated for is_mated, _ in place)
    return (len(place) - mated, mated), np.array([place[key] for key in keys], np.intp)


def _drawn(people: tuple[int, int], draws: int, random: Generator) -> Weights:
    """How often each person was drawn, (draws, people), each kind out of its own."""
    parts = []
    for count in people:
        taken = random.integers(0, max(1, count), (draws, count)) + count * np.arange(draws)[:, None]
        parts.append(np.bincount(taken.ravel(), minlength=draws * count).reshape(draws, count))
    return np.concatenate(parts, axis=1).astype(np.float64)


def share_of(hits: ArrayLike, trials: ArrayLike) -> Statistic:
    """Searches in `hits` over searches in `trials`, bool (n,) both, in the order of the searches."""
    top, bottom = np.asarray(hits, np.float64), np.asarray(trials, np.float64)

    def statistic(searches: Searches, weights: Weights) -> NDArray[np.float64]:
        if len(searches) != len(top):
            raise ValueError(f"{len(searches)} searches, but results of {len(top)}")
        return ratio(weights @ top, weights @ bottom)

    return statistic


def ratio(hits: NDArray[np.float64], trials: NDArray[np.float64]) -> NDArray[np.float64]:
    """`hits` / `trials`, nan without trials; (draws,)."""
    shares: NDArray[np.float64] = np.full(len(trials), np.nan)
    np.divide(hits, trials, out=shares, where=trials > 0)
    return shares


def tpir_at(threshold: float, rank: int | None = 1) -> Statistic:
    """TPIR at a threshold that is given; see `rates.tpir`."""

    def statistic(searches: Searches, weights: Weights) -> NDArray[np.float64]:
        return share_of(recognised(searches, threshold, rank), searches.mated)(searches, weights)

    return statistic


def fpir_at(threshold: float) -> Statistic:
    """FPIR at a threshold that is given; see `rates.fpir`."""

    def statistic(searches: Searches, weights: Weights) -> NDArray[np.float64]:
        return share_of(falsely_matched(searches, threshold), ~searches.mated)(searches, weights)

    return statistic


Dependence = Literal["none", "measured", "assumed complete"]
"""How alike the searches of one person were taken to be; see `cluster_interval`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterProportion:
    """A proportion of `trials` by `people`, worth `effective` independent trials, and its interval.

    `design_effect`: trials / the effective number before the few people are allowed for.
    """

    hits: int
    trials: int
    people: int
    low: float
    high: float
    confidence: float
    effective: float
    design_effect: float
    dependence: Dependence

    @property
    def rate(self) -> float:
        """The point estimate, over trials and not over people."""
        return self.hits / self.trials

    def to_json(self) -> dict[str, float | int | str]:
        """The figures under the names of the fields, for a JSON document."""
        return {"rate": self.rate} | {name: getattr(self, name) for name in self.__slots__}


def cluster_interval(
    hits_by_person: ArrayLike, trials_by_person: ArrayLike, confidence: float = 0.95
) -> ClusterProportion | None:
    """A proportion over the trials of several people, with its interval; None without trials.

    hits_by_person, trials_by_person: whole numbers (people,). Who had no trial does not count.

    Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated
    from survey data", Survey Methodology 24 (1998): the exact limits of Clopper and Pearson at n* independent
    trials with the rate that was found, where n* = p (1 - p) / v, and v is the variance of the rate between people
    (of a ratio, linearised: the bootstrap's variance, without the noise of drawing), lessened by the square of
    Student's over the normal quantile for the people, and never more than the trials.

    Where all or none were hits, v says nothing, and where there is one person, it is unknown: then the trials of a
    person count as one and the same, n* = (sum of trials)^2 / sum of trials^2, and `dependence` says so. With one
    trial a person there is nothing to allow for: the interval is that of `proportion_interval`.

    Raises `ValueError` for counts that are no proportions.
    """
    hits, trials = np.asarray(hits_by_person, np.float64), np.asarray(trials_by_person, np.float64)
    if hits.shape != trials.shape or hits.ndim != 1 or (hits < 0).any() or (hits > trials).any():
        raise ValueError("hits by person lie between 0 and the trials of the same person")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence} is not between 0 and 1; 0.95 is usual")
    hits, trials = hits[trials > 0], trials[trials > 0]
    people, total = len(trials), float(trials.sum())
    if people == 0:
        return None
    rate = float(hits.sum()) / total
    tail = (1 - confidence) / 2
    dependence: Dependence = "measured"
    if trials.max() == 1:
        dependence, worth, effective = "none", total, total
    elif people == 1 or rate in (0.0, 1.0):
        dependence, worth = "assumed complete", total**2 / float((trials**2).sum())
        effective = worth
    else:
        variance = float(((hits - rate * trials) ** 2).sum()) / total**2 * people / (people - 1)
        worth = rate * (1 - rate) / variance if variance > 0 else np.inf
        effective = min(total, worth * float(ndtri(tail) / stdtrit(people - 1, tail)) ** 2)
        worth = min(total, worth)
    low, high = _exact_limits(rate * effective, effective, tail)
    return ClusterProportion(
        hits=int(hits.sum()),
        trials=int(total),
        people=people,
        low=low,
        high=high,
        confidence=confidence,
        effective=effective,
        design_effect=total / worth,
        dependence=dependence,
    )


def _exact_limits(hits: float, trials: float, tail: float) -> tuple[float, float]:
    """Clopper and Pearson's limits, for counts that need not be whole."""
    misses = trials - hits
    low = 0.0 if hits <= 0 else float(betaincinv(hits, misses + 1, tail))
    high = 1.0 if misses <= 0 else float(betaincinv(hits + 1, misses, 1 - tail))
    return low, high


def by_person(person: Sequence[str], hits: ArrayLike, trials: ArrayLike | None = None) -> ByPerson:
    """Hits and trials of each person, by name, (people,) each, from bool (n,) of their searches.

    `trials` None: every search is one. Who has no trial is left out; a hit that is no trial is no hit.
    """
    places = {name: place for place, name in enumerate(sorted(set(person)))}
    unit = np.array([places[name] for name in person], np.intp)
    counted = np.ones(len(person), np.bool_) if trials is None else np.asarray(trials, np.bool_)
    tried = np.bincount(unit[counted], minlength=len(places))
    found = np.bincount(unit[counted & np.asarray(hits, np.bool_)], minlength=len(places))
    return found[tried > 0], tried[tried > 0]


def subject_level(
    searches: Searches, hits: Mask, trials: Mask, confidence: float = 0.95
) -> ClusterProportion | None:
    """The share of `trials` that are `hits`, bool (n,) both, with its interval by people; None without trials."""
    return cluster_interval(*by_person(searches.person, hits, trials), confidence)


def tpir_by_person(
    searches: Searches, threshold: float, rank: int | None = 1, confidence: float = 0.95
) -> ClusterProportion | None:
    """`rates.tpir` with its interval by people."""
    return subject_level(searches, recognised(searches, threshold, rank), searches.mated, confidence)


def fpir_by_person(
    searches: Searches, threshold: float, confidence: float = 0.95
) -> ClusterProportion | None:
    """`rates.fpir` with its interval by people."""
    if searches.subjects == 0:
        return None
    return subject_level(searches, falsely_matched(searches, threshold), ~searches.mated, confidence)

"""The threshold for a target FPIR, how sure it is, and what it costs in TPIR; the DET curve.

    top scores of n non-mated searches, highest first:  t1 >= t2 >= ... >= tn
    k = floor(target * n) of them may reach the threshold ─► it lies just above t(k+1)

That is the lowest threshold at which the measured FPIR is at most the target. The value is the smallest float32
above t(k+1), as scores are float32. Measured on the searches that chose it, the FPIR flatters: of new searches of
such people, the share that reaches it follows Beta(k + 1, n - k), with mean (k + 1) / (n + 1); repeats in which
one half of the people chooses and the other half measures show the same. (Wilks, "Determination of sample sizes
for setting tolerance limits", Annals of Mathematical Statistics 12, 1941.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv

from lfr_actors.evaluation.bootstrap import Interval, Statistic, Weights, bootstrap, ratio
from lfr_actors.evaluation.intervals import Proportion
from lfr_actors.evaluation.rates import fpir, recognised, tpir
from lfr_actors.evaluation.searches import Searches


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """A threshold chosen on these searches for a `target` FPIR, against a list of `subjects` people.

    fpir: as measured at the threshold on the searches that chose it.
    fpir_in_use: (low, mean, high) of the FPIR of new searches at this threshold; of independent searches.
    tpir: at the threshold, at rank 1; None without mated searches.
    threshold_low, threshold_high: exact interval of the threshold that has the target FPIR in the long run, by
        order statistics of independent searches; None where this data sets no limit on that side.
    threshold_by_person, tpir_by_person: bootstrap over people, of the threshold, and of the TPIR at a threshold
        that is chosen anew in each draw; None where no random numbers were given (or nobody is mated).
    """

    target: float
    threshold: float
    subjects: int
    fpir: Proportion
    fpir_in_use: tuple[float, float, float]
    tpir: Proportion | None
    threshold_low: float | None
    threshold_high: float | None
    confidence: float
    threshold_by_person: Interval | None = None
    tpir_by_person: Interval | None = None


def why_no_threshold(searches: Searches, target: float) -> str | None:
    """Why these searches cannot show a target FPIR, in words for people; None when they can.

    With n non-mated searches no rate below 1 / n can be measured: not even one of them may match. Raises
    `ValueError` for a target outside (0, 1).
    """
    if not 0 < target < 1:
        raise ValueError(f"a target FPIR of {target} is not between 0 and 1; 0.01 is 1 in 100")
    count = int(np.count_nonzero(~searches.mated))
    if searches.subjects == 0:
        return "the list is empty: nobody can be falsely matched to it"
    if count == 0:
        return "insufficient data: no non-mated searches (nobody was searched who is not on the list)"
    if allowed(target, count) == 0:
        return (
            f"an FPIR of {target:.3g} cannot be shown with {count} non-mated searches: "
            f"at least {needed_searches(target)} are needed"
        )
    if not searches.acquired[~searches.mated].any():
        return f"insufficient data: no face was found in any of the {count} non-mated probes"
    return None


def allowed(target: float, searches: int) -> int:
    """floor(target * searches), the target read as the decimal number it is written as (0.29 of 100 is 29)."""
    return int(Fraction(repr(float(target))) * searches)


def needed_searches(target: float) -> int:
    """The least number of non-mated searches with which an FPIR of `target` can be measured: 1 / target, up."""
    exact = 1 / Fraction(repr(float(target)))
    return -(-exact.numerator // exact.denominator)


def threshold_for_fpir(
    searches: Searches,
    target: float,
    *,
    confidence: float = 0.95,
    random: Generator | None = None,
    draws: int = 2000,
) -> OperatingPoint | None:
    """The lowest threshold at which the measured FPIR is at most `target`; see the module for the convention.

    None where this data cannot show the target; `why_no_threshold` says why. `random`: for the bootstrap over
    people, left out without it. When so few non-mated probes were acquired that every one of them may match, the
    threshold is the lowest of their scores.
    """
    if why_no_threshold(searches, target) is not None:
        return None
    tops = searches.top_score[~searches.mated]
    count = len(tops)
    hits = allowed(target, count)
    ordered = -np.sort(-tops[~np.isnan(tops)])
    threshold = float(ordered[-1]) if hits >= len(ordered) else just_above(float(ordered[hits]))
    measured = fpir(searches, threshold, confidence)
    if measured is None:
        raise ValueError("an operating point needs non-mated searches")
    low, high = _order_limits(ordered, count, target, confidence)
    tail = (1 - confidence) / 2
    limits = betaincinv(hits + 1, count - hits, np.array([tail, 1 - tail]))
    threshold_interval = tpir_interval = None
    if random is not None:
        threshold_interval = bootstrap(searches, threshold_at_fpir(target), random, draws, confidence)
        if searches.mated.any():
            tpir_interval = bootstrap(searches, tpir_at_fpir(target), random, draws, confidence)
    return OperatingPoint(
        target=target,
        threshold=threshold,
        subjects=searches.subjects,
        fpir=measured,
        fpir_in_use=(float(limits[0]), (hits + 1) / (count + 1), float(limits[1])),
        tpir=tpir(searches, threshold, confidence=confidence),
        threshold_low=low,
        threshold_high=high,
        confidence=confidence,
        threshold_by_person=threshold_interval,
        tpir_by_person=tpir_interval,
    )


def just_above(score: float) -> float:
    """The smallest float32 that is greater than `score`."""
    nearest = np.float32(score)
    return float(nearest if float(nearest) > score else np.nextafter(nearest, np.float32(np.inf)))


def threshold_at_fpir(target: float) -> Statistic:
    """The threshold that `threshold_for_fpir` chooses, of weighted searches; nan where nobody was acquired."""

    def statistic(searches: Searches, weights: Weights) -> NDArray[np.float64]:
        places = np.flatnonzero(~searches.mated & ~np.isnan(searches.top_score))
        places = places[np.argsort(-searches.top_score[places], kind="stable")]
        if not len(places):
            return np.full(len(weights), np.nan)
        counts, back = np.unique(
            weights[:, ~searches.mated].sum(axis=1).astype(np.int64), return_inverse=True
        )
        hits = np.array([allowed(target, int(count)) for count in counts])[back]
        beyond = np.cumsum(weights[:, places], axis=1) > hits[:, None]
        scores = searches.top_score[places]
        chosen = np.array([just_above(float(score)) for score in scores])[beyond.argmax(axis=1)]
        thresholds: NDArray[np.float64] = np.where(beyond[:, -1], chosen, scores[-1])
        return thresholds

    return statistic


def tpir_at_fpir(target: float, rank: int | None = 1) -> Statistic:
    """TPIR at the threshold that these very searches choose for a target FPIR."""
    choose = threshold_at_fpir(target)

    def statistic(searches: Searches, weights: Weights) -> NDArray[np.float64]:
        counted = weights[:, searches.mated].sum(axis=1)
        possible = recognised(searches, -np.inf, rank)
        reached = searches.mate_score[possible] >= choose(searches, weights)[:, None]
        found = np.einsum("bn,bn->b", weights[:, possible], reached)
        return ratio(found, counted)

    return statistic


def _order_limits(
    ordered: NDArray[np.float64], count: int, target: float, confidence: float
) -> tuple[float | None, float | None]:
    """Limits of the threshold with FPIR `target` in the long run, from top scores, highest first.

    Of `count` searches, a binomial number with chance `target` reaches that threshold. It is above the (j+1)th
    highest score with the chance that at most j do, and at or below it with the chance that more do; each limit is
    the innermost score for which that is at most half of what the confidence leaves over. (Order statistics as
    limits of a quantile: Thompson, Annals of Mathematical Statistics 7, 1936.)
    """
    tail = (1 - confidence) / 2
    at_most = bdtr(np.arange(count), count, target)
    above = np.flatnonzero(at_most <= tail)
    below = np.flatnonzero(1 - at_most <= tail)
    high = just_above(float(ordered[above[-1]])) if len(above) and above[-1] < len(ordered) else None
    low = just_above(float(ordered[below[0]])) if len(below) and below[0] < len(ordered) else None
    return low, high


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DetCurve:
    """Detection error trade-off: at each `threshold`, ascending, both error rates; float64 (m,) each.

    The first threshold lets everything through that was acquired, the last one nothing. Between two thresholds
    neither rate changes until the upper one is reached.
    """

    threshold: NDArray[np.float64] = field(repr=False)
    fpir: NDArray[np.float64] = field(repr=False)
    fnir: NDArray[np.float64] = field(repr=False)
    mated: int
    non_mated: int


def det_curve(searches: Searches, rank: int | None = 1) -> DetCurve | None:
    """Both error rates at every threshold at which one of them changes; None where one has no searches.

    Denominators as in `rates`: failures to acquire are included, so that FNIR may not reach 0, nor FPIR 1.
    """
    mated = int(np.count_nonzero(searches.mated))
    non_mated = len(searches) - mated
    if not mated or not non_mated:
        return None
    within = searches.mate_rank >= 1
    if rank is not None:
        within &= searches.mate_rank <= rank
    mates = np.sort(searches.mate_score[within])
    tops = searches.top_score[~searches.mated]
    tops = np.sort(tops[~np.isnan(tops)])
    scores = np.unique(np.concatenate([mates, tops]))
    if not len(scores):
        return None
    thresholds = np.append(scores, just_above(float(scores[-1])))
    reached = len(tops) - np.searchsorted(tops, thresholds, side="left")
    found = len(mates) - np.searchsorted(mates, thresholds, side="left")
    return DetCurve(
        threshold=thresholds,
        fpir=reached / non_mated,
        fnir=(mated - found) / mated,
        mated=mated,
        non_mated=non_mated,
    )

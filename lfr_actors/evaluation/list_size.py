"""What another size of the list does to the rates: measured on sub-lists, assumed for longer ones.

    shorter ─► measured: the mean over all sub-lists of that size, computed exactly, none is drawn
    longer  ─► assumed: every further subject is one more independent chance to be matched, as the present ones are

        FPIR(N2) = 1 - (1 - FPIR(N1))^(N2 / N1)

How well the assumption held is shown by predicting the present list from its own sub-lists. Candidates of a search
are alike, so that a few searches match several subjects: then the formula says too much, on the careful side. It
says too little when the further subjects are more like those who pass than the present ones are.

The sub-list of m of N people that meets none of the c candidates of a search has the chance C(N - c, m) / C(N, m),
which is hypergeometric; a mate stays on its list, whatever its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from lfr_actors.evaluation.intervals import Proportion
from lfr_actors.evaluation.operating_point import (
    OperatingPoint,
    just_above,
    threshold_for_fpir,
    why_no_threshold,
)
from lfr_actors.evaluation.rates import fpir, recognised
from lfr_actors.evaluation.searches import Searches

PARTS = (8, 4, 2)
"""The sub-lists on which the assumption is checked: an eighth, a quarter and a half of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSizeRates:
    """Mean rates at `threshold` over all sub-lists of `subjects` people, on the same searches.

    fpir: None without non-mated searches or where too few scores were kept. tpir: None without mated searches.
    """

    subjects: int
    threshold: float
    fpir: float | None
    tpir: float | None


def sub_list_rates(
    searches: Searches, threshold: float, sizes: Sequence[int], rank: int = 1
) -> tuple[ListSizeRates, ...]:
    """FPIR and TPIR that these searches would have had on shorter lists, for each size; the whole list included.

    No intervals: they are those of the same rates on the whole list, not narrower for being a mean over lists.
    Raises `ValueError` for a size that is not from 1 to the number of people on the list.
    """
    wrong = [size for size in sizes if not 1 <= size <= searches.subjects]
    if wrong:
        raise ValueError(f"a sub-list of {wrong[0]} people; the list holds {searches.subjects}")
    return tuple(
        ListSizeRates(
            subjects=size,
            threshold=threshold,
            fpir=_sub_fpir(searches, threshold, size),
            tpir=_sub_tpir(searches, threshold, size, rank),
        )
        for size in sizes
    )


def _sub_fpir(searches: Searches, threshold: float, size: int) -> float | None:
    strangers = ~searches.mated
    if searches.other_scores is None or not strangers.any():
        return None
    candidates = (searches.other_scores[strangers] >= threshold).sum(axis=1)
    kept = searches.other_scores.shape[1]
    if kept < searches.subjects and (candidates == kept).any():
        return None  # there were more candidates than scores that were kept
    return float(1 - _met_at_most(0, searches.subjects, candidates, size).mean())


def _sub_tpir(searches: Searches, threshold: float, size: int, rank: int) -> float | None:
    if not searches.mated.any():
        return None
    found = recognised(searches, threshold, None)
    before = searches.mate_rank[found] - 1
    within = _met_at_most(rank - 1, searches.subjects - 1, before, size - 1)
    return float(within.sum()) / int(np.count_nonzero(searches.mated))


def _met_at_most(most: int, population: int, marked: NDArray[np.integer], taken: int) -> NDArray[np.float64]:
    """The chance that `taken` of a population hold at most so many of those who are `marked`; (n,)."""
    from scipy.stats import hypergeom

    values, back = np.unique(marked, return_inverse=True)
    chances: NDArray[np.float64] = np.asarray(hypergeom.cdf(most, population, values, taken), np.float64)
    return chances[back]


def at_list_size(rate: float, measured: int, wanted: int) -> float:
    """FPIR on a list of `wanted` people from that on one of `measured`, all subjects being independent chances.

    Raises `ValueError` for what is no rate or no list.
    """
    if not 0 <= rate <= 1 or measured < 1 or wanted < 1:
        raise ValueError(f"a rate of {rate} on a list of {measured}, wanted for {wanted} people")
    if rate == 1:
        return 1.0
    return float(-np.expm1(np.log1p(-rate) * (wanted / measured)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """FPIR at a threshold on a list of `subjects`, projected from one of `measured_subjects`, with its limits.

    The limits hold the chance in the searches, of `confidence`, and not the doubt about the assumption.
    """

    threshold: float
    measured_subjects: int
    subjects: int
    rate: float
    low: float
    high: float
    confidence: float


def project_fpir(found: Proportion, threshold: float, measured_subjects: int, subjects: int) -> Projection:
    """A measured FPIR and its interval, at another size of the list, by `at_list_size`."""
    rate, low, high = (
        at_list_size(one, measured_subjects, subjects) for one in (found.rate, found.low, found.high)
    )
    return Projection(
        threshold=threshold,
        measured_subjects=measured_subjects,
        subjects=subjects,
        rate=rate,
        low=low,
        high=high,
        confidence=found.confidence,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionCheck:
    """What the assumption would have said of the whole list, knowing sub-lists of `subjects` people only.

    part: FPIR measured on those. predicted, measured: FPIR of the whole list.
    """

    subjects: int
    whole: int
    part: float
    predicted: float
    measured: float

    @property
    def factor(self) -> float:
        """Predicted over measured: above 1, the assumption said too much, which is the careful side."""
        return self.predicted / self.measured


def check_assumption(searches: Searches, threshold: float) -> tuple[AssumptionCheck, ...]:
    """The assumption tried on an eighth, a quarter and a half of the list; empty where nothing can be said.

    That is without non-mated searches, without a false positive at this threshold, or with a list of few people.
    """
    measured = fpir(searches, threshold)
    sizes = [searches.subjects // part for part in PARTS if searches.subjects // part >= 1]
    if measured is None or not measured.hits or not sizes:
        return ()
    checks = []
    for found in sub_list_rates(searches, threshold, sizes):
        if found.fpir is None:
            return ()
        checks.append(
            AssumptionCheck(
                subjects=found.subjects,
                whole=searches.subjects,
                part=found.fpir,
                predicted=at_list_size(found.fpir, found.subjects, searches.subjects),
                measured=measured.rate,
            )
        )
    return tuple(checks)


def statement(projection: Projection, checks: Sequence[AssumptionCheck]) -> str:
    """What is assumed of a list of another size than was measured, and how well it held, for people."""
    times = projection.subjects / projection.measured_subjects
    said = (
        f"Measured on a list of {projection.measured_subjects:,} people; for {projection.subjects:,} "
        f"({times:.3g} times as many) it is assumed, not measured, that every further subject is as likely as the "
        "present ones to be taken for somebody who passes, independently of them, and that those who pass are "
        "like those who were searched."
    )
    if not checks:
        return f"{said} How well that holds could not be checked on parts of the list."
    tried = "; ".join(
        f"from {check.subjects:,} people it predicted {100 * check.predicted:.3g} % for all {check.whole:,}, where "
        f"{100 * check.measured:.3g} % were measured (factor {check.factor:.2f})"
        for check in checks
    )
    return f"{said} Checked on parts of the list: {tried}."


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdForList:
    """A threshold for a `target` FPIR on a list of `subjects` people.

    at: the same threshold on the list that was searched, with the limits of it: they hold the chance in the
    searches, and not the doubt about an assumption. fpir: at the threshold on a list of `subjects`. `statement`:
    what that assumes, and how well it held; None where nothing is assumed, because the list is no longer than the
    one that was searched, and its rates are means over sub-lists of that. tpir: at rank 1; None where nobody is
    mated, and on a longer list, where it is at most that of `at`, as more subjects can stand before the mate.
    """

    target: float
    subjects: int
    at: OperatingPoint
    fpir: float
    tpir: float | None
    statement: str | None

    @property
    def threshold(self) -> float:
        """The threshold itself."""
        return self.at.threshold


def threshold_for_list(
    searches: Searches,
    target: float,
    subjects: int,
    *,
    confidence: float = 0.95,
    random: Generator | None = None,
) -> ThresholdForList | None:
    """The threshold for a `target` FPIR on a list of `subjects` people; None where this data cannot show it.

    On a list that is no longer than the one that was searched: the lowest just above a top score at which the mean
    FPIR over its sub-lists of that size is at most the target. On a longer one: the one of the FPIR on the present
    list that is equivalent by `at_list_size`. `why_no_threshold_for_list` says why there is none.
    """
    if why_no_threshold_for_list(searches, target, subjects) is not None:
        return None
    at = threshold_for_fpir(
        searches, _equivalent(searches, target, subjects), confidence=confidence, random=random
    )
    if at is None:
        return None
    rate, found, said = at.fpir.rate, at.tpir.rate if at.tpir else None, None
    if subjects > searches.subjects:
        projection = project_fpir(at.fpir, at.threshold, searches.subjects, subjects)
        rate, found = projection.rate, None
        said = statement(projection, check_assumption(searches, at.threshold))
    elif subjects < searches.subjects:
        (measured,) = sub_list_rates(searches, at.threshold, [subjects])
        rate, found = rate if measured.fpir is None else measured.fpir, measured.tpir
    return ThresholdForList(target=target, subjects=subjects, at=at, fpir=rate, tpir=found, statement=said)


def why_no_threshold_for_list(searches: Searches, target: float, subjects: int) -> str | None:
    """Why these searches cannot show a target FPIR on a list of so many people, for people; None when they can.

    Raises `ValueError` for a target outside (0, 1).
    """
    if subjects < 1:
        return "the list is empty: nobody can be falsely matched to it"
    if subjects == searches.subjects or not searches.subjects or searches.mated.all():
        return why_no_threshold(searches, target)
    if subjects < searches.subjects and searches.other_scores is None:
        return (
            "insufficient data: the scores of further candidates were not kept, so shorter lists are unknown"
        )
    equivalent = _equivalent(searches, target, subjects)
    reason = why_no_threshold(searches, equivalent)
    if reason is None:
        return None
    if subjects < searches.subjects:
        return (
            f"an FPIR of {target:g} on {subjects:,} people cannot be shown with these searches: its threshold lies "
            "above the highest score of a non-mated search"
        )
    return (
        f"an FPIR of {target:g} on {subjects:,} people is one of {equivalent:.3g} on the measured list "
        f"of {searches.subjects:,}, and {reason}"
    )


def _equivalent(searches: Searches, target: float, subjects: int) -> float:
    """The FPIR on the list that was searched at the threshold for `target` on one of `subjects` people.

    On a shorter list: that of the most searches that may reach it, and half a one, as it is cut down to whole ones.
    A threshold so low that not all candidates were kept counts as too low.
    """
    if subjects >= searches.subjects:
        return target if subjects == searches.subjects else at_list_size(target, subjects, searches.subjects)
    tops = searches.top_score[~searches.mated]
    ordered = -np.sort(-tops[~np.isnan(tops)])
    fits, beyond = 0, len(ordered)
    while beyond - fits > 1:
        middle = (fits + beyond) // 2
        found = _sub_fpir(searches, just_above(float(ordered[middle])), subjects)
        if found is not None and found <= target:
            fits = middle
        else:
            beyond = middle
    return (fits + 0.5) / len(tops)

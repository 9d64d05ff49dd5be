"""Rates of identification and of alerts: formula, denominator, source; exact intervals; None without trials.

    mated searches      ─► TPIR = recognised / mated searches           FNIR = 1 - TPIR      rank-k (no threshold)
    non-mated searches  ─► FPIR = with a candidate / non-mated searches  selectivity = candidates / such searches
    alerts of a day     ─► false alert rates over faces and over alerts  precision = true / (true + false)

Terms: ISO/IEC 19795-1 (true and false positive and false negative identification rate, failure to acquire, mated
and non-mated, rank), used for video surveillance by ISO/IEC 30137-1 and for groups of people by ISO/IEC 19795-10.
The decision is `score >= threshold`. Failures to acquire stay in the denominators: who is not detected is missed,
and causes no false positive. The intervals are exact for independent trials; several searches of one person are
not that, so beside them belong those of `bootstrap`: `tpir_by_person`, `fpir_by_person`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lfr_actors.evaluation.intervals import Proportion, proportion_interval
from lfr_actors.evaluation.searches import Mask, Searches


def recognised(searches: Searches, threshold: float, rank: int | None = 1) -> Mask:
    """Bool (n,): mated searches whose mate is a candidate at or above `threshold` and within the first `rank`.

    `rank` None: at any rank. Raises `ValueError` for a rank below 1.
    """
    if rank is not None and rank < 1:
        raise ValueError(f"rank {rank} is none; the first candidate has rank 1")
    within = True if rank is None else searches.mate_rank <= rank
    return searches.mated & (searches.mate_score >= threshold) & within


def falsely_matched(searches: Searches, threshold: float) -> Mask:
    """Bool (n,): non-mated searches that return at least one candidate at or above `threshold`."""
    return ~searches.mated & (searches.top_score >= threshold)


def tpir(
    searches: Searches, threshold: float, rank: int | None = 1, confidence: float = 0.95
) -> Proportion | None:
    """True positive identification rate, over the mated searches, failures to acquire included.

    TPIR(N, R, T) = mated searches whose mate is among the first R candidates with a score >= T / mated searches, on
    a list of N people (ISO/IEC 19795-1). None without mated searches.
    """
    return _share(recognised(searches, threshold, rank), searches.mated, confidence)


def fnir(
    searches: Searches, threshold: float, rank: int | None = 1, confidence: float = 0.95
) -> Proportion | None:
    """False negative identification rate, 1 - TPIR, over the mated searches, failures to acquire included."""
    missed = searches.mated & ~recognised(searches, threshold, rank)
    return _share(missed, searches.mated, confidence)


def fpir(searches: Searches, threshold: float, confidence: float = 0.95) -> Proportion | None:
    """False positive identification rate, over the non-mated searches, failures to acquire included.

    FPIR(N, T) = non-mated searches with one or more candidates at a score >= T / non-mated searches, on a list of N
    people (ISO/IEC 19795-1). It grows with N: state N and T beside it. None without non-mated searches, and for an
    empty list, which is no trial of anything.
    """
    trials = ~searches.mated if searches.subjects else np.zeros(len(searches), np.bool_)
    return _share(falsely_matched(searches, threshold), trials, confidence)


def rank_k(searches: Searches, k: int = 1, confidence: float = 0.95) -> Proportion | None:
    """Closed-set rank-k identification rate, over the mated searches, failures to acquire included.

    Mated searches whose mate is among the first k candidates, at whatever score / mated searches. It supposes that
    everybody who passes is on the list, and so says nothing of strangers. None without mated searches.
    """
    return tpir(searches, -np.inf, k, confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectivity:
    """`candidates` at or above the threshold in `searches` non-mated searches; `at_least`: not all were kept."""

    candidates: int
    searches: int
    at_least: bool

    @property
    def per_search(self) -> float:
        """Mean number of candidates a search; it may exceed 1."""
        return self.candidates / self.searches


def selectivity(searches: Searches, threshold: float) -> Selectivity | None:
    """Candidates at a score >= `threshold` over the non-mated searches, failures to acquire included.

    The work that non-mated searches make for whoever looks at candidates (ISO/IEC 19795-1; NIST FRTE 1:N):
    FPIR counts such a search once, however many candidates it returns. None without non-mated searches and when
    the scores of further candidates were not kept.
    """
    strangers = ~searches.mated
    count = int(np.count_nonzero(strangers))
    if searches.other_scores is None or count == 0 or searches.subjects == 0:
        return None
    reached = (searches.other_scores[strangers] >= threshold).sum(axis=1)
    kept = searches.other_scores.shape[1]
    capped = kept < searches.subjects and bool((reached == kept).any())
    return Selectivity(candidates=int(reached.sum()), searches=count, at_least=capped)


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlertRates:
    """The same false alerts over two denominators, both of which are published; None is insufficient data.

    over_faces: false alerts / faces seen. "Faces seen" counts tracks, not people. None also for more false alerts
    than tracks, of which one may raise several, each for another subject: that is no share of them.
    over_alerts: false alerts / all alerts, decided or not; the complement of precision when each was found true or
    false. While alerts still wait, `live_figures` divides by those that were decided instead, and says so.
    """

    over_faces: Proportion | None
    over_alerts: Proportion | None


def false_alert_rates(
    false_alerts: int, faces: int, alerts: int, confidence: float = 0.95
) -> FalseAlertRates:
    """Both false alert rates of a deployment, from the counts of its day.

    The Metropolitan Police quotes over faces, its critics over alerts; each alone misleads. Raises `ValueError`
    for counts that cannot be: more false alerts than alerts.
    """
    countable = false_alerts <= faces
    return FalseAlertRates(
        over_faces=proportion_interval(false_alerts, faces, confidence) if countable else None,
        over_alerts=proportion_interval(false_alerts, alerts, confidence),
    )


def precision(true_alerts: int, false_alerts: int, confidence: float = 0.95) -> Proportion | None:
    """True alerts over those found true or false; alerts that wait, or that nobody could tell, are in neither."""
    return proportion_interval(true_alerts, true_alerts + false_alerts, confidence)


def _share(hits: Mask, trials: Mask, confidence: float) -> Proportion | None:
    return proportion_interval(
        int(np.count_nonzero(hits & trials)), int(np.count_nonzero(trials)), confidence
    )

"""Rates at one threshold, each with its exact interval and its interval by people; None with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from lfr_actors.evaluation.bootstrap import (
    ClusterProportion,
    Interval,
    bootstrap,
    fpir_at,
    fpir_by_person,
    tpir_at,
    tpir_by_person,
)
from lfr_actors.evaluation.intervals import Proportion
from lfr_actors.evaluation.operating_point import OperatingPoint, threshold_for_fpir, why_no_threshold
from lfr_actors.evaluation.rates import fpir, rank_k, tpir
from lfr_actors.evaluation.searches import Searches

RANKS: Final = (1, 2, 3, 5, 10, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRate:
    """A rate over searches, with three intervals.

    `exact` takes every search for independent; `by_person` and `bootstrap` (people drawn anew, percentiles) do not
    take the searches of one person for that. `by_person` is the one to rely on; near 0 and 1 the bootstrap covers
    too little, and it is None where nothing could be drawn.
    """

    exact: Proportion
    by_person: ClusterProportion
    bootstrap: Interval | None

    @property
    def rate(self) -> float:
        """The point estimate, the same for both."""
        return self.exact.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePoint:
    """TPIR (rank 1) and FPIR at a threshold, on a list of `subjects` people.

    `target`: the FPIR for which the threshold was chosen on these very searches, None where it was given; then
    `chosen` says how sure it is. `threshold` is None where the target cannot be shown. `why_no_tpir`,
    `why_no_fpir`: why a rate is None, in words.
    """

    subjects: int
    target: float | None
    threshold: float | None
    tpir: MeasuredRate | None
    fpir: MeasuredRate | None
    why_no_tpir: str | None
    why_no_fpir: str | None
    chosen: OperatingPoint | None = None

    @property
    def fnir(self) -> float | None:
        """1 - TPIR."""
        return None if self.tpir is None else 1 - self.tpir.rate

    @property
    def threshold_by_person(self) -> Interval | None:
        """The bootstrap's interval of the chosen threshold."""
        return None if self.chosen is None else self.chosen.threshold_by_person


def point_for(
    searches: Searches, target: float, seed: int, draws: int = 2_000, confidence: float = 0.95
) -> RatePoint:
    """The rates at the lowest threshold with at most this measured FPIR."""
    random = np.random.default_rng([seed, round(target * 1e9)])
    chosen = threshold_for_fpir(searches, target, confidence=confidence, random=random, draws=draws)
    if chosen is None:
        why = why_no_threshold(searches, target) or "insufficient data"
        return RatePoint(
            subjects=searches.subjects,
            target=target,
            threshold=None,
            tpir=None,
            fpir=None,
            why_no_tpir=f"no threshold: {why}",
            why_no_fpir=why,
        )
    return _point(searches, chosen.threshold, random, draws, confidence, chosen)


def point_at(
    searches: Searches, threshold: float, seed: int, draws: int = 2_000, confidence: float = 0.95
) -> RatePoint:
    """The rates at a threshold that is given."""
    return _point(searches, threshold, np.random.default_rng(seed), draws, confidence)


def ranks(searches: Searches, confidence: float = 0.95) -> tuple[tuple[int, Proportion | None], ...]:
    """Rank-k identification rates for the ranks of `RANKS` that the list has, rank 1 always."""
    return tuple((k, rank_k(searches, k, confidence)) for k in RANKS if k == 1 or k <= searches.subjects)


def _point(
    searches: Searches,
    threshold: float,
    random: Generator,
    draws: int,
    confidence: float,
    chosen: OperatingPoint | None = None,
) -> RatePoint:
    found = _measured(
        tpir(searches, threshold, confidence=confidence),
        tpir_by_person(searches, threshold, confidence=confidence),
        bootstrap(searches.mated_only(), tpir_at(threshold), random, draws, confidence),
    )
    false = _measured(
        fpir(searches, threshold, confidence),
        fpir_by_person(searches, threshold, confidence),
        bootstrap(searches.non_mated_only(), fpir_at(threshold), random, draws, confidence),
    )
    return RatePoint(
        subjects=searches.subjects,
        target=None if chosen is None else chosen.target,
        threshold=threshold,
        tpir=found,
        fpir=false,
        why_no_tpir=None if found else why_no_tpir(searches),
        why_no_fpir=None if false else why_no_fpir(searches),
        chosen=chosen,
    )


def why_no_tpir(searches: Searches) -> str:
    """Why there is no TPIR."""
    if not searches.subjects:
        return "insufficient data: nobody is on the list, which takes people with two or more pictures"
    return "insufficient data: no mated search (no picture is left to search for somebody on the list)"


def why_no_fpir(searches: Searches) -> str:
    """Why there is no FPIR."""
    if not searches.subjects:
        return "insufficient data: nobody is on the list, which takes people with two or more pictures"
    return "insufficient data: no non-mated search, which takes people with one picture"


def _measured(
    exact: Proportion | None, by_person: ClusterProportion | None, drawn: Interval | None
) -> MeasuredRate | None:
    if exact is None or by_person is None:
        return None
    return MeasuredRate(exact=exact, by_person=by_person, bootstrap=drawn)

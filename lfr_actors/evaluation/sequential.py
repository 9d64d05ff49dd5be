"""A rate that is looked at again and again: an interval that holds at every look at once, and a band it may leave.

An interval of 95 % leaves out the truth once in twenty looks; who looks every few seconds for a day is sure to be
alarmed by chance. The interval here contains the true rate at all times together with its confidence, whoever looks
whenever and stops for whatever reason. The price is width: after 100 trials 1.6 times that of a single look, after
10,000 twice.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from scipy.special import betaln, xlog1py, xlogy

from lfr_actors.evaluation.intervals import Proportion

_PRIOR = 0.5
"""Both parameters of the beta distribution that is mixed over; 1/2 is tight for rates near 0 and 1 as well."""
_HALVINGS = 60
"""Steps of bisection, as many as a float64 can tell apart."""


class Side(StrEnum):
    """On which side of its band a rate lies."""

    BELOW = "below"
    ABOVE = "above"


def time_uniform_interval(hits: int, trials: int, confidence: float = 0.95) -> Proportion | None:
    """A proportion with an interval that may be computed after every trial; None without trials.

    With probability at least `confidence`, the true rate lies in the intervals after 1, 2, 3, ... trials, all of
    them. Trials in their order, each with the same chance whatever came before; several passes of one person are
    less than that, and the interval is then too narrow.

    For a rate p, M = B(h + 1/2, m + 1/2) / (B(1/2, 1/2) p^h (1 - p)^m), with h hits and m misses so far, is a
    martingale of mean 1 if p is true: the likelihood of all other rates, mixed with a beta distribution, over that
    of p. It ever exceeds 1 / (1 - confidence) with at most the probability 1 - confidence (Ville, "Etude critique
    de la notion de collectif", 1939); the interval holds the rates for which it does not. (Robbins, "Statistical
    methods related to the law of the iterated logarithm", Annals of Mathematical Statistics 41, 1970; Howard,
    Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of
    Statistics 49, 2021.)

    Raises `ValueError` for counts that are no proportion and for a confidence outside (0, 1).
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"{hits} of {trials} is no proportion; hits lie between 0 and the number of trials")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence} is not between 0 and 1; 0.95 is usual")
    if trials == 0:
        return None
    misses = trials - hits
    mixed = float(betaln(hits + _PRIOR, misses + _PRIOR) - betaln(_PRIOR, _PRIOR)) + float(
        np.log1p(-confidence)
    )

    def too_unlikely(rate: float) -> bool:
        return mixed > float(xlogy(hits, rate) + xlog1py(misses, -rate))

    rate = hits / trials
    low = _edge(0.0, rate, too_unlikely) if too_unlikely(0.0) else 0.0
    high = _edge(1.0, rate, too_unlikely) if too_unlikely(1.0) else 1.0
    return Proportion(hits=hits, trials=trials, low=low, high=high, confidence=confidence)


def left_band(
    hits: int, trials: int, low: float | None, high: float | None, alpha: float = 0.05
) -> Side | None:
    """On which side of the band [`low`, `high`] the rate surely lies; None while it may still be inside.

    Surely: the whole interval of `time_uniform_interval` at confidence 1 - `alpha` lies outside. While the true
    rate is in the band, this ever says a side with a probability of at most `alpha`, however often it is asked;
    that holds for one rate, so divide `alpha` among those that are watched. A limit that is None is none. Raises
    `ValueError` for a band that is none.
    """
    bottom, top = 0.0 if low is None else low, 1.0 if high is None else high
    if not 0 <= bottom <= top <= 1:
        raise ValueError(f"{bottom:g} to {top:g} is no band of a rate; 0 <= low <= high <= 1")
    found = time_uniform_interval(hits, trials, 1 - alpha)
    if found is None:
        return None
    if found.high < bottom:
        return Side.BELOW
    return Side.ABOVE if found.low > top else None


def _edge(outside: float, inside: float, too_unlikely: Callable[[float], bool]) -> float:
    """Where a rate begins to be possible, between one that is not and one that is; on the side that is not."""
    for _ in range(_HALVINGS):
        middle = (outside + inside) / 2
        if too_unlikely(middle):
            outside = middle
        else:
            inside = middle
    return outside

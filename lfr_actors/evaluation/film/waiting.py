"""How long a face is to be seen before its alert, with passes that were never recognised.

A pass that is not recognised tells that its alert would have come later than its end: its time is censored there.
Leaving such passes out would flatter, since those that are slow to recognise are those that are missed. The share
still waiting is the product-limit estimate (Kaplan and Meier, "Nonparametric estimation from incomplete
observations", Journal of the American Statistical Association 53, 1958). It assumes that whoever leaves early would
have been recognised like those who stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from lfr_actors.evaluation.film.matching import JudgedPass

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """The time within which `share` of the passes had their alert, s; None where it was never reached.

    [`low_s`, `high_s`] is its interval, each None where the data do not reach so far.
    """

    share: float
    time_s: float | None
    low_s: float | None
    high_s: float | None
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waiting:
    """Times from the first sight of a face to its alert.

    `alerted` passes had one, `censored` had none until they left. `times_s` float64 (k,): when alerts came, each
    once, rising; `waiting` float64 (k,): the share still without one right after, `low` and `high` its pointwise
    interval (Greenwood's variance on the scale of log(-log)). `median_alerted_s` is of the passes with an alert
    alone: it flatters, and is there to be compared.
    """

    alerted: int
    censored: int
    times_s: Floats
    waiting: Floats
    low: Floats
    high: Floats
    median: Quantile
    p90: Quantile
    median_alerted_s: float | None


def waiting_of(passes: Sequence[JudgedPass], confidence: float = 0.95) -> Waiting | None:
    """The waits of all passes that could be recognised; None without one that was.

    A quantile is the first time at which at most 1 - share still wait; the limits of its interval are where the
    limits of the curve come so far (Brookmeyer and Crowley, Biometrics 38, 1982, on the log(-log) scale).
    """
    waits, alerted = [], []
    for judged in passes:
        if judged.counts and judged.one.span_s is not None:
            enter_s, leave_s = judged.one.span_s
            waits.append(leave_s - enter_s if judged.wait_s is None else judged.wait_s)
            alerted.append(judged.wait_s is not None)
    return curve_of(np.array(waits, float), np.array(alerted, bool), confidence)


def curve_of(waits_s: Floats, alerted: NDArray[np.bool_], confidence: float = 0.95) -> Waiting | None:
    """As `waiting_of`, from times float64 (n,): of the alert, or of leaving where `alerted`, bool (n,), is false.

    Whoever leaves at the very moment of another's alert still waited then.
    """
    if not alerted.any():
        return None
    times_s, counts = np.unique(waits_s[alerted], return_counts=True)
    at_risk = (waits_s[None, :] >= times_s[:, None]).sum(axis=1)
    waiting = np.cumprod(1 - counts / at_risk)
    low, high = _limits(waiting, counts, at_risk, confidence)

    def quantile(share: float) -> Quantile:
        left = 1 - share
        return Quantile(
            share=share,
            time_s=_first(times_s, waiting, left),
            low_s=_first(times_s, low, left),
            high_s=_first(times_s, high, left),
            confidence=confidence,
        )

    return Waiting(
        alerted=int(alerted.sum()),
        censored=int((~alerted).sum()),
        times_s=times_s,
        waiting=waiting,
        low=low,
        high=high,
        median=quantile(0.5),
        p90=quantile(0.9),
        median_alerted_s=float(
            np.quantile(waits_s[alerted], 0.5, method="inverted_cdf")
        ),  # as the curve reads it
    )


def _limits(
    waiting: Floats, counts: NDArray[np.intp], at_risk: NDArray[np.intp], confidence: float
) -> tuple[Floats, Floats]:
    """Pointwise limits of the share still waiting.

    Once nobody waits any more the variance is not defined: the lower limit is 0, the upper one stays where it was.
    """
    some = waiting > 0
    low, high = np.zeros_like(waiting), np.ones_like(waiting)
    share = waiting[some]
    variance = np.cumsum(counts[some] / (at_risk[some] * (at_risk[some] - counts[some])))
    spread = float(ndtri((1 + confidence) / 2)) * np.sqrt(variance) / np.abs(np.log(share))
    low[some], high[some] = share ** np.exp(spread), share ** np.exp(-spread)
    if some.any():
        high[~some] = high[some][-1]
    return low, high


def _first(times_s: Floats, curve: Floats, left: float) -> float | None:
    """The first time at which a falling curve is at most `left`; None when it never is."""
    reached = np.flatnonzero(curve <= left + 1e-12)
    return float(times_s[reached[0]]) if len(reached) else None

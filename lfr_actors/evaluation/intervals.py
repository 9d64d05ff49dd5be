"""Confidence intervals of rates, exact for small counts, and "insufficient data" where there are none.

A rate without trials is `None`, never zero: every function here returns `None` for it, and `rate_words` says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import betainccinv, betaincinv

INSUFFICIENT = "insufficient data"
"""How a rate without trials is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """A measured proportion `rate` = `hits` / `trials` and its interval [`low`, `high`], all in [0, 1].

    `confidence` is the least probability with which such intervals cover the true proportion.
    """

    hits: int
    trials: int
    low: float
    high: float
    confidence: float

    @property
    def rate(self) -> float:
        """The point estimate."""
        return self.hits / self.trials

    def to_json(self) -> dict[str, float | int]:
        """The figures under the names of the fields, for a JSON document."""
        return {
            "rate": self.rate,
            "hits": self.hits,
            "trials": self.trials,
            "low": self.low,
            "high": self.high,
            "confidence": self.confidence,
        }


def proportion_interval(hits: int, trials: int, confidence: float = 0.95) -> Proportion | None:
    """A proportion with its exact two-sided interval; None without trials.

    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 26 (1934): each limit is the proportion under which a result at least as extreme has probability
    (1 - confidence) / 2; both are quantiles of a beta distribution. The interval covers the true proportion at
    least `confidence` of the time, however small the counts; trials have to be independent of each other.
    Without a hit the lower limit is 0, without a miss the upper one is 1.

    Raises `ValueError` for counts that are no proportion and for a confidence outside (0, 1).
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"{hits} of {trials} is no proportion; hits lie between 0 and the number of trials")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence} is not between 0 and 1; 0.95 is usual")
    if trials == 0:
        return None
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else float(betaincinv(hits, trials - hits + 1, tail))
    high = 1.0 if hits == trials else float(betainccinv(hits + 1, trials - hits, tail))
    return Proportion(hits=hits, trials=trials, low=low, high=high, confidence=confidence)


def per_cent(share: float) -> str:
    """A share in per cent: `91.3 %`, below ten `4.12 %`, and never a small one as zero: `0.00029 %`."""
    percent = 100 * share
    digits = 1 if percent >= 10 or percent == 0 else max(2, 1 - math.floor(math.log10(percent)))
    return f"{percent:,.{digits}f} %"


def rate_words(proportion: Proportion | None, digits: int | None = None) -> str:
    """A proportion for people, in per cent with its interval and counts; `digits` after the point as `per_cent`."""
    if proportion is None:
        return INSUFFICIENT
    rate, low, high = (
        per_cent(part).removesuffix(" %") if digits is None else f"{100 * part:.{digits}f}"
        for part in (proportion.rate, proportion.low, proportion.high)
    )
    counts = f"{proportion.hits:,} of {proportion.trials:,}"
    return f"{rate} % ({100 * proportion.confidence:g} % interval {low} to {high} %, {counts})"

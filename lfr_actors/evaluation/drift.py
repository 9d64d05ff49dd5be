"""How far the scores or qualities of a camera are from those of its commissioning, and when that can be told.

The distance of two histograms is the largest difference between their cumulative shares: of Kolmogorov and Smirnov,
taken at the edges of the bins. It lies in [0, 1], has no unit, needs no model of the distribution, and says what
somebody can check: "15 in 100 faces more than then are below quality 0.4". Between two edges it might be larger, so
in bins it is never too large.

No p-value is made of it. Faces in successive frames and searches of one track are anything but independent, and
with as many of them as a camera sees any difference would be "significant". A tolerance is declared instead, and
two stretches are compared only when they hold enough faces for chance to stay below it: see `faces_needed`.
"""

from __future__ import annotations

import math
from collections.abc import Reversible
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

ONCE_IN: Final = 100_000
"""Two stretches of the same crowd differ by more than chance is allowed once in so many comparisons, about.

So rarely, because a camera is compared at every look: of 1,000 simulated days of 20,000 faces drawn from the very
crowd of the commissioning, at most 3 had an alarm by chance, at tolerances of 0.1 and 0.15 and commissionings of
543 to 3,000 faces. Once in 1,000 would be an alarm on 3 to 14 days of 100.
"""
LIST_MAY_DIFFER: Final = 2.0
"""Scores against a list of up to so many times the size, or its inverse, can be set against each other."""


def distance(counts: ArrayLike, reference_shares: ArrayLike) -> float | None:
    """The largest difference between the cumulative shares of a histogram and those of a reference.

    counts: int (bins,). reference_shares: float (bins,), as `cumulative_shares` gives them. None for an empty
    histogram. Raises `ValueError` for another number of bins.
    """
    own = cumulative_shares(counts)
    shares = np.asarray(reference_shares, np.float64)
    if own is None:
        return None
    if own.shape != shares.shape:
        raise ValueError(f"histograms of {own.size} and of {shares.size} bins cannot be compared")
    return float(np.abs(own - shares).max())


def cumulative_shares(counts: ArrayLike) -> NDArray[np.float64] | None:
    """The share of a histogram, int (bins,), in each bin and all before it: float64 (bins,); None when empty."""
    numbers = np.asarray(counts, np.float64)
    total = numbers.sum()
    return None if total == 0 else np.cumsum(numbers) / total


def shares_at_list_size(shares: ArrayLike, *, subjects: int, now: int) -> NDArray[np.float64]:
    """The cumulative shares of best scores that a list of `now` people would give, from those of `subjects`.

    The best of n independent scores lies below x with the n-th power of the probability of one:
    F(x)^(now/subjects).
    Scores of one face against different people are not quite independent, so this is for lists of about the same
    size (`LIST_MAY_DIFFER`). Raises `ValueError` for a list of nobody.
    """
    if subjects < 1 or now < 1:
        raise ValueError(f"lists of {subjects} and of {now} people; both need somebody on them")
    return np.asarray(shares, np.float64) ** (now / subjects)


def faces_needed(tolerance: float, reference_faces: int) -> int | None:
    """How many faces a stretch must hold for chance to keep below a tolerance in (0, 1).

    Two stretches of n and m faces of one and the same crowd keep below sqrt(ln(2 ONCE_IN) / 2 * (1/n + 1/m)), but
    once in `ONCE_IN` comparisons: the limit of the two-sample statistic of Kolmogorov and Smirnov (N. Smirnov,
    Annals of Mathematical Statistics 19, 1948). Faces (tracks) are the trials: what is measured of one track,
    dozens of times, counts once. None when no number is enough, because the reference itself holds too few.
    """
    left = 2 * tolerance**2 / math.log(2 * ONCE_IN) - (1 / reference_faces if reference_faces else math.inf)
    return math.ceil(1 / left) if left > 0 else None


def reference_faces_needed(tolerance: float) -> int:
    """How many faces a reference must hold for a stretch of as many to be told from it at this tolerance."""
    return math.ceil(math.log(2 * ONCE_IN) / tolerance**2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Counts of one kind for a while: `faces` (tracks) that the `counts`, int (bins,), are of."""

    faces: int
    counts: tuple[int, ...]


def latest(stretches: Reversible[Stretch], faces: int) -> Stretch:
    """The newest stretches, the last of the sequence first, until they hold so many faces; all where they do not.

    Raises `ValueError` without a stretch.
    """
    taken: list[Stretch] = []
    held = 0
    for stretch in reversed(stretches):
        taken.append(stretch)
        held += stretch.faces
        if held >= faces:
            break
    if not taken:
        raise ValueError("there is no stretch to take counts from")
    summed = np.sum([each.counts for each in taken], axis=0)
    return Stretch(faces=held, counts=tuple(int(count) for count in summed))

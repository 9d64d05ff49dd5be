"""What this data could have shown: the smallest difference it would have found, said before what it did find.

    two groups, trials each, the rate of one ─► detectable: rates of the other found with 80 % probability or more
    a disparity one wants to find            ─► searches_needed, false_alerts_needed

Power is of the test of `comparison`, two-sided at alpha after dividing by the number of comparisons. Where the
searches of a person are not independent, give effective numbers (`bootstrap.ClusterProportion.effective`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, ndtri

from lfr_actors.evaluation.comparison import two_sided

POWER = 0.8
"""The usual demand: what is called detectable would have been found in four of five such studies."""
_HALVINGS = 30
_NEGLIGIBLE = 1e-9
_MOST_ALERTS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectable:
    """The rates of a group of `trials` that would have been told from `baseline`, that of another of `reference`.

    higher, lower: the least higher and the highest lower rate; None: none on that side could have been shown.
    alpha: for all `comparisons` together. Trials are whole and effective.
    """

    baseline: float
    trials: int
    reference: int
    higher: float | None
    lower: float | None
    alpha: float
    comparisons: int
    power: float

    @property
    def difference_up(self) -> float | None:
        """The smallest excess over the baseline that could have been shown."""
        return None if self.higher is None else self.higher - self.baseline

    @property
    def difference_down(self) -> float | None:
        """The smallest shortfall under the baseline that could have been shown, as a positive number."""
        return None if self.lower is None else self.baseline - self.lower


def detectable(
    trials: float,
    reference: float,
    baseline: float,
    *,
    alpha: float = 0.05,
    comparisons: int = 1,
    power: float = POWER,
) -> Detectable | None:
    """The smallest differences of a group from a reference that would have been found with probability `power`.

    trials, reference: effective independent trials in each, rounded down. baseline: the rate of the reference. The
    power is computed from the binomial distribution of both counts, and not from a normal one. None where a group
    has no trial; raises `ValueError` for what is no rate.
    """
    if not 0 <= baseline <= 1:
        raise ValueError(f"a baseline of {baseline} is no rate; rates lie between 0 and 1")
    count, other = int(trials), int(reference)
    if count < 1 or other < 1:
        return None
    upward, downward = _powers(count, other, baseline, alpha / comparisons)
    return Detectable(
        baseline=baseline,
        trials=count,
        reference=other,
        higher=_first(upward, baseline, 1.0, power),
        lower=_first(downward, baseline, 0.0, power),
        alpha=alpha,
        comparisons=comparisons,
        power=power,
    )


def _powers(
    trials: int, reference: int, baseline: float, alpha: float
) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """From the true rate of the group to the probability of finding it higher, and of finding it lower."""
    from scipy.stats import binom

    law = binom(reference, baseline)
    least, most = (int(limit) for limit in law.ppf([_NEGLIGIBLE, 1 - _NEGLIGIBLE]))
    others = np.arange(max(0, least), most + 1)
    weights = law.pmf(others)
    high = _critical(others, trials, reference, alpha)
    # to find few hits is to find many misses
    low = trials - _critical(reference - others, trials, reference, alpha)

    def upward(rate: float) -> float:
        return float(weights @ np.where(high > trials, 0.0, bdtrc(high - 1.0, trials, rate)))

    def downward(rate: float) -> float:
        return float(weights @ np.where(low < 0, 0.0, bdtr(np.maximum(low, 0.0), trials, rate)))

    return upward, downward


def _critical(others: NDArray[np.int64], trials: int, reference: int, alpha: float) -> NDArray[np.int64]:
    """The fewest hits of `trials` significantly above each of `others` of `reference`; trials + 1: none are."""
    below = np.floor(others * trials / reference).astype(np.int64)  # no more than expected: never significant
    above = np.full(len(others), trials + 1)
    while (undecided := above - below > 1).any():
        middle = (below + above) // 2
        p_values, _ = two_sided(middle, trials, others, reference)
        found = p_values <= alpha
        above = np.where(undecided & found, middle, above)
        below = np.where(undecided & ~found, middle, below)
    return above


def _first(probability: Callable[[float], float], near: float, far: float, power: float) -> float | None:
    """The rate nearest to `near`, on the way to `far`, that is found with `power`; None if even `far` is not."""
    if near == far or probability(far) < power:
        return None
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        if probability(middle) >= power:
            far = middle
        else:
            near = middle
    return far


def searches_needed(
    baseline: float,
    rate: float,
    *,
    alpha: float = 0.05,
    comparisons: int = 1,
    power: float = POWER,
    design_effect: float = 1.0,
) -> int:
    """How many searches of each of two groups show `rate` beside `baseline` with probability `power`.

    The normal approximation of the score test (Fleiss, Levin and Paik, "Statistical Methods for Rates and
    Proportions", 2003), times the design effect. Raises `ValueError` for rates that are equal or none.
    """
    if not (0 <= baseline <= 1 and 0 <= rate <= 1) or baseline == rate:
        raise ValueError(f"rates of {baseline} and {rate}: two different ones between 0 and 1 are needed")
    mean = (baseline + rate) / 2
    chance = float(-ndtri(alpha / comparisons / 2)) * float(np.sqrt(2 * mean * (1 - mean)))
    spread = float(ndtri(power)) * float(np.sqrt(baseline * (1 - baseline) + rate * (1 - rate)))
    return int(np.ceil(design_effect * ((chance + spread) / (rate - baseline)) ** 2))


def false_alerts_needed(
    ratio: float, share: float = 0.5, *, alpha: float = 0.05, comparisons: int = 1, power: float = POWER
) -> int:
    """How many false alerts a deployment has to raise before it shows that a group suffers `ratio` times as many.

    share: of the faces seen that are of that group. Given their number, the false alerts of the group are binomial:
    with chance `share` if there is no disparity, and share * ratio / (share * ratio + 1 - share) if there is. The
    least number with which the exact test, alpha / 2 a side, has the power asked for: 72 for 2 to 1 and equal
    shares. (The power of an exact test goes up and down a little with each further alert.)

    Raises `ValueError` for a ratio of 1, a share outside (0, 1), and where more than 100,000 would be needed.
    """
    if not 0 < share < 1 or ratio < 0 or ratio == 1:
        raise ValueError(
            f"ratio {ratio}, share {share}: a ratio other than 1 and a share between 0 and 1 are needed"
        )
    tail = alpha / comparisons / 2
    truth = share * ratio / (share * ratio + 1 - share)
    number = 1
    while number <= _MOST_ALERTS:
        counts = np.arange(number + 1)
        low = bdtr(counts.astype(np.float64), number, share) <= tail
        high = bdtrc(counts - 1.0, number, share) <= tail
        few = float(bdtr(float(np.count_nonzero(low)) - 1, number, truth)) if low.any() else 0.0
        many = float(bdtrc(float(number - np.count_nonzero(high)), number, truth)) if high.any() else 0.0
        if few + many >= power:
            return number
        number += 1 if number < 2_000 else number // 1_000
    raise ValueError(
        f"a ratio of {ratio} with a share of {share} takes more than {_MOST_ALERTS} false alerts"
    )

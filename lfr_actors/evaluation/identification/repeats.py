"""What a threshold is worth to people who did not help to choose it: identity-disjoint halves, again and again.

    people ─► half A: list, probes ─► threshold for the target FPIR
           └► half B: list, probes ─► FPIR and TPIR at that threshold

No person is in both halves. The lists are half as long as the whole one, so the thresholds are lower: what matters
is the difference between the two halves, which is by how much a threshold flatters itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from lfr_actors.evaluation.identification.material import Material
from lfr_actors.evaluation.operating_point import threshold_for_fpir, why_no_threshold
from lfr_actors.evaluation.rates import fpir, tpir
from lfr_actors.evaluation.searches import Searches


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """One split: the threshold, and both rates on the half that chose it and on the other half."""

    threshold: float
    fpir_chosen: float
    tpir_chosen: float
    fpir_other: float
    tpir_other: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """All splits for one target FPIR. `each` is empty where no half can show the target: `reason` says why.

    `subjects` are on each half's list, on average.
    """

    target: float
    subjects: float
    each: tuple[Repeat, ...] = field(repr=False)
    reason: str | None = None

    def mean(self, name: str) -> float | None:
        """The mean of a field of `Repeat`; None without any."""
        return None if not self.each else float(np.mean([getattr(one, name) for one in self.each]))

    def spread(self, name: str, share: float = 0.9) -> tuple[float, float] | None:
        """The middle `share` of the splits; they overlap in people, so this is a spread and not an interval."""
        if not self.each:
            return None
        low, high = np.quantile([getattr(one, name) for one in self.each], [(1 - share) / 2, (1 + share) / 2])
        return float(low), float(high)


def repeat_on_halves(
    material: Material, targets: Sequence[float], repeats: int, seed: int
) -> tuple[Repeats, ...]:
    """Split the people `repeats` times and measure for every target; nothing without repeats."""
    if repeats <= 0:
        return ()
    random = np.random.default_rng(seed)
    pairs = [_halves(material, random) for _ in range(repeats)]
    return tuple(_repeats(target, pairs) for target in targets)


def _halves(material: Material, random: Generator) -> tuple[Searches, Searches]:
    """The searches of two halves of the people; those who are on the list are halved, and the others are."""
    listed = sorted(set(material.list_people))
    others = sorted(set(material.probe_people) - set(listed))
    first: list[str] = []
    for people in (listed, others):
        drawn = random.permutation(len(people))[: (len(people) + 1) // 2]
        first += [people[place] for place in drawn.tolist()]
    second = (set(listed) | set(others)) - set(first)
    found = []
    for half in (first, second):
        part = material.of_people(half)
        found.append(part.search())
        part.overwrite()
    return found[0], found[1]


def _repeats(target: float, pairs: Sequence[tuple[Searches, Searches]]) -> Repeats:
    subjects = float(np.mean([chosen.subjects for chosen, _ in pairs]))
    each = []
    for chosen, other in pairs:
        why = _why_not(chosen, other, target)
        if why is not None:
            return Repeats(target=target, subjects=subjects, each=(), reason=why)
        point = threshold_for_fpir(chosen, target)
        if point is None:
            raise ValueError("an operating point is missing where one was said to be possible")
        rates = [rate(half, point.threshold) for half in (chosen, other) for rate in (fpir, tpir)]
        values = [rate.rate for rate in rates if rate is not None]
        each.append(_repeat(point.threshold, values))
    return Repeats(target=target, subjects=subjects, each=tuple(each))


def _repeat(threshold: float, values: Sequence[float]) -> Repeat:
    fpir_chosen, tpir_chosen, fpir_other, tpir_other = values
    return Repeat(
        threshold=threshold,
        fpir_chosen=fpir_chosen,
        tpir_chosen=tpir_chosen,
        fpir_other=fpir_other,
        tpir_other=tpir_other,
    )


def _why_not(chosen: Searches, other: Searches, target: float) -> str | None:
    """Why a pair of halves cannot be measured; None when it can."""
    if not chosen.mated.any() or not other.mated.any():
        return "insufficient data: half of the people have no mated search"
    if other.mated.all() or not other.subjects:
        return "insufficient data: half of the people have no non-mated search"
    why = why_no_threshold(chosen, target)
    return None if why is None else f"half of the people: {why}"

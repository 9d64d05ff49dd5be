"""Recognition by what makes it hard: size of the face, walking speed, crowding.

Each bin is a rate of its own, of the passes in it; an interval speaks of its own bin alone. Bins were fixed before
anybody looked, and an empty one has no rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from lfr_actors.evaluation.film.matching import JudgedPass, PassResult
from lfr_actors.evaluation.intervals import Proportion, proportion_interval

FACE_PX_EDGES: Final = (0.0, 40.0, 60.0, 80.0, 110.0, 150.0)
SPEED_EDGES_M_S: Final = (0.0, 0.8, 1.2, 1.6, 2.0)
CROWDING_EDGES: Final = (0.0, 1.0, 3.0, 6.0, 10.0)
"""Lower edges; the last bin has no upper one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Passes with `low` <= value < `high` (None: no upper edge): how many were recognised; None without a pass."""

    low: float
    high: float | None
    tpir: Proportion | None

    @property
    def words(self) -> str:
        """The range for people."""
        return f"{self.low:g} or more" if self.high is None else f"{self.low:g} to under {self.high:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binned:
    """Recognition by one quantity. `unknown`: passes of which the truth does not say it, recognised of all."""

    quantity: str
    unit: str
    bins: tuple[Bin, ...]
    unknown: Proportion | None


def rates_by(
    quantity: str,
    unit: str,
    passes: Sequence[JudgedPass],
    values: Sequence[float | None],
    edges: Sequence[float],
) -> Binned:
    """Recognition of the passes that could be recognised, by a value of each; None where it is not known.

    A value below the first edge counts in the first bin. Raises `ValueError` when there is not one value a pass,
    and for edges that do not rise.
    """
    if any(low >= high for low, high in pairwise(edges)) or not edges:
        raise ValueError(f"edges {tuple(edges)} of {quantity} do not rise")
    hits, trials = [0] * len(edges), [0] * len(edges)
    unknown_hits = unknown_trials = 0
    for judged, value in zip(passes, values, strict=True):
        if not judged.counts:
            continue
        hit = judged.result is PassResult.RECOGNISED
        if value is None:
            unknown_hits, unknown_trials = unknown_hits + hit, unknown_trials + 1
            continue
        place = max(0, sum(value >= edge for edge in edges) - 1)
        hits[place] += hit
        trials[place] += 1
    uppers: list[float | None] = [*edges[1:], None]
    return Binned(
        quantity=quantity,
        unit=unit,
        bins=tuple(
            Bin(low=low, high=high, tpir=proportion_interval(hit, trial))
            for low, high, hit, trial in zip(edges, uppers, hits, trials, strict=True)
        ),
        unknown=proportion_interval(unknown_hits, unknown_trials),
    )

"""Both rates of each group at every threshold: to look at, since a difference may come and go with the threshold.

Nothing is tested here. A threshold that was picked because the groups look alike at it proves nothing on the data
that picked it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.equity.groups import Rate, hits_of, trials_of
from lfr_actors.evaluation.equity.labels import NOT_STATED, Grouping
from lfr_actors.evaluation.searches import Searches

_STEPS: Final = 81


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """One group's rate at each threshold, float64 (m,) both; `people` were searched."""

    group: str
    rate: Rate
    people: int
    thresholds: NDArray[np.float64] = field(repr=False)
    values: NDArray[np.float64] = field(repr=False)


def curves(searches: Searches, grouping: Grouping, threshold: float, minimum: int) -> tuple[Curve, ...]:
    """Curves of the groups with at least `minimum` people, around a threshold."""
    grid = _grid(searches, threshold)
    groups = np.array([grouping.group_of.get(person, NOT_STATED) for person in searches.person], np.str_)
    names = np.array(searches.person, np.str_)
    found: list[Curve] = []
    for rate in Rate:
        trials = trials_of(searches, rate)
        for group in grouping.groups:
            own = trials & (groups == group)
            people = len(np.unique(names[own]))
            if people >= minimum:
                values = [hits_of(searches, rate, each)[own].mean() for each in grid.tolist()]
                curve = Curve(
                    group=group,
                    rate=rate,
                    people=people,
                    thresholds=grid,
                    values=np.array(values, np.float64),
                )
                found.append(curve)
    return tuple(found)


def _grid(searches: Searches, threshold: float) -> NDArray[np.float64]:
    """Thresholds from where one non-mated search in four matches to where four mated ones in five are missed."""
    tops = searches.top_score[~searches.mated & searches.acquired]
    mates = searches.mate_score[searches.mated & searches.acquired]
    tops, mates = tops[~np.isnan(tops)], mates[~np.isnan(mates)]
    ends = [threshold]
    ends += [float(np.quantile(tops, 0.75))] if len(tops) else []
    ends += [float(np.quantile(mates, 0.8))] if len(mates) else []
    grid: NDArray[np.float64] = np.unique(np.append(np.linspace(min(ends), max(ends), _STEPS), threshold))
    return grid

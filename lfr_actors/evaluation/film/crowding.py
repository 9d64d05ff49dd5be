"""How crowded it was around a face: the mean number of other faces to be seen while it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lfr_actors.evaluation.film.truth import FilmPass


def crowding_of(passes: Sequence[FilmPass]) -> tuple[float | None, ...]:
    """For each pass how many others were to be seen meanwhile, on average over its time; None when it never is.

    For a pass from a to b, the sum over all others, on the list or not, of the time for which they and it were both
    to be seen, divided by b - a. A pass of a single moment counts who was to be seen at that moment. A face that
    was hidden for a while between its first and last sight counts as seen throughout.
    """
    spans = np.array([one.span_s or (np.nan, np.nan) for one in passes], float).reshape(-1, 2)
    found: list[float | None] = []
    for place, (enter_s, leave_s) in enumerate(spans):
        if np.isnan(enter_s):
            found.append(None)
            continue
        others = np.delete(spans, place, axis=0)
        others = others[~np.isnan(others[:, 0])]
        if leave_s > enter_s:
            both_s = np.minimum(others[:, 1], leave_s) - np.maximum(others[:, 0], enter_s)
            found.append(float(np.clip(both_s, 0, None).sum() / (leave_s - enter_s)))
        else:
            found.append(float(((others[:, 0] <= enter_s) & (enter_s <= others[:, 1])).sum()))
    return tuple(found)


def faces_to_be_seen(passes: Sequence[FilmPass]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """How many faces are to be seen at a time, as steps: from each time on so many. Empty without a pass."""
    changes: dict[float, int] = {}
    for enter_s, leave_s in (one.span_s for one in passes if one.span_s is not None):
        changes[enter_s] = changes.get(enter_s, 0) + 1
        changes[leave_s] = changes.get(leave_s, 0) - 1
    times_s = tuple(sorted(changes))
    return times_s, tuple(int(count) for count in np.cumsum([changes[at_s] for at_s in times_s]))

"""Trials whose every figure is known beforehand, for the tests of equity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lfr_actors.evaluation.equity.labels import Labels
from lfr_actors.evaluation.searches import Searches, from_scores

THRESHOLD = 0.5
HIT, MISS = 0.9, 0.1


def searches_of(mated: Mapping[str, str], non_mated: Mapping[str, str]) -> Searches:
    """Searches by person: `+` reached the threshold, `-` did not, `0` showed no face; everybody's own order.

    Everybody in `mated` is on the list; a false positive is always of the first of them by name.
    """
    subjects = sorted(mated)
    people = [
        *(p for p, marks in mated.items() for _ in marks),
        *(p for p, m in non_mated.items() for _ in m),
    ]
    marks = "".join([*mated.values(), *non_mated.values()])
    scores = np.full((len(people), len(subjects)), MISS - 0.05, np.float32)
    for row, (person, mark) in enumerate(zip(people, marks, strict=True)):
        column = subjects.index(person) if person in mated else 0
        scores[row, column] = HIT if mark == "+" else MISS
    return from_scores(subjects, people, scores, acquired=[mark != "0" for mark in marks])


def group_of(letter: str, people: int) -> list[str]:
    """Names of so many people, in order."""
    return [f"{letter}{number:02d}" for number in range(people)]


def labelled(**groups: str) -> Labels:
    """Labels with one attribute, `team`: people by prefix are listed as `group="ann bob"`."""
    values = {person: (group,) for group, people in groups.items() for person in people.split()}
    return Labels(attributes=("team",), values=values, lines={p: n for n, p in enumerate(values, start=2)})

"""Searches for tests, from scores that are written down or drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lfr_actors.evaluation.searches import Searches, from_scores


def searches_of(
    mates: Sequence[tuple[str, float, float]], strangers: Sequence[tuple[str, float]], subjects: int = 50
) -> Searches:
    """Mated searches (person, score of the mate, best score of another), non-mated ones (person, top score).

    A score of nan is a probe without a face. All other subjects score -1.
    """
    listed = sorted({person for person, _, _ in mates})
    listed += [f"other {number}" for number in range(subjects - len(listed))]
    scores = np.full((len(mates) + len(strangers), subjects), -1.0, np.float32)
    for row, (person, mate, other) in enumerate(mates):
        scores[row, -1], scores[row, listed.index(person)] = other, mate
    for row, (_, top) in enumerate(strangers, len(mates)):
        scores[row, -1] = top
    people = [person for person, *_ in mates] + [person for person, _ in strangers]
    return from_scores(listed, people, scores, ~np.isnan(scores).any(axis=1))


def drawn_searches(seed: int, *, people: int = 40, strangers: int = 100, subjects: int = 60) -> Searches:
    """Some people with one to four searches each whose difficulty is theirs, and strangers with one each."""
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 5, people)
    who = np.repeat(np.arange(people), sizes)
    scores = random.normal(0.1, 0.12, (len(who) + strangers, subjects)).astype(np.float32)
    own = random.normal(0.55, 0.15, people)[who] + random.normal(0, 0.1, len(who))
    scores[np.arange(len(who)), who] = own
    listed = [f"p{number:03d}" for number in range(subjects)]
    probes = [f"p{number:03d}" for number in who] + [f"s{number:03d}" for number in range(strangers)]
    return from_scores(listed, probes, scores, random.random(len(probes)) > 0.02)

"""Decisions, and how many differ from those of an exact search.

The decision of a search is a person, or nobody: the best scored one whose threshold is reached. An index may
order what nobody acts on as it likes; a decision that differs is a defect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.intervals import proportion_interval
from lfr_actors.evaluation.vectors import person_of
from lfr_actors.messages import SearchResult

NOBODY = -1
Decisions = NDArray[np.int64]
"""A person's number, or `NOBODY`, for each search, (n,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """How far the decisions agree with the exact ones. `missed`: somebody was to be found and nobody was;
    `gained`: nobody was to be found; `other`: somebody else was found.
    """

    searches: int
    recognised: int
    missed: int
    gained: int
    other: int

    @property
    def differing(self) -> int:
        """All that differ."""
        return self.missed + self.gained + self.other

    @property
    def parity(self) -> float | None:
        """The part that agrees; None without searches."""
        return None if not self.searches else 1 - self.differing / self.searches

    def to_json(self) -> dict[str, object]:
        """For a JSON document, with the exact 95 % interval."""
        agreeing = proportion_interval(self.searches - self.differing, self.searches)
        return {
            "parity": self.parity,
            "interval": None if agreeing is None else [round(agreeing.low, 6), round(agreeing.high, 6)],
            "searches": self.searches,
            "recognised_by_exact": self.recognised,
            "differing": self.differing,
            "missed": self.missed,
            "gained": self.gained,
            "other_person": self.other,
        }


def compare(exact: Decisions, found: Decisions) -> Parity:
    """Count what differs. Raises `ValueError` when the two are not of the same searches."""
    if exact.shape != found.shape:
        raise ValueError(f"{len(found)} decisions cannot be compared with {len(exact)}")
    nobody, none_found = exact == NOBODY, found == NOBODY
    return Parity(
        searches=len(exact),
        recognised=int((~nobody).sum()),
        missed=int((~nobody & none_found).sum()),
        gained=int((nobody & ~none_found).sum()),
        other=int((~nobody & ~none_found & (exact != found)).sum()),
    )


def decide(persons: NDArray[np.int64], scores: NDArray[np.float32], threshold: float) -> Decisions:
    """The decisions of best persons, (n,), with their scores, (n,), at one threshold for everybody."""
    return np.where(scores >= np.float32(threshold), persons, NOBODY).astype(np.int64)


def decisions_of(results: Sequence[SearchResult]) -> Decisions:
    """The decisions of results over made-up people: the first candidate, when it reached its threshold."""
    return np.array(
        [
            person_of(result.candidates[0].subject_id)
            if result.candidates and result.candidates[0].reached
            else NOBODY
            for result in results
        ],
        np.int64,
    )

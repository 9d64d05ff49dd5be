"""The two rates of each group: who is recognised, and who is taken for somebody else.

The true-positive identification rate (TPIR) is over mated searches: the right subject came first and reached the
threshold. The false-positive identification rate (FPIR) is over non-mated searches: anybody reached it. Both are as
in `rates`, failures to acquire included. A search belongs to the group of the person who is in the probe.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.bootstrap import ByPerson, ClusterProportion, by_person, cluster_interval
from lfr_actors.evaluation.intervals import Proportion, proportion_interval
from lfr_actors.evaluation.rates import falsely_matched, recognised
from lfr_actors.evaluation.searches import Mask, Searches

MINIMUM_PEOPLE: Final = 20
"""With fewer people a group has no rate of its own: one person would move it by more than five points."""


class Rate(StrEnum):
    """Which rate."""

    TPIR = "tpir"
    FPIR = "fpir"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Results:
    """What came of the searches that one rate is over: `person` and `hit`, (n,) each."""

    rate: Rate
    person: NDArray[np.str_] = field(repr=False)
    hit: Mask = field(repr=False)

    def of(self, people: Collection[str]) -> Results:
        """The searches of these people."""
        mask = np.isin(self.person, sorted(people))
        return Results(rate=self.rate, person=self.person[mask], hit=self.hit[mask])

    @property
    def people(self) -> int:
        """How many people these searches are of."""
        return len(np.unique(self.person))

    def by_person(self) -> ByPerson:
        """Hits and trials of each person, by name."""
        return by_person(self.person.tolist(), self.hit)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRate:
    """A rate of one group: `people` who were searched, `searches` of them.

    `exact` takes searches to be independent, `by_person` does not: it is the one to read. Both are None where there
    are fewer people than the study asks for.
    """

    group: str
    rate: Rate
    people: int
    searches: int
    exact: Proportion | None
    by_person: ClusterProportion | None

    def to_json(self) -> dict[str, Any]:
        """For a JSON document; null is insufficient data."""
        return {
            "group": self.group,
            "people": self.people,
            "searches": self.searches,
            "exact": None if self.exact is None else self.exact.to_json(),
            "by_person": None if self.by_person is None else self.by_person.to_json(),
        }


def trials_of(searches: Searches, rate: Rate) -> Mask:
    """Bool (n,): the searches that a rate is over; none of FPIR against an empty list."""
    return searches.mated if rate is Rate.TPIR else ~searches.mated & (searches.subjects > 0)


def hits_of(searches: Searches, rate: Rate, threshold: float) -> Mask:
    """Bool (n,): the searches that count for a rate."""
    found = recognised if rate is Rate.TPIR else falsely_matched
    return found(searches, threshold)


def results(searches: Searches, rate: Rate, threshold: float) -> Results:
    """The searches that a rate is over, and which of them count for it."""
    trials = trials_of(searches, rate)
    people = np.array(searches.person, np.str_)[trials]
    return Results(rate=rate, person=people, hit=hits_of(searches, rate, threshold)[trials])


def group_rate(own: Results, group: str, *, minimum: int, confidence: float) -> GroupRate:
    """The rate of people who are a group; `own` are their searches and nobody else's."""
    hits, trials = own.by_person()
    enough = len(trials) >= max(1, minimum)
    return GroupRate(
        group=group,
        rate=own.rate,
        people=len(trials),
        searches=len(own.hit),
        exact=proportion_interval(int(own.hit.sum()), len(own.hit), confidence) if enough else None,
        by_person=cluster_interval(hits, trials, confidence) if enough else None,
    )

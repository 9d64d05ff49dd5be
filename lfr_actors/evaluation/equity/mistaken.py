"""Whom people are taken for: somebody of their own group, or of another.

A face is mistaken most easily for one that is like it, so a group's FPIR depends on how many of it are on the list.
The same list would be fairer or less fair in another street: what is on it has to be stated beside the rate.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lfr_actors.evaluation.equity.labels import NOT_STATED, Grouping
from lfr_actors.evaluation.rates import falsely_matched
from lfr_actors.evaluation.searches import Searches


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistaken:
    """Non-mated searches of one group that were false positives, by the group of whom they were taken for.

    `unknown` were taken for somebody who has no label, or did not say. `listed` is the number of people of this
    group on the list, of `listed_labelled` whose group is known; both None where the list is not known.
    """

    group: str
    false_positives: int
    own_group: int
    other_group: int
    unknown: int
    listed: int | None
    listed_labelled: int | None


def mistaken_for(
    searches: Searches,
    threshold: float,
    grouping: Grouping,
    listed: Collection[str] | None,
    minimum: int,
) -> tuple[Mistaken, ...]:
    """One row for each group of which at least `minimum` people were searched without being on the list."""
    group_of = {person: group for person, group in grouping.group_of.items() if group != NOT_STATED}
    trials = zip(
        searches.person,
        searches.top_subject,
        (~searches.mated).tolist(),
        falsely_matched(searches, threshold).tolist(),
        strict=True,
    )
    people: dict[str, set[str]] = {group: set() for group in grouping.groups}
    taken: dict[str, list[str | None]] = {group: [] for group in grouping.groups}
    for person, top, is_trial, is_hit in trials:
        group = group_of.get(person)
        if group is None or not is_trial:
            continue
        people[group].add(person)
        if is_hit:
            taken[group].append(group_of.get(top or ""))
    known = None if listed is None else [group_of[person] for person in listed if person in group_of]
    return tuple(
        Mistaken(
            group=group,
            false_positives=len(taken[group]),
            own_group=taken[group].count(group),
            other_group=sum(each not in (group, None) for each in taken[group]),
            unknown=taken[group].count(None),
            listed=None if known is None else known.count(group),
            listed_labelled=None if known is None else len(known),
        )
        for group in grouping.groups
        if len(people[group]) >= minimum
    )

"""Groups compared with each other, as one family of comparisons that is decided before any result is seen.

    labels ─► groups with enough people ─► the family: how many comparisons share the 5 % of being wrong
                                      ─► each: difference, adjusted p-value, and what could have been shown

The chance that any of the differences that a study calls shown is none at all is at most 5 %, over both rates and
all attributes together (Holm). An attribute of two groups is one comparison and not two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from numpy.random import Generator

from lfr_actors.evaluation.comparison import Comparison, compare, holm
from lfr_actors.evaluation.equity.curves import Curve, curves
from lfr_actors.evaluation.equity.groups import MINIMUM_PEOPLE, GroupRate, Rate, Results, group_rate, results
from lfr_actors.evaluation.equity.labels import NOT_STATED, Grouping, Labels, group_by
from lfr_actors.evaluation.equity.mistaken import Mistaken, mistaken_for
from lfr_actors.evaluation.power import Detectable, detectable
from lfr_actors.evaluation.searches import Searches

CONFIDENCE: Final = 0.95
OTHERS: Final = "all others"
"""Against whom a group is compared where no reference was named: everybody who stated another group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupComparison:
    """One group against `against`, in one rate. `comparison.first` is the group, `second` those it is held against.

    `p_adjusted` is for the whole family of the study. `detectable`: what could have been shown of the group beside
    the rate that everybody together has; `detectable_against` the same of those it is held against, where these are
    one group that is compared nowhere else, and None elsewhere.
    """

    attribute: str
    group: str
    against: str
    rate: Rate
    comparison: Comparison
    p_adjusted: float
    detectable: Detectable | None
    detectable_against: Detectable | None

    @property
    def smallest_disadvantage(self) -> float | None:
        """The least by which a group's rate had to be worse to be shown: a lower TPIR, a higher FPIR.

        Of two groups that are compared once it is the larger, so that it holds for whichever is worse off. None:
        none could have been shown.
        """
        sides = [self.detectable, *([self.detectable_against] if self.detectable_against else [])]
        found = [None if side is None else _disadvantage(side, self.rate) for side in sides]
        known = [each for each in found if each is not None]
        return max(known) if len(known) == len(found) else None

    @property
    def smallest_multiple(self) -> float | None:
        """The same as a multiple of everybody's rate; None also where that is 0."""
        least, base = self.smallest_disadvantage, self.detectable.baseline if self.detectable else 0.0
        if least is None or not base:
            return None
        return (base - least if self.rate is Rate.TPIR else base + least) / base

    @property
    def is_shown(self) -> bool:
        """Whether a difference is shown, whichever way. False is never "there is none"."""
        return self.p_adjusted <= 1 - self.comparison.confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeStudy:
    """One attribute: rates of every group, those who did not say last; comparisons of those with enough people.

    `reference` is the group that the others are held against, None where each is held against all others.
    """

    attribute: str
    reference: str | None
    rates: Mapping[Rate, tuple[GroupRate, ...]]
    comparisons: Mapping[Rate, tuple[GroupComparison, ...]]
    mistaken: tuple[Mistaken, ...]
    curves: tuple[Curve, ...] = field(repr=False)

    def comparison_of(self, rate: Rate, group: str) -> GroupComparison | None:
        """The comparison of a group; None where it has none."""
        found = (each for each in self.comparisons[rate] if each.group == group)
        return next(found, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityStudy:
    """A whole study, at one threshold against a list of `subjects` people.

    `labels_from` says in words who gave the labels and how. `everybody` are the rates of all who were searched,
    labelled or not. `family` is the number of comparisons in it. `unlabelled` were searched and have no label;
    `unseen` have a label and were not searched: names, which no document repeats.
    """

    threshold: float
    subjects: int
    labels_from: str
    minimum: int
    confidence: float
    family: int
    people: int
    searches: int
    everybody: Mapping[Rate, GroupRate]
    attributes: tuple[AttributeStudy, ...]
    unlabelled: tuple[str, ...] = field(repr=False)
    unseen: tuple[str, ...] = field(repr=False)

    def comparisons(self, rate: Rate) -> tuple[GroupComparison, ...]:
        """The comparisons of one rate, of all attributes."""
        return tuple(each for attribute in self.attributes for each in attribute.comparisons[rate])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Planned:
    """A comparison before its result is known."""

    attribute: str
    group: str
    against: str
    is_pair: bool
    own: Results
    others: Results


def equity(
    searches: Searches,
    labels: Labels,
    threshold: float,
    *,
    labels_from: str,
    random: Generator,
    by: Sequence[Sequence[str]] = (),
    references: Mapping[str, str] | None = None,
    minimum: int = MINIMUM_PEOPLE,
    confidence: float = CONFIDENCE,
    listed: Collection[str] | None = None,
) -> EquityStudy:
    """Compare the groups of everybody who was searched, at `threshold`.

    labels_from: who gave the labels, and how; a study without it cannot be defended. random: for tests by
    permutation, where counts are small. by: attributes to look at, several in one for their intersection; empty:
    each of the labels by itself. references: the group that others are held against, by attribute; else each group
    is held against all others who stated one. minimum: people whom a group needs for a rate of its own. listed:
    everybody on the list, where that is known; else it is taken from the mated searches, if those name them all.

    Raises `ValueError` for attributes, groups and references that there are not, and for empty `labels_from`.
    """
    if not labels_from.strip():
        raise ValueError("say who gave the labels, and how: a group is what people said of themselves")
    if minimum < 2:
        raise ValueError(f"a group of {minimum} is no group; at least 2 people are needed")
    named = references or {}
    groupings = groupings_of(labels, by, named)
    found = {rate: results(searches, rate, threshold) for rate in Rate}
    planned = [
        each
        for grouping in groupings
        for rate in Rate
        for each in _planned(grouping, found[rate], named.get(grouping.attribute), minimum)
    ]
    everybody = {
        rate: group_rate(own, "everybody", minimum=1, confidence=confidence) for rate, own in found.items()
    }
    compared = _compared(planned, everybody, confidence, random)
    on_list = _on_list(searches, listed)
    people = set(searches.people())
    return EquityStudy(
        threshold=threshold,
        subjects=searches.subjects,
        labels_from=labels_from.strip(),
        minimum=minimum,
        confidence=confidence,
        family=len(planned),
        people=len(people),
        searches=len(searches),
        everybody=everybody,
        attributes=tuple(
            AttributeStudy(
                attribute=grouping.attribute,
                reference=named.get(grouping.attribute),
                rates={rate: _rates(grouping, own, minimum, confidence) for rate, own in found.items()},
                comparisons={
                    rate: tuple(
                        each for each in compared if (each.attribute, each.rate) == (grouping.attribute, rate)
                    )
                    for rate in Rate
                },
                mistaken=mistaken_for(searches, threshold, grouping, on_list, minimum),
                curves=curves(searches, grouping, threshold, minimum),
            )
            for grouping in groupings
        ),
        unlabelled=tuple(sorted(people - labels.values.keys())),
        unseen=tuple(sorted(labels.values.keys() - people)),
    )


def _disadvantage(could: Detectable, rate: Rate) -> float | None:
    return could.difference_down if rate is Rate.TPIR else could.difference_up


def groupings_of(
    labels: Labels, by: Sequence[Sequence[str]] = (), references: Mapping[str, str] | None = None
) -> tuple[Grouping, ...]:
    """The groupings that `equity` compares. Raises `ValueError` as it does, before anybody was searched."""
    found = tuple(group_by(labels, names) for names in by or [(name,) for name in labels.attributes])
    groups = {grouping.attribute: grouping.groups for grouping in found}
    if len(groups) != len(found):
        raise ValueError("an attribute is named twice; name each, and each intersection, once")
    for attribute, group in (references or {}).items():
        if attribute not in groups:
            raise ValueError(
                f"a reference is named for {attribute!r}; what is compared is {', '.join(groups)}"
            )
        if group not in groups[attribute]:
            raise ValueError(
                f"{attribute!r} has no group {group!r}; it has {', '.join(groups[attribute]) or 'none'}"
            )
    return found


def _members(grouping: Grouping, group: str) -> frozenset[str]:
    return frozenset(person for person, own in grouping.group_of.items() if own == group)


def _rates(grouping: Grouping, own: Results, minimum: int, confidence: float) -> tuple[GroupRate, ...]:
    names = [*grouping.groups, *([NOT_STATED] if _members(grouping, NOT_STATED) else [])]
    return tuple(
        group_rate(own.of(_members(grouping, name)), name, minimum=minimum, confidence=confidence)
        for name in names
    )


def _planned(
    grouping: Grouping, everything: Results, reference: str | None, minimum: int
) -> Iterator[_Planned]:
    """The comparisons of one attribute and one rate that have enough people on both sides, whatever the result."""
    stated = frozenset(grouping.group_of) - _members(grouping, NOT_STATED)
    pair = reference is None and len(grouping.groups) == 2
    for group in grouping.groups[:1] if pair else grouping.groups:
        if group == reference:
            continue
        against = grouping.groups[1] if pair else reference or OTHERS
        held = stated if against == OTHERS else _members(grouping, against)
        mine = _members(grouping, group)
        own, others = everything.of(mine), everything.of(held - mine)
        if min(own.people, others.people) >= minimum:
            yield _Planned(
                attribute=grouping.attribute,
                group=group,
                against=against,
                is_pair=pair,
                own=own,
                others=others,
            )


def _compared(
    planned: Sequence[_Planned], everybody: Mapping[Rate, GroupRate], confidence: float, random: Generator
) -> tuple[GroupComparison, ...]:
    done: list[Comparison] = []
    for each in planned:
        pair = each.own.by_person(), each.others.by_person()
        one = compare(*pair, random=random, confidence=confidence, comparisons=len(planned))
        if one is None:
            raise ValueError(f"{each.attribute} {each.group}: a comparison without searches was planned")
        done.append(one)
    adjusted = holm([one.p_value for one in done])
    return tuple(
        _with_power(each, one, p_value, everybody[each.own.rate])
        for each, one, p_value in zip(planned, done, adjusted, strict=True)
    )


def _with_power(
    planned: _Planned, one: Comparison, p_adjusted: float, everybody: GroupRate
) -> GroupComparison:
    """A comparison with what it could have shown beside everybody's rate.

    Not beside the rate of those it is held against: where these happened to have no hit, the data would seem to see
    more than it does.
    """
    base = everybody.by_person.rate if everybody.by_person is not None else 0.0
    sides = one.first.effective, one.second.effective
    alpha = 1 - one.confidence
    against = None
    if planned.is_pair:
        against = detectable(sides[1], sides[0], base, alpha=alpha, comparisons=one.comparisons)
    return GroupComparison(
        attribute=planned.attribute,
        group=planned.group,
        against=planned.against,
        rate=planned.own.rate,
        comparison=one,
        p_adjusted=p_adjusted,
        detectable=detectable(*sides, base, alpha=alpha, comparisons=one.comparisons),
        detectable_against=against,
    )


def _on_list(searches: Searches, listed: Collection[str] | None) -> frozenset[str] | None:
    """Who is on the list, None where that cannot be known."""
    known = frozenset(listed) if listed is not None else frozenset(searches.mated_only().person)
    return known if len(known) == searches.subjects else None

"""Groups are compared as one family: right figures, nobody put into a group, too little data said as that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from lfr_actors.evaluation.equity.groups import Rate
from lfr_actors.evaluation.equity.labels import NOT_STATED, Labels
from lfr_actors.evaluation.equity.study import OTHERS, EquityStudy, equity
from lfr_actors.evaluation.searches import Searches
from tests.unit.evaluation.equity.trials import THRESHOLD, group_of, labelled, searches_of


def study(searches: Searches, labels: Labels, **more: Any) -> EquityStudy:
    """A study with what every one of them needs."""
    given = {"labels_from": "asked on paper", "random": np.random.default_rng(1)} | more
    return equity(searches, labels, THRESHOLD, **given)


def two(hits: Sequence[int], people: int = 40) -> tuple[Searches, Labels]:
    """Groups a, b, … of so many people with one mated search each, and so many hits."""
    groups = {letter: group_of(letter, people) for letter in "abcdefgh"[: len(hits)]}
    marks = {
        person: "+" if place < count else "-"
        for (letter, members), count in zip(groups.items(), hits, strict=True)
        for place, person in enumerate(members)
    }
    return searches_of(marks, {}), labelled(**{letter: " ".join(own) for letter, own in groups.items()})


def test_two_groups_by_hand() -> None:
    """38 of 40 against 20 of 40: rates, difference and p-value as by hand and by another implementation."""
    found = study(*two([38, 20]))
    (compared,) = found.comparisons(Rate.TPIR)
    one = compared.comparison
    assert (one.first.rate, one.second.rate, one.difference) == (0.95, 0.5, pytest.approx(0.45))
    expected = chi2_contingency([[38, 2], [20, 20]], correction=False).pvalue
    assert one.p_value == pytest.approx(expected)
    assert compared.p_adjusted == one.p_value  # the only comparison there is
    assert (found.family, compared.is_shown, compared.against) == (1, True, "b")
    assert one.difference_low < 0.45 < one.difference_high


def test_two_groups_are_compared_once() -> None:
    """a against b and b against a is one question; asked twice it would halve what can be shown."""
    (team,) = study(*two([30, 30])).attributes
    assert [each.group for each in team.comparisons[Rate.TPIR]] == ["a"]


def test_three_groups_share_the_five_per_cent() -> None:
    """Each is held against all others, and Holm adjusts over all of them."""
    found = study(*two([38, 30, 30]))
    compared = found.comparisons(Rate.TPIR)
    assert [each.against for each in compared] == [OTHERS] * 3
    assert found.family == 3
    assert max(each.comparison.second.people for each in compared) == 80
    least = min(compared, key=lambda each: each.comparison.p_value)
    assert least.p_adjusted == pytest.approx(3 * least.comparison.p_value)


def test_a_reference_is_held_against_everybody_else() -> None:
    """With a named reference each other group is compared with it and with nobody else."""
    found = study(*two([38, 30, 30]), references={"team": "b"})
    assert [(each.group, each.against) for each in found.comparisons(Rate.TPIR)] == [("a", "b"), ("c", "b")]


def test_too_few_people_are_insufficient_data() -> None:
    """A small group has no rate, is compared with nobody, and takes nothing from the family of the others."""
    searches, labels = two([10, 10, 5], people=20)
    small = {person: own for person, own in labels.values.items() if own != ("c",)}
    small |= dict.fromkeys(group_of("c", 20)[:5], ("c",))
    found = study(searches, Labels(attributes=("team",), values=small, lines={}))
    (team,) = found.attributes
    last = team.rates[Rate.TPIR][-1]
    assert (last.group, last.people, last.exact, last.by_person) == ("c", 5, None, None)
    assert [each.group for each in team.comparisons[Rate.TPIR]] == ["a", "b"]
    assert found.family == 2
    assert len(found.unlabelled) == 15


def test_who_did_not_say_is_compared_with_nobody() -> None:
    """They have a rate of their own, and are in no other group and not among "all others"."""
    searches, labels = two([30, 30, 20, 20])
    said = {person: (NOT_STATED,) if own == ("d",) else own for person, own in labels.values.items()}
    found = study(searches, Labels(attributes=("team",), values=said, lines={}))
    (team,) = found.attributes
    assert team.rates[Rate.TPIR][-1].group == NOT_STATED
    assert team.rates[Rate.TPIR][-1].people == 40
    assert {each.comparison.second.people for each in team.comparisons[Rate.TPIR]} == {80}


def test_searches_of_one_person_are_not_many_people() -> None:
    """Twenty people whose thirty searches each all agree are twenty trials, not six hundred."""
    marks = {person: ("+" if place < 17 else "-") * 30 for place, person in enumerate(group_of("a", 20))}
    marks |= {person: ("+" if place < 13 else "-") * 30 for place, person in enumerate(group_of("b", 20))}
    labels = labelled(a=" ".join(group_of("a", 20)), b=" ".join(group_of("b", 20)))
    (compared,) = study(searches_of(marks, {}), labels).comparisons(Rate.TPIR)
    naive = chi2_contingency([[510, 90], [390, 210]], correction=False).pvalue
    assert naive < 1e-10
    assert compared.comparison.p_value > 0.1
    assert compared.comparison.first.effective < 21


def test_power_does_not_depend_on_what_was_found() -> None:
    """What could have been shown stands beside everybody's rate, the same for groups of one size."""
    found = study(*two([40, 30, 20, 10]))
    could = {
        (each.detectable.baseline, each.detectable.trials)
        for each in found.comparisons(Rate.TPIR)
        if each.detectable
    }
    assert could == {(0.625, 40)}


def test_a_pair_states_the_worse_of_both_sides() -> None:
    """Of two groups either may be worse off; what could have been shown has to hold for whichever it is."""
    (compared,) = study(*two([38, 36])).comparisons(Rate.TPIR)
    assert compared.detectable is not None
    assert compared.detectable_against is not None
    downs = (compared.detectable.difference_down, compared.detectable_against.difference_down)
    assert compared.smallest_disadvantage == max(each for each in downs if each is not None)


def test_both_rates_are_of_the_person_in_the_probe() -> None:
    """FPIR is over people who are not on the list; whom they were taken for is counted by that one's group."""
    listed = group_of("a", 30)
    others = {"a": group_of("x", 30), "b": group_of("y", 30)}
    strangers = {person: "+" if place < 6 else "-" for place, person in enumerate(others["b"])}
    strangers |= dict.fromkeys(others["a"], "-") | {"x00": "+"}
    searches = searches_of(dict.fromkeys(listed, "+"), strangers)
    labels = labelled(a=" ".join([*listed, *others["a"]]), b=" ".join(others["b"]))
    found = study(searches, labels)
    (team,) = found.attributes
    assert [each.by_person and each.by_person.hits for each in team.rates[Rate.FPIR]] == [1, 6]
    assert team.comparisons[Rate.TPIR] == ()  # nobody of b is on the list
    told = {each.group: (each.false_positives, each.own_group, each.other_group) for each in team.mistaken}
    assert told == {"a": (1, 1, 0), "b": (6, 0, 6)}
    assert {(each.listed, each.listed_labelled) for each in team.mistaken} == {(30, 30), (0, 30)}


def test_intersections_only_if_asked() -> None:
    """Without `by` each attribute is looked at by itself; with it nothing but what was asked."""
    searches, labels = two([30, 20, 30, 20])
    both = {person: (own[0], "odd" if own[0] in "ac" else "even") for person, own in labels.values.items()}
    crossed = Labels(attributes=("team", "side"), values=both, lines={})
    assert [each.attribute for each in study(searches, crossed).attributes] == ["team", "side"]
    (only,) = study(searches, crossed, by=[("team", "side")]).attributes
    assert only.attribute == "team × side"
    assert [each.group for each in only.rates[Rate.TPIR]] == ["a × odd", "b × even", "c × odd", "d × even"]


def test_who_is_missing_on_either_side() -> None:
    """People without a label, and labels without people, are known by name and in no group."""
    searches, labels = two([30, 30])
    values = dict(labels.values)
    del values["a00"]
    found = study(searches, Labels(attributes=("team",), values=values | {"zed": ("a",)}, lines={}))
    assert (found.unlabelled, found.unseen) == (("a00",), ("zed",))
    assert found.attributes[0].rates[Rate.TPIR][0].people == 39
    assert found.everybody[Rate.TPIR].people == 80


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"labels_from": " "}, "say who gave the labels"),
        ({"minimum": 1}, "a group of 1 is no group"),
        ({"by": [("shoe",)]}, "no column 'shoe'"),
        ({"by": [("team",), ("team",)]}, "an attribute is named twice"),
        ({"references": {"team": "z"}}, "'team' has no group 'z'; it has a, b"),
        ({"references": {"shoe": "a"}}, "what is compared is team"),
    ],
)
def test_what_is_asked_wrongly_is_told(more: dict[str, Any], said: str) -> None:
    """Each wrong question is named, with what there is."""
    with pytest.raises(ValueError, match=said):
        study(*two([30, 30]), **more)


def test_curves_pass_through_the_rates() -> None:
    """At the study's threshold each curve has the group's rate; too few people have no curve."""
    searches, labels = two([38, 20])
    (team,) = study(searches, labels).attributes
    assert [curve.group for curve in team.curves] == ["a", "b"]
    for curve, expected in zip(team.curves, (0.95, 0.5), strict=True):
        at = int(np.flatnonzero(curve.thresholds == THRESHOLD)[0])
        assert curve.values[at] == pytest.approx(expected)
    assert study(searches, labels, minimum=41).attributes[0].curves == ()


@pytest.mark.study
def test_shuffled_labels_show_a_difference_in_one_study_of_twenty_at_most() -> None:
    """Where groups mean nothing, at most 5 in 100 studies (and what chance adds) show any difference."""
    random = np.random.default_rng(8)
    people = group_of("p", 240)
    chances = random.beta(8, 2, len(people))
    wrong = 0
    for _ in range(400):
        marks = {
            person: "".join("+" if hit else "-" for hit in random.random(3) < chance)
            for person, chance in zip(people, chances, strict=True)
        }
        groups = random.choice(list("abcd"), len(people))
        values = {person: (str(own),) for person, own in zip(people, groups, strict=True)}
        labels = Labels(attributes=("team",), values=values, lines={})
        shown = [each.is_shown for each in study(searches_of(marks, {}), labels).comparisons(Rate.TPIR)]
        wrong += any(shown)
    assert wrong <= 31  # the 99th percentile of 400 trials at 5 %

"""What an equity study says, in sentences: first what it could have shown, then what it shows.

Three things are kept apart: a difference that was shown, none that was shown, and too little data to compare. The
second is never "they are alike": it comes with the differences that the data leave open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lfr_actors.evaluation.equity.groups import Rate
from lfr_actors.evaluation.equity.study import OTHERS, AttributeStudy, EquityStudy, GroupComparison
from lfr_actors.evaluation.intervals import per_cent
from lfr_actors.evaluation.study_page import Statement

NAMES: Final = {Rate.TPIR: "TPIR", Rate.FPIR: "FPIR"}
DONE: Final = {Rate.TPIR: "recognised", Rate.FPIR: "taken for somebody on the list"}
"""What is done to people whom a rate counts."""
TITLES: Final = {
    Rate.TPIR: "Recognised when on the list (TPIR)",
    Rate.FPIR: "Taken for somebody on the list (FPIR)",
}
ABSENCE: Final = (
    "That is not evidence that there is none: the figures say which differences remain possible, and which would "
    "probably have been missed."
)
CONTAGION: Final = (
    "A group that stands out makes every other one look different from all others: an advantage over them may be "
    "nothing but another group's disadvantage. To compare pairs, name a group that the others are held against "
    "(--reference)."
)


def points(difference: float) -> str:
    """A difference of two shares in percentage points, with its sign."""
    return f"{100 * difference:+.{_digits(difference)}f}".replace("-", "\N{MINUS SIGN}")


def size(difference: float) -> str:
    """The same without its sign, with its unit: `3.2 points`."""
    return f"{100 * abs(difference):.{_digits(difference)}f} points"


def _digits(difference: float) -> int:
    return 1 if abs(difference) >= 0.01 or difference == 0 else 2


def group_words(group: str, attribute: str) -> str:
    """A group with the attribute to which it belongs: `sex: F`."""
    return f"{attribute}: {group}"


def power_statement(study: EquityStudy, rate: Rate) -> Statement:
    """What could have been shown in one rate, to the disadvantage of a group; before any finding."""
    compared = study.comparisons(rate)
    if not compared:
        return Statement(
            kind="insufficient", text=f"{TITLES[rate]}: nothing can be compared. {_why(study, rate)}"
        )
    sizes = [(each.smallest_disadvantage, each) for each in compared]
    known = sorted(((least, each) for least, each in sizes if least is not None), key=lambda pair: pair[0])
    blind = [_named(each) for least, each in sizes if least is None]
    parts = []
    if known:
        (least, best), (most, worst) = known[0], known[-1]
        way = "less" if rate is Rate.TPIR else "more"
        where = f" for {_named(best)}{', where this data sees best' if len(known) > 1 else ''}"
        parts.append(
            f"{TITLES[rate]}: a group that is {DONE[rate]} {way} often than the others would probably have been "
            f"found if the difference is at least {size(least)}{_times(best)}{where}."
        )
        if len(known) > 1:
            parts.append(f"For {_named(worst)}, where it sees worst, it takes {size(most)}{_times(worst)}.")
        parts.append("Smaller disadvantages this data cannot show.")
    if blind:
        start = "It" if known else f"{TITLES[rate]}: this data"
        parts.append(
            f"{start} could not have shown any such disadvantage of {_joined(blind)}, however large."
        )
    return Statement(text=" ".join(parts), kind="plain" if known else "insufficient")


def _named(compared: GroupComparison) -> str:
    """Whose disadvantage it is: of a group, or of either of two that are compared once."""
    name = group_words(compared.group, compared.attribute)
    return f"{name} or {compared.against}" if compared.detectable_against else name


def _times(compared: GroupComparison) -> str:
    """How many times everybody's rate that is, where rates are so small that points are hard to imagine."""
    times = compared.smallest_multiple
    return "" if compared.rate is Rate.TPIR or times is None else f" ({times:.1f} times everybody's rate)"


def _why(study: EquityStudy, rate: Rate) -> str:
    if not study.everybody[rate].searches:
        who = "who is on the list" if rate is Rate.TPIR else "who is not on the list"
        return f"Nobody was searched {who}."
    return (
        f"A comparison needs {study.minimum} people on either side who stated their group and were searched."
    )


def findings(study: EquityStudy, rate: Rate) -> Iterator[Statement]:
    """Differences that are shown, disadvantages first; what the others do not mean; groups with too little data."""
    compared = study.comparisons(rate)
    shown = [each for each in compared if each.is_shown]
    yield from (_finding(each) for each in sorted(shown, key=lambda each: not _is_worse(each)))
    if any(each.against == OTHERS and not _is_worse(each) for each in shown):
        yield Statement(text=CONTAGION)
    if len(shown) < len(compared):
        start = "For every other comparison no" if shown else "No"
        yield Statement(text=f"{start} difference is shown. {ABSENCE}")
    for attribute in study.attributes:
        few = [f"{each.group} ({each.people})" for each in attribute.rates[rate] if each.by_person is None]
        if few:
            yield Statement(
                kind="insufficient",
                text=f"{attribute.attribute}: insufficient data for {_joined(few)}; in brackets how many people "
                f"were searched, of whom a rate needs {study.minimum}.",
            )


def _is_worse(compared: GroupComparison) -> bool:
    """Whether the group is worse off than those it is held against."""
    return (compared.comparison.difference < 0) is (compared.rate is Rate.TPIR)


def _finding(compared: GroupComparison) -> Statement:
    one = compared.comparison
    way = "more" if one.difference > 0 else "less"
    return Statement(
        kind="warning",
        text=f"{group_words(compared.group, compared.attribute)}: a difference is shown. The group is "
        f"{DONE[compared.rate]} {way} often than {compared.against}: {per_cent(one.first.rate)} against "
        f"{per_cent(one.second.rate)}, {points(one.difference)} points (between "
        f"{points(one.difference_low)} and {points(one.difference_high)}; {p_words(compared.p_adjusted)} after "
        f"correction for {one.comparisons} {'comparison' if one.comparisons == 1 else 'comparisons'}).",
    )


def p_words(p_value: float) -> str:
    """A p-value for people: never more exact than it is worth, and never zero."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.{3 if p_value < 0.1 else 2}f}"


def conclusion(study: EquityStudy) -> Statement:
    """How many of the comparisons show a difference; what nobody may conclude from the others."""
    compared = [each for rate in Rate for each in study.comparisons(rate)]
    shown = sum(each.is_shown for each in compared)
    if not compared:
        return Statement(
            kind="insufficient",
            text="Nothing can be said about equity from this data: no two groups have enough people.",
        )
    of = f"{len(compared)} comparison{'s' if len(compared) != 1 else ''}"
    if shown:
        return Statement(
            kind="warning",
            text=f"{shown} of {of} show{'s' if shown == 1 else ''} a difference between groups. Where none is "
            f"shown, that is not evidence that there is none.",
        )
    none = (
        f"None of {of} shows a difference" if len(compared) > 1 else "The one comparison shows no difference"
    )
    return Statement(
        kind="warning",
        text=f"{none} between groups. That is not evidence that there is none: see first "
        f"what this data could have shown.",
    )


def mistaken_sentences(attribute: AttributeStudy) -> Iterator[str]:
    """Whom the people of each group were taken for, beside the share that their group has of the list."""
    for each in attribute.mistaken:
        if not each.false_positives:
            continue
        text = (
            f"{group_words(each.group, attribute.attribute)}: false positives {each.false_positives}, "
            f"{each.own_group} of them to somebody of the same group and {each.other_group} to somebody of another"
        )
        if each.unknown:
            text += f" ({each.unknown} to somebody whose group nobody stated)"
        if each.listed is not None and each.listed_labelled:
            text += (
                f"; {each.listed} of {each.listed_labelled} people on the list whose group is known are of it"
            )
        yield text + "."


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

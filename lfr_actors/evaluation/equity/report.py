"""An equity study as a page for a committee: what it could have shown, what it shows, and only then the tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lfr_actors.evaluation.equity.drawings import forest_plot, threshold_plot
from lfr_actors.evaluation.equity.groups import GroupRate, Rate
from lfr_actors.evaluation.equity.study import EquityStudy, GroupComparison
from lfr_actors.evaluation.equity.words import (
    NAMES,
    TITLES,
    conclusion,
    findings,
    mistaken_sentences,
    p_words,
    points,
    power_statement,
)
from lfr_actors.evaluation.intervals import INSUFFICIENT, per_cent
from lfr_actors.evaluation.plotting import Picture
from lfr_actors.evaluation.study_page import Plot, Section, Statement, StudyPage, Table

RATE_COLUMNS: Final = (
    "attribute",
    "group",
    "people",
    "searches",
    "rate",
    "95 % interval by people",
    "exact interval",
)
DIFFERENCE_COLUMNS: Final = (
    "group",
    "against",
    "difference",
    "possible",
    "probably missed",
    "ratio",
    "p",
    "a difference",
)
NONE_COULD: Final = "none"
_LIMITS: Final = (
    "Groups are what people said of themselves. Nobody's group was guessed, and who did not say is compared with "
    "nobody.",
    "This is about these people, these pictures, this list and this threshold. Another camera, another light or "
    "another list can be fair where this was not, and the other way round.",
    "A street cannot tell: nobody there says to which group they belong, those who are missed leave no trace, and "
    "false alerts are too few. Equity is measured in trials with people who are known, and who agreed.",
    "Whether a difference matters is not a question of statistics. A small one may be shown by much data, and "
    "a large one remain hidden in little.",
)
_METHOD: Final = (
    "TPIR: mated searches whose mate came first and reached the threshold, of all mated searches. FPIR: "
    "non-mated searches in which anybody reached it, of all non-mated searches. A probe without a face is a "
    "miss, and no false positive. Terms as in ISO/IEC 19795-1 and 19795-10.",
    "Searches of one person are not independent: intervals are exact ones at the effective number of searches "
    "(Korn and Graubard 1998). Differences: Newcombe's hybrid score interval, widened so that all of them "
    "hold together (Bonferroni). A difference is shown if its p-value, corrected for all comparisons on this "
    "page (Holm 1979), is at most 5 %: the chance that any that is called shown is none at all is at most "
    "that. The correction may call a difference shown whose widened interval just includes zero.",
    "What could have been shown: with 80 % power at that level, beside the rate of everybody together. Four "
    "of five studies like this one would find a difference of that size; a smaller one may be found by luck, "
    "and will more often be missed.",
)


def equity_pictures(study: EquityStudy) -> tuple[Picture, ...]:
    """Every plot of the page, in its order."""
    by_threshold = (threshold_plot(study, attribute) for attribute in study.attributes)
    return (
        *(forest_plot(study, rate) for rate in Rate),
        *(each for each in by_threshold if each is not None),
    )


def equity_page(
    study: EquityStudy,
    pictures: Sequence[Picture],
    *,
    facts: Sequence[tuple[str, str]] = (),
    notes: Sequence[str] = (),
) -> StudyPage:
    """The page. `facts`: what else to know of the measurement; `notes`: what to be careful with."""
    about = [*_label_statements(study), *(Statement(text=note, kind="warning") for note in notes)]
    forests, by_threshold = pictures[: len(Rate)], pictures[len(Rate) :]
    return StudyPage(
        title="Are groups of people recognised alike?",
        summary="And are they mistaken for others alike? What this trial could have shown comes first, then what "
        "it shows. What it does not show may still be so.",
        facts=(
            ("groups", study.labels_from),
            ("threshold", f"{study.threshold:.6g}"),
            ("list", f"{study.subjects:,} people"),
            ("searched", f"{study.people:,} people, {study.searches:,} searches"),
            ("compared", f"{study.family} comparisons, all corrected for each other"),
            *facts,
        ),
        sections=(
            Section(
                title="What this trial could have shown",
                statements=tuple(power_statement(study, rate) for rate in Rate),
                tables=tuple(_power_table(study, rate) for rate in Rate if study.comparisons(rate)),
            ),
            Section(title="What it shows", statements=(conclusion(study),)),
            *([Section(title="About this data", statements=tuple(about))] if about else []),
            *(
                Section(
                    title=TITLES[rate],
                    statements=tuple(findings(study, rate)),
                    plots=(Plot(picture=picture, caption=_FOREST),),
                )
                for rate, picture in zip(Rate, forests, strict=True)
            ),
            *_mistaken_section(study),
            *_threshold_section(by_threshold),
            Section(
                title="The figures",
                tables=tuple(
                    table
                    for rate in Rate
                    for table in (_rates_table(study, rate), *_differences_tables(study, rate))
                ),
            ),
            Section(
                title="What this cannot tell", statements=tuple(Statement(text=text) for text in _LIMITS)
            ),
            Section(title="How it was computed", statements=tuple(Statement(text=text) for text in _METHOD)),
        ),
    )


_FOREST: Final = (
    "Left: the rate of each group and its 95 % interval. Right: how far it is from those it is held against. "
    "Within the grey bar a true difference would probably have been missed: there the plot cannot tell alike "
    "from different. A bar that runs to the edge has no end on that side."
)


def _label_statements(study: EquityStudy) -> list[Statement]:
    said = []
    if study.unlabelled:
        said.append(
            f"People who were searched and have no label: {len(study.unlabelled):,} of {study.people:,}. They "
            f"count for everybody together, and for no group."
        )
    if study.unseen:
        said.append(
            f"People who have a label and were not searched: {len(study.unseen):,}. They count for nothing."
        )
    small = [
        f"{own.group} ({attribute.attribute})"
        for attribute in study.attributes
        for own in attribute.rates[Rate.TPIR] + attribute.rates[Rate.FPIR]
        if 0 < own.people < study.minimum
    ]
    if small:
        said.append(
            f"Not hidden: groups of fewer than {study.minimum:,} people have no rate here ("
            f"{', '.join(dict.fromkeys(small))}), and yet what came of them can be computed from everybody and the "
            "other groups. Before this is published, put them together with others in the labels, or ask them."
        )
    return [Statement(text=text, kind="warning") for text in said]


def _power_table(study: EquityStudy, rate: Rate) -> Table:
    everybody = study.everybody[rate].by_person
    base = INSUFFICIENT if everybody is None else per_cent(everybody.rate)
    return Table(
        caption=f"{NAMES[rate]} that could have been shown to differ from {base}, that of everybody together",
        columns=("attribute", "group", "against", "people", "people against", "at or below", "at or above"),
        rows=tuple(
            (
                each.attribute,
                each.group,
                each.against,
                f"{each.comparison.first.people:,}",
                f"{each.comparison.second.people:,}",
                _limit(None if each.detectable is None else each.detectable.lower),
                _limit(None if each.detectable is None else each.detectable.higher),
            )
            for each in study.comparisons(rate)
        ),
        text_columns=3,
        note=f"In four of five such trials. {NONE_COULD}: no rate on that side could have been shown.",
    )


def _limit(rate: float | None) -> str:
    return NONE_COULD if rate is None else per_cent(rate)


def _rates_table(study: EquityStudy, rate: Rate) -> Table:
    return Table(
        caption=f"{NAMES[rate]} of each group",
        columns=RATE_COLUMNS,
        rows=group_rows(study, rate),
        text_columns=2,
        note="The exact interval takes every search to be independent; the one by people does not, and is the one "
        "to read.",
    )


def group_rows(study: EquityStudy, rate: Rate) -> tuple[tuple[str, ...], ...]:
    """Everybody and each group as the cells of a row, under `RATE_COLUMNS`."""
    rows = [("everybody", "", *_rate_cells(study.everybody[rate]))]
    rows += [
        (attribute.attribute, own.group, *_rate_cells(own))
        for attribute in study.attributes
        for own in attribute.rates[rate]
    ]
    return tuple(rows)


def _rate_cells(own: GroupRate) -> tuple[str, str, str, str, str]:
    people, searches = f"{own.people:,}", f"{own.searches:,}"
    if own.by_person is None or own.exact is None:
        return people, searches, INSUFFICIENT, "", ""
    by_person, exact = (
        f"{per_cent(each.low)} to {per_cent(each.high)}" for each in (own.by_person, own.exact)
    )
    return people, searches, per_cent(own.by_person.rate), by_person, exact


def _differences_tables(study: EquityStudy, rate: Rate) -> tuple[Table, ...]:
    if not study.comparisons(rate):
        return ()
    return (
        Table(
            caption=f"{NAMES[rate]}: differences, in percentage points",
            columns=DIFFERENCE_COLUMNS,
            rows=difference_rows(study, rate),
            text_columns=2,
            note="possible: what the data are compatible with, for all comparisons together. probably missed: true "
            "differences within these limits would not have been found reliably. p: after correction for all "
            "comparisons.",
        ),
    )


def difference_rows(study: EquityStudy, rate: Rate) -> tuple[tuple[str, ...], ...]:
    """Each comparison as the cells of a row, under `DIFFERENCE_COLUMNS`."""
    return tuple(_difference_cells(each) for each in study.comparisons(rate))


def _difference_cells(compared: GroupComparison) -> tuple[str, ...]:
    one, could = compared.comparison, compared.detectable
    down = None if could is None else could.difference_down
    up = None if could is None else could.difference_up
    return (
        f"{compared.attribute}: {compared.group}",
        compared.against,
        points(one.difference),
        f"{points(one.difference_low)} to {points(one.difference_high)}",
        f"{'any' if down is None else points(-down)} to {'any' if up is None else points(up)}",
        "none" if one.ratio is None else f"{one.ratio:.2f}",
        p_words(compared.p_adjusted).removeprefix("p ").removeprefix("= "),
        "is shown" if compared.is_shown else "is not shown",
    )


def _mistaken_section(study: EquityStudy) -> tuple[Section, ...]:
    said = [text for attribute in study.attributes for text in mistaken_sentences(attribute)]
    if not said:
        return ()
    lead = (
        "A face is most easily taken for one that is like it. How often a group is mistaken therefore depends "
        "on how many of it are on the list, and would be otherwise with another list. Counts of searches; "
        "nothing is tested."
    )
    return (
        Section(
            title="Whom they were taken for",
            statements=(Statement(text=lead), *(Statement(text=text) for text in said)),
        ),
    )


def _threshold_section(pictures: Sequence[Picture]) -> tuple[Section, ...]:
    if not pictures:
        return ()
    lead = (
        "A difference may come and go with the threshold. These curves are for looking, and nothing on them "
        "is tested: a threshold that is picked because groups look alike at it proves nothing on the data "
        "that picked it."
    )
    return (
        Section(
            title="At other thresholds",
            statements=(Statement(text=lead),),
            plots=tuple(Plot(picture=picture) for picture in pictures),
        ),
    )

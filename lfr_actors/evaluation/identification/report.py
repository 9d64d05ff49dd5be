"""A study as a page for people to read; it names nobody and may be published.

What was done and what this data cannot show come first, then the figures, then what is in doubt.
"""

from __future__ import annotations

from lfr_actors.evaluation.identification.drawings import study_pictures
from lfr_actors.evaluation.identification.points import RatePoint
from lfr_actors.evaluation.identification.study import Figures, IdentificationStudy
from lfr_actors.evaluation.identification.wording import (
    RATE_COLUMNS,
    count_lines,
    doubt_summary,
    insufficient_lines,
    rate_rows,
    span,
)
from lfr_actors.evaluation.intervals import INSUFFICIENT, per_cent
from lfr_actors.evaluation.plotting import Picture
from lfr_actors.evaluation.study_page import Headline, Plot, Section, Statement, StudyPage, Table

_NOT_LIVE = (
    "These are rates of photographs of people who face a camera. A street is harder: rates of a deployment are "
    "measured in it, with people who are known to be on its list."
)


def report_page(study: IdentificationStudy) -> tuple[StudyPage, tuple[Picture, ...]]:
    """The page and its plots."""
    pictures = {picture.name: picture for picture in study_pictures(study)}

    def plots(*names: str) -> tuple[Plot, ...]:
        return tuple(
            Plot(picture=pictures[name], caption=_CAPTIONS[name]) for name in names if name in pictures
        )

    missing = insufficient_lines(study.points)
    page = StudyPage(
        title="Open-set identification",
        summary="How often people on a list are found, and how often people who are not on it are taken for them.",
        facts=(
            ("model pack", study.pack.embedder),
            ("detector", study.pack.detector),
            ("licence", study.pack.licence),
            ("people", f"folder {study.folder}"),
            ("list", f"{study.searches.subjects:,} people"),
        ),
        statements=(
            *(Statement(text=line, kind="insufficient") for line in missing),
            Statement(text=_NOT_LIVE, kind="warning"),
        ),
        headlines=tuple(_headline(point) for point in study.points if point.tpir is not None)[:3],
        sections=(
            Section(
                title="What was searched",
                statements=tuple(
                    Statement(text=line) for line in count_lines(study.main.counts, study.settings.enrol)
                ),
            ),
            Section(
                title="Rates",
                statements=(Statement(text=_RATES),),
                tables=(
                    _rates_table("Every picture as it is labelled", study.main),
                    _ranks_table(study.main),
                ),
                plots=plots("det", "scores"),
            ),
            *_repeats_section(study, plots("halves")),
            *(
                (Section(title="Length of the list", plots=plots("list-size")),)
                if "list-size" in pictures
                else ()
            ),
            *_doubts_section(study),
        ),
        footer=(
            "TPIR, FPIR, FNIR as in ISO/IEC 19795-1; decision: score ≥ threshold, first candidate. Exact "
            "intervals: Clopper and Pearson (1934). By people: Korn and Graubard (1998), the searches of one "
            "person taken together. This page names nobody.",
        ),
    )
    return page, tuple(pictures.values())


_RATES = (
    "TPIR: of the searches of people on the list, the share that returns the right person first and at or above "
    "the threshold. FPIR: of the searches of people who are not on it, the share that returns anybody. Both belong "
    "to a list of this length. The interval by people is the one to rely on."
)
_CAPTIONS = {
    "det": "Towards the lower left is better. Each mark is a threshold of the table, with its intervals by people.",
    "scores": "Where the two overlap, no threshold can tell people on the list from people who are not.",
    "halves": "Above the dashed line, people who did not help to choose the threshold raise more false matches "
    "than was promised.",
    "list-size": "Means over all lists of that many of the people, at fixed thresholds. Dotted: in proportion.",
}


def _headline(point: RatePoint) -> Headline:
    found, false = point.tpir, point.fpir
    if found is None or false is None:
        rate = INSUFFICIENT if found is None else per_cent(found.rate)
        return Headline(label=f"TPIR at threshold {point.threshold:.4f}", figure=rate)
    return Headline(
        label=f"TPIR at FPIR {per_cent(false.rate)}",
        figure=per_cent(found.rate),
        note=f"{span(found.by_person.low, found.by_person.high)}; "
        f"threshold {point.threshold:.4f}, {point.subjects:,} people on the list",
    )


def _rates_table(caption: str, figures: Figures) -> Table:
    return Table(caption=caption, columns=RATE_COLUMNS, rows=rate_rows(figures.points))


def _ranks_table(figures: Figures) -> Table:
    rows = [
        (
            f"{rank}",
            f"{per_cent(rate.rate)} ({rate.hits:,} of {rate.trials:,})",
            span(rate.low, rate.high),
        )
        for rank, rate in figures.ranks
        if rate is not None
    ]
    return Table(
        caption="Closed set: the right person among the first k, at whatever score",
        columns=("k", "mated searches", "95 % exact"),
        rows=tuple(rows),
        note="" if rows else "Insufficient data: no mated search.",
    )


def _repeats_section(study: IdentificationStudy, plots: tuple[Plot, ...]) -> tuple[Section, ...]:
    if not study.repeats:
        return ()
    rows = []
    for repeats in study.repeats:
        spread = repeats.spread("fpir_other")
        values = [repeats.mean(name) for name in ("fpir_chosen", "fpir_other", "tpir_chosen", "tpir_other")]
        cells = [INSUFFICIENT if value is None else per_cent(value) for value in values]
        cells.insert(2, "–" if spread is None else span(*spread))
        rows.append((f"{100 * repeats.target:g} %", *cells))
    reasons = dict.fromkeys(repeats.reason for repeats in study.repeats if repeats.reason is not None)
    table = Table(
        caption=f"Means over {study.settings.repeats} splits of the people into halves",
        columns=(
            "target FPIR",
            "FPIR, half that chose",
            "FPIR, other half",
            "middle 90 % of splits",
            "TPIR, half that chose",
            "TPIR, other half",
        ),
        rows=tuple(rows),
        note=f"Each half's list holds {study.repeats[0].subjects:,.0f} people: its thresholds are its own.",
    )
    return (
        Section(
            title="A threshold is kinder to those who chose it",
            statements=(
                Statement(
                    text="One half of the people chooses the threshold, the other half is measured at it. "
                    "Nobody is in both."
                ),
                *(
                    Statement(text=f"{reason[0].upper()}{reason[1:]}.", kind="insufficient")
                    for reason in reasons
                ),
            ),
            tables=(table,),
            plots=plots,
        ),
    )


def _doubts_section(study: IdentificationStudy) -> tuple[Section, ...]:
    summary = doubt_summary(study)
    if study.suspicion.unjudged is not None:
        text = f"Whether labels are right could not be judged by scores: {study.suspicion.unjudged}."
        return (Section(title="Labels in doubt", statements=(Statement(text=text, kind="insufficient"),)),)
    if summary is None or study.undoubted is None:
        return (
            Section(title="Labels in doubt", statements=(Statement(text="The scores contradict no label."),)),
        )
    return (
        Section(
            title="Labels in doubt",
            statements=(Statement(text=summary, kind="warning"),),
            tables=(_rates_table("Without the pictures in doubt", study.undoubted),),
        ),
    )

"""Equity for the eye: a forest plot for each rate, and how a rate goes with the threshold in each group.

A forest plot has one row a group. On the left its rate; on the right how far it is from those it is held against,
on top of a grey bar of what this data was too small to show. What stays within the bar says nothing either way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from lfr_actors.evaluation.equity.curves import Curve
from lfr_actors.evaluation.equity.groups import GroupRate, Rate
from lfr_actors.evaluation.equity.study import AttributeStudy, EquityStudy, GroupComparison
from lfr_actors.evaluation.equity.words import NAMES, TITLES, points
from lfr_actors.evaluation.intervals import INSUFFICIENT, per_cent
from lfr_actors.evaluation.plotting import (
    BLACK,
    BLUE,
    COLOURS,
    GREY,
    VERMILION,
    Picture,
    drawing,
    per_cent_axis,
    picture_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WAYS: Final = {
    Rate.TPIR: "\N{LEFTWARDS ARROW} recognised less often      recognised more often \N{RIGHTWARDS ARROW}",
    Rate.FPIR: "\N{LEFTWARDS ARROW} mistaken less often      mistaken more often \N{RIGHTWARDS ARROW}",
}
_UNSEEN: Final = "#DADADA"
_ROW_IN: Final = 0.42
_WIDTH_IN: Final = 9.0
_DASHES: Final = ("-", "--", "-.", (0, (1, 1)))
"""Beside seven colours: with both, 28 groups can be told apart."""
_FAR: Final = 10.0
"""A bar without an end ends beyond every axis, which are shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A line of the plot: the name of an attribute, or one of its groups."""

    label: str
    rate: GroupRate | None = None
    compared: GroupComparison | None = None
    instead: str = ""


def forest_plot(study: EquityStudy, rate: Rate) -> Picture:
    """Every group's rate and its difference, attribute by attribute."""
    rows = [row for attribute in study.attributes for row in _rows(attribute, rate)]
    with drawing(width_in=_WIDTH_IN, height_in=2.1 + _ROW_IN * len(rows)) as figure:
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(5, 6))
        for place, row in enumerate(rows):
            _draw_rate(left, place, row)
            _draw_difference(right, place, row)
        everybody = study.everybody[rate].by_person
        if everybody is not None:
            left.axvline(everybody.rate, color=BLACK, linestyle=":", linewidth=1.3)
        right.axvline(0, color=BLACK, linewidth=1.0)
        _finish_rows(left, right, rows)
        _finish_rate(left, rate, rows)
        _finish_difference(right, rate, rows)
        _legend(figure, study)
        return picture_of(figure, name=f"equity-{rate}", alt=_alt(rate, rows))


def _rows(attribute: AttributeStudy, rate: Rate) -> Iterator[_Row]:
    yield _Row(label=attribute.attribute)
    pair = attribute.comparisons[rate][:1] if attribute.reference is None else ()
    for own in attribute.rates[rate]:
        compared = attribute.comparison_of(rate, own.group)
        instead = INSUFFICIENT if own.by_person is None else ""
        if not instead and compared is None:
            is_other = any(each.against == own.group for each in pair)
            is_reference = own.group == attribute.reference
            instead = "see the row above" if is_other else "the reference" if is_reference else "not compared"
        people = f"{own.people:,} {'person' if own.people == 1 else 'people'}"
        yield _Row(label=f"{own.group} ({people})", rate=own, compared=compared, instead=instead)


def _draw_rate(axes: Axes, place: int, row: _Row) -> None:
    found = None if row.rate is None else row.rate.by_person
    if found is None:
        return
    spans = [[max(0.0, found.rate - found.low)], [max(0.0, found.high - found.rate)]]
    axes.errorbar(
        [found.rate], [place], xerr=spans, fmt="s", markersize=5, color=BLACK, capsize=3, elinewidth=1.5
    )


def _draw_difference(axes: Axes, place: int, row: _Row) -> None:
    if row.compared is None:
        if row.instead:
            axes.annotate(
                row.instead,
                (0, place),
                (6, 0),
                textcoords="offset points",
                va="center",
                color=GREY,
                fontstyle="italic",
            )
        return
    one, unseen = row.compared.comparison, row.compared.detectable
    down = None if unseen is None else unseen.difference_down
    up = None if unseen is None else unseen.difference_up
    low, high = -_FAR if down is None else -down, _FAR if up is None else up
    axes.barh(place, high - low, left=low, height=0.72, color=_UNSEEN, linewidth=0)
    shown = row.compared.is_shown
    spans = [
        [max(0.0, one.difference - one.difference_low)],
        [max(0.0, one.difference_high - one.difference)],
    ]
    axes.errorbar(
        [one.difference],
        [place],
        xerr=spans,
        fmt="D" if shown else "o",
        markersize=7 if shown else 6,
        color=VERMILION if shown else BLUE,
        markerfacecolor=VERMILION if shown else "white",
        capsize=3,
        elinewidth=1.8,
    )


def _finish_rows(left: Axes, right: Axes, rows: Sequence[_Row]) -> None:
    left.set_ylim(len(rows) - 0.4, -0.6)
    left.set_yticks(range(len(rows)), [row.label for row in rows])
    for tick, row in zip(left.get_yticklabels(), rows, strict=True):
        tick.set_fontweight("bold" if row.rate is None else "normal")
    for axes in (left, right):
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)


def _finish_rate(axes: Axes, rate: Rate, rows: Sequence[_Row]) -> None:
    found = [row.rate.by_person for row in rows if row.rate is not None and row.rate.by_person is not None]
    lowest, highest = (
        (min(each.low for each in found), max(each.high for each in found)) if found else (0.0, 1.0)
    )
    margin = 0.06 * (highest - lowest) or 0.05
    axes.set_xlim(max(-0.02, lowest - margin), min(1.02, highest + margin))
    per_cent_axis(axes.xaxis)
    axes.set_title(TITLES[rate])
    axes.set_xlabel("rate of the group, 95 % interval by people\n(dotted: everybody)")


def _finish_difference(axes: Axes, rate: Rate, rows: Sequence[_Row]) -> None:
    ends = [0.0]
    for compared in (row.compared for row in rows):
        if compared is not None:
            one, unseen = compared.comparison, compared.detectable
            ends += [one.difference_low, one.difference_high]
            if unseen is not None:
                ends += [unseen.difference_up or 0.0, -(unseen.difference_down or 0.0)]
    margin = 0.08 * (max(ends) - min(ends)) or 0.05
    axes.set_xlim(min(ends) - margin, max(ends) + margin)
    axes.xaxis.set_major_formatter(lambda share, _: _signed(share))
    axes.set_title("Difference from the others, or the reference")
    axes.set_xlabel(f"percentage points\n{_WAYS[rate]}")


def _signed(share: float) -> str:
    whole = f"{round(100 * share, 6):+g}"
    return "0" if float(whole) == 0 else whole.replace("-", "\N{MINUS SIGN}")


def _legend(figure: Any, study: EquityStudy) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    figure.legend(
        handles=[
            Line2D([], [], color=VERMILION, marker="D", label="a difference is shown"),
            Line2D(
                [],
                [],
                color=BLUE,
                marker="o",
                markerfacecolor="white",
                label="none is shown (not proof of none)",
            ),
            Patch(color=_UNSEEN, label="would probably be missed by this data"),
        ],
        loc="outside lower center",
        ncols=3,
        title=f"threshold {study.threshold:.4g}, {study.subjects:,} people on the list, "
        f"intervals of differences hold for all {study.family} comparisons together",
        title_fontsize=9,
    )


def threshold_plot(study: EquityStudy, attribute: AttributeStudy) -> Picture | None:
    """Both rates of an attribute's groups over the threshold; None where no group has enough people."""
    shown = [rate for rate in Rate if any(curve.rate is rate for curve in attribute.curves)]
    if not shown:
        return None
    groups = list(dict.fromkeys(curve.group for curve in attribute.curves))
    with drawing(width_in=_WIDTH_IN, height_in=4.2) as figure:
        panels = figure.subplots(1, len(shown), squeeze=False)[0]
        for axes, rate in zip(panels, shown, strict=True):
            for curve in attribute.curves:
                if curve.rate is rate:
                    _draw_curve(axes, curve, groups.index(curve.group))
            per_cent_axis(axes.yaxis)
            axes.axvline(study.threshold, color=BLACK, linestyle=":", linewidth=1.3)
            axes.set_title(TITLES[rate])
            axes.set_xlabel("threshold (dotted: that of this study)")
        handles = {
            name: handle
            for axes in panels
            for handle, name in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4)
        return picture_of(
            figure,
            name=f"equity-thresholds-{study.attributes.index(attribute) + 1}",
            alt=f"{' and '.join(NAMES[rate] for rate in shown)} over the threshold, by {attribute.attribute}: "
            f"{', '.join(groups)}.",
        )


def _draw_curve(axes: Axes, curve: Curve, place: int) -> None:
    """A line; on the logarithmic axis of FPIR it ends where nobody is mistaken any more."""
    values = curve.values
    if curve.rate is Rate.FPIR:
        axes.set_yscale("log")
        values = np.where(values > 0, values, np.nan)
    axes.plot(
        curve.thresholds,
        values,
        color=COLOURS[place % len(COLOURS)],
        linestyle=_DASHES[place % len(_DASHES)],
        label=curve.group,
    )


def _alt(rate: Rate, rows: Sequence[_Row]) -> str:
    """The plot in words, group by group."""
    parts = []
    for row in rows:
        if row.rate is None:
            continue
        found = row.rate.by_person
        text = f"{row.label} {INSUFFICIENT}" if found is None else f"{row.label} {per_cent(found.rate)}"
        if row.compared is not None:
            one = row.compared.comparison
            text += (
                f", {points(one.difference)} points from {row.compared.against} "
                f"({'shown' if row.compared.is_shown else 'not shown to differ'})"
            )
        parts.append(text)
    return f"Forest plot of {NAMES[rate]} by group. {'; '.join(parts)}."

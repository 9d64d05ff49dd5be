"""The plots of an identification study; nothing in them names anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lfr_actors.evaluation.identification.points import RatePoint
from lfr_actors.evaluation.identification.study import IdentificationStudy
from lfr_actors.evaluation.operating_point import det_curve
from lfr_actors.evaluation.plotting import (
    BLACK,
    BLUE,
    COLOURS,
    GREY,
    VERMILION,
    Picture,
    drawing,
    interval_bars,
    per_cent_axis,
    picture_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def study_pictures(study: IdentificationStudy) -> tuple[Picture, ...]:
    """The plots that this study has data for, in the order of the page: det, scores, list-size, halves."""
    drawn = (draw_det(study), draw_scores(study), draw_list_sizes(study), draw_halves(study))
    return tuple(picture for picture in drawn if picture is not None)


def draw_det(study: IdentificationStudy) -> Picture | None:
    """Both error rates against each other, logarithmic, with the points asked for; None without both rates."""
    curve = det_curve(study.searches)
    shown = [point for point in study.points if point.tpir is not None and point.fpir is not None]
    if curve is None or not (curve.fpir > 0).any():
        return None
    with drawing(height_in=4.6) as figure:
        axes = figure.subplots()
        best = np.append(True, np.diff(curve.fpir) != 0) & (curve.fpir > 0)  # the fewest misses of each FPIR
        axes.step(curve.fpir[best], curve.fnir[best], where="post", color=BLUE)
        for place, point in enumerate(shown):
            _mark(axes, point, COLOURS[(place + 1) % len(COLOURS)], _MARKERS[place % len(_MARKERS)])
        axes.set_xscale("log")
        axes.set_yscale("log")
        per_cent_axis(axes.xaxis)
        per_cent_axis(axes.yaxis)
        axes.set_xlim(0.4 / curve.non_mated, 1.3)
        _few_log_ticks(axes)
        axes.set_xlabel(
            f"FPIR: of {curve.non_mated:,} searches of people not on the list, share with a candidate"
        )
        axes.set_ylabel(f"FNIR: of {curve.mated:,} searches of people\non the list, share missed")
        axes.set_title(f"Detection error trade-off, {study.searches.subjects:,} people on the list")
        if shown:
            axes.legend(loc="best")
        words = "; ".join(
            f"threshold {point.threshold:.4f}: FPIR {100 * point.fpir.rate:.2f} %, FNIR {100 * point.fnir:.1f} %"
            for point in shown
            if point.fpir is not None and point.fnir is not None
        )
        alt = "Detection error trade-off: misses fall as false matches rise." + (
            f" {words}." if words else ""
        )
        return picture_of(figure, name="det", alt=alt)


def _mark(axes: Axes, point: RatePoint, colour: str, marker: str) -> None:
    """A point with the intervals by people of both rates."""
    if point.fpir is None or point.tpir is None or not point.fpir.rate:
        return
    x, y = point.fpir, point.tpir
    miss = 1 - y.rate
    axes.errorbar(
        [x.rate],
        [miss],
        xerr=[[x.rate - x.by_person.low], [x.by_person.high - x.rate]],
        yerr=[[miss - (1 - y.by_person.high)], [(1 - y.by_person.low) - miss]],
        fmt=marker,
        color=colour,
        capsize=3,
        elinewidth=1.4,
        label=f"threshold {point.threshold:.4f}",
    )


def _few_log_ticks(axes: Axes) -> None:
    """1, 2 and 5 of each power of ten that is in sight; over more than three of them only the powers."""
    from matplotlib.ticker import LogLocator, NullLocator

    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        steps = (1.0,) if high / low > 1_000 else (1.0, 2.0, 5.0)
        axis.set_major_locator(LogLocator(base=10, subs=steps, numticks=20))
        axis.set_minor_locator(NullLocator())


def draw_scores(study: IdentificationStudy) -> Picture | None:
    """How the scores of both kinds of search lie, and the thresholds between them; None without scores."""
    searches = study.searches
    mated = searches.mate_score[searches.mated & searches.acquired]
    others = searches.top_score[~searches.mated]
    others = others[~np.isnan(others)]
    if not len(mated) and not len(others):
        return None
    every = np.concatenate([mated, others])
    edges = np.linspace(np.quantile(every, 0.001), every.max(), 61).tolist()
    thresholds = [point.threshold for point in study.points if point.threshold is not None]
    with drawing(height_in=3.8) as figure:
        axes = figure.subplots()
        for scores, colour, words in (
            (others, VERMILION, f"not on the list: best score of {len(others):,} searches"),
            (mated, BLUE, f"on the list: score with oneself of {len(mated):,} searches"),
        ):
            if len(scores):
                weights = np.full(len(scores), 1 / len(scores))
                axes.hist(scores, edges, weights=weights, histtype="stepfilled", alpha=0.35, color=colour)
                axes.hist(
                    scores, edges, weights=weights, histtype="step", color=colour, linewidth=1.6, label=words
                )
        for place, threshold in enumerate(sorted(thresholds)):
            axes.axvline(
                threshold,
                color=BLACK,
                linestyle=(0, (4, 2)),
                linewidth=1.1,
                label="thresholds" if place == 0 else None,
            )
        axes.set_xlabel("score (cosine similarity)")
        axes.set_ylabel("share of the searches")
        per_cent_axis(axes.yaxis)
        axes.set_title("Scores of searches")
        axes.margins(y=0.3)
        axes.legend(loc="upper left", frameon=True, framealpha=1, edgecolor="none")
        middle = " and ".join(
            f"{np.median(scores):.3f} {who}"
            for scores, who in ((others, "for people who are not"), (mated, "for people on the list"))
            if len(scores)
        )
        return picture_of(figure, name="scores", alt=f"Two distributions of scores; medians {middle}.")


def draw_list_sizes(study: IdentificationStudy) -> Picture | None:
    """Both rates against the length of the list at thresholds that stay; None where they were not measured."""
    by_threshold: dict[float, list[tuple[int, float, float]]] = {}
    for size in study.list_sizes:
        if size.fpir is not None and size.tpir is not None:
            by_threshold.setdefault(size.threshold, []).append((size.subjects, size.fpir, size.tpir))
    shown = {threshold: rows for threshold, rows in by_threshold.items() if len(rows) > 1 and rows[-1][1] > 0}
    if not shown:
        return None
    with drawing(height_in=3.9) as figure:
        left, right = figure.subplots(1, 2)
        for place, (threshold, rows) in enumerate(sorted(shown.items())):
            sizes, false, true = (np.array(column) for column in zip(*rows, strict=True))
            style = {"color": COLOURS[place % len(COLOURS)], "marker": _MARKERS[place % len(_MARKERS)]}
            left.plot(sizes[false > 0], false[false > 0], label=f"{threshold:.4f}", **style)
            right.plot(sizes, true, **style)
            left.plot(sizes, false[-1] * sizes / sizes[-1], color=GREY, linewidth=0.9, linestyle=(0, (2, 2)))
        left.set_yscale("log")
        left.minorticks_off()
        for axes, words in ((left, "FPIR"), (right, "TPIR")):
            axes.set_xscale("log", base=2)
            axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
            axes.set_xlabel("people on the list")
            axes.set_title(words)
            per_cent_axis(axes.yaxis)
        right.set_ylim(top=min(1.005, right.get_ylim()[1]))  # no rate is above 100 %
        left.legend(title="threshold", loc="best")
        alt = (
            f"With the threshold fixed, FPIR grows about in proportion to the list (dotted), from {sizes[0]:,} to "
            f"{sizes[-1]:,} people; TPIR hardly changes."
        )
        return picture_of(figure, name="list-size", alt=alt)


def draw_halves(study: IdentificationStudy) -> Picture | None:
    """FPIR of the half that chose a threshold and of the other one, for each target; None without splits."""
    shown = [repeats for repeats in study.repeats if repeats.each]
    if not shown:
        return None
    with drawing(height_in=3.6) as figure:
        axes = figure.subplots()
        random = np.random.default_rng(0)  # only to keep points from lying on each other
        for place, repeats in enumerate(shown):
            other = np.array([one.fpir_other for one in repeats.each]) / repeats.target
            beside = place + 0.12 + random.uniform(-0.05, 0.05, len(other))
            axes.plot(
                beside,
                other,
                "o",
                color=BLUE,
                markersize=4,
                alpha=0.8,
                label="the other half, one dot a split" if place == 0 else None,
            )
            spread = repeats.spread("fpir_other")
            if spread is not None:
                interval_bars(
                    axes,
                    place - 0.12,
                    other.mean(),
                    spread[0] / repeats.target,
                    spread[1] / repeats.target,
                    color=VERMILION,
                    label="its mean, and the middle 90 %" if place == 0 else None,
                )
        axes.axhline(1, color=BLACK, linewidth=1.2, linestyle=(0, (4, 2)), label="as promised")
        axes.set_xticks(range(len(shown)), [f"FPIR {100 * repeats.target:g} %" for repeats in shown])
        axes.set_xlim(-0.5, len(shown) - 0.5)
        axes.set_ylim(bottom=0)
        axes.set_ylabel("measured FPIR / target")
        axes.set_title("A threshold chosen on one half of the people, measured on the other")
        axes.legend(loc="best")
        words = "; ".join(
            f"for {100 * repeats.target:g} % it is {100 * (repeats.mean('fpir_other') or 0.0):.3g} %"
            for repeats in shown
        )
        alt = f"Mean FPIR of people who did not help to choose the threshold: {words}."
        return picture_of(figure, name="halves", alt=alt)

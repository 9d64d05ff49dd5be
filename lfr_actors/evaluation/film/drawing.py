"""The film as pictures: who passed and when an alert came, recognition by what makes it hard, and how long it took.

Nobody is named: passes go by the name that the truth gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from lfr_actors.evaluation.film.bins import Binned
from lfr_actors.evaluation.film.crowding import faces_to_be_seen
from lfr_actors.evaluation.film.matching import AlertResult, JudgedPass, PassResult
from lfr_actors.evaluation.film.study import FilmStudy
from lfr_actors.evaluation.film.waiting import Floats, Waiting
from lfr_actors.evaluation.intervals import INSUFFICIENT, rate_words
from lfr_actors.evaluation.plotting import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    SKY,
    VERMILION,
    Picture,
    drawing,
    per_cent_axis,
    picture_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ROWS: Final = 80
"""More passes of people on the list than this are not drawn one by one: nobody could read them."""
_ROW_IN = 0.2
_LOOKS: Final = {
    PassResult.RECOGNISED: ("recognised", BLUE, ""),
    PassResult.MISSED: ("missed", VERMILION, "////"),
    PassResult.IN_COOLDOWN: ("in a cooldown", GREY, ".."),
}
_NAMES: Final = {
    "face-size": "Width of the face at its largest, px",
    "speed": "Walking speed, m/s",
    "crowding": "Other faces to be seen meanwhile, mean",
}


def pictures_of(study: FilmStudy) -> tuple[Picture, ...]:
    """Everything there is to draw of a film: the timeline, and where there are some rates by bin and waits."""
    pictures = [timeline(study)]
    if study.tpir is not None:
        pictures.append(rates_by_bin(study.by))
    if study.waiting is not None:
        pictures.append(waiting_curve(study.waiting))
    return tuple(pictures)


def timeline(study: FilmStudy) -> Picture:
    """Passes of people on the list as bars with their alerts; below, the crowd and the false alerts."""
    shown = sorted(
        (one for one in study.passes if one.result in _LOOKS), key=lambda one: one.one.span_s or (0.0, 0.0)
    )
    rows = shown if len(shown) <= MOST_ROWS else []
    false = [one for one in study.alerts if one.result is AlertResult.FALSE]
    counts = study.pass_counts
    alt = (
        f"Timeline of {study.run.film}. Of {len(shown)} passes of people on the list "
        f"{counts[PassResult.RECOGNISED]} were recognised, {counts[PassResult.MISSED]} missed, "
        f"{counts[PassResult.IN_COOLDOWN]} fell into a cooldown; {len(false)} false alerts."
    )
    above_in = max(0.5, _ROW_IN * len(rows)) + 0.6
    with drawing(height_in=above_in + 2.1) as figure:
        people, crowd = figure.subplots(2, 1, sharex=True, height_ratios=(above_in, 1.5))
        _draw_people(people, rows, len(shown), study)
        times_s, faces = faces_to_be_seen([one.one for one in study.passes])
        if times_s:  # from nobody on, so that the first to come is drawn as a step too
            times_s, faces = (times_s[0], *times_s), (0, *faces)
            crowd.step(times_s, faces, where="post", color=GREY, linewidth=1.2)
            crowd.fill_between(times_s, faces, step="post", color="#D9D9D9")
        for one in false:
            crowd.axvline(one.alert.media_time_s, color=VERMILION, linewidth=1, linestyle=":")
        top = max([*faces, 1]) * 1.12
        if false:  # an empty line that is not clipped would take its place in the corner of the figure
            crowd.plot(
                [one.alert.media_time_s for one in false],
                [top] * len(false),
                "x",
                color=VERMILION,
                markeredgewidth=2,
                clip_on=False,
                label=f"false alert ({len(false)})",
            )
            crowd.legend(loc="lower right", bbox_to_anchor=(1, 1.02))
        crowd.set_ylim(0, top)
        crowd.set_xlim(0, study.run.film_s or max([*times_s, 1.0]))
        crowd.set(xlabel="time in the film, s", ylabel="faces to be seen")
        crowd.yaxis.get_major_locator().set_params(integer=True)
        crowd.set_title("Everybody who is to be seen, and false alerts")
        return picture_of(figure, name="timeline", alt=alt)


def _draw_people(axes: Axes, rows: Sequence[JudgedPass], passes: int, study: FilmStudy) -> None:
    axes.set_title("Passes of people on the list, and their alerts")
    if not rows:
        words = "nobody on the list is to be seen" if not passes else f"{passes} passes: too many to draw"
        axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes, color=GREY)
        axes.set_yticks([])
        return
    for result, (label, colour, hatch) in _LOOKS.items():
        bars = [(place, one.one.span_s) for place, one in enumerate(rows) if one.result is result]
        spans = [(place, span) for place, span in bars if span is not None]
        if spans:
            axes.barh(
                [place for place, _ in spans],
                [max(span[1] - span[0], 0.05) for _, span in spans],
                left=[span[0] for _, span in spans],
                height=0.62,
                color=SKY if result is PassResult.RECOGNISED else "white",
                edgecolor=colour,
                hatch=hatch,
                label=f"{label} ({len(spans)})",
            )
    places = {one.one.pass_id: place for place, one in enumerate(rows)}
    for kind, marker, label in ((AlertResult.RIGHT, "o", "alert"), (AlertResult.REPEATED, "|", "repeated")):
        own = [one for one in study.alerts if one.result is kind and one.pass_id in places]
        if own:
            axes.plot(
                [one.alert.media_time_s for one in own],
                [places[str(one.pass_id)] for one in own],
                marker,
                color=BLACK,
                label=label,
            )
    axes.set_yticks(range(len(rows)), [one.one.pass_id for one in rows])
    axes.tick_params(axis="y", labelsize=7 if len(rows) > 12 else 8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.legend(loc="lower left", ncols=5, fontsize=8, bbox_to_anchor=(0, 1.0), borderaxespad=0.2)
    axes.set_title("Passes of people on the list, and their alerts", pad=24)


def rates_by_bin(quantities: Sequence[Binned]) -> Picture:
    """The share recognised in each bin with its interval; a bin without a pass says so."""
    alt = "Share of passes recognised. " + " ".join(_bins_in_words(one) for one in quantities)
    heights = [len(one.bins) + 1.5 for one in quantities]
    with drawing(height_in=0.21 * sum(heights) + 0.6) as figure:
        panels = figure.subplots(len(quantities), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
        for axes, binned in zip(panels, quantities, strict=True):
            _draw_bins(axes, binned)
        panels[-1].set_xlabel("passes recognised (TPIR), with exact 95 % interval")
        return picture_of(figure, name="by-size-speed-crowding", alt=alt)


def _draw_bins(axes: Axes, binned: Binned) -> None:
    labels = []
    for place, one in enumerate(binned.bins):
        if one.tpir is None:
            axes.text(0.01, place, INSUFFICIENT, va="center", color=GREY, fontsize=8)
            labels.append(one.words)
        else:
            spread = [[one.tpir.rate - one.tpir.low], [one.tpir.high - one.tpir.rate]]
            axes.errorbar(
                one.tpir.rate,
                place,
                xerr=spread,
                fmt="o",
                color=BLUE,
                capsize=4,
                elinewidth=1.6,
                clip_on=False,
            )
            labels.append(f"{one.words}: {one.tpir.hits} of {one.tpir.trials}")
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.grid(visible=False, axis="y")
    per_cent_axis(axes.xaxis)
    axes.set_title(_NAMES.get(binned.quantity, binned.quantity), fontsize=9)


def _bins_in_words(binned: Binned) -> str:
    parts = "; ".join(f"{one.words} {binned.unit}: {rate_words(one.tpir, 0)}" for one in binned.bins)
    return f"By {binned.quantity}: {parts}."


def waiting_curve(waiting: Waiting) -> Picture:
    """The share with an alert by the time since the first sight, with its interval."""
    end_s = float(waiting.times_s[-1])
    times_s = np.concatenate([[0.0], waiting.times_s, [end_s * 1.08 + 0.2]])

    def alerted(waiting: Floats) -> Floats:
        return 1 - np.concatenate([[1.0], waiting, waiting[-1:]])

    median = waiting.median.time_s
    said = "not reached" if median is None else f"{median:.1f} s"
    alt = (
        f"Share of passes with an alert by the time since the first sight of the face: {waiting.alerted} with, "
        f"{waiting.censored} never. Median {said}."
    )
    with drawing(height_in=3.2) as figure:
        axes = figure.subplots()
        axes.fill_between(
            times_s,
            alerted(waiting.high),
            alerted(waiting.low),
            step="post",
            color=SKY,
            alpha=0.35,
            label="95 % interval at each time",
        )
        axes.step(times_s, alerted(waiting.waiting), where="post", color=BLUE)
        if median is not None:
            axes.plot(
                [median, median], [0, 0.5], color=ORANGE, linestyle="--", label=f"median {median:.1f} s"
            )
            axes.plot([0, median], [0.5, 0.5], color=ORANGE, linestyle="--")
        axes.set(xlabel="time since the first sight of the face, s", ylabel="passes with an alert")
        axes.set_xlim(0, float(times_s[-1]))
        axes.set_ylim(0, 1.02)
        per_cent_axis(axes.yaxis)
        axes.legend(loc="lower right")
        return picture_of(figure, name="time-to-alert", alt=alt)

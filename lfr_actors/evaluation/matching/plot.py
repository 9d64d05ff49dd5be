"""The growth of search with the list, drawn: time of a search and memory, measured and computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lfr_actors.evaluation.matching.growth import FAISS, HNSWLIB, OWN, OWN_EXACT, GrowthStep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = (".png", ".svg")
_COLOURS = {OWN: "#005f9e", OWN_EXACT: "#7a7a7a", FAISS: "#d1660f", HNSWLIB: "#3a8a3a"}
_MARKERS = {OWN: "o", OWN_EXACT: "s", FAISS: "^", HNSWLIB: "D"}


def draw_growth(steps: Mapping[int, Sequence[GrowthStep]], out: Path, note: str) -> None:
    """Write the plot, PNG or SVG by the file's name: a column a dimension, times above, memory below.

    Computed steps are hollow, at the end of dashed lines. `note` stands below: the machine. Raises `ImportError`
    without matplotlib.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    dims = sorted(dim for dim, found in steps.items() if found)
    figure = Figure(figsize=(5.6 * max(1, len(dims)), 7.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(
        2, max(1, len(dims)), squeeze=False, sharex=True, sharey="row", height_ratios=[3, 2]
    )
    for column, dim in enumerate(dims):
        ordered = sorted(steps[dim], key=lambda step: step.templates)
        _draw_times(axes[0][column], ordered, dim)
        _draw_memory(axes[1][column], ordered)
    figure.suptitle("Search and the size of the list; hollow and dashed: computed", fontsize=11)
    figure.supxlabel(f"templates\n{note}", fontsize=8)
    figure.savefig(out, dpi=150)


def _draw_times(axes: Axes, steps: Sequence[GrowthStep], dim: int) -> None:
    for name, colour in _COLOURS.items():
        times = [
            (step.templates, step.per_search_ms[name], step.is_measured)
            for step in steps
            if name in step.per_search_ms
        ]
        if times:
            _line(axes, times, name, colour)
    axes.set_title(f"{dim} numbers a template", fontsize=10)
    axes.set_ylabel("ms a search, in batches of 8")
    axes.legend(fontsize=8)


def _draw_memory(axes: Axes, steps: Sequence[GrowthStep]) -> None:
    sizes = [(step.templates, step.memory_gib, step.is_measured) for step in steps]
    _line(axes, sizes, OWN, _COLOURS[OWN])
    axes.set_ylabel("memory, GiB")


def _line(axes: Axes, points: Sequence[tuple[int, float, bool]], name: str, colour: str) -> None:
    """Measured points joined by a line, computed ones hollow at the end of a dashed one."""
    measured = [(size, value) for size, value, is_measured in points if is_measured]
    computed = [(size, value) for size, value, is_measured in points if not is_measured]
    marker = _MARKERS[name]
    if measured:
        axes.plot(*zip(*measured, strict=True), color=colour, marker=marker, markersize=4, label=name)
    if computed:
        joined = [*measured[-1:], *computed]
        axes.plot(*zip(*joined, strict=True), color=colour, linestyle="--", linewidth=1)
        axes.plot(
            *zip(*computed, strict=True),
            color=colour,
            marker=marker,
            markerfacecolor="none",
            linestyle="none",
            markersize=5,
            label=None if measured else name,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(visible=True, which="major", alpha=0.3)

"""The house style of plots: readable by a committee, in colours that all can tell apart, the same bytes twice.

    with drawing(height_in=3.5) as figure:
        axes = figure.subplots()
        axes.plot(x, y, color=BLUE)
        picture = picture_of(figure, name="det", alt="What it shows, with its figures.")
    save(picture, folder)

Everything is drawn inside the block: the style holds there and nowhere else, and no window is ever opened. The
colours are those of Okabe and Ito, "Color universal design" (2008); where lines stand for different things, let
their dashes or markers differ as well.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lfr_actors.private_file import write_private

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLACK: Final = "#000000"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GREY: Final = "#6B6B6B"
COLOURS: Final = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""In the order in which lines take them; the yellow of the set is left out, it is too pale for a line on white."""

WIDTH_IN: Final = 7.2
HEIGHT_IN: Final = 4.0
_DPI: Final = 150

_STYLE: Final[dict[str, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 10.0,
    "axes.titlesize": 11.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": "#D9D9D9",
    "grid.linewidth": 0.7,
    "lines.linewidth": 2.0,
    "lines.markersize": 6.0,
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",  # looks the same where the font is missing
    "svg.hashsalt": "lfr-actors",  # ids in the file do not differ from run to run
    "svg.image_inline": True,
}

_STYLED: Final = (
    *("axes", "errorbar", "figure", "font", "grid", "hatch", "hist", "image", "legend", "lines", "mathtext"),
    *("patch", "path", "savefig", "scatter", "svg", "text", "xaxis", "xtick", "yaxis", "ytick"),
)
"""What is brought back to matplotlib's own defaults first: everything that a user's file could make different."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A finished plot: `name` (of its files, without suffix), `alt` (what it says, in words), SVG and PNG.

    Neither holds a date or the name of a machine: the same data give the same bytes with the same matplotlib.
    """

    name: str
    alt: str
    svg: str = field(repr=False)
    png: bytes = field(repr=False)


@contextmanager
def drawing(*, width_in: float = WIDTH_IN, height_in: float = HEIGHT_IN) -> Iterator[Figure]:
    """An empty figure in the house style; its size in inches. Draw and call `picture_of` inside the block."""
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        key: value for key, value in mpl.rcParamsDefault.items() if key.startswith(_STYLED)
    }
    style |= _STYLE | {"axes.prop_cycle": cycler(color=COLOURS)}
    with mpl.rc_context(style):
        figure = Figure(figsize=(width_in, height_in), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure


def picture_of(figure: Figure, *, name: str, alt: str) -> Picture:
    """A figure as it stands. Raises `ValueError` without words for those who cannot see it, or for a bad name."""
    if not alt.strip():
        raise ValueError(f"plot {name}: has no alternative text; say in words what it shows")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"plot {name!r}: names are of small letters, digits and single hyphens")
    svg, png = io.StringIO(), io.BytesIO()
    nothing = {"Date": None, "Creator": None, "Title": alt}
    figure.savefig(svg, format="svg", metadata=nothing)
    figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None, "Description": alt})
    return Picture(name=name, alt=alt, svg=_described(svg.getvalue(), alt), png=png.getvalue())


def save(picture: Picture, folder: Path) -> tuple[Path, Path]:
    """Write `NAME.svg` and `NAME.png` into a folder that is there; gives both paths."""
    paths = folder / f"{picture.name}.svg", folder / f"{picture.name}.png"
    write_private(paths[0], picture.svg)
    write_private(paths[1], picture.png)
    return paths


def per_cent_axis(axis: Any, *, digits: int | None = None) -> None:
    """Label an axis (`axes.xaxis`, `axes.yaxis`) of shares in per cent: 0.05 is shown as 5 %.

    Without `digits` each label has as many as it needs.
    """
    from matplotlib.ticker import FuncFormatter, NullFormatter

    def words(share: float, place: int | None) -> str:
        del place
        return f"{100 * share:g} %" if digits is None else f"{100 * share:.{digits}f} %"

    axis.set_major_formatter(FuncFormatter(words))
    axis.set_minor_formatter(NullFormatter())


def interval_bars(axes: Axes, x: Any, rate: Any, low: Any, high: Any, **style: Any) -> None:
    """Points with upright intervals [`low`, `high`]; one value or arrays of one length. NaN is left out."""
    import numpy as np

    x, rate, low, high = (np.atleast_1d(np.asarray(part, float)) for part in (x, rate, low, high))
    shown = np.isfinite(rate) & np.isfinite(low) & np.isfinite(high)
    spans = np.maximum(np.stack([rate - low, high - rate]), 0.0)[:, shown]
    drawn: dict[str, Any] = {"fmt": "o", "capsize": 4, "elinewidth": 1.6} | style
    axes.errorbar(x[shown], rate[shown], yerr=spans, **drawn)


def _described(svg: str, alt: str) -> str:
    """An SVG that names itself to screen readers, without the declaration that an HTML page cannot hold."""
    from markupsafe import escape

    start = svg.index("<svg ")
    return svg[start:].replace("<svg ", f'<svg role="img" aria-label="{escape(alt)}" ', 1)

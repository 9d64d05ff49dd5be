"""Bands and figures in words: for the console, the terminal and `lfr run`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from lfr_actors.evaluation.intervals import per_cent
from lfr_actors.events.measuring import Band, Measured, RateLeftBand

NAMES: Final[Mapping[Measured, str]] = MappingProxyType(
    {
        Measured.TPIR: "TPIR of the blue list",
        Measured.FALSE_OVER_FACES: "false alert rate over faces seen",
        Measured.FALSE_OVER_DECIDED: "false alert rate over decided alerts",
        Measured.NEVER_SEARCHED: "tracks never searched",
        Measured.SCORE_DRIFT: "drift of scores",
        Measured.QUALITY_DRIFT: "drift of quality",
    }
)
"""Each figure for people."""

TRIALS: Final[Mapping[Measured, str]] = MappingProxyType(
    {
        Measured.TPIR: "declared passes",
        Measured.FALSE_OVER_FACES: "faces seen (tracks)",
        Measured.FALSE_OVER_DECIDED: "decided alerts",
        Measured.NEVER_SEARCHED: "tracks that ended",
        Measured.SCORE_DRIFT: "latest faces searched",
        Measured.QUALITY_DRIFT: "latest faces seen",
    }
)
"""What is counted as its trials."""


def band_words(band: Band) -> str:
    """Where a figure is to stay: `at least 80 %`."""
    what = Measured(band.what)
    if band.at_least is not None:
        return f"at least {figure_words(what, band.at_least)}"
    return "anything" if band.at_most is None else f"at most {figure_words(what, band.at_most)}"


def figure_words(what: Measured, figure: float) -> str:
    """A rate in per cent without zeros that say nothing, `80 %`; a distance as the number that it is."""
    if what.is_drift:
        return f"{figure:.3g}"
    return per_cent(figure).removesuffix(" %").rstrip("0").rstrip(".") + " %"


def left_words(body: RateLeftBand) -> str:
    """A figure that left its band, as a sentence without its full stop."""
    what = Measured(body.what)
    place = "" if body.camera is None else f", camera {body.camera}"
    declared = band_words(Band(what=body.what, at_least=body.at_least, at_most=body.at_most))
    if what.is_drift:
        return (
            f"{NAMES[what]}{place}: {figure_words(what, body.figure)} from {body.against}, over the "
            f"{body.trials:,} {TRIALS[what]}; declared {declared}"
        )
    interval = ""
    if body.low is not None and body.high is not None:
        interval = (
            f", {figure_words(what, body.low)} to {figure_words(what, body.high)} however often one looks"
        )
    return (
        f"{NAMES[what]}{place}: {figure_words(what, body.figure)} ({body.hits:,} of {body.trials:,} "
        f"{TRIALS[what]}{interval}); declared {declared}"
    )

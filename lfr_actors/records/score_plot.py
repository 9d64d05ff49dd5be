"""The scores of people who are not on a list, against its thresholds, as the shapes of an inline drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

WIDTH: Final = 760
HEIGHT: Final = 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 22, 40, 34
_LABEL_WIDE: Final = 40
_LABEL_HIGH: Final = 14
_MOST_LINES: Final = 5


def score_plot(prediction: Mapping[str, Any]) -> dict[str, Any] | None:
    """Bars, lines and ticks in pixels of a drawing `WIDTH` by `HEIGHT`; None without searches.

    `bars`: x, y, width, height, false_y and false_height (the part that is false matches) and words. The height
    is the square root of the number of searches, so that the few that matter can be seen beside the many.
    """
    bins = prediction["histogram"]
    if not bins:
        return None
    low, high = float(bins[0]["low"]), float(bins[-1]["high"])
    most = max(one["searches"] for one in bins)
    wide, tall = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def x(score: float) -> float:
        return _LEFT + wide * (score - low) / (high - low)

    def rise(number: int) -> float:
        return tall * math.sqrt(number / most)

    floor = HEIGHT - _BOTTOM
    bars = []
    for one in bins:
        height, false_height = rise(one["searches"]), rise(one["false_matches"])
        bars.append(
            {
                "x": round(x(one["low"]), 1),
                "width": round(max(0.5, x(one["high"]) - x(one["low"]) - 1), 1),
                "y": round(floor - height, 1),
                "height": round(height, 1),
                "false_y": round(floor - false_height, 1),
                "false_height": round(false_height, 1),
                "words": f"{one['low']:.3f} to {one['high']:.3f}: {one['searches']} searches, "
                f"{one['false_matches']} false matches",
            }
        )
    shown = [one for one in prediction["thresholds"] if low <= one <= high]
    lines: list[dict[str, Any]] = []
    for one in shown[:_MOST_LINES]:
        at = round(x(one), 1)
        beside = bool(lines) and at - lines[-1]["x"] < _LABEL_WIDE and lines[-1]["y"] > _LABEL_HIGH
        lines.append({"x": at, "y": _LABEL_HIGH if beside else 2 * _LABEL_HIGH, "label": f"{one:g}"})
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "floor": floor,
        "left": _LEFT,
        "right": WIDTH - _RIGHT,
        "bars": bars,
        "lines": lines,
        "ticks": [{"x": round(x(one), 1), "label": f"{one:.2f}"} for one in _round_values(low, high)],
        "levels": [{"y": round(floor - rise(number), 1), "label": f"{number:,}"} for number in _levels(most)],
    }


def _round_values(low: float, high: float) -> list[float]:
    """Four to nine round values between two."""
    step = next(one for one in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if (high - low) / one <= 9 or one == 0.5)
    return [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _levels(most: int) -> list[int]:
    """Numbers of searches at which the drawing has a line."""
    return [number for number in (1, 10, 50, 100, 500, 1_000, 5_000, 10_000) if number <= most][-4:]

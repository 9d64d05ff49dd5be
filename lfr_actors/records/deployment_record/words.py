"""Figures as the public reads them: one spelling, whatever the machine's language or time zone."""

from __future__ import annotations

import datetime as dt
import math

from lfr_actors.evaluation.intervals import INSUFFICIENT, Proportion
from lfr_actors.records.deployment_record.figures import Rate

__all__ = [
    "INSUFFICIENT",
    "counted",
    "duration_text",
    "moment_text",
    "number",
    "percent",
    "rate_of",
    "rounded",
]

_DIGITS = 6
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def rounded(value: float) -> float:
    """A computed figure at six significant digits: the same on machines whose last bits differ."""
    return float(f"{value:.{_DIGITS}g}")


def number(count: int) -> str:
    """A count with thousands apart: `34,900`."""
    return f"{count:,}"


def counted(count: int, one: str, several: str | None = None) -> str:
    """A count with its noun: `1 alert`, `11 alerts`."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def percent(share: float, digits: int = 2) -> str:
    """A share in per cent, small ones with as many places as `digits` significant digits need: `0.0029 %`."""
    hundred = 100 * share
    if hundred == 0 or hundred == 100:
        return f"{hundred:.0f} %"
    places = max(0, digits - 1 - math.floor(math.log10(abs(hundred))))
    text = f"{hundred:,.{places}f}"
    return f"{text} %"


def rate_of(proportion: Proportion | None, counts: str) -> Rate | None:
    """A proportion as the record has it; `counts` such as `false alerts of all alerts`. None stays None."""
    if proportion is None:
        return None
    one_in = f", 1 in {proportion.trials / proportion.hits:,.0f}" if _is_small(proportion) else ""
    words = (
        f"{percent(proportion.rate)}{one_in} ({number(proportion.hits)} of {number(proportion.trials)}; "
        f"{100 * proportion.confidence:g} % interval {percent(proportion.low)} to {percent(proportion.high)})"
    )
    return Rate(
        counts=counts,
        hits=proportion.hits,
        trials=proportion.trials,
        rate=rounded(proportion.rate),
        low=rounded(proportion.low),
        high=rounded(proportion.high),
        confidence=proportion.confidence,
        words=words,
    )


def _is_small(proportion: Proportion) -> bool:
    return 0 < proportion.hits < 0.05 * proportion.trials


def day_text(moment: dt.datetime) -> str:
    """A day in UTC as people write it: `7 September 2024`."""
    day = moment.astimezone(dt.UTC)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_text(moment: dt.datetime | None) -> str:
    """A time in UTC to the second, with its zone; a dash for none."""
    return "–" if moment is None else moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def duration_text(duration_s: float | None) -> str:
    """A duration in hours and minutes, short ones in seconds: `5 h 12 min`, `42 min`, `1 min 4 s`, `0.9 s`."""
    if duration_s is None:
        return "–"
    if duration_s < 10:
        return f"{duration_s:.2g} s"
    seconds = round(duration_s)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 600:
        return f"{seconds // 60} min {seconds % 60} s"
    minutes = round(duration_s / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"

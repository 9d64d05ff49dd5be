"""Durations as people write them: `500ms`, `1s`, `5m`, `24h`, `31d`."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {
    "d": dt.timedelta(days=1),
    "h": dt.timedelta(hours=1),
    "m": dt.timedelta(minutes=1),
    "s": dt.timedelta(seconds=1),
    "ms": dt.timedelta(milliseconds=1),
}
_WRITTEN = re.compile(r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,6})?) ?(?P<unit>[a-z]+)?", re.ASCII)
_RIGHT = "write a number and a unit: 500ms, 1s, 5m, 24h or 31d"


def parse_duration(text: str) -> dt.timedelta:
    """The duration written in `text`, never negative.

    Raises `ValueError` (what is wrong; what would be right) for anything but one number with one unit.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"is not a duration; {_RIGHT}")
    if match["unit"] is None:
        raise ValueError(f"has no unit; {_RIGHT}")
    if match["unit"] not in _UNITS:
        raise ValueError(f"has an unknown unit; {_RIGHT}")
    try:
        return (
            _UNITS[match["unit"]] * float(match["number"])
            if "." in match["number"]
            else (_UNITS[match["unit"]] * int(match["number"]))
        )
    except OverflowError:
        raise ValueError(f"is longer than can be counted; {_RIGHT}") from None


def show_duration(duration: dt.timedelta) -> str:
    """The shortest way to write a duration (`24h` rather than `1d` up to two days); exact to a millisecond.

    `parse_duration` reads it back.
    """
    if not duration:
        return "0s"
    for unit, length in _UNITS.items():
        count, rest = divmod(duration, length)
        if not rest and not (unit == "d" and count < 2):
            return f"{count}{unit}"
    return f"{duration / _UNITS['ms']:.3f}ms"


def _from_text(value: object) -> object:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, (int, float)):
        raise ValueError(f"has no unit; {_RIGHT}")
    return value


Duration = Annotated[dt.timedelta, BeforeValidator(_from_text), PlainSerializer(show_duration)]
"""A pydantic field written as a duration and held as `timedelta`."""

"""Durations and dates in Welsh, with their mutations.

A noun after a number stands in the singular. Of the units only `diwrnod` and `munud` begin with a letter that
mutates: softly after 2 (dau ddiwrnod, dwy funud); `diwrnod` nasally after the numbers that are pum, saith, wyth,
naw, deng, deuddeng, pymtheng, deunaw, ugain and can before it (deng niwrnod). Others leave it as it is.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from lfr_actors.retention.policy import ClockStart

_DAYS: Final = ("Llun", "Mawrth", "Mercher", "Iau", "Gwener", "Sadwrn", "Sul")
_MONTHS: Final = (
    "Ionawr",
    "Chwefror",
    "Mawrth",
    "Ebrill",
    "Mai",
    "Mehefin",
    "Gorffennaf",
    "Awst",
    "Medi",
    "Hydref",
    "Tachwedd",
    "Rhagfyr",
)
_NASAL: Final = frozenset({5, 7, 8, 9, 10, 12, 15, 18, 20, 100})
_UNITS: Final = (
    ("diwrnod", dt.timedelta(days=1)),
    ("awr", dt.timedelta(hours=1)),
    ("munud", dt.timedelta(minutes=1)),
    ("eiliad", dt.timedelta(seconds=1)),
)
_AFTER: Final = {
    ClockStart.ADJUDICATION: "y penderfyniad bod y rhybudd yn anghywir",
    ClockStart.SEGMENT_END: "diwedd y darn ffilm",
    ClockStart.DEPLOYMENT_END: "diwedd y defnydd",
    ClockStart.DEPLOYMENT_CLOSE: "cau'r defnydd",
    ClockStart.MADE: "ei lunio",
}
_AT_ONCE: Final = {
    ClockStart.CAPTURE: "ar unwaith ar ôl cipio'r wyneb",
    ClockStart.ADJUDICATION: "ar unwaith pan fydd person yn penderfynu bod y rhybudd yn anghywir",
    ClockStart.SEGMENT_END: "ar unwaith ar ddiwedd y darn ffilm",
    ClockStart.DEPLOYMENT_END: "ar unwaith ar ddiwedd y defnydd",
    ClockStart.DEPLOYMENT_CLOSE: "ar unwaith pan gaiff y defnydd ei gau",
    ClockStart.MADE: "ar unwaith",
}


def erased(lifetime: dt.timedelta, clock: ClockStart) -> str:
    """When something is erased: `31 diwrnod ar ôl diwedd y darn ffilm`, `o fewn 1 eiliad i gipio'r wyneb`."""
    if not lifetime:
        return _AT_ONCE[clock]
    if clock is ClockStart.CAPTURE:
        return f"o fewn {duration(lifetime)} i gipio'r wyneb"
    return f"{duration(lifetime)} ar ôl {_AFTER[clock]}"


def duration(length: dt.timedelta) -> str:
    """A duration above zero: `31 diwrnod`, `24 awr`, `2 funud`, `0.5 eiliad`; days from two on, as in English."""
    for noun, unit in _UNITS:
        count, rest = divmod(length, unit)
        if not rest and not (noun == "diwrnod" and count < 2):
            return f"{count} {_after_number(noun, count)}"
    return f"{length.total_seconds():g} eiliad"


def _after_number(noun: str, count: int) -> str:
    """The noun as it is after a number."""
    if count == 2:
        return {"diwrnod": "ddiwrnod", "munud": "funud"}.get(noun, noun)
    return "niwrnod" if noun == "diwrnod" and count in _NASAL else noun


def window(begin: dt.datetime, end: dt.datetime) -> str:
    """From when to when, each in the offset in which it is written: `dydd Sadwrn 7 Medi 2024, 10:00 tan 18:00`."""
    if begin.date() == end.date():
        return f"{_day(begin)}, {begin:%H:%M} tan {end:%H:%M}"
    return f"{_day(begin)}, {begin:%H:%M}, tan d{_day(end)}, {end:%H:%M}"  # tan: dydd becomes ddydd


def _day(moment: dt.datetime) -> str:
    return f"dydd {_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"

"""Moments and dates as people give them to commands: ISO 8601, and a moment always with its zone."""

from __future__ import annotations

import datetime as dt

import typer

_YEARS = range(1970, 9999)  # so that every offset and every lifetime can still be added


def moment_of(text: str, option: str) -> dt.datetime:
    """The moment in UTC. Anything else than ISO 8601 with a zone is wrong usage: whose noon would it be?"""
    right = "such as 2024-09-08T18:00:00+01:00 or 2024-09-08T17:00:00Z"
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a moment; write it {right}", param_hint=option) from None
    if moment.tzinfo is None:
        reason = f"{text!r} has no time zone; write it with one, {right}"
        raise typer.BadParameter(reason, param_hint=option)
    if moment.year not in _YEARS:
        raise typer.BadParameter(f"{text!r} is not of a year that can be meant", param_hint=option)
    return moment.astimezone(dt.UTC)


def date_of(text: str, option: str) -> dt.date:
    """The date. Anything else than ISO 8601 is wrong usage."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        reason = f"{text!r} is not a date; write it such as 2024-09-30"
        raise typer.BadParameter(reason, param_hint=option) from None


def shown(moment: dt.datetime) -> str:
    """A moment for people, in the local zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")

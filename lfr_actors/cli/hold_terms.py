"""What `lfr hold add` is told: the grounds of a hold, and a stretch of footage; each within its bounds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import typer

from lfr_actors.cli.moments import date_of, moment_of

LONGEST_AUTHORITY = 200
"""Characters of a reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The footage of a camera in a stretch of time; of one deployment, or of whichever used the camera."""

    camera: str
    from_: dt.datetime
    to: dt.datetime
    deployment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Why something is held, on whose authority, and when somebody looks again. The note is sealed."""

    reason: str
    authority: str
    review_on: dt.date
    note: str | None


def grounds_of(reason: str, authority: str, review: str, note: str | None, day: dt.date) -> Grounds:
    """The grounds of a hold placed on this day; what is missing or out of bounds is wrong usage."""
    from lfr_actors.retention.holds import check_reason

    try:
        check_reason(reason)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--reason") from None
    authority = authority.strip()
    if not (authority and authority.isprintable() and len(authority) <= LONGEST_AUTHORITY):
        wanted = f"must be a reference on one line, of at most {LONGEST_AUTHORITY} characters"
        raise typer.BadParameter(wanted, param_hint="--authority")
    review_on, last = date_of(review, "--review"), a_year_after(day)
    if not day < review_on <= last:
        wanted = (
            f"{review_on} is not between tomorrow and {last}, a year from today: holds are looked at again"
        )
        raise typer.BadParameter(wanted, param_hint="--review")
    return Grounds(reason=reason, authority=authority, review_on=review_on, note=note or None)


def a_year_after(day: dt.date) -> dt.date:
    """The same date of the next year; 28 February for a 29th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def checked_reference(reference: str) -> str:
    """An object's id or the beginning of one. One that does not say of what kind it is, is wrong usage."""
    kind, _, rest = reference.partition(":")
    if not (kind and rest):
        reason = f"{reference!r} does not say what it is; write it such as alert:ID or footage:ID"
        raise typer.BadParameter(reason, param_hint="OBJECT")
    return reference


def period_of(camera: str | None, from_: str | None, to: str | None, deployment: str | None) -> Period | None:
    """The stretch of footage that is meant, or None where none is; anything between is wrong usage."""
    from lfr_actors.store import utc_now

    if camera is None:
        if from_ is not None or to is not None or deployment is not None:
            raise typer.BadParameter("--from, --to and --deployment go with --footage-of")
        return None
    if from_ is None or to is None:
        raise typer.BadParameter("--footage-of needs --from and --to")
    begin, end = moment_of(from_, "--from"), moment_of(to, "--to")
    if begin > end:
        raise typer.BadParameter("--from is after --to")
    if end > utc_now():
        reason = "is in the future: footage that is not recorded yet cannot be held"
        raise typer.BadParameter(reason, param_hint="--to")
    return Period(camera=camera, from_=begin, to=end, deployment=deployment)

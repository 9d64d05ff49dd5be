"""What somebody should know before a sign is printed: what is missing, what it promises, what to read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lfr_actors.records.notice.words import Language
from lfr_actors.records.pdf import undrawable
from lfr_actors.spec.deployment import Deployment
from lfr_actors.spec.document import KeyPath, Mistake
from lfr_actors.spec.inputs import mistake_at

LEAST_TYPE_PT: Final = 8.0
_CLOCKS: Final = "Europe/London"


def sign_mistakes(deployment: Deployment) -> tuple[Mistake, ...]:
    """What a sign cannot be without (who watches, where to ask), or cannot show; each with what would be right."""
    found = []
    if deployment.force is None:
        text = "is missing, and a sign has to say who watches; write force: NAME"
        found.append(mistake_at(deployment, ("force",), text))
    if deployment.notice is None:
        text = (
            "is missing, and a sign has to say where to ask; write notice: {ask: where to ask, "
            "record: https://the-page-of-the-record}"
        )
        found.append(mistake_at(deployment, ("notice",), text))
    return (*found, *_undrawable(deployment))


def _undrawable(deployment: Deployment) -> Iterator[Mistake]:
    """Names in letters that the sign could not show."""
    notice = deployment.notice
    names: dict[KeyPath, str | None] = {
        ("force",): deployment.force,
        ("provider",): deployment.provider,
        ("location",): deployment.location,
        ("authority", "reference"): deployment.authority.reference,
    }
    if notice is not None:
        names[("notice", "ask")] = notice.ask
        names |= {("notice", "welsh", key): name for key, name in notice.welsh}
    for path, name in names.items():
        missing = undrawable(name or "")
        if missing:
            text = f"holds {missing!r}, which the font of the sign does not have; write it in other letters"
            yield mistake_at(deployment, path, text)


def sign_remarks(deployment: Deployment, languages: Collection[Language], type_pt: float) -> tuple[str, ...]:
    """Sentences about the sign of a deployment whose plain text has `type_pt` points; none is a mistake."""
    return (
        *_of_record(deployment),
        *_of_welsh(deployment, languages),
        *_of_hours(deployment),
        *_of_list(deployment),
        *_of_type(type_pt),
    )


def _of_record(deployment: Deployment) -> Iterator[str]:
    if deployment.notice is None or deployment.notice.record is None:
        yield (
            "the sign has no QR code and does not say where the record will be published; write "
            "notice.record: https://…"
        )


def _of_welsh(deployment: Deployment, languages: Collection[Language]) -> Iterator[str]:
    if "cy" not in languages or deployment.notice is None:
        return
    yield "somebody who speaks Welsh should read the Welsh sign before it is printed"
    names = deployment.notice.welsh
    given = {"force": deployment.force, "provider": deployment.provider, "location": deployment.location}
    as_english = [key for key, text in given.items() if text and getattr(names, key) is None]
    as_english += [] if names.ask else ["ask"]
    if as_english:
        yield (
            f"the Welsh sign says {', '.join(as_english)} as the English one does; write them in Welsh under "
            "notice.welsh, where they differ"
        )


def _of_hours(deployment: Deployment) -> Iterator[str]:
    """The hours are those that the file writes; a file written in UTC would be an hour off in summer."""
    try:
        clocks = ZoneInfo(_CLOCKS)
    except ZoneInfoNotFoundError:
        yield f"whether the hours are those of local clocks was not checked: this machine does not know {_CLOCKS}"
        return
    for key in ("not_before", "not_after"):
        moment: dt.datetime = getattr(deployment.authority, key)
        local = moment.astimezone(clocks)
        if local.utcoffset() != moment.utcoffset():
            yield (
                f"the sign says {moment:%H:%M} for authority.{key}, as the file writes it; clocks in London will "
                f"show {local:%H:%M}: write {local.isoformat()} if that is meant"
            )


def _of_list(deployment: Deployment) -> Iterator[str]:
    watchlist = deployment.watchlist
    if watchlist.csv is not None and not watchlist.erase_source:
        yield (
            f"the sign says when the watchlist is erased; {watchlist.csv.name} and its pictures are yours to erase "
            "by then, unless you write watchlist.erase_source: true"
        )


def _of_type(type_pt: float) -> Iterator[str]:
    if type_pt < LEAST_TYPE_PT:
        yield (
            f"there is so much text that it is printed at {type_pt:.1f} points; shorten the names, or print each "
            "language on A3"
        )

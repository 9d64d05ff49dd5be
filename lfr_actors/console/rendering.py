"""Pages and fragments from the templates in `templates/`; everything put into them is escaped.

Every template gets, besides its own variables:
    person      people.Person, or None before sign-in; `person.name`, `person.role`
    may         of the person: `may.pictures`, `may.decide`, `may.resolve`, `may.stop`, `may.log`, `may.people`
    csrf        the token for the hidden field `csrf` of every form (and the header X-CSRF-Token)
    now         aware UTC, when this was made
and the filters
    clock       aware time -> HH:MM:SS, local            day        aware time -> 22 Nov 2026, local
    iso         aware time -> ISO 8601 UTC, for <time datetime> and for the scripts that count up
    span        seconds -> 4 s, 3 min, 2 h 05 min, "–" for None
    figure      number or None -> with its digits: {{ x|figure(1) }}, "–" for None
    words       slug -> priority-offence becomes "priority offence"
    queue_row   views.QueueRow -> its line of the queue

Pages (full documents; they extend base.html.j2, which has the blocks title, head, main, scripts):
    deployments.html.j2   deployments: tuple[views.DeploymentLine, ...]
    deployment.html.j2    header: views.HeaderView, queue: views.QueueView, alert: views.AlertView | None
                          (GET /d/{id}, and GET /alerts/{id}: then the alert is open and selected)
    cameras.html.j2       header, cameras: views.CamerasView
    log.html.j2           header, log: views.LogView
    refused.html.j2       status: int, title: str, reason: str, back: str (an address of ours)
Fragments (answers to a request with X-Fragment: 1; the pages include them):
    _header.html.j2       header                  GET /d/{id}/header
    _queue.html.j2        queue                   GET /d/{id}/queue[?selected=ALERT]
    _alert.html.j2        alert                   GET /alerts/{id}, and every POST /alerts/{id}/ACT
    _cameras.html.j2      cameras                 GET /d/{id}/cameras
    _refused.html.j2      status, title, reason   any refusal of a request with X-Fragment: 1
Pages of sign-in (same base, without navigation where person is None):
    sign_in.html.j2, unlock.html.j2, account.html.j2, people.html.j2

Forms: POST /alerts/{id}/{acknowledge,adjudicate,undo,engage,confirm,outcome} with the fields of
`ActionView.fields`, its note field, `confirm` = `yes` where it asks, `csrf`, and `state` = `alert.state`, so that
nobody decides on top of what somebody else decided meanwhile. POST /d/{id}/stop with `why` and `csrf`. A plain form
is answered with 303 to the alert, one with X-Fragment: 1 with the fragment of the alert (a stop: of the header), a
refusal with 4xx and the fragment of the refusal.

Live: GET /d/{id}/stream, server-sent events (`cameras=1` in the query for the message `live` each second):
    event: change    data: {"seq", "name", "alert": ALERT_ID | null}    id: seq   fetch the fragments it concerns
    event: resync    data: {"seq"}      too much happened, or too long ago: fetch everything anew
    event: live      data: {"cameras": [CameraTile as JSON …], "missing": […]}
    event: beat      data: {"seq"}      every 10 s, so that a page can tell that it is cut off
The page opens it with `?after=HEAD_SEQ` of its header; the browser resumes by Last-Event-ID.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lfr_actors.console.views import QueueRow
from lfr_actors.people import Permission, Person

NOTHING: Final = "–"
"""How a number that is not known is shown."""
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


def render(template: str, *, person: Person | None, csrf: str, now: dt.datetime, **values: Any) -> str:
    """A page or fragment, HTML. A value that a template wants and does not get is an error."""
    may = {each.name.lower(): person is not None and person.may(each) for each in Permission}
    found = _environment().get_template(template)
    return found.render(values | {"person": person, "may": may, "csrf": csrf, "now": now})


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("lfr_actors.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clock": clock,
        "day": day,
        "iso": iso,
        "span": span,
        "figure": figure,
        "words": words,
        "queue_row": queue_row,
    }
    return environment


def clock(at: dt.datetime) -> str:
    """The time of day, in the zone of this machine: 14:05:09."""
    return at.astimezone().strftime("%H:%M:%S")


def day(at: dt.datetime) -> str:
    """The date, in the zone of this machine: 7 Sep 2024."""
    local = at.astimezone()
    return f"{local.day} {local.strftime('%b %Y')}"


def iso(at: dt.datetime) -> str:
    """ISO 8601 in UTC, to the millisecond: scripts and `<time datetime>` read it."""
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span(seconds: float | None) -> str:
    """A stretch of time for people: 4 s, 3 min, 2 h 05 min, 3 d; a dash where it is not known."""
    if seconds is None:
        return NOTHING
    whole = max(0, int(seconds))
    if whole < 2 * _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min"
    if whole < 2 * _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S:02d} min"
    return f"{whole // _DAY_S} d"


def figure(number: float | None, digits: int = 0) -> str:
    """A number with so many digits after the point and thousands apart; a dash where it is not known."""
    return NOTHING if number is None else f"{number:,.{digits}f}"


def words(slug: str | None) -> str:
    """A slug as people read it: `priority-offence` is priority offence; a dash for None."""
    return NOTHING if slug is None else slug.replace("-", " ").replace("_", " ")


def queue_row(row: QueueRow) -> Markup:
    """A line of the queue: made once for all who see the same of it, for as long as its age reads the same."""
    age_s = int(row.age_s) if row.age_s < 2 * _MINUTE_S else int(row.age_s) // _MINUTE_S * _MINUTE_S
    return _queue_row(replace(row, age_s=float(age_s)))


@lru_cache(maxsize=4_096)
def _queue_row(row: QueueRow) -> Markup:
    return Markup(_environment().get_template("_queue_row.html.j2").render(row=row))

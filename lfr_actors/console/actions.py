"""What people do: forms that become acts of the state machine, and the stop of a deployment.

Answered with the alert as it stands then: a fragment for scripts, else the way back to its page. A false alert is
gone when the answer is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from aiohttp import web

from lfr_actors.alerting.case import (
    Acknowledge,
    Act,
    Adjudicate,
    Confirm,
    Engage,
    RecordOutcome,
    State,
    Undo,
    Verdict,
)
from lfr_actors.alerting.outcomes import Outcome
from lfr_actors.console.access import needs, person_of
from lfr_actors.console.addresses import alert_url, deployment_url
from lfr_actors.console.alert_page import alert_view
from lfr_actors.console.context import context_of
from lfr_actors.console.forms import text_fields
from lfr_actors.console.header import header_view
from lfr_actors.console.lookups import alert_of, deployment_of
from lfr_actors.console.page import page
from lfr_actors.console.refusals import is_fragment
from lfr_actors.errors import KeyRefused, VaultError
from lfr_actors.people import Permission
from lfr_actors.store.adjudicating import act as carry_out
from lfr_actors.store.stop_request import request_stop

Form = Mapping[str, str]
E = TypeVar("E", bound=StrEnum)

_ASKED: Final = "It would be erased for ever: confirm it, in the form that asks."
NOT_ERASED: Final = (
    "It is written down as false, and could not be erased at this moment: it is tried again by itself. Tell "
    "whoever looks after the machine."
)


def add_routes(app: web.Application) -> None:
    """Add the addresses to which forms are posted."""
    app.router.add_post("/alerts/{alert}/{act:" + "|".join(_ACTS) + "}", act_on_alert)
    app.router.add_post("/d/{deployment}/stop", stop)


@needs(Permission.DECIDE)
async def act_on_alert(request: web.Request) -> web.StreamResponse:
    """POST /alerts/{id}/ACT: do it, and show the alert."""
    context, person, alert_id = context_of(request), person_of(request), request.match_info["alert"]
    await asyncio.to_thread(alert_of, context.store, alert_id)
    form = await _form(request)
    act = _ACTS[request.match_info["act"]](form)
    if erases(act) and form.get("confirm") != "yes":
        raise web.HTTPBadRequest(text=_ASKED)
    expects = _one_of(State, form, "state") if form.get("state") else None
    try:
        await asyncio.to_thread(carry_out, context.store, alert_id, act, person, expects=expects)
    except KeyRefused:  # nothing was written
        raise
    except VaultError as error:
        if not erases(act):
            raise
        raise web.HTTPServiceUnavailable(text=NOT_ERASED) from error
    if not is_fragment(request):
        raise web.HTTPSeeOther(alert_url(alert_id))
    shown = await asyncio.to_thread(alert_view, context, person, alert_id)
    return page(request, "_alert.html.j2", alert=shown)


@needs(Permission.STOP)
async def stop(request: web.Request) -> web.StreamResponse:
    """POST /d/{id}/stop: ask for the deployment to be stopped now; `why` is wanted."""
    context, person = context_of(request), person_of(request)
    row = await asyncio.to_thread(deployment_of, context.store, request.match_info["deployment"])
    why = (await _form(request)).get("why", "")
    await asyncio.to_thread(request_stop, context.store, row.deployment_id, who=person.name, why=why)
    if not is_fragment(request):
        raise web.HTTPSeeOther(deployment_url(row.deployment_id))
    shown = await asyncio.to_thread(header_view, context, person, row.deployment_id)
    return page(request, "_header.html.j2", header=shown)


async def _form(request: web.Request) -> Form:
    """The text fields of a form; a file is nothing that any of them takes."""
    return {name: value.strip() for name, value in (await text_fields(request)).items()}


def erases(act: Act) -> bool:
    """Whether the alert may be gone with it."""
    match act:
        case Adjudicate(verdict=verdict):
            return verdict is Verdict.FALSE
        case Confirm(same_person=same_person):
            return not same_person
        case _:
            return False


def _one_of(kind: type[E], form: Form, name: str) -> E:
    try:
        return kind(form.get(name, ""))
    except ValueError:
        known = ", ".join(kind)
        raise web.HTTPBadRequest(text=f"The field {name} is one of {known}.") from None


def _yes_or_no(form: Form, name: str) -> bool:
    said = form.get(name)
    if said not in ("yes", "no"):
        raise web.HTTPBadRequest(text=f"The field {name} is yes or no.")
    return said == "yes"


def _adjudicate(form: Form) -> Act:
    return Adjudicate(verdict=_one_of(Verdict, form, "verdict"), why=form.get("why") or None)


def _engage(form: Form) -> Act:
    return Engage(engaged=_yes_or_no(form, "engaged"), why=form.get("why") or None)


def _confirm(form: Form) -> Act:
    return Confirm(same_person=_yes_or_no(form, "same_person"), why=form.get("why") or None)


def _outcome(form: Form) -> Act:
    outcome = _one_of(Outcome, form, "outcome")
    return RecordOutcome(outcome=outcome, offence=form.get("offence") or None, note=form.get("note") or None)


_ACTS: Final[Mapping[str, Callable[[Form], Act]]] = MappingProxyType(
    {
        "acknowledge": lambda _: Acknowledge(),
        "adjudicate": _adjudicate,
        "undo": lambda _: Undo(),
        "engage": _engage,
        "confirm": _confirm,
        "outcome": _outcome,
    }
)

"""The JSON API: the same functions and permissions as the pages, for other programs.

    OPERATIONS ─► routes of the application          add_api(app)
               └► the OpenAPI document               openapi.document(OPERATIONS)

Programs sign in with a token (`Authorization: Bearer lfr_…`); a browser's session works too. Refusals are problem
documents (RFC 9457).
"""

from __future__ import annotations

import asyncio
from typing import Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from lfr_actors.console import openapi
from lfr_actors.console.access import SIGNED_IN, needs, person_of, public
from lfr_actors.console.actions import NOT_ERASED, erases
from lfr_actors.console.alert_page import alert_view
from lfr_actors.console.api_answers import API, act_of, alert_answer, event_answer
from lfr_actors.console.api_models import (
    Alert,
    Cameras,
    Deployment,
    DeploymentHeader,
    Deployments,
    Events,
    Me,
    Queue,
    StopOrdered,
)
from lfr_actors.console.api_orders import ActOrder, StopOrder
from lfr_actors.console.camera_page import cameras_view
from lfr_actors.console.context import ConsoleContext, context_of
from lfr_actors.console.forms import in_time
from lfr_actors.console.header import deployment_lines, header_view
from lfr_actors.console.log_page import hidden_scores
from lfr_actors.console.lookups import alert_of, deployment_of
from lfr_actors.console.openapi import Operation, Query
from lfr_actors.console.picture_links import PATH, read_grant
from lfr_actors.console.pictures import picture_of
from lfr_actors.console.queue_page import queue_view
from lfr_actors.errors import Erased, KeyRefused, Refused, StoreError, VaultError
from lfr_actors.people import Permission, Person, Role
from lfr_actors.store.adjudicating import act
from lfr_actors.store.stop_request import request_stop

MOST_EVENTS: Final = 1_000
M = TypeVar("M", bound=BaseModel)
_WORDS: Final = {"union_tag_not_found": "needs act, which says what is to be done, such as adjudicate"}
"""What of pydantic's own words does not say what would be right."""


def add_api(app: web.Application) -> None:
    """Add every operation, and the document that describes them."""
    for operation in OPERATIONS:
        app.router.add_route(operation.method, operation.path, operation.handler)
    app.router.add_get(f"{API}/openapi.json", openapi_document)


@public
async def openapi_document(_: web.Request) -> web.Response:
    """What this API is, as OpenAPI 3.1."""
    return web.json_response(openapi.document(OPERATIONS))


# --- who and what -----------------------------------------------------------------------------------------


@needs(Permission.VIEW)
async def me(request: web.Request) -> web.Response:
    """Who asks, and what may be done."""
    person = person_of(request)
    permissions = tuple(each.name.lower() for each in Permission if person.may(each))
    return _answer(Me(name=person.name, role=person.role, permissions=permissions))


@needs(Permission.VIEW)
async def deployments(request: web.Request) -> web.Response:
    """Every deployment of this data folder, the one that started last first."""
    lines = await asyncio.to_thread(deployment_lines, context_of(request))
    return _answer(Deployments(deployments=tuple(Deployment.model_validate(line) for line in lines)))


@needs(Permission.VIEW)
async def deployment(request: web.Request) -> web.Response:
    """A deployment: its authority, its state, its counters."""
    context, name = await _deployment(request)
    view = await asyncio.to_thread(header_view, context, person_of(request), name)
    return _answer(DeploymentHeader.model_validate(view))


@needs(Permission.VIEW)
async def cameras(request: web.Request) -> web.Response:
    """The cameras of a deployment."""
    context, name = await _deployment(request)
    view = await asyncio.to_thread(cameras_view, context, person_of(request), name)
    return _answer(Cameras.model_validate(view))


@needs(Permission.STOP)
async def stop(request: web.Request) -> web.Response:
    """Stop a deployment now: its cameras are off within two seconds."""
    asked = await _asked(request, StopOrder)
    context, name = await _deployment(request)
    who = person_of(request).name
    event = await asyncio.to_thread(request_stop, context.store, name, who=who, why=asked.why)
    return _answer(StopOrdered(deployment_id=name, seq=event.seq, requested_at=event.written_at), status=202)


@needs(Permission.LOG)
async def events(request: web.Request) -> web.Response:
    """The log of a deployment, in order: the public part of its events."""
    context, name = await _deployment(request)
    after, limit = _number(request, "after", 0), _number(request, "limit", 200)
    person = person_of(request)

    def read() -> Events:
        head = context.store.head().seq
        found = context.store.events(after=after, deployment_id=name, limit=min(max(limit, 1), MOST_EVENTS))
        last = found[-1].seq if found else max(after, head)
        hidden = hidden_scores(context, person, name)  # after the events: whatever they tell of is among them
        answers = tuple(event_answer(event, hidden) for event in found)
        return Events(events=answers, next_after=last, head_seq=head)

    return _answer(await asyncio.to_thread(read))


# --- alerts -----------------------------------------------------------------------------------------------


@needs(Permission.VIEW)
async def alerts(request: web.Request) -> web.Response:
    """The alerts of a deployment, most urgent first."""
    context, name = await _deployment(request)
    view = await asyncio.to_thread(queue_view, context, person_of(request), name)
    return _answer(Queue.model_validate(view))


@needs(Permission.VIEW)
async def alert(request: web.Request) -> web.Response:
    """An alert; that somebody looked at it is written to the log first."""
    return await _shown(request)


@needs(Permission.DECIDE)
async def actions(request: web.Request) -> web.Response:
    """Do something with an alert; what it is afterwards. A false alert is erased before the answer."""
    order = await _asked(request, ActOrder)
    context, person = context_of(request), person_of(request)
    row = await asyncio.to_thread(alert_of, context.store, request.match_info["alert"])
    asked, expects = act_of(order), order.root.expects
    try:
        await asyncio.to_thread(act, context.store, row.alert_id, asked, person, expects=expects)
    except KeyRefused:  # nothing was written
        raise
    except VaultError as error:
        if not erases(asked):
            raise
        raise web.HTTPServiceUnavailable(text=NOT_ERASED) from error
    return await _shown(request)


@needs(Permission.PICTURES)
async def picture(request: web.Request) -> web.Response:
    """A picture of an alert; that somebody looked at it is written to the log first."""
    context, person, found = context_of(request), person_of(request), request.match_info
    return _jpeg(await asyncio.to_thread(picture_of, context, person, found["alert"], found["kind"]))


@public
async def linked_picture(request: web.Request) -> web.Response:
    """A picture by the link that a webhook brought, for five minutes; that it was fetched is written first."""
    context, token = context_of(request), request.match_info["token"]
    return _jpeg(await asyncio.to_thread(_linked, context, token))


def _linked(context: ConsoleContext, token: str) -> bytes:
    def secret_of(deployment_id: str) -> bytes:
        try:
            return context.store.known_secret(deployment_id)
        except (StoreError, Erased):  # whether there is such a deployment is nobody's business
            raise Refused("picture link", "was not made here, or was changed") from None

    grant = read_grant(token, secret_of, context.now())
    consumer = Person(name=grant.who, role=Role.OPERATOR)  # the grant is the permission, for one picture
    return picture_of(context, consumer, grant.alert_id, grant.kind)


# --- within -----------------------------------------------------------------------------------------------


async def _deployment(request: web.Request) -> tuple[ConsoleContext, str]:
    """The deployment that the address names. Raises `web.HTTPNotFound`."""
    context = context_of(request)
    row = await asyncio.to_thread(deployment_of, context.store, request.match_info["deployment"])
    return context, row.deployment_id


async def _shown(request: web.Request) -> web.Response:
    """The alert that the address names, as whoever asks may see it. A program that asks has not seen it."""
    context, person = context_of(request), person_of(request)
    sees = request[SIGNED_IN].session is not None
    view = await asyncio.to_thread(alert_view, context, person, request.match_info["alert"], sees=sees)
    return _answer(alert_answer(view))


async def _asked(request: web.Request, model: type[M]) -> M:
    """What was sent. Raises `web.HTTPBadRequest` naming each mistake, and never what was sent."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send JSON, as Content-Type: application/json.")
    async with in_time():
        sent = await request.read()
    try:
        return model.model_validate_json(sent)
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_context=False, include_input=False)
        said = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'body'}: {_WORDS.get(each['type'], each['msg'])}"
            for each in mistakes
        )
        raise web.HTTPBadRequest(text=said) from None


def _number(request: web.Request, name: str, otherwise: int) -> int:
    said = request.query.get(name)
    if said is None:
        return otherwise
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise web.HTTPBadRequest(text=f"{name}: is a whole number from 0 on")
    return int(said)


def _answer(answer: BaseModel, *, status: int = 200) -> web.Response:
    return web.Response(status=status, text=answer.model_dump_json(), content_type="application/json")


def _jpeg(data: bytes) -> web.Response:
    return web.Response(body=data, content_type="image/jpeg")


_OF_DEPLOYMENT: Final = f"{API}/deployments/{{deployment}}"
_OF_ALERT: Final = f"{API}/alerts/{{alert}}"

OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(method="GET", path=f"{API}/me", handler=me, answer=Me),
    Operation(method="GET", path=f"{API}/deployments", handler=deployments, answer=Deployments),
    Operation(method="GET", path=_OF_DEPLOYMENT, handler=deployment, answer=DeploymentHeader),
    Operation(method="GET", path=f"{_OF_DEPLOYMENT}/cameras", handler=cameras, answer=Cameras),
    Operation(method="GET", path=f"{_OF_DEPLOYMENT}/alerts", handler=alerts, answer=Queue),
    Operation(
        method="GET",
        path=f"{_OF_DEPLOYMENT}/events",
        handler=events,
        answer=Events,
        query=(
            Query(name="after", words="events after this number; 0 for all", otherwise=0),
            Query(name="limit", words=f"so many at most, up to {MOST_EVENTS}", otherwise=200),
        ),
    ),
    Operation(
        method="POST",
        path=f"{_OF_DEPLOYMENT}/stop",
        handler=stop,
        asked=StopOrder,
        answer=StopOrdered,
        status=202,
    ),
    Operation(method="GET", path=_OF_ALERT, handler=alert, answer=Alert),
    Operation(method="POST", path=f"{_OF_ALERT}/actions", handler=actions, asked=ActOrder, answer=Alert),
    Operation(method="GET", path=f"{_OF_ALERT}/pictures/{{kind}}", handler=picture, answer=None),
    Operation(method="GET", path=f"{PATH}{{token}}", handler=linked_picture, answer=None),
)
"""Everything that the API does."""

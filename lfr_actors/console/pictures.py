"""Pictures: of alerts, and what cameras see. Each look at one is in the log before its first byte is sent."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from lfr_actors.console.access import needs, passive, person_of
from lfr_actors.console.alert_page import is_shown
from lfr_actors.console.context import ConsoleContext, context_of
from lfr_actors.console.lookups import alert_of, deployment_of
from lfr_actors.errors import Erased
from lfr_actors.people import Permission, Person
from lfr_actors.store.alerts import CONTEXT, PROBE, alert_object
from lfr_actors.store.wanted import MAX_LISTED, listed_kind

KINDS: Final = frozenset({PROBE, CONTEXT, *(listed_kind(place) for place in range(MAX_LISTED))})
"""Every kind of picture there can be; nothing else is ever looked for."""
_JPEG: Final = "image/jpeg"


def add_routes(app: web.Application) -> None:
    """Add the addresses of pictures."""
    app.router.add_get("/alerts/{alert}/pictures/{kind}", picture)
    app.router.add_get("/d/{deployment}/cameras/{camera}/preview.jpg", preview)


def picture_of(context: ConsoleContext, person: Person, alert_id: str, kind: str) -> bytes:
    """A picture of an alert, JPEG, for this person, who is written down as having looked at it.

    Raises `Refused` for who may see none, `web.HTTPNotFound` for an unknown alert or kind, `Erased` for an alert
    that was erased or is known as false.
    """
    person.require(Permission.PICTURES)
    if kind not in KINDS:
        raise web.HTTPNotFound
    store = context.store
    row = alert_of(store, alert_id)
    if not is_shown(row):
        raise Erased(f"alert {alert_id}", "is known as false or was erased: it has no pictures")
    if kind not in store.picture_kinds(alert_id):
        raise web.HTTPNotFound
    context.views.note(store, row.deployment_id, alert_object(alert_id), person, context.now())
    return store.picture(alert_id, kind)


@needs(Permission.PICTURES)
async def picture(request: web.Request) -> web.StreamResponse:
    """GET /alerts/{id}/pictures/{kind}."""
    named = request.match_info
    jpeg = await asyncio.to_thread(
        picture_of, context_of(request), person_of(request), named["alert"], named["kind"]
    )
    return web.Response(body=jpeg, content_type=_JPEG)


@passive
@needs(Permission.PICTURES)
async def preview(request: web.Request) -> web.StreamResponse:
    """GET /d/{id}/cameras/{camera}/preview.jpg: what a camera sees; 204 while there is nothing to show."""
    context, person = context_of(request), person_of(request)
    row = await asyncio.to_thread(deployment_of, context.store, request.match_info["deployment"])
    camera_id = request.match_info["camera"]
    if row.deployment_id != context.deployment_id or camera_id not in context.live.cameras:
        raise web.HTTPNotFound
    context.live.looked_at()
    if context.live.preview_of(camera_id) is None:
        return web.Response(status=204)
    what = f"camera:{camera_id}"
    await asyncio.to_thread(context.views.note, context.store, row.deployment_id, what, person, context.now())
    jpeg = context.live.preview_of(camera_id)
    return web.Response(status=204) if jpeg is None else web.Response(body=jpeg, content_type=_JPEG)

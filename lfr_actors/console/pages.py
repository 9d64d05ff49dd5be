"""The pages that show something, and their fragments. Each is made in a thread: the database may take its time."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from lfr_actors.console.access import needs, person_of, public
from lfr_actors.console.addresses import deployment_url
from lfr_actors.console.alert_page import alert_view
from lfr_actors.console.camera_page import cameras_view
from lfr_actors.console.context import ConsoleContext, context_of
from lfr_actors.console.header import deployment_lines, header_view, running_deployments
from lfr_actors.console.log_page import log_view
from lfr_actors.console.lookups import deployment_of
from lfr_actors.console.page import page
from lfr_actors.console.queue_page import queue_view
from lfr_actors.console.refusals import is_fragment
from lfr_actors.people import Permission, Person

DEPLOYMENT: Final = "/d/{deployment}"
BACKGROUND: Final = web.AppKey("background", list[asyncio.Task[None]])
"""What runs beside the handlers as long as the application does."""


def add_routes(app: web.Application) -> None:
    """Add the pages."""
    app.router.add_get("/", front)
    app.router.add_get("/deployments", deployments)
    app.router.add_get(DEPLOYMENT, deployment)
    app.router.add_get(f"{DEPLOYMENT}/queue", queue)
    app.router.add_get(f"{DEPLOYMENT}/header", header)
    app.router.add_get(f"{DEPLOYMENT}/cameras", cameras)
    app.router.add_get(f"{DEPLOYMENT}/log", log)
    app.router.add_get("/alerts/{alert}", alert)
    app.router.add_get("/health", health)


@needs(Permission.VIEW)
async def front(request: web.Request) -> web.StreamResponse:
    """GET /: the deployment that runs, or the list of all."""
    context = context_of(request)
    running = await asyncio.to_thread(running_deployments, context)
    own = [each for each in running if each == context.deployment_id] or running
    raise web.HTTPSeeOther(deployment_url(own[0]) if len(own) == 1 else "/deployments")


@needs(Permission.VIEW)
async def deployments(request: web.Request) -> web.StreamResponse:
    """GET /deployments: all of them."""
    lines = await asyncio.to_thread(deployment_lines, context_of(request))
    return page(request, "deployments.html.j2", deployments=lines)


@needs(Permission.VIEW)
async def deployment(request: web.Request) -> web.StreamResponse:
    """GET /d/{id}: the queue, no alert opened."""
    context, person, deployment_id = await _of_deployment(request)
    above = await asyncio.to_thread(header_view, context, person, deployment_id)
    shown = await asyncio.to_thread(queue_view, context, person, deployment_id)
    return page(request, "deployment.html.j2", header=above, queue=shown, alert=None)


@needs(Permission.VIEW)
async def queue(request: web.Request) -> web.StreamResponse:
    """GET /d/{id}/queue: the queue alone."""
    context, person, deployment_id = await _of_deployment(request)
    selected = request.query.get("selected")
    shown = await asyncio.to_thread(queue_view, context, person, deployment_id, selected=selected)
    return page(request, "_queue.html.j2", queue=shown)


@needs(Permission.VIEW)
async def header(request: web.Request) -> web.StreamResponse:
    """GET /d/{id}/header: the header alone."""
    context, person, deployment_id = await _of_deployment(request)
    shown = await asyncio.to_thread(header_view, context, person, deployment_id)
    return page(request, "_header.html.j2", header=shown)


@needs(Permission.VIEW)
async def cameras(request: web.Request) -> web.StreamResponse:
    """GET /d/{id}/cameras: the cameras, or their fragment."""
    context, person, deployment_id = await _of_deployment(request)
    if person.may(Permission.PICTURES) and deployment_id == context.deployment_id:
        context.live.looked_at()
    shown = await asyncio.to_thread(cameras_view, context, person, deployment_id)
    if is_fragment(request):
        return page(request, "_cameras.html.j2", cameras=shown)
    above = await asyncio.to_thread(header_view, context, person, deployment_id)
    return page(request, "cameras.html.j2", header=above, cameras=shown)


@needs(Permission.LOG)
async def log(request: web.Request) -> web.StreamResponse:
    """GET /d/{id}/log[?before=SEQ|after=SEQ]: a page of the log."""
    context, person, deployment_id = await _of_deployment(request)
    before, after = _number(request, "before"), _number(request, "after")
    above = await asyncio.to_thread(header_view, context, person, deployment_id)
    shown = await asyncio.to_thread(log_view, context, person, deployment_id, before=before, after=after)
    return page(request, "log.html.j2", header=above, log=shown)


@needs(Permission.VIEW)
async def alert(request: web.Request) -> web.StreamResponse:
    """GET /alerts/{id}: the deployment with this alert opened, or its fragment."""
    context, person, alert_id = context_of(request), person_of(request), request.match_info["alert"]
    opened = await asyncio.to_thread(alert_view, context, person, alert_id)
    if is_fragment(request):
        return page(request, "_alert.html.j2", alert=opened)
    above = await asyncio.to_thread(header_view, context, person, opened.deployment_id)
    shown = await asyncio.to_thread(queue_view, context, person, opened.deployment_id, selected=alert_id)
    return page(request, "deployment.html.j2", header=above, queue=shown, alert=opened)


@public
async def health(request: web.Request) -> web.StreamResponse:
    """GET /health: 200 while the database answers and the live feed runs; says nothing else."""
    context = context_of(request)
    await asyncio.to_thread(context.store.head)
    if any(task.done() for task in request.app[BACKGROUND]):
        raise web.HTTPServiceUnavailable(text="the live feed has ended: start the console again")
    return web.json_response({"status": "ok"})


async def _of_deployment(request: web.Request) -> tuple[ConsoleContext, Person, str]:
    """Who asks for which deployment. Raises `web.HTTPNotFound` for one that never began."""
    context = context_of(request)
    row = await asyncio.to_thread(deployment_of, context.store, request.match_info["deployment"])
    return context, person_of(request), row.deployment_id


def _number(request: web.Request, name: str) -> int | None:
    said = request.query.get(name)
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise web.HTTPBadRequest(text=f"{name} is the number of an event.")
    return int(said)

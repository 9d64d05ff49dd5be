"""The live feed of a page: server-sent events over one answer that does not end."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

from aiohttp import web

from lfr_actors.console.access import needs, passive, person_of
from lfr_actors.console.camera_page import live_tiles
from lfr_actors.console.context import ConsoleContext, context_of
from lfr_actors.console.feed import Feed, Resync, Subscription
from lfr_actors.console.lookups import deployment_of
from lfr_actors.console.security import SECURITY
from lfr_actors.console.sessions import Standing
from lfr_actors.people import Permission, Person

FEED: Final = web.AppKey("feed", Feed)
BEAT_S: Final = 10.0
LIVE_S: Final = 1.0
SESSION_S: Final = 2.0
"""How often it is asked whether the session still stands."""
WRITE_S: Final = 20.0
"""A page that takes nothing for so long is gone."""
MOST: Final = 200
"""Streams at a time."""
MOST_OF_ONE: Final = 20
"""Streams of one account at a time, so that nobody's pages keep others from theirs."""
STREAMS: Final = web.AppKey("streams", Counter[str])
"""How many each account has."""


def add_routes(app: web.Application) -> None:
    """Add the feed."""
    app[STREAMS] = Counter()
    app.router.add_get("/d/{deployment}/stream", stream, allow_head=False)


@passive
@needs(Permission.VIEW)
async def stream(request: web.Request) -> web.StreamResponse:
    """GET /d/{id}/stream: the changes of a deployment, from `Last-Event-ID` or `?after=` on."""
    context, feed = context_of(request), request.app[FEED]
    deployment = await asyncio.to_thread(deployment_of, context.store, request.match_info["deployment"])
    with _counted(request.app[STREAMS], person_of(request).name):
        return await _told(request, context, feed, deployment.deployment_id)


@contextmanager
def _counted(streams: Counter[str], account: str) -> Iterator[None]:
    """While a stream is open. Raises `web.HTTPServiceUnavailable` where there are too many."""
    if streams.total() >= MOST or streams[account] >= MOST_OF_ONE:
        raise web.HTTPServiceUnavailable(text="Too many pages are open.", headers={"Retry-After": "10"})
    streams[account] += 1
    try:
        yield
    finally:
        streams[account] -= 1
        if not streams[account]:
            del streams[account]


async def _told(
    request: web.Request, context: ConsoleContext, feed: Feed, deployment_id: str
) -> web.StreamResponse:
    """Answer with what happens until the page is gone."""
    after = _known(request)
    await feed.start()
    head = (await asyncio.to_thread(context.store.head)).seq
    of_another_log = after is not None and after > head
    with feed.subscription(deployment_id, None if of_another_log else after) as own:
        until = feed.position  # in the same step as the subscription: nothing is lost between
        answer = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await answer.prepare(request)
        writer = _Writer(answer)
        await writer.comment("open")
        if of_another_log:
            await writer.resync(until)
        elif after is not None and after < until:
            missed = await asyncio.to_thread(feed.missed, deployment_id, after, until)
            await writer.changes(missed)
        await _go_on(request, context, own, writer)
    return answer


async def _go_on(request: web.Request, context: ConsoleContext, own: Subscription, writer: _Writer) -> None:
    """Tell what comes, until the page, its session or the application ends."""
    person, feed = person_of(request), request.app[FEED]
    wants_cameras = request.query.get("cameras") == "1"
    step_s = LIVE_S if wants_cameras else SESSION_S
    beat_at = asked_at = time.monotonic()
    live_at = 0.0
    while not own.is_closed:
        try:
            told = await own.next(step_s)
            if told:
                await writer.changes(told)
            now_s = time.monotonic()
            if now_s - asked_at >= SESSION_S:
                asked_at = now_s
                if await request.app[SECURITY].standing(request) is not Standing.OPEN:
                    return
            if now_s - beat_at >= BEAT_S:
                beat_at = now_s
                await writer.event("beat", {"seq": feed.position})
            if wants_cameras and now_s - live_at >= LIVE_S:
                live_at = now_s
                await writer.event("live", _live(context, person, own.deployment_id))
        except (ConnectionError, TimeoutError):
            return  # the page is gone, or takes nothing any more; it comes back by itself


def _live(context: ConsoleContext, person: Person, deployment_id: str) -> Mapping[str, Any]:
    if deployment_id != context.deployment_id:
        return {"cameras": [], "missing": []}
    if person.may(Permission.PICTURES):
        context.live.looked_at()
    tiles = live_tiles(context, person, deployment_id)
    return {"cameras": [asdict(tile) for tile in tiles], "missing": list(context.live.matcher_missing)}


def _known(request: web.Request) -> int | None:
    """The last event that the page knows. A browser that comes back says it in the header."""
    said = request.headers.get("Last-Event-ID") or request.query.get("after")
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise web.HTTPBadRequest(text="Last-Event-ID is the number of an event, as this feed gave it.")
    return int(said)


class _Writer:
    """Server-sent events as text (HTML Living Standard, section 9.2.5)."""

    def __init__(self, answer: web.StreamResponse) -> None:
        self._answer = answer

    async def changes(self, told: Resync | list[Any]) -> None:
        if isinstance(told, Resync):
            await self.resync(told.seq)
            return
        lines = [_event("change", change.to_json(), change.seq) for change in told]
        await self._write("".join(lines))

    async def resync(self, seq: int) -> None:
        await self._write(_event("resync", {"seq": seq}, seq))

    async def event(self, name: str, data: Mapping[str, Any]) -> None:
        await self._write(_event(name, data))

    async def comment(self, text: str) -> None:
        await self._write(f"retry: 1000\n: {text}\n\n")

    async def _write(self, text: str) -> None:
        if text:
            await asyncio.wait_for(self._answer.write(text.encode()), WRITE_S)


def _event(name: str, data: Mapping[str, Any], seq: int | None = None) -> str:
    number = "" if seq is None else f"id: {seq}\n"
    return f"{number}event: {name}\ndata: {json.dumps(data, separators=(',', ':'), default=str)}\n\n"

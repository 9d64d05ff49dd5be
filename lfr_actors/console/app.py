"""The console as an aiohttp application: pages, pictures, forms, live feed, JSON API, and what runs beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from lfr_actors.console import actions, pages, pictures, streaming
from lfr_actors.console.api import add_api
from lfr_actors.console.context import CONTEXT, ConsoleContext
from lfr_actors.console.feed import Feed
from lfr_actors.console.header import running_deployments
from lfr_actors.console.security import install
from lfr_actors.console.sessions import ABSOLUTE_LIFE
from lfr_actors.errors import StoreError
from lfr_actors.store.adjudicating import escalate_due

log = structlog.get_logger()

STATIC: Final = Path(__file__).parent / "static"
_MOST_BYTES: Final = 64 * 1024
"""What may be sent to it; a form with a note of 2,000 characters is far below."""
_EVERY_S: Final = 1.0


def make_app(context: ConsoleContext) -> web.Application:
    """The application over a context; the store is closed by whoever opened it."""
    app = web.Application(client_max_size=_MOST_BYTES)
    app[CONTEXT] = context
    app[streaming.FEED] = Feed(context.store)
    app[pages.BACKGROUND] = []
    install(app, context.security)
    pages.add_routes(app)
    pictures.add_routes(app)
    actions.add_routes(app)
    streaming.add_routes(app)
    add_api(app)
    app.router.add_static("/static/", STATIC)
    app.cleanup_ctx.append(_beside)
    app.on_shutdown.append(_end_streams)
    return app


async def _beside(app: web.Application) -> AsyncIterator[None]:
    """The reader of the log and the clock, as long as the application runs."""
    await app[streaming.FEED].start()
    tasks = app[pages.BACKGROUND]
    tasks.append(asyncio.create_task(app[streaming.FEED].run(), name="feed"))
    tasks.append(asyncio.create_task(_clock(app[CONTEXT]), name="clock"))
    yield
    app[CONTEXT].live.forget_previews()
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):  # not the cancelling: a fault that ended it before
            raise ended


async def _end_streams(app: web.Application) -> None:
    app[streaming.FEED].close()


async def _clock(context: ConsoleContext) -> None:
    """What time brings: previews are overwritten, alerts that nobody acknowledged escalate, old sessions end."""
    while True:
        context.live.sweep()
        try:
            await asyncio.to_thread(escalate, context)
            await asyncio.to_thread(end_old_sessions, context)
        except StoreError as error:
            log.warning("store_did_not_answer", reason=str(error), again_in_s=_EVERY_S)
        await asyncio.sleep(_EVERY_S)


def escalate(context: ConsoleContext) -> None:
    """Escalate what is due in every deployment that runs; each alert once, whoever looks after it."""
    for deployment_id in running_deployments(context):
        escalate_due(context.store, deployment_id, context.now())


def end_old_sessions(context: ConsoleContext) -> None:
    """End sessions whose life is over, also of browsers that never ask again; nobody's are kept for ever."""
    people = context.store.people
    people.sessions.end_older_than(people.now() - ABSOLUTE_LIFE)

"""A console with everything in it: pages, sign-in and API over one store, on one port."""

from __future__ import annotations

import asyncio

from aiohttp import web

from lfr_actors.console.app import make_app
from lfr_actors.console.context import ConsoleContext
from lfr_actors.console.live import LiveState
from lfr_actors.console.security import Security
from lfr_actors.console.serving import ConsoleServer
from lfr_actors.spec.console import Console
from lfr_actors.store.store import Store


def open_console(
    store: Store, settings: Console, *, live: LiveState | None = None, deployment_id: str | None = None
) -> ConsoleServer:
    """A console that does not listen yet. `live` is what cameras do beside it, those of `deployment_id`."""
    return ConsoleServer(console_app(store, settings, live=live, deployment_id=deployment_id), settings)


def console_app(
    store: Store, settings: Console, *, live: LiveState | None = None, deployment_id: str | None = None
) -> web.Application:
    """Its application."""
    context = ConsoleContext(
        store=store,
        live=live or LiveState(),
        security=Security(store, settings),
        settings=settings,
        deployment_id=deployment_id,
    )
    return make_app(context)


async def serve_console(store: Store, settings: Console, ended: asyncio.Event) -> None:
    """Serve a console without cameras until `ended` is set. Raises `NotReady` as `ConsoleServer.start` does."""
    server = open_console(store, settings)
    await server.start()
    try:
        await ended.wait()
    finally:
        await server.close()

"""Consumers on the loopback interface, good and bad, and what they got."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from lfr_actors.delivery.addresses import Allowance
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.delivery.patterns import names_of
from lfr_actors.delivery.secrets import SharedSecret

SECRET = SharedSecret(key=b"0123456789abcdef0123456789abcdef")
LOOPBACK = Allowance.parse(["127.0.0.0/8"])

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]
Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Consumer:
    """A consumer: where it is, and everything it was sent, as parsed bodies, with headers, in order."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def seqs(self) -> list[int]:
        """The numbers of the events it was sent."""
        return [body["seq"] for body in self.got]


@contextlib.asynccontextmanager
async def consuming(reply: Reply | int = 204) -> AsyncIterator[Consumer]:
    """A consumer that notes what it gets and answers with a status, or as `reply` says."""
    consumer = Consumer()

    async def handle(request: web.Request) -> web.StreamResponse:
        consumer.got.append(json.loads(await request.read()))
        consumer.headers.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response(status=reply) if isinstance(reply, int) else await reply(request)

    app = web.Application()
    app.router.add_post("/hook", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        consumer.url = f"http://{host}:{port}/hook"
        yield consumer
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def talking(talk: Raw) -> AsyncIterator[str]:
    """A server that speaks as it likes, below HTTP; gives its address."""
    writers: set[asyncio.StreamWriter] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()


def endpoint(name: str, url: str, *patterns: str, **changes: Any) -> Endpoint:
    """An endpoint on the loopback interface, told of everything unless patterns say otherwise."""
    fields: dict[str, Any] = {
        "name": name,
        "url": url,
        "secrets": (SECRET,),
        "names": names_of(patterns or ("*",)),
        "allowance": LOOPBACK,
        "timeout_s": 0.3,
    }
    return Endpoint(**(fields | changes))

"""For consumers: a few lines turn an aiohttp application into a receiver of webhooks that can be trusted.

    receiver = WebhookReceiver([read_secret("LFR_WEBHOOK_SECRET")], seen=SeenInFile(Path("seen.db")))

    async def on_event(event: WebhookEvent) -> None:
        match event.body:
            case AlertRaised(alert_id=alert_id, camera=camera):
                ...

    app = web.Application()
    app.router.add_post("/hook", receiver.handler(on_event))

Each webhook is verified before it is read, and handed over once: a second arrival of the same id is answered like
the first and goes no further. When `on_event` raises, nothing is remembered, the answer is 500, and the sender asks
again. A process that dies between the end of `on_event` and the line that remembers it gets that event twice.

    204  taken, now or before              401  not signed by whom it should be, or not now; the answer says which
    400  signed, and not readable; or its headers are malformed       408  came too slowly       413  too large
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from lfr_actors.delivery.bodies import WebhookEvent, read_body
from lfr_actors.delivery.secrets import Secret
from lfr_actors.delivery.seen import SeenInMemory, SeenStore
from lfr_actors.delivery.signing import TOLERANCE, Fault, verify
from lfr_actors.errors import BodyRefused, SignatureRefused

Handler = Callable[[web.Request], Awaitable[web.Response]]
OnEvent = Callable[[WebhookEvent], Awaitable[None]]

MAX_BODY_BYTES: Final = 256 * 1024
READ_WITHIN_S: Final = 10.0


class WebhookReceiver:
    """Verifies webhooks, hands each over once, and answers as the sender expects.

    `secrets`: one, or two while it is being replaced; a shared `whsec_…` or a public `whpk_…`. `seen` remembers
    what was handled (in memory unless told otherwise); the receiver does not close it. `now` is the clock. Raises
    `ValueError` without a secret.
    """

    def __init__(
        self,
        secrets: Iterable[Secret],
        *,
        seen: SeenStore | None = None,
        tolerance: dt.timedelta = TOLERANCE,
        max_body_bytes: int = MAX_BODY_BYTES,
        read_within_s: float = READ_WITHIN_S,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._secrets = tuple(secrets)
        if not self._secrets:
            raise ValueError("nothing to verify with; give at least one secret")
        self._seen: SeenStore = SeenInMemory() if seen is None else seen
        self._tolerance = tolerance
        self._max_body_bytes = max_body_bytes
        self._read_within_s = read_within_s
        self._now = now
        self._in_hand: dict[str, _Turn] = {}

    def handler(self, on_event: OnEvent) -> Handler:
        """A handler for a POST route, which hands typed events to `on_event`, one at a time for each id."""

        async def handle(request: web.Request) -> web.Response:
            content = await self._content(request)
            try:
                verified = verify(self._secrets, request.headers, content, self._now(), self._tolerance)
            except SignatureRefused as refused:
                status = 400 if refused.what == Fault.MALFORMED else 401
                return web.Response(status=status, text=f"{refused}\n")
            try:
                event = read_body(content)
            except BodyRefused as refused:
                return web.Response(status=400, text=f"{refused}\n")
            await self._once(verified.webhook_id, event, on_event)
            return web.Response(status=204)

        return handle

    async def _content(self, request: web.Request) -> bytes:
        """What was sent, bounded in size and in time: anybody can reach a receiver."""
        content = bytearray()
        try:
            async with asyncio.timeout(self._read_within_s):
                async for chunk in request.content.iter_any():
                    content += chunk
                    if len(content) > self._max_body_bytes:
                        raise web.HTTPRequestEntityTooLarge(self._max_body_bytes, len(content))
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        return bytes(content)

    async def _once(self, webhook_id: str, event: WebhookEvent, on_event: OnEvent) -> None:
        """Hand an event over unless it was; one that arrives twice at once waits for what becomes of the first."""
        turn = self._in_hand.setdefault(webhook_id, _Turn())
        turn.arrivals += 1
        try:
            async with turn.lock:
                if not await self._seen.has(webhook_id):
                    await on_event(event)
                    await self._seen.add(webhook_id, self._now())
        finally:
            turn.arrivals -= 1
            if not turn.arrivals:
                del self._in_hand[webhook_id]


@dataclass(slots=True)
class _Turn:
    """Arrivals of one id that are not answered yet; one at a time is looked at."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    arrivals: int = 0

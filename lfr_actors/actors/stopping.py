"""Somebody asks a deployment to stop, from a page, another program or another terminal: in the log, and heard here.

console, API, `lfr stop` ─► deployment.stop_requested ─► the supervisor's own log watch ─► cameras off
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from lfr_actors.errors import StoreError
from lfr_actors.events.people import StopRequested
from lfr_actors.store.store import Store

log = structlog.get_logger()
LISTEN_EVERY_S = 0.2
"""How often the log is asked. Cameras are off within 2 s of the request, whatever else goes on."""


class StopListener:
    """Hears of requests to stop one deployment that are written after event number `after`."""

    def __init__(
        self, store: Store, deployment_id: str, *, after: int, request_stop: Callable[[str], None]
    ) -> None:
        self._store, self._deployment_id = store, deployment_id
        self._after, self._request_stop = after, request_stop

    async def listen(self) -> None:
        """Look until somebody requested a stop; then it is over."""
        while not await self.look():
            await asyncio.sleep(LISTEN_EVERY_S)

    async def look(self) -> bool:
        """Ask for the stop if somebody requested it; whether they did.

        A store that does not answer is asked again: what was requested stays in the log.
        """
        try:
            who = await asyncio.to_thread(self._requested_by)
        except StoreError as error:
            log.warning("store_did_not_answer", reason=str(error))
            return False
        if who is None:
            return False
        self._request_stop(f"stopped by {who}")
        return True

    def _requested_by(self) -> str | None:
        """Who asked for a stop since the last look; the first one, if several did."""
        head = self._store.head().seq
        if head <= self._after:
            return None
        written = self._store.events(
            after=self._after, deployment_id=self._deployment_id, name=StopRequested.NAME, limit=1
        )
        self._after = head
        body = written[0].body if written else None
        return body.who if isinstance(body, StopRequested) else None

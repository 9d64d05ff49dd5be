"""The courier as an actor: a deployment's webhooks, told from the log while it runs.

It keeps nothing itself: cursors are in the store. Killed, it is made again, `run` is called again, and at most the
deliveries of the last tenth of a second are made twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from lfr_actors.console.picture_links import links_of
from lfr_actors.delivery.courier import Courier
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.delivery.lane import EndpointStatus
from lfr_actors.delivery.told_of_alerts import ToldOfAlerts
from lfr_actors.store.store import Store


class CourierActor:
    """Tells `endpoints` of the events of a deployment. `pictures_at`: where a console answers picture links."""

    def __init__(
        self,
        open_store: Callable[[], Store],
        deployment_id: str,
        endpoints: Sequence[Endpoint],
        *,
        pictures_at: str | None = None,
    ) -> None:
        self._store = open_store()
        make_link = None if pictures_at is None else links_of(self._store, deployment_id, pictures_at)
        facts = ToldOfAlerts(self._store, make_link)
        self._courier = Courier(self._store.webhooks, facts, deployment_id, endpoints)
        self._closed = False

    async def run(self) -> None:
        """Deliver until `close`. Raises `StoreError` when it cannot begin."""
        await self._courier.run()

    async def drain(self, longest_s: float) -> int:
        """Wait for what can be delivered so soon; how many deliveries are left."""
        return await self._courier.drain(longest_s)

    async def status(self) -> tuple[EndpointStatus, ...]:
        """How each endpoint fares."""
        return self._courier.status()

    async def close(self) -> None:
        """End `run`, and close the store. Idempotent."""
        await self._courier.close()
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._store.close)

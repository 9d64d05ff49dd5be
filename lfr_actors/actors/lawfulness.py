"""What a deployment that runs is asked all the time: may it still look at anybody?

Not while something that is due is not erased, not without its lease, and live cameras not after their window.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

import structlog

from lfr_actors.actors.ports import Retention
from lfr_actors.errors import ActorLost, StoreError
from lfr_actors.spec.deployment import Deployment
from lfr_actors.store.rows import RUNNING
from lfr_actors.store.store import Store

log = structlog.get_logger()
LAWFUL_EVERY_S = 2.0
"""How often it is asked whether an erasure is overdue, and whether this deployment still counts as running."""
ERASER_GRACE = dt.timedelta(seconds=30)
"""How late the retention actor may be, with a store that fails or keeps it waiting."""


class Lawfulness:
    """One start of a deployment, watched; `request_stop` is called with the reason why it may not go on."""

    def __init__(
        self,
        deployment: Deployment,
        incarnation: int,
        store: Store,
        retention: Retention,
        *,
        request_stop: Callable[[str], None],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._deployment, self._incarnation = deployment, incarnation
        self._store, self._retention = store, retention
        self._request_stop, self._now = request_stop, now

    async def watch(self) -> None:
        """Stop when something that is due cannot be erased: nobody may be looked at meanwhile.

        So too when the lease was lost, as with the connection that held it: then this deployment counts as over,
        and what ends with it is erased.
        """
        while True:
            await asyncio.sleep(LAWFUL_EVERY_S)
            if not await asyncio.to_thread(self._is_ours):
                self._request_stop("another process took this deployment for dead")
                return
            try:
                status = await self._retention.status()
            except ActorLost as error:
                log.error("retention_actor_lost", reason=str(error))
                continue
            if status.overdue:
                self._request_stop(f"an erasure is overdue: {status.overdue[0].object_id}")
            elif status.next_due_at is not None and self._now() - status.next_due_at > ERASER_GRACE:
                self._request_stop("an erasure is overdue: the retention actor does not get to it")

    async def close_window(self) -> None:
        """Stop live cameras at the end of the authorised window; films are checked at the start only."""
        if not self._deployment.is_live:
            return
        while (left_s := (self._deployment.authority.not_after - self._now()).total_seconds()) > 0:
            await asyncio.sleep(min(left_s, 1.0))
        self._request_stop("window closed")

    def _is_ours(self) -> bool:
        """Whether the store still says that this incarnation runs; a store that does not answer says nothing."""
        try:
            row = self._store.deployment(self._deployment.deployment)
        except StoreError as error:
            log.warning("store_did_not_answer", reason=str(error))
            return True
        return (row.state, row.incarnation) == (RUNNING, self._incarnation)

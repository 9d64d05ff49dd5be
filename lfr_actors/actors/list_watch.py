"""What the supervisor does about list and matcher while cameras look: amendments, and shards to look after."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from lfr_actors.actors.list_keeper import ListKeeper
from lfr_actors.actors.matcher_watch import Body, MatcherWatch
from lfr_actors.actors.ports import Incomplete, MatcherState
from lfr_actors.actors.supervised import Cluster
from lfr_actors.errors import ActorLost, NotReady
from lfr_actors.messages import DeploymentId
from lfr_actors.store.store import Store

log = structlog.get_logger()
LOOK_EVERY_S = 0.5
"""How often amendments are looked for."""


class ListWatch:
    """List and matcher of one deployment, from the start of its cameras to their end.

    `catch_up` erases what is due; `request_stop` asks for an orderly stop, with a reason.
    """

    def __init__(
        self,
        keeper: ListKeeper,
        cluster: Cluster,
        store: Store,
        deployment_id: DeploymentId,
        *,
        incomplete: Incomplete,
        catch_up: Callable[[], Awaitable[object]],
        request_stop: Callable[[str], None],
    ) -> None:
        self._keeper, self._cluster = keeper, cluster
        self._store, self._deployment_id = store, deployment_id
        self._catch_up, self._request_stop = catch_up, request_stop
        self._watch = MatcherWatch(incomplete)

    async def keep_list(self) -> None:
        """Amend the list as it is asked to, in every shard, within seconds; until it is cancelled."""
        while True:
            try:
                while await self._keeper.carry_out(self._cluster.replace_gallery):
                    await self._catch_up()  # the list as it was goes at once
            except NotReady as error:  # the matcher is being restarted: once more when it is there
                log.warning("amendment_waits", reason=str(error))
            except ActorLost as error:
                log.error("retention_actor_lost", reason=str(error))
            if self._keeper.is_empty:
                self._request_stop("everybody was removed from the list")
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> MatcherState:
        """Have the shards mend what they lost, and write what the log is to hear of them; how they are."""
        for mended in await self._cluster.check():
            log.warning("actor_restored", what=mended)
        state = await self._cluster.matcher_state()
        await self._write(self._watch.look(state, time.monotonic()))
        return state

    async def end(self) -> None:
        """Write what searches came to since it was last written."""
        try:
            await self.look()
        except NotReady as error:  # it was never started, or is gone: what is known is written
            log.warning("matcher_not_looked_at", reason=str(error))
        await self._write(self._watch.observed(time.monotonic()))

    async def _write(self, bodies: tuple[Body, ...]) -> None:
        for body in bodies:
            if body.NAME == "matcher.incomplete" or body.NAME == "search.disagreed":
                log.warning(body.NAME.replace(".", "_"), deployment=self._deployment_id)
        if bodies:
            await asyncio.to_thread(self._store.append, self._deployment_id, *bodies)

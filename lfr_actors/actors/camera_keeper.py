"""The cameras of a deployment: each started, kept until its end, looked at, and stopped.

start ─► run ─► its end                                 a film, or a camera that was stopped
             └► its actor dies ─► a film has failed; a live camera is started again
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from lfr_actors.actors.commits import GIVE_UP_S
from lfr_actors.actors.opening import check_nothing_overdue
from lfr_actors.actors.ports import (
    CameraHandle,
    CameraPlan,
    CameraStatus,
    Desk,
    EmbedderPool,
    Matcher,
    RetentionStatus,
)
from lfr_actors.actors.supervised import Cluster
from lfr_actors.errors import ActorLost
from lfr_actors.events.cameras import CameraFailed, CameraLost
from lfr_actors.messages import DeploymentId
from lfr_actors.store.store import Store

log = structlog.get_logger()
DRAIN_S = GIVE_UP_S + 10.0
RESTART_AFTER_S = 2.0
ANSWER_S = 5.0
"""How long a camera that is asked how it is may take to answer."""


@dataclass(slots=True)
class Shared:
    """The actors that every camera uses."""

    matcher: Matcher
    embedders: EmbedderPool
    desk: Desk


class CameraKeeper:
    """The cameras of one deployment. `catch_up` erases what is due: no camera is opened before that is done.

    `handles` are the cameras that are at work, by id; `statuses` what was last heard of each.
    """

    def __init__(
        self,
        cluster: Cluster,
        store: Store,
        deployment_id: DeploymentId,
        *,
        catch_up: Callable[[], Awaitable[RetentionStatus]],
    ) -> None:
        self._cluster, self._store, self._deployment_id = cluster, store, deployment_id
        self._catch_up = catch_up
        self._stopping = asyncio.Event()
        self.handles: dict[str, CameraHandle] = {}
        self.statuses: dict[str, CameraStatus] = {}

    def request_stop(self) -> None:
        """Have `carry_out_stop` go on, and start no camera from now on."""
        self._stopping.set()

    async def keep(self, plan: CameraPlan, shared: Shared) -> None:
        """One camera until its end; a live camera whose actor dies is started again, a film is not.

        Nor is one that dies while it is being stopped: what it had in hand is lost, and it has failed.
        """
        camera_id, first = plan.settings.camera_id, plan.incarnation
        for again in itertools.count(1):
            if self._stopping.is_set():
                return
            try:
                self.statuses[camera_id] = await self._run(plan, shared)
                return
            except ActorLost as error:
                log.error("camera_actor_lost", camera=camera_id, reason=str(error))
                if plan.address.kind == "file" or self._stopping.is_set():
                    await shared.desk.record(
                        CameraFailed(camera=camera_id, error="ActorLost", reason=error.reason)
                    )
                    known = self.statuses.get(camera_id)
                    self.statuses[camera_id] = CameraStatus.failed_with(camera_id, error.reason, known)
                    return
                await shared.desk.record(
                    CameraLost(camera=camera_id, reason=error.reason, retry_in_s=RESTART_AFTER_S)
                )
                await self._pause(RESTART_AFTER_S)
            plan = replace(plan, incarnation=f"{first}.{again}")

    async def look(self) -> tuple[CameraStatus, ...]:
        """Ask every camera how it is; what is known of all."""
        for camera_id, handle in list(self.handles.items()):
            try:
                status = await asyncio.wait_for(handle.status(), ANSWER_S)
            except (ActorLost, TimeoutError):
                continue  # whoever runs the camera hears of it from `run`
            if self.handles.get(camera_id) is handle:  # its last status came from `run`
                self.statuses[camera_id] = status
        return tuple(self.statuses.values())

    async def carry_out_stop(self) -> None:
        """Wait until a stop is requested; then stop every camera, and kill those that do not drain."""
        await self._stopping.wait()
        results = await asyncio.gather(*(h.stop() for h in self.handles.values()), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, ActorLost):
                raise result
        await asyncio.sleep(DRAIN_S)
        for camera_id, handle in list(self.handles.items()):
            log.error("camera_did_not_drain", camera=camera_id, waited_s=DRAIN_S)
            await handle.kill()

    async def _run(self, plan: CameraPlan, shared: Shared) -> CameraStatus:
        """Start a camera actor, let it work to its end, and end it."""
        check_nothing_overdue((await self._catch_up()).overdue)
        camera_id = plan.settings.camera_id
        handle = await self._cluster.start_camera(plan, shared.embedders, shared.matcher, shared.desk)
        try:
            self.handles[camera_id] = handle
            if self._stopping.is_set():  # asked for while it was starting
                await handle.stop()
            return await handle.run()
        finally:
            del self.handles[camera_id]
            await handle.kill()
            retained, name = self._store.retained, self._deployment_id
            await asyncio.to_thread(retained.end_open_segments, name, camera_id)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

"""Where the actor classes meet Ray: start-up, options, and the calls between processes.

On one machine Ray is embedded: it listens with token authentication on, its dashboard off, and its object
store holds nothing of ours, since no argument or result is above `MAX_MESSAGE_BYTES`. Its temporary and
spill folders lie in memory where the machine has a file system there. In a Ray job the running cluster is
used as it is. Every process switches core dumps off and has the memory that it frees overwritten.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

# Before ray is imported: it reads these once. No usage figures leave the machine.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_agent_register_timeout_ms", "120000")  # a busy small machine needs more than 30 s
if "RAY_ADDRESS" not in os.environ:
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))

import ray
import structlog
from ray.exceptions import RayActorError

from lfr_actors.actors.alert_desk import AlertDesk
from lfr_actors.actors.camera import CameraActor
from lfr_actors.actors.console import ConsoleActor
from lfr_actors.actors.courier import CourierActor
from lfr_actors.actors.embedder import EmbedderActor
from lfr_actors.actors.hosting import as_actor, harden
from lfr_actors.actors.loading import load_detector, load_embedder
from lfr_actors.actors.matcher import MatcherShard
from lfr_actors.actors.ports import (
    CameraPlan,
    Desk,
    EmbedderPool,
    GalleryOrder,
    Incomplete,
    Matcher,
    MatcherState,
    PackUse,
)
from lfr_actors.actors.remote import RayCamera, RayDesk, RayEmbedders, RayRetention, RayShard, why
from lfr_actors.actors.remote_services import RayConsole, RayCourier
from lfr_actors.actors.retention import RetentionActor
from lfr_actors.actors.rollout import Rollout
from lfr_actors.actors.sharded import ShardedMatcher
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.errors import ActorLost, NotReady
from lfr_actors.hardening import wiping_environment
from lfr_actors.memory_folder import NEED_BYTES, MemoryFolder, choose, sweep, this_machine
from lfr_actors.spec.console import Console
from lfr_actors.store.store import Store

OBJECT_STORE_BYTES = 100 * 2**20
START_TRIES = 3

log = structlog.get_logger()
_folder: MemoryFolder | None = None
"""Where the embedded Ray of this process, of which there is at most one, has its files."""


def start_ray(*, show_actor_logs: bool = True) -> None:
    """Join the cluster of a Ray job, or start Ray inside this process. Idempotent."""
    if ray.is_initialized():
        return
    harden()
    if "RAY_ADDRESS" in os.environ:
        ray.init(log_to_driver=show_actor_logs, logging_level=logging.ERROR)
        return
    os.environ.update(wiping_environment(os.environ))  # inherited by Ray's daemons and by every worker
    folders = _folders_in_memory()
    for left in reversed(range(START_TRIES)):
        try:
            ray.init(
                address="local",  # never a cluster that happens to run on this machine
                include_dashboard=False,
                log_to_driver=show_actor_logs,
                logging_level=logging.ERROR,
                object_store_memory=OBJECT_STORE_BYTES,
                num_cpus=os.cpu_count(),
                _system_config={"automatic_object_spilling_enabled": False},
                **folders,
            )
        except Exception as error:
            ray.shutdown()
            if left == 0:
                _remove_folder()
                raise NotReady("ray", f"it did not start in {START_TRIES} tries: {error}") from error
            log.warning("ray_start_failed", tries_left=left, reason=str(error))
        else:
            return


def stop_ray() -> None:
    """Leave the cluster, or end the embedded Ray and delete its files in memory. Idempotent."""
    ray.shutdown()
    _remove_folder()


def _folders_in_memory() -> dict[str, Any]:
    """Ray's options for its temporary and spill folders; none, and said, without a memory file system.

    What runs before that were killed left behind is swept first.
    """
    global _folder
    places = this_machine()
    swept = sweep(places, time.time())
    if swept:
        log.warning("left_memory_folders_swept", folders=swept)
    place = choose(places, NEED_BYTES)
    if place is None:
        log.warning("ray_folders_on_disk", advice="lfr doctor says what a memory file system needs")
        return {}
    _folder = _folder or MemoryFolder.make(place)
    # below ours, because Ray opens its folders to everybody
    own, spill = _folder.path / "ray", _folder.path / "spill"
    for folder in (own, spill):
        folder.mkdir(mode=0o700, exist_ok=True)
    return {"_temp_dir": str(own), "object_spilling_directory": str(spill)}


def _remove_folder() -> None:
    global _folder
    folder, _folder = _folder, None
    if folder is not None and not folder.remove():
        log.warning("memory_folder_left", folder=str(folder.path))


class RayCluster:
    """`Cluster` on Ray: every actor is owned by the driver, so that none outlives it."""

    def __init__(self) -> None:
        self._handles: list[Any] = []
        self._desk: Any = None
        self._retention: Any = None
        self._erasing: Any = None
        self._services: list[RayConsole | RayCourier] = []
        self._rollout: Rollout | None = None

    async def start_retention(self, home: Path) -> RayRetention:
        """See `Cluster.start_retention`."""
        wrapped = as_actor(RetentionActor, restarts=-1, retries=-1)
        self._retention = wrapped.remote(partial(Store.open, home))
        retention = RayRetention(self._retention)
        await retention.status()
        self._erasing = self._retention.run.remote()
        return retention

    async def start_matcher(
        self, order: GalleryOrder, shards: int, *, incomplete: Incomplete
    ) -> ShardedMatcher:
        """See `Cluster.start_matcher`."""
        wrapped = as_actor(MatcherShard, restarts=-1)
        threads = max(1, (os.cpu_count() or 1) // shards)
        handles = [wrapped.remote(part, shards, threads=threads) for part in range(shards)]
        self._handles.extend(handles)
        links = [RayShard(f"shard {part + 1} of {shards}", handle) for part, handle in enumerate(handles)]
        self._rollout = Rollout(links)
        if lost := await self._rollout.hold(order):
            raise NotReady("matcher", str(lost[0]))
        return ShardedMatcher(links, incomplete=incomplete)

    async def replace_gallery(self, order: GalleryOrder) -> None:
        """See `Cluster.replace_gallery`."""
        for lost in await self._matcher_rollout().hold(order):
            log.warning("shard_lost_with_its_list", reason=str(lost), advice="a check gives it the later one")

    async def matcher_state(self) -> MatcherState:
        """See `Cluster.matcher_state`."""
        return await self._matcher_rollout().state()

    def _matcher_rollout(self) -> Rollout:
        if self._rollout is None:
            raise NotReady("matcher", "it was not started")
        return self._rollout

    async def start_embedders(self, use: PackUse, count: int) -> RayEmbedders:
        """See `Cluster.start_embedders`."""
        wrapped = as_actor(EmbedderActor, restarts=-1)
        load, lifetime_s = partial(load_embedder, use), use.probe_lifetime_s
        handles = [wrapped.remote(load, lifetime_s=lifetime_s) for _ in range(count)]
        self._handles.extend(handles)
        await asyncio.gather(*(_ready(handle) for handle in handles))
        return RayEmbedders(handles)

    async def start_desk(self, home: Path, deployment_id: str) -> RayDesk:
        """See `Cluster.start_desk`."""
        wrapped = as_actor(AlertDesk, restarts=-1, retries=-1)
        self._desk = wrapped.remote(partial(Store.open, home), deployment_id)
        return RayDesk(self._desk)

    async def start_courier(
        self, home: Path, deployment_id: str, endpoints: Sequence[Endpoint], *, pictures_at: str | None
    ) -> RayCourier:
        """See `Cluster.start_courier`."""
        wrapped = as_actor(CourierActor, restarts=-1, retries=-1)
        opening = partial(Store.open, home)
        handle = wrapped.remote(opening, deployment_id, tuple(endpoints), pictures_at=pictures_at)
        courier = RayCourier(handle)
        self._services.append(courier)
        return courier

    async def start_console(self, home: Path, deployment_id: str, settings: Console) -> RayConsole:
        """See `Cluster.start_console`."""
        wrapped = as_actor(ConsoleActor, restarts=-1, retries=-1)
        console = RayConsole(wrapped.remote(partial(Store.open, home), settings, deployment_id))
        self._services.append(console)
        await console.ready()
        return console

    async def start_camera(
        self, plan: CameraPlan, embedders: EmbedderPool, matcher: Matcher, desk: Desk
    ) -> RayCamera:
        """See `Cluster.start_camera`."""
        load = partial(load_detector, plan.pack)
        handle = as_actor(CameraActor, restarts=0).remote(plan, load, embedders, matcher, desk)
        self._handles.append(handle)
        camera = RayCamera(plan.settings.camera_id, handle)
        await camera.status()
        return camera

    async def check(self) -> Sequence[str]:
        """See `Cluster.check`."""
        return () if self._rollout is None else await self._rollout.check()

    async def forget_gallery(self) -> None:
        """See `Cluster.forget_gallery`."""
        if self._rollout is not None:
            await self._rollout.forget()

    async def close(self) -> None:
        """See `Cluster.close`."""
        rollout, self._rollout = self._rollout, None
        if rollout is not None:
            await rollout.close()
        handles, self._handles = self._handles, []
        for handle in handles:
            await asyncio.to_thread(ray.kill, handle)
        services, self._services = self._services, []
        for service in services:
            await service.close()
        if self._desk is not None:
            desk, self._desk = self._desk, None
            try:
                await desk.close.remote()
            except RayActorError as error:  # it has no more to close
                log.warning("desk_was_lost", reason=why(error))
            await asyncio.to_thread(ray.kill, desk)
        if self._retention is not None:
            retention, self._retention = self._retention, None
            with contextlib.suppress(RayActorError):  # what it had in hand is finished at the next start
                await retention.close.remote()
                await self._erasing
            await asyncio.to_thread(ray.kill, retention)


async def _ready(handle: Any) -> None:
    """Wait until an embedder has loaded its model. Raises `ActorLost` with the reason when it could not."""
    try:
        await handle.status.remote()
    except RayActorError as error:
        raise ActorLost("embedder", why(error)) from None

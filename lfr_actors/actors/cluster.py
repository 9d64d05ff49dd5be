"""Where the actor classes meet Ray: start-up, options, and the calls between processes.

On one machine Ray is embedded: it listens with token authentication on, its dashboard off, and its object
store holds nothing of ours, since no argument or result is above `MAX_MESSAGE_BYTES`. In a Ray job the
running cluster is used as it is.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import uuid
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
from ray.exceptions import RayActorError, RayTaskError

from lfr_actors.actors.alert_desk import AlertDesk
from lfr_actors.actors.camera import CameraActor
from lfr_actors.actors.embedder import EmbedderActor
from lfr_actors.actors.matcher import MatcherShard
from lfr_actors.actors.ports import CameraPlan, CameraStatus, Desk, EmbedderPool, Matcher, PackUse
from lfr_actors.errors import ActorLost, NotReady, WatchlistError
from lfr_actors.events.types import EventBody
from lfr_actors.messages import MAX_MESSAGE_BYTES, Alert, GalleryVersion, Probe, SearchResult, Vectors
from lfr_actors.observability import configure_logging
from lfr_actors.store.store import Store
from lfr_actors.vision.models import Detector, Embedder
from lfr_actors.vision.packs import load_pack
from lfr_actors.watchlist.gallery import Gallery

OBJECT_STORE_BYTES = 100 * 2**20
START_TRIES = 3

log = structlog.get_logger()


def start_ray(*, show_actor_logs: bool = True) -> None:
    """Join the cluster of a Ray job, or start Ray inside this process. Idempotent."""
    if ray.is_initialized():
        return
    if "RAY_ADDRESS" in os.environ:
        ray.init(log_to_driver=show_actor_logs, logging_level=logging.ERROR)
        return
    for left in reversed(range(START_TRIES)):
        try:
            ray.init(
                address="local",  # never a cluster that happens to run on this machine
                include_dashboard=False,
                log_to_driver=show_actor_logs,
                logging_level=logging.ERROR,
                object_store_memory=OBJECT_STORE_BYTES,
                num_cpus=os.cpu_count(),
            )
        except Exception as error:
            ray.shutdown()
            if left == 0:
                raise NotReady("ray", f"it did not start in {START_TRIES} tries: {error}") from error
            log.warning("ray_start_failed", tries_left=left, reason=str(error))
        else:
            return


def stop_ray() -> None:
    """Leave the cluster, or end the embedded Ray. Idempotent."""
    ray.shutdown()


def load_detector(use: PackUse) -> Detector:
    """The detector of a pack, in the calling process."""
    return load_pack(
        use.pack,
        home=use.home,
        device=use.device,
        threads=use.threads,
        long_side_px=use.long_side_px,
        parts="detector",
    ).detector


def load_embedder(use: PackUse) -> Embedder:
    """The embedder of a pack, in the calling process."""
    return load_pack(
        use.pack, home=use.home, device=use.device, threads=use.threads, parts="embedder"
    ).embedder


def _actor(cls: type, *, restarts: int, retries: int = 0) -> Any:
    """The class as a Ray actor: no reserved core, since the supervisor shares the machine out itself."""
    return ray.remote(num_cpus=0, max_restarts=restarts, max_task_retries=retries)(_logging(cls))


def _logging(cls: type) -> type:
    """The class with its process's logs set up before it starts."""

    class Logged(cls):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            configure_logging()
            super().__init__(*args, **kwargs)

    Logged.__name__ = Logged.__qualname__ = cls.__name__
    return Logged


class RayEmbedders(EmbedderPool):
    """The embedder with the fewest probes on the way gets the next; a dead one's probes go to another.

    Ray starts a dead one again; until then none may be there.
    """

    def __init__(self, handles: Sequence[Any]) -> None:
        self._handles = list(handles)
        self._busy = [0] * len(self._handles)

    async def embed(self, probe: Probe) -> Vectors | None:
        """See `EmbedderPool.embed`."""
        reason = "none was started"
        for place in sorted(range(len(self._handles)), key=self._busy.__getitem__):
            self._busy[place] += 1
            try:
                template: Vectors | None = await self._handles[place].embed.remote(probe)
            except RayActorError as error:
                reason = _why(error)
            else:
                return template
            finally:
                self._busy[place] -= 1
        raise NotReady("every embedder", reason)


class RayMatcher(Matcher):
    """The matcher's calls."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    async def search(self, templates: Vectors) -> tuple[SearchResult, ...]:
        """See `Matcher.search`; a matcher that is being restarted is not ready."""
        try:
            results: tuple[SearchResult, ...] = await self._handle.search.remote(templates)
        except RayActorError as error:
            raise NotReady("matcher", _why(error)) from None
        return results

    async def hold(self, gallery: Gallery) -> None:
        """Send the gallery in pieces and let it answer."""
        for piece in gallery.chunks(MAX_MESSAGE_BYTES):
            await self._handle.receive.remote(piece)
        await self._handle.activate.remote(gallery.version)

    async def version(self) -> GalleryVersion | None:
        """The version that answers, or None."""
        version: GalleryVersion | None = await self._handle.version.remote()
        return version


class RayDesk(Desk):
    """The desk's calls. Ray repeats those that a restart interrupted: an alert's id and the key of events keep
    them from being written twice.
    """

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    async def raise_alert(self, alert: Alert) -> bool:
        """See `Desk.raise_alert`."""
        new: bool = await self._call("raise_alert", alert)
        return new

    async def record(self, *bodies: EventBody) -> None:
        """See `Desk.record`."""
        await self._call("record", *bodies, key=uuid.uuid4())

    async def _call(self, method: str, *values: Any, **options: Any) -> Any:
        try:
            return await getattr(self._handle, method).remote(*values, **options)
        except RayActorError as error:
            raise ActorLost("alert desk", _why(error)) from None


class RayCamera:
    """The supervisor's hold on a camera actor."""

    def __init__(self, camera_id: str, handle: Any) -> None:
        self._camera_id, self._handle = camera_id, handle

    async def run(self) -> CameraStatus:
        """See `CameraHandle.run`."""
        status: CameraStatus = await self._call("run")
        return status

    async def status(self) -> CameraStatus:
        """See `CameraHandle.status`."""
        status: CameraStatus = await self._call("status")
        return status

    async def stop(self) -> None:
        """See `CameraHandle.stop`."""
        await self._call("stop")

    async def kill(self) -> None:
        """See `CameraHandle.kill`."""
        await asyncio.to_thread(ray.kill, self._handle)

    async def _call(self, method: str) -> Any:
        try:
            return await getattr(self._handle, method).remote()
        except RayActorError as error:
            raise ActorLost(f"camera {self._camera_id}", _why(error)) from None
        except RayTaskError as error:  # whatever ended its work, it is this camera's end and no other's
            reason = f"{type(error.cause).__name__}: {error.cause}"
            raise ActorLost(f"camera {self._camera_id}", reason) from error


class RayCluster:
    """`Cluster` on Ray: every actor is owned by the driver, so that none outlives it."""

    def __init__(self) -> None:
        self._handles: list[Any] = []
        self._desk: Any = None
        self._matcher: RayMatcher | None = None
        self._gallery: Gallery | None = None

    async def start_matcher(self, gallery: Gallery) -> RayMatcher:
        """See `Cluster.start_matcher`."""
        handle = _actor(MatcherShard, restarts=-1).remote()
        self._handles.append(handle)
        self._matcher, self._gallery = RayMatcher(handle), gallery
        await self._matcher.hold(gallery)
        return self._matcher

    async def start_embedders(self, use: PackUse, count: int) -> RayEmbedders:
        """See `Cluster.start_embedders`."""
        wrapped = _actor(EmbedderActor, restarts=-1)
        handles = [wrapped.remote(partial(load_embedder, use)) for _ in range(count)]
        self._handles.extend(handles)
        await asyncio.gather(*(_ready(handle) for handle in handles))
        return RayEmbedders(handles)

    async def start_desk(self, home: Path, deployment_id: str) -> RayDesk:
        """See `Cluster.start_desk`."""
        wrapped = _actor(AlertDesk, restarts=-1, retries=-1)
        self._desk = wrapped.remote(partial(Store.open, home), deployment_id)
        return RayDesk(self._desk)

    async def start_camera(
        self, plan: CameraPlan, embedders: EmbedderPool, matcher: Matcher, desk: Desk
    ) -> RayCamera:
        """See `Cluster.start_camera`."""
        load = partial(load_detector, plan.pack)
        handle = _actor(CameraActor, restarts=0).remote(plan, load, embedders, matcher, desk)
        self._handles.append(handle)
        camera = RayCamera(plan.settings.camera_id, handle)
        await camera.status()
        return camera

    async def check(self) -> Sequence[str]:
        """See `Cluster.check`."""
        if self._matcher is None or self._gallery is None:
            return ()
        try:
            if await self._matcher.version() == self._gallery.version:
                return ()
            await self._matcher.hold(self._gallery)
        except (RayActorError, WatchlistError) as error:
            # it is being restarted, or was while the gallery was sent; the next check finds it
            log.warning("matcher_not_mended", reason=_why(error))
            return ()
        return (f"matcher: gallery {self._gallery.version} loaded again",)

    async def close(self) -> None:
        """See `Cluster.close`."""
        handles, self._handles = self._handles, []
        for handle in handles:
            await asyncio.to_thread(ray.kill, handle)
        if self._desk is not None:
            desk, self._desk = self._desk, None
            try:
                await desk.close.remote()
            except RayActorError as error:  # it has no more to close
                log.warning("desk_was_lost", reason=_why(error))
            await asyncio.to_thread(ray.kill, desk)


async def _ready(handle: Any) -> None:
    """Wait until an embedder has loaded its model. Raises `ActorLost` with the reason when it could not."""
    try:
        await handle.status.remote()
    except RayActorError as error:
        raise ActorLost("embedder", _why(error)) from None


def _why(error: Exception) -> str:
    """The error's own words in one line; of a fault while an actor was made, the fault and not the way to it."""
    words = str(error).strip()
    if isinstance(error, RayActorError) and error.actor_init_failed:
        words = words.splitlines()[-1]
    return " ".join(words.split())[:300]

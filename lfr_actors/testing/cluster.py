"""The real actor classes in the calling process, in place of Ray."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from lfr_actors.actors.alert_desk import AlertDesk
from lfr_actors.actors.answers import ShardReply
from lfr_actors.actors.camera import CameraActor, OpenCapture
from lfr_actors.actors.embedder import EmbedderActor
from lfr_actors.actors.matcher import MatcherShard
from lfr_actors.actors.ports import (
    CameraPlan,
    CameraStatus,
    Desk,
    EmbedderPool,
    GalleryOrder,
    Incomplete,
    Matcher,
    MatcherState,
    PackUse,
    Retention,
    ShardState,
)
from lfr_actors.actors.retention import RetentionActor
from lfr_actors.actors.rollout import Rollout
from lfr_actors.actors.sharded import ShardedMatcher
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.errors import ActorLost, NotReady
from lfr_actors.messages import Vectors
from lfr_actors.spec.console import Console
from lfr_actors.store.store import Store
from lfr_actors.testing.actors import FakeConsole, FakeCourier
from lfr_actors.vision.models import Detector, Embedder


class InProcessCamera:
    """A camera actor that runs as a task; `kill` ends it as the death of its process would."""

    def __init__(self, camera_id: str, actor: CameraActor) -> None:
        self._camera_id, self._actor = camera_id, actor
        self._work: asyncio.Task[CameraStatus] | None = None
        self._killed = False

    async def run(self) -> CameraStatus:
        """See `CameraHandle.run`."""
        self._require_alive()
        self._work = asyncio.create_task(self._actor.run(), name=f"camera-{self._camera_id}")
        try:
            return await asyncio.shield(self._work)
        except asyncio.CancelledError:
            if self._killed:
                raise ActorLost(f"camera {self._camera_id}", "it was killed") from None
            raise
        except Exception as error:
            raise ActorLost(f"camera {self._camera_id}", f"{type(error).__name__}: {error}") from error

    async def status(self) -> CameraStatus:
        """See `CameraHandle.status`."""
        self._require_alive()
        return await self._actor.status()

    async def preview(self) -> bytes | None:
        """See `CameraHandle.preview`."""
        self._require_alive()
        return await self._actor.preview()

    async def stop(self) -> None:
        """See `CameraHandle.stop`."""
        self._require_alive()
        await self._actor.stop()

    async def kill(self) -> None:
        """See `CameraHandle.kill`."""
        self._killed = True
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait([self._work])

    def _require_alive(self) -> None:
        if self._killed:
            raise ActorLost(f"camera {self._camera_id}", "it was killed")


class InProcessShard:
    """A shard in this process; `die` ends it as the death of its process would."""

    def __init__(self, part: int, parts: int) -> None:
        self._part, self._parts = part, parts
        self.actor = MatcherShard(part, parts)
        self.away = 0

    def die(self, away: int = 0) -> None:
        """Lose everything; the next `away` calls find nobody."""
        self.actor, self.away = MatcherShard(self._part, self._parts), away

    async def search(self, templates: Vectors) -> ShardReply:
        """See `ShardLink.search`."""
        return await self._there().search(templates)

    async def prepare(self, order: GalleryOrder) -> None:
        """See `ShardHold.prepare`."""
        await self._there().prepare(order)

    async def flip(self, generation: int) -> None:
        """See `ShardHold.flip`."""
        await self._there().flip(generation)

    async def abandon(self, generation: int) -> None:
        """See `ShardHold.abandon`."""
        await self._there().abandon(generation)

    async def forget(self, generation: int) -> None:
        """See `ShardHold.forget`."""
        await self._there().forget(generation)

    async def state(self) -> ShardState:
        """See `ShardHold.state`."""
        return await self._there().state()

    async def rinse(self) -> None:
        """See `EmbedderPool.rinse`."""
        await self._there().rinse()

    def _there(self) -> MatcherShard:
        if self.away:
            self.away -= 1
            raise ActorLost(f"shard {self._part + 1} of {self._parts}", "it was killed")
        return self.actor


class InProcessCluster:
    """`Cluster` without Ray. `captures` stand in for the sources of cameras, by camera id.

    `started` and `ended` list what was started and ended, in order. `lost` maps a camera id to the number of
    starts that fail. `shards` are those of the matcher. `console` and `courier` stand in for theirs,
    `served` is the data folder and the deployment that they were started for.
    """

    def __init__(
        self,
        *,
        load_detector: Callable[[CameraPlan], Detector],
        load_embedder: Callable[[], Embedder],
        captures: Mapping[str, OpenCapture] | None = None,
        lost: Mapping[str, int] | None = None,
        console: FakeConsole | None = None,
        courier: FakeCourier | None = None,
    ) -> None:
        self._load_detector, self._load_embedder = load_detector, load_embedder
        self._captures = captures or {}
        self._lost = dict(lost or {})
        self._retention: RetentionActor | None = None
        self._erasing: asyncio.Task[None] | None = None
        self.shards: tuple[InProcessShard, ...] = ()
        self.rollout = Rollout(())
        self._embedder: EmbedderActor | None = None
        self._desk: AlertDesk | None = None
        self.console = console or FakeConsole()
        self.courier = courier or FakeCourier()
        self.served: tuple[Path, str] | None = None
        self.cameras: dict[str, InProcessCamera] = {}
        self.started: list[str] = []
        self.ended: list[str] = []
        self.checks = 0

    async def start_retention(self, home: Path) -> Retention:
        """See `Cluster.start_retention`."""
        self.started.append("retention")
        self._retention = RetentionActor(partial(Store.open, home))
        self._erasing = asyncio.create_task(self._retention.run(), name="retention")
        return self._retention

    async def start_matcher(
        self, order: GalleryOrder, shards: int, *, incomplete: Incomplete
    ) -> ShardedMatcher:
        """See `Cluster.start_matcher`."""
        self.started.append("matcher" if shards == 1 else f"matcher of {shards} shards")
        self.shards = tuple(InProcessShard(part, shards) for part in range(shards))
        self.rollout = Rollout(self.shards)
        if lost := await self.rollout.hold(order):
            raise NotReady("matcher", str(lost[0]))
        return ShardedMatcher(self.shards, incomplete=incomplete)

    async def replace_gallery(self, order: GalleryOrder) -> None:
        """See `Cluster.replace_gallery`."""
        await self.rollout.hold(order)

    async def forget_gallery(self) -> None:
        """See `Cluster.forget_gallery`."""
        await self.rollout.forget()

    async def matcher_state(self) -> MatcherState:
        """See `Cluster.matcher_state`."""
        return await self.rollout.state()

    async def start_embedders(self, use: PackUse, count: int) -> EmbedderPool:
        """See `Cluster.start_embedders`; one is enough here."""
        self.started.append(f"{count} embedders of {use.pack}")
        self._embedder = EmbedderActor(self._load_embedder, lifetime_s=use.probe_lifetime_s)
        return self._embedder

    async def start_desk(self, home: Path, deployment_id: str) -> Desk:
        """See `Cluster.start_desk`."""
        self.started.append("desk")
        self._desk = AlertDesk(partial(Store.open, home), deployment_id)
        return self._desk

    async def start_courier(
        self, home: Path, deployment_id: str, endpoints: Sequence[Endpoint], *, pictures_at: str | None
    ) -> FakeCourier:
        """See `Cluster.start_courier`."""
        self.served = (home, deployment_id)
        self.started.append(f"courier to {len(endpoints)}, pictures at {pictures_at}")
        return self.courier

    async def start_console(self, home: Path, deployment_id: str, settings: Console) -> FakeConsole:
        """See `Cluster.start_console`."""
        self.served = (home, deployment_id)
        self.started.append(f"console on {settings.port}")
        return self.console

    async def start_camera(
        self, plan: CameraPlan, embedders: EmbedderPool, matcher: Matcher, desk: Desk
    ) -> InProcessCamera:
        """See `Cluster.start_camera`."""
        camera_id = plan.settings.camera_id
        self.started.append(f"camera {camera_id}")
        if self._lost.get(camera_id, 0) > 0:
            self._lost[camera_id] -= 1
            raise ActorLost(f"camera {camera_id}", "it died at its start")
        capture = self._captures.get(camera_id)
        load = partial(self._load_detector, plan)
        actor = CameraActor(plan, load, embedders, matcher, desk, capture=capture)
        self.cameras[camera_id] = InProcessCamera(camera_id, actor)
        return self.cameras[camera_id]

    async def check(self) -> Sequence[str]:
        """See `Cluster.check`."""
        self.checks += 1
        return await self.rollout.check()

    async def close(self) -> None:
        """See `Cluster.close`."""
        await self.rollout.close()
        for camera_id, camera in self.cameras.items():
            await camera.kill()
            self.ended.append(f"camera {camera_id}")
        self.cameras.clear()
        if self._embedder is not None:
            await self._embedder.close()
            self.ended.append("embedders")
            self._embedder = None
        if self._desk is not None:
            await self._desk.close()
            self.ended.append("desk")
            self._desk = None
        if self._retention is not None and self._erasing is not None:
            await self._retention.close()
            await self._erasing
            self.ended.append("retention")
            self._retention = self._erasing = None

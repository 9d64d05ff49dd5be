"""The calls between processes: what each actor offers the others, carried by Ray.

A dead actor is an answer here, not an accident: `NotReady` where Ray starts it again and asking again is right,
`ActorLost` where whoever started it decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Sequence
from typing import Any

import ray
from ray.exceptions import RayActorError, RayTaskError

from lfr_actors.actors.answers import ShardReply
from lfr_actors.actors.ports import (
    CameraStatus,
    Desk,
    EmbedderPool,
    GalleryOrder,
    Retention,
    RetentionStatus,
    ShardState,
)
from lfr_actors.actors.sharded import ShardLink
from lfr_actors.errors import ActorLost, LfrError, NotReady
from lfr_actors.events.types import EventBody
from lfr_actors.footage.segment import SegmentEnd, SegmentKey, SegmentStart
from lfr_actors.messages import Alert, Probe, Vectors

RINSE_BYTES = 90_000
"""gRPC keeps the block of memory into which it reads, of up to 64 KiB, until it is used up: so much uses it up."""

RINSE_PATIENCE_S = 5.0
"""Ray may keep a call to an actor that is being restarted until it is there; zeros are not waited for so long."""


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
                reason = why(error)
            else:
                return template
            finally:
                self._busy[place] -= 1
        raise NotReady("every embedder", reason)

    async def rinse(self) -> None:
        """See `EmbedderPool.rinse`."""
        await asyncio.gather(*(_rinse(handle) for handle in self._handles))


class RayShard(ShardLink):
    """The calls of one matcher shard. `name` is what it is called when it is lost, as `shard 2 of 4`."""

    def __init__(self, name: str, handle: Any) -> None:
        self._name, self._handle = name, handle

    async def search(self, templates: Vectors) -> ShardReply:
        """See `ShardLink.search`. A question that nobody waits for any more is taken back, query and all."""
        asked = self._handle.search.remote(templates)
        try:
            reply: ShardReply = await asked
        except asyncio.CancelledError:
            ray.cancel(asked)  # Ray keeps what it cannot deliver until the shard is there again
            raise
        except RayActorError as error:
            raise ActorLost(self._name, why(error)) from None
        return reply

    async def prepare(self, order: GalleryOrder) -> None:
        """See `ShardHold.prepare`; a fault of the load is raised as it was."""
        await self._call("prepare", order)

    async def flip(self, generation: int) -> None:
        """See `ShardHold.flip`."""
        await self._call("flip", generation)

    async def abandon(self, generation: int) -> None:
        """See `ShardHold.abandon`."""
        await self._call("abandon", generation)

    async def forget(self, generation: int) -> None:
        """See `ShardHold.forget`."""
        await self._call("forget", generation)

    async def state(self) -> ShardState:
        """See `ShardHold.state`."""
        state: ShardState = await self._call("state")
        return state

    async def rinse(self) -> None:
        """See `EmbedderPool.rinse`."""
        await _rinse(self._handle)

    async def _call(self, method: str, *values: Any) -> Any:
        try:
            return await getattr(self._handle, method).remote(*values)
        except RayActorError as error:
            raise ActorLost(self._name, why(error)) from None
        except RayTaskError as error:
            if isinstance(error.cause, LfrError):
                raise error.cause from None
            raise


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

    async def begin_segment(self, start: SegmentStart) -> SegmentKey:
        """See `Desk.begin_segment`."""
        key: SegmentKey = await self._call("begin_segment", start)
        return key

    async def end_segment(self, segment: SegmentEnd) -> None:
        """See `Desk.end_segment`."""
        await self._call("end_segment", segment)

    async def record(self, *bodies: EventBody) -> None:
        """See `Desk.record`."""
        await self._call("record", *bodies, key=uuid.uuid4())

    async def _call(self, method: str, *values: Any, **options: Any) -> Any:
        try:
            return await getattr(self._handle, method).remote(*values, **options)
        except RayActorError as error:
            raise ActorLost("alert desk", why(error)) from None


class RayRetention(Retention):
    """The retention actor's calls; Ray repeats those that a restart interrupted."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    async def catch_up(self) -> RetentionStatus:
        """See `Retention.catch_up`."""
        status: RetentionStatus = await self._call("catch_up")
        return status

    async def status(self) -> RetentionStatus:
        """See `Retention.status`."""
        status: RetentionStatus = await self._call("status")
        return status

    async def _call(self, method: str) -> Any:
        try:
            return await getattr(self._handle, method).remote()
        except RayActorError as error:
            raise ActorLost("retention actor", why(error)) from None


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

    async def preview(self) -> bytes | None:
        """See `CameraHandle.preview`."""
        jpeg: bytes | None = await self._call("preview")
        return jpeg

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
            raise ActorLost(f"camera {self._camera_id}", why(error)) from None
        except RayTaskError as error:  # whatever ended its work, it is this camera's end and no other's
            reason = f"{type(error.cause).__name__}: {error.cause}"
            raise ActorLost(f"camera {self._camera_id}", reason) from error


async def _rinse(handle: Any) -> None:
    """Zeros to an actor and back, through the buffers of the network on both sides."""
    with contextlib.suppress(RayActorError, TimeoutError):  # one that is away: its memory went with it
        async with asyncio.timeout(RINSE_PATIENCE_S):
            await handle.rinse.remote(bytes(RINSE_BYTES))


def why(error: Exception) -> str:
    """The error's own words in one line; of a fault while an actor was made, the fault and not the way to it."""
    words = str(error).strip()
    if isinstance(error, RayActorError) and error.actor_init_failed:
        words = words.splitlines()[-1]
    return " ".join(words.split())[:300]

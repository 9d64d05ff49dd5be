"""What the supervisor holds: where actors live, and those that serve people and other systems meanwhile.

Nothing above `MAX_MESSAGE_BYTES` goes through any of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lfr_actors.actors.ports import (
    CameraHandle,
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
)
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.spec.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What somebody who looks at the console wants to see. `previews`: pictures of the cameras."""

    previews: bool


class ConsoleLink(Protocol):
    """The console, as the supervisor sees it."""

    async def show(self, statuses: Sequence[CameraStatus], missing: Sequence[str]) -> Wishes:
        """Tell what the cameras do and which parts of the list cannot be searched; what is wished for.

        Raises `ActorLost` while the console is away: it comes back by itself.
        """

    async def preview(self, camera_id: str, jpeg: bytes) -> None:
        """Show a camera's picture, in which everybody but alerts is blurred. Raises `ActorLost`."""

    async def close(self) -> None:
        """Answer nobody any more. Idempotent."""


class CourierLink(Protocol):
    """The courier, as the supervisor sees it."""

    async def drain(self, within_s: float) -> int:
        """Deliver what is in the log by now, for so long at most; how many deliveries are left for later.

        Raises `ActorLost`.
        """

    async def close(self) -> None:
        """Write how far each endpoint has the log, and deliver no further. Idempotent."""


class Cluster(Protocol):
    """Where actors live. Started in the order of the methods, closed in reverse."""

    async def start_retention(self, home: Path) -> Retention:
        """The retention actor, at work on its schedule."""

    async def start_matcher(self, order: GalleryOrder, shards: int, *, incomplete: Incomplete) -> Matcher:
        """A matcher of so many shards that answers from the list. Raises `NotReady` when one of them dies, and
        whatever `order.load` raises.
        """

    async def replace_gallery(self, order: GalleryOrder) -> None:
        """Let every shard answer from a later list: first all load it, then all turn to it.

        When it returns, no shard holds the list before: one that died meanwhile is empty until `check` gives it
        the new one. Raises `NotReady` when no matcher was started or the gallery was forgotten, and whatever
        `order.load` raises: then all go on as before.
        """

    async def forget_gallery(self) -> None:
        """Overwrite the gallery in the memory of every shard, whatever else is under way. Idempotent."""

    async def matcher_state(self) -> MatcherState:
        """What every shard holds. Raises `NotReady` when no matcher was started."""

    async def start_embedders(self, use: PackUse, count: int) -> EmbedderPool:
        """A pool of embedders, each with its model loaded."""

    async def start_desk(self, home: Path, deployment_id: str) -> Desk:
        """The alert desk."""

    async def start_courier(
        self, home: Path, deployment_id: str, endpoints: Sequence[Endpoint], *, pictures_at: str | None
    ) -> CourierLink:
        """The courier, at work. `pictures_at`: where the console answers links to pictures, if anywhere."""

    async def start_console(self, home: Path, deployment_id: str, settings: Console) -> ConsoleLink:
        """The operators' console, answering. Raises `NotReady` when it cannot be served as asked."""

    async def start_camera(
        self, plan: CameraPlan, embedders: EmbedderPool, matcher: Matcher, desk: Desk
    ) -> CameraHandle:
        """A camera actor with its detector loaded."""

    async def check(self) -> Sequence[str]:
        """Look after the shared actors: have shards that lost their part load it again. Says what was mended."""

    async def close(self) -> None:
        """End every actor. Idempotent."""

"""What an actor needs of the others, whatever carries the calls: Ray, or one process in tests.

Nothing above `MAX_MESSAGE_BYTES` goes through any of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from lfr_actors.events.types import EventBody
from lfr_actors.messages import Alert, CameraId, Probe, SearchResult, Vectors
from lfr_actors.recognition import RecognitionSettings
from lfr_actors.spec.source import SourceAddress
from lfr_actors.tally import Latency
from lfr_actors.watchlist.gallery import Gallery

Device = Literal["auto", "cpu", "cuda"]


class EmbedderPool(Protocol):
    """The embedders, as a camera sees them."""

    async def embed(self, probe: Probe) -> Vectors | None:
        """The template of a probe, float32 (d,); None when the probe passed its lifetime on the way.

        Raises `NotReady` while no embedder is there.
        """


class Matcher(Protocol):
    """The gallery, as a camera sees it."""

    async def search(self, templates: Vectors) -> tuple[SearchResult, ...]:
        """The best candidates for each of (n, d) templates. Raises `NotReady` while it has no gallery."""


class Desk(Protocol):
    """The one who commits alerts and events."""

    async def raise_alert(self, alert: Alert) -> bool:
        """Commit an alert; True when it was new. May be called again with the same alert."""

    async def record(self, *bodies: EventBody) -> None:
        """Append events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackUse:
    """Which model pack an actor loads, and how."""

    pack: str
    home: Path
    device: Device
    threads: int
    long_side_px: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPlan:
    """Everything a camera actor needs to know. `workers`: frames whose faces are sought side by side.

    `incarnation` is another for every actor of a camera in a deployment: alert ids are made of it, and an
    actor that counted its tracks from 1 again under the same one would raise alerts that are there already.

    `annotate`: where to write a film in which everybody who is not an alert is blurred (file sources only).
    """

    address: SourceAddress
    pace: Literal["realtime", "max"]
    settings: RecognitionSettings
    pack: PackUse
    incarnation: str
    workers: int
    observe_every_s: float = 5.0
    annotate: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStatus:
    """What a camera is doing. `faces` counts tracks; `elapsed_s` since it began to capture.

    `latency` holds the counts of `tally.Latency`.
    """

    camera_id: CameraId
    state: str
    reason: str | None
    frames: int
    dropped: int
    faces: int
    searches: int
    unsearched: int
    alerts: int
    media_time_s: float
    elapsed_s: float
    latency: tuple[int, ...]
    failed: bool = False

    @classmethod
    def failed_with(cls, camera_id: str, reason: str, known: CameraStatus | None) -> CameraStatus:
        """The status of a camera whose actor was lost, with what was last known of it."""
        if known is not None:
            return replace(known, state="failed", reason=reason, failed=True)
        return cls(
            camera_id=CameraId(camera_id),
            state="failed",
            reason=reason,
            frames=0,
            dropped=0,
            faces=0,
            searches=0,
            unsearched=0,
            alerts=0,
            media_time_s=0.0,
            elapsed_s=0.0,
            latency=Latency().as_tuple(),
            failed=True,
        )


class CameraHandle(Protocol):
    """A camera actor, as the supervisor sees it."""

    async def run(self) -> CameraStatus:
        """Work until the source ends or `stop`; the last status.

        Raises `ActorLost` when the actor died or a fault ended its work.
        """

    async def status(self) -> CameraStatus:
        """What it is doing now. Raises `ActorLost`."""

    async def stop(self) -> None:
        """Ask it to take no further frame, finish those in hand and return from `run`. Idempotent."""

    async def kill(self) -> None:
        """End it at once."""


class Cluster(Protocol):
    """Where actors live. Started in the order of the methods, closed in reverse."""

    async def start_matcher(self, gallery: Gallery) -> Matcher:
        """A matcher that holds the gallery."""

    async def start_embedders(self, use: PackUse, count: int) -> EmbedderPool:
        """A pool of embedders, each with its model loaded."""

    async def start_desk(self, home: Path, deployment_id: str) -> Desk:
        """The alert desk."""

    async def start_camera(
        self, plan: CameraPlan, embedders: EmbedderPool, matcher: Matcher, desk: Desk
    ) -> CameraHandle:
        """A camera actor with its detector loaded."""

    async def check(self) -> Sequence[str]:
        """Look after the shared actors: restore a matcher that lost its gallery. Says what was mended."""

    async def close(self) -> None:
        """End every actor. Idempotent."""

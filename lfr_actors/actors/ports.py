"""What an actor needs of the others, whatever carries the calls: Ray, or one process in tests.

Nothing above `MAX_MESSAGE_BYTES` goes through any of these.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from lfr_actors.events.types import EventBody
from lfr_actors.footage.plan import FootagePlan
from lfr_actors.footage.segment import SegmentEnd, SegmentKey, SegmentStart
from lfr_actors.lifetimes import NON_MATCH_LIFETIME_S
from lfr_actors.messages import Alert, CameraId, GalleryVersion, Probe, SearchResult, Vectors
from lfr_actors.retention.erasure import Overdue
from lfr_actors.spec.source import SourceAddress
from lfr_actors.tally import Latency
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.repeating import Disagreement

if TYPE_CHECKING:
    from lfr_actors.recognition import RecognitionSettings  # with all of a camera, which others do without

Device = Literal["auto", "cpu", "cuda"]


class EmbedderPool(Protocol):
    """The embedders, as a camera sees them."""

    async def embed(self, probe: Probe) -> Vectors | None:
        """The template of a probe, float32 (d,); None when the probe passed its lifetime on the way.

        Raises `NotReady` while no embedder is there.
        """

    async def rinse(self) -> object:
        """Overwrite what messages left behind: buffers of the network keep the last of them until the next.

        Nothing is done for an embedder that is away: its memory went with it.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryOrder:
    """Which list every shard is to answer from, and where a shard gets its part of it. It pickles.

    `generation` counts the lists of a deployment, each with a larger one: of two lists the later is right, and
    an answer is never mixed of two. `load(part, parts)` gives the subjects of one shard, from 0, under `version`;
    it is called in a thread of the shard's process, may take minutes, and may be called again after a restart.
    """

    version: GalleryVersion
    generation: int
    load: Callable[[int, int], Gallery] = field(repr=False)


Incomplete: TypeAlias = Literal["pause", "continue"]
"""What becomes of a search that part of the list did not answer: nobody gets a result, or one that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardState:
    """What a shard holds. `part` of `parts`, from 0; `version` and `generation` are of the list that answers.

    `index` says how it searches: exactly, exactly while an index is built, or by the index. `repeated` counts the
    searches of the index that were done again exactly, `disagreed` how many of them would have been decided
    otherwise, and `disagreements` are the latest of those. `calibration` says in words how the index was set, or
    why there is none; empty before. `searches` counts templates.
    """

    part: int
    parts: int
    version: GalleryVersion | None
    generation: int
    phase: Literal["empty", "loading", "ready"]
    index: Literal["exact", "building", "hnsw"]
    templates: int
    subjects: int
    memory_bytes: int
    searches: int
    repeated: int
    disagreed: int
    disagreements: tuple[Disagreement, ...]
    calibration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatcherState:
    """What every shard holds, in their order; None for one that does not answer."""

    shards: tuple[ShardState | None, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Which parts of the list cannot be searched now, and why, in words; empty when all can."""
        latest = max((shard.generation for shard in self.shards if shard is not None), default=0)
        reasons = {part: _why_missing(shard, latest) for part, shard in enumerate(self.shards)}
        return missing_words(
            {part: reason for part, reason in reasons.items() if reason is not None}, len(self.shards)
        )

    @property
    def is_complete(self) -> bool:
        """Whether the whole list is searched."""
        return not self.missing


def missing_words(reasons: Mapping[int, str], parts: int) -> tuple[str, ...]:
    """`shard 2 of 4: loading` for each reason by part, from 0."""
    return tuple(f"shard {part + 1} of {parts}: {reason}" for part, reason in sorted(reasons.items()))


def _why_missing(shard: ShardState | None, latest: int) -> str | None:
    if shard is None:
        return "does not answer"
    if shard.phase != "ready":
        return "loading" if shard.phase == "loading" else "has no list yet"
    return "answers from an older list" if shard.generation < latest else None


class Matcher(Protocol):
    """The gallery, as a camera sees it."""

    async def search(self, templates: Vectors) -> tuple[SearchResult, ...]:
        """The best candidates for each of (n, d) templates, n as small as `MAX_MESSAGE_BYTES` makes it.

        Raises `NotReady` while it has no list, or not all of it and the policy is to pause.
        """

    async def state(self) -> MatcherState:
        """What every shard holds, and which of them are missing."""

    async def rinse(self) -> object:
        """See `EmbedderPool.rinse`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionStatus:
    """What was erased since the actor started, what is overdue now and why, and when the next thing is due."""

    erased: int
    overdue: tuple[Overdue, ...]
    next_due_at: dt.datetime | None


class Retention(Protocol):
    """The one who erases on time."""

    async def catch_up(self) -> RetentionStatus:
        """Erase everything that is due now; returns when it is gone."""

    async def status(self) -> RetentionStatus:
        """What was erased, what is overdue, what is next."""


class Desk(Protocol):
    """The one who commits alerts and events."""

    async def raise_alert(self, alert: Alert) -> bool:
        """Commit an alert; True when it was new. May be called again with the same alert."""

    async def record(self, *bodies: EventBody) -> None:
        """Append events."""

    async def begin_segment(self, start: SegmentStart) -> SegmentKey:
        """Enter a segment of footage in the index and make its key; nothing of it is written before."""

    async def end_segment(self, segment: SegmentEnd) -> None:
        """Write how a segment ended. May be called again with the same end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackUse:
    """Which model pack an actor loads, and how. `probe_lifetime_s`: how old a probe may grow before it."""

    pack: str
    home: Path
    device: Device
    threads: int
    long_side_px: int
    probe_lifetime_s: float = NON_MATCH_LIFETIME_S


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPlan:
    """Everything a camera actor needs to know. `workers`: frames whose faces are sought side by side.

    `incarnation` is another for every actor of a camera in a deployment: alert ids are made of it, and an
    actor that counted its tracks from 1 again under the same one would raise alerts that are there already.

    `annotate`: where to write a film in which everybody who is not an alert is blurred (file sources only).
    `footage`: what is recorded of its packets; none, nothing is. `when_incomplete`: whether the camera pauses
    while part of the list cannot be searched.
    """

    address: SourceAddress
    pace: Literal["realtime", "max"]
    settings: RecognitionSettings
    pack: PackUse
    incarnation: str
    workers: int
    observe_every_s: float = 5.0
    annotate: Path | None = None
    footage: FootagePlan | None = None
    when_incomplete: Incomplete = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStatus:
    """What a camera is doing. `faces` counts tracks; `elapsed_s` since it began to capture.

    `unsearched` counts faces that got no answer, `incomplete` searches that part of the list did not answer.

    `latency` holds the counts of `tally.Latency`; `longest_s` is the greatest age of anything biometric when it
    was overwritten, seconds by kind (`lifetimes.Kind`). `last_frame_age_s`: since the source gave its last frame;
    None before the first.
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
    incomplete: int = 0
    longest_s: Mapping[str, float] = field(default_factory=dict)
    last_frame_age_s: float | None = None

    @classmethod
    def failed_with(cls, camera_id: str, reason: str, known: CameraStatus | None) -> CameraStatus:
        """The status of a camera whose actor was lost, with what was last known of it."""
        if known is not None:
            return replace(known, state="failed", reason=reason, failed=True, last_frame_age_s=None)
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

    async def preview(self) -> bytes | None:
        """What it sees, small, with everybody who is not an alert blurred: JPEG, at most 40 KB.

        None while there is none: it is paused, has no frame, or nobody asked for some seconds; then a picture is
        made while this is asked. Raises `ActorLost`.
        """

    async def stop(self) -> None:
        """Ask it to take no further frame, finish those in hand and return from `run`. Idempotent."""

    async def kill(self) -> None:
        """End it at once."""

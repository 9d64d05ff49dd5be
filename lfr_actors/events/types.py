"""The vocabulary: everything that can happen to a deployment, one frozen value for each kind of event.

    deployment.started ─► retention.declared ─► watchlist.built ─► watchlist.sealed ─► camera.opened
        ─► camera.observed, nonmatch.forgotten … ─► alert.raised ─► alert.adjudicated
        camera.lost · camera.paused ─► camera.resumed · camera.failed · camera.ended · threshold.changed
        bluelist.seeded ─► bluelist.passed, bluelist.recognised
        watchlist.amendment_requested ─► watchlist.amended, watchlist.amendment_refused
        matcher.incomplete ─► matcher.complete · matcher.observed · search.disagreed
        footage.recorded · footage.stopped · footage.resumed · access.viewed
    deployment.stopped, deployment.lost (may be resumed) · deployment.closed (never again)
    hold.placed ─► hold.released · erasure.ordered, watchlist.erasure_ordered ─► data.erased (its receipt)
        erasure.overdue · keys.rotated

What is here is the public part of an event. It never holds biometric data, a picture, or who a person is: that is
in the sealed part, ciphertext under the key of the object that the event speaks of. `NAME` and `VERSION` are the
wire name; any change of the fields needs another version, so that what was written stays readable.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from lfr_actors.events.amending import (
    WatchlistAmended,
    WatchlistAmendmentRefused,
    WatchlistAmendmentRequested,
)
from lfr_actors.events.codec import Json, decode, encode
from lfr_actors.events.histograms import QUALITY_EDGES, SCORE_EDGES
from lfr_actors.events.keeping import (
    DataErased,
    ErasureOrdered,
    FootageRecorded,
    FootageResumed,
    FootageStopped,
    HoldPlaced,
    HoldReleased,
    KeysRotated,
    NonMatchesForgotten,
    OverdueErasure,
    RetentionDeclared,
)
from lfr_actors.events.lists import WatchlistBuilt, WatchlistErasureOrdered, WatchlistSealed
from lfr_actors.events.marks import (
    BlueListPassed,
    BlueListRecognised,
    BlueListSeeded,
    CameraPaused,
    CameraResumed,
    ThresholdChanged,
)
from lfr_actors.events.matching import MatcherComplete, MatcherIncomplete, MatcherObserved, SearchDisagreed

SITE: Final = "-"
"""In place of a deployment's id where an event concerns the site as a whole; no deployment can have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a camera or a deployment did. A latency of None means insufficient data, never zero.

    `frames` are frames in which faces were sought, `dropped` those captured and not looked at; `faces_seen`
    are tracks that began; `elapsed_s` is time that passed on a clock, not in the film. Latency runs from
    capture to decision, over every search.
    """

    frames: int
    dropped: int
    faces_seen: int
    searches: int
    alerts: int
    elapsed_s: float
    latency_p50_ms: float | None
    latency_p99_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStarted:
    """A deployment began, or was resumed; what it was told to do, as the file said.

    `file_digest` is the SHA-256 (hex) of the deployment file; `provider` the ONNX Runtime execution provider
    really in use; `pack_sha256` the checksum of each model file. `notices` are warnings that the operator
    was shown. `incarnation` is 1 the first time; the store fills it in.
    """

    NAME: ClassVar[str] = "deployment.started"
    VERSION: ClassVar[int] = 1

    deployment: str
    file_digest: str
    location: str
    operation: str | None
    force: str | None
    purposes: tuple[str, ...]
    authority_reference: str
    not_before: dt.datetime
    not_after: dt.datetime
    pack: str
    pack_sha256: Mapping[str, str]
    provider: str
    threshold: float
    confirm_hits: int
    confirm_within_s: float
    cooldown_s: float
    min_face_px: float
    cameras: tuple[str, ...]
    software_version: str
    notices: tuple[str, ...] = ()
    incarnation: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraOpened:
    """A camera gives frames of this size (px); `source_kind` is file, rtsp, device or scene."""

    NAME: ClassVar[str] = "camera.opened"
    VERSION: ClassVar[int] = 1

    camera: str
    width: int
    height: int
    source_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraLost:
    """A camera gives no frames for now; it is tried again after `retry_in_s`."""

    NAME: ClassVar[str] = "camera.lost"
    VERSION: ClassVar[int] = 1

    camera: str
    reason: str
    retry_in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFailed:
    """A camera is given up; `error` is the kind of error. The other cameras go on."""

    NAME: ClassVar[str] = "camera.failed"
    VERSION: ClassVar[int] = 1

    camera: str
    error: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraEnded:
    """A camera's source ended, or it was stopped."""

    NAME: ClassVar[str] = "camera.ended"
    VERSION: ClassVar[int] = 1

    camera: str
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraObserved:
    """What a camera did in a stretch of its film or stream: counts only, of nobody in particular.

    `tracks` are faces seen that began in the stretch, `tracks_ended` those that ended, `tracks_searched` the
    ended ones that were searched at least once; `rejected` counts the other ended ones, by main reason.
    `probes_dropped` were too old to be searched. `score_histogram` counts the best score of each search in
    the bins of `SCORE_EDGES`, `quality_histogram` the quality of each face in every frame in the bins of
    `QUALITY_EDGES`. Raises `ValueError` for a histogram of another length.
    """

    NAME: ClassVar[str] = "camera.observed"
    VERSION: ClassVar[int] = 1

    camera: str
    from_media_s: float
    to_media_s: float
    frames: int
    dropped: int
    tracks: int
    tracks_ended: int
    tracks_searched: int
    rejected: Mapping[str, int]
    searches: int
    probes_dropped: int
    score_histogram: tuple[int, ...]
    quality_histogram: tuple[int, ...]

    def __post_init__(self) -> None:
        bins = len(self.score_histogram), len(self.quality_histogram)
        wanted = len(SCORE_EDGES) - 1, len(QUALITY_EDGES) - 1
        if bins != wanted:
            raise ValueError(f"camera.observed: histograms of {bins} bins, expected {wanted}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised:
    """The system said that a face may be a subject. Who, is in the sealed part: `{"subject_id"}`.

    `threshold` is the subject's own. `missing` says in words which parts of the list did not answer this search,
    where the deployment goes on without them; empty when the whole list was searched.
    """

    NAME: ClassVar[str] = "alert.raised"
    VERSION: ClassVar[int] = 2

    alert_id: str
    camera: str
    track: str
    captured_at: dt.datetime
    media_time_s: float
    score: float
    threshold: float
    hits: int
    gallery_version: str
    gallery_subjects: int
    pack: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAdjudicated:
    """A person decided: `verdict` is true, false or cannot-tell. What they noted is in the sealed part."""

    NAME: ClassVar[str] = "alert.adjudicated"
    VERSION: ClassVar[int] = 1

    alert_id: str
    verdict: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStopped:
    """A deployment stopped before its end; it may be resumed under the same id."""

    NAME: ClassVar[str] = "deployment.stopped"
    VERSION: ClassVar[int] = 1

    reason: str
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentClosed:
    """A deployment is over; its id is never used again."""

    NAME: ClassVar[str] = "deployment.closed"
    VERSION: ClassVar[int] = 1

    reason: str
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentLost:
    """The process of a deployment ended without a word; found afterwards. It may be resumed.

    `last_event_at` is the time of its last event, and counts as its end.
    """

    NAME: ClassVar[str] = "deployment.lost"
    VERSION: ClassVar[int] = 1

    last_event_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessViewed:
    """Somebody looked at something about a person: `what` such as `alert:ID`, `who` an account, and why."""

    NAME: ClassVar[str] = "access.viewed"
    VERSION: ClassVar[int] = 1

    what: str
    who: str
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaqueBody:
    """An event of a name or version this software does not know: kept and shown as it was written."""

    name: str
    version: int
    public: Mapping[str, object]


KnownBody = (
    DeploymentStarted
    | RetentionDeclared
    | WatchlistBuilt
    | WatchlistSealed
    | CameraOpened
    | ThresholdChanged
    | BlueListSeeded
    | CameraLost
    | CameraPaused
    | CameraResumed
    | CameraFailed
    | CameraEnded
    | CameraObserved
    | NonMatchesForgotten
    | BlueListPassed
    | BlueListRecognised
    | AlertRaised
    | AlertAdjudicated
    | WatchlistAmendmentRequested
    | WatchlistAmended
    | WatchlistAmendmentRefused
    | MatcherIncomplete
    | MatcherComplete
    | SearchDisagreed
    | MatcherObserved
    | WatchlistErasureOrdered
    | FootageRecorded
    | FootageStopped
    | FootageResumed
    | DeploymentStopped
    | DeploymentLost
    | DeploymentClosed
    | DataErased
    | ErasureOrdered
    | OverdueErasure
    | HoldPlaced
    | HoldReleased
    | KeysRotated
    | AccessViewed
)
EventBody = KnownBody | OpaqueBody

BODIES: Final[tuple[type[KnownBody], ...]] = (
    DeploymentStarted,
    RetentionDeclared,
    WatchlistBuilt,
    WatchlistSealed,
    CameraOpened,
    ThresholdChanged,
    BlueListSeeded,
    CameraLost,
    CameraPaused,
    CameraResumed,
    CameraFailed,
    CameraEnded,
    CameraObserved,
    NonMatchesForgotten,
    BlueListPassed,
    BlueListRecognised,
    AlertRaised,
    AlertAdjudicated,
    WatchlistAmendmentRequested,
    WatchlistAmended,
    WatchlistAmendmentRefused,
    MatcherIncomplete,
    MatcherComplete,
    SearchDisagreed,
    MatcherObserved,
    WatchlistErasureOrdered,
    FootageRecorded,
    FootageStopped,
    FootageResumed,
    DeploymentStopped,
    DeploymentLost,
    DeploymentClosed,
    DataErased,
    ErasureOrdered,
    OverdueErasure,
    HoldPlaced,
    HoldReleased,
    KeysRotated,
    AccessViewed,
)
"""Every kind of event, in the order in which a deployment meets them."""

_BY_WIRE_NAME: Final = {(kind.NAME, kind.VERSION): kind for kind in BODIES}


def wire_name(body: EventBody) -> tuple[str, int]:
    """The stable name and version of a body."""
    if isinstance(body, OpaqueBody):
        return body.name, body.version
    return body.NAME, body.VERSION


def to_public(body: EventBody) -> Json:
    """The public part as a JSON object.

    Raises `TypeError` or `ValueError` naming the field that does not hold what it declares.
    """
    return dict(body.public) if isinstance(body, OpaqueBody) else encode(body)


def from_public(name: str, version: int, public: Mapping[str, object]) -> EventBody:
    """The body that was written under this name and version; `OpaqueBody` for one that is not known here.

    Raises `TypeError` or `ValueError` when the name and version are known and the fields do not fit them.
    """
    kind = _BY_WIRE_NAME.get((name, version))
    if kind is None:
        return OpaqueBody(name=name, version=version, public=public)
    return decode(kind, public)

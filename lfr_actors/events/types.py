"""The vocabulary: everything that can happen to a deployment, one frozen value for each kind of event.

    deployment.started ─► retention.declared ─► watchlist.built ─► watchlist.sealed ─► camera.opened
        ─► camera.observed, nonmatch.forgotten … ─► alert.raised ─► alert.seen (or alert.escalated)
        ─► alert.opinion_given, alert.disputed (two people) ─► alert.adjudicated ─► alert.engaged ─► alert.confirmed
        ─► outcome.recorded · alert.decision_undone
        camera.lost · camera.paused ─► camera.resumed · camera.failed · camera.ended · threshold.changed
        bluelist.seeded ─► bluelist.passed, bluelist.recognised
        watchlist.amendment_requested ─► watchlist.amended, watchlist.amendment_refused
        matcher.incomplete ─► matcher.complete · matcher.observed · search.disagreed
        footage.recorded · footage.stopped · footage.resumed · access.viewed
        webhook.suspended ─► webhook.resumed · webhook.dead_lettered · webhook.replayed
        account.added, account.changed · account.signed_in, .sign_in_refused, .signed_out · token.issued, .revoked
    deployment.stop_requested ─►
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

from lfr_actors.events.alerts import (
    AlertAdjudicated,
    AlertConfirmed,
    AlertDisputed,
    AlertEngaged,
    AlertEscalated,
    AlertRaised,
    AlertSeen,
    DecisionUndone,
    OpinionGiven,
    OutcomeRecorded,
)
from lfr_actors.events.amending import (
    WatchlistAmended,
    WatchlistAmendmentRefused,
    WatchlistAmendmentRequested,
)
from lfr_actors.events.cameras import (
    CameraEnded,
    CameraFailed,
    CameraLost,
    CameraObserved,
    CameraOpened,
    Totals,
)
from lfr_actors.events.codec import Json, decode, encode
from lfr_actors.events.delivering import (
    WebhookDeadLettered,
    WebhookReplayed,
    WebhookResumed,
    WebhookSuspended,
)
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
from lfr_actors.events.people import (
    AccountAdded,
    AccountChanged,
    SignedIn,
    SignedOut,
    SignInRefused,
    StopRequested,
    TokenIssued,
    TokenRevoked,
)

SITE: Final = "-"
"""In place of a deployment's id where an event concerns the site as a whole; no deployment can have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStarted:
    """A deployment began, or was resumed; what it was told to do, as the file said.

    `file_digest` is the SHA-256 (hex) of the deployment file; `provider` the ONNX Runtime execution provider
    really in use; `pack_sha256` the checksum of each model file. `notices` are warnings that the operator
    was shown. `two_person`: every alert is decided by two operators, blind to each other; one that nobody
    acknowledged within `acknowledge_within_s` is escalated. `incarnation` is 1 the first
    time; the store fills it in.
    """

    NAME: ClassVar[str] = "deployment.started"
    VERSION: ClassVar[int] = 2

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
    two_person: bool
    acknowledge_within_s: float
    notices: tuple[str, ...] = ()
    incarnation: int = 1


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
    | AlertSeen
    | AlertEscalated
    | OpinionGiven
    | AlertDisputed
    | AlertAdjudicated
    | DecisionUndone
    | AlertEngaged
    | AlertConfirmed
    | OutcomeRecorded
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
    | WebhookSuspended
    | WebhookResumed
    | WebhookDeadLettered
    | WebhookReplayed
    | StopRequested
    | DeploymentStopped
    | DeploymentLost
    | DeploymentClosed
    | DataErased
    | ErasureOrdered
    | OverdueErasure
    | HoldPlaced
    | HoldReleased
    | KeysRotated
    | AccountAdded
    | AccountChanged
    | SignedIn
    | SignInRefused
    | SignedOut
    | TokenIssued
    | TokenRevoked
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
    AlertSeen,
    AlertEscalated,
    OpinionGiven,
    AlertDisputed,
    AlertAdjudicated,
    DecisionUndone,
    AlertEngaged,
    AlertConfirmed,
    OutcomeRecorded,
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
    WebhookSuspended,
    WebhookResumed,
    WebhookDeadLettered,
    WebhookReplayed,
    StopRequested,
    DeploymentStopped,
    DeploymentLost,
    DeploymentClosed,
    DataErased,
    ErasureOrdered,
    OverdueErasure,
    HoldPlaced,
    HoldReleased,
    KeysRotated,
    AccountAdded,
    AccountChanged,
    SignedIn,
    SignInRefused,
    SignedOut,
    TokenIssued,
    TokenRevoked,
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

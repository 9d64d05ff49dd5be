"""The vocabulary: everything that can happen to a deployment, one frozen value for each kind of event.

    deployment.started ─► retention.declared ─► watchlist.built ─► watchlist.sealed ─► camera.opened
        ─► camera.observed, nonmatch.forgotten … ─► alert.raised ─► alert.seen (or alert.escalated)
        ─► alert.opinion_given, alert.disputed (two people) ─► alert.adjudicated ─► alert.engaged ─► alert.confirmed
        ─► outcome.recorded · alert.decision_undone
        camera.lost · camera.paused ─► camera.resumed · camera.failed · camera.ended · threshold.changed
        bluelist.seeded ─► bluelist.passed, bluelist.recognised
        measurement.declared ─► rate.left_band ─► rate.returned
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
)
from lfr_actors.events.codec import Json, decode, encode
from lfr_actors.events.delivering import (
    WebhookDeadLettered,
    WebhookReplayed,
    WebhookResumed,
    WebhookSuspended,
)
from lfr_actors.events.deployments import (
    DeploymentClosed,
    DeploymentLost,
    DeploymentStarted,
    DeploymentStopped,
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
from lfr_actors.events.measuring import MeasurementDeclared, RateLeftBand, RateReturned
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
    | MeasurementDeclared
    | CameraLost
    | CameraPaused
    | CameraResumed
    | CameraFailed
    | CameraEnded
    | CameraObserved
    | NonMatchesForgotten
    | BlueListPassed
    | BlueListRecognised
    | RateLeftBand
    | RateReturned
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
    MeasurementDeclared,
    CameraLost,
    CameraPaused,
    CameraResumed,
    CameraFailed,
    CameraEnded,
    CameraObserved,
    NonMatchesForgotten,
    BlueListPassed,
    BlueListRecognised,
    RateLeftBand,
    RateReturned,
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

"""Typed events, and the hash chain over them.

types       the vocabulary: one frozen value for each kind of event
histograms  the fixed bins in which cameras report counts
codec       values to JSON and back, by declared type
log         one event as it stands in the log
chain       hashing and verifying the log
"""

from __future__ import annotations

from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import (
    AccessViewed,
    AlertRaised,
    CameraEnded,
    CameraFailed,
    CameraLost,
    CameraObserved,
    CameraOpened,
    DeploymentClosed,
    DeploymentStarted,
    DeploymentStopped,
    EventBody,
    OpaqueBody,
    Totals,
    WatchlistBuilt,
    from_public,
    to_public,
)

__all__ = [
    "AccessViewed",
    "AlertRaised",
    "CameraEnded",
    "CameraFailed",
    "CameraLost",
    "CameraObserved",
    "CameraOpened",
    "DeploymentClosed",
    "DeploymentStarted",
    "DeploymentStopped",
    "EventBody",
    "OpaqueBody",
    "StoredEvent",
    "Totals",
    "WatchlistBuilt",
    "from_public",
    "to_public",
]

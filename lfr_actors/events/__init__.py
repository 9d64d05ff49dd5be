"""Typed events, and the hash chain over them.

types       the vocabulary: one frozen value for each kind of event
alerts      its part that speaks of alerts, and of what people decided
cameras     its part that speaks of cameras
people      its part that speaks of accounts, sign-in, tokens and requests to stop
delivering  its part that speaks of webhooks
lists       its part that speaks of watchlists
amending    its part that speaks of a list that is amended while it is used
matching    its part that speaks of the matcher
measuring   its part that speaks of measured rates, and of the bands declared for them
keeping     its part that speaks of retention, footage, holds, receipts and keys
marks       its part that speaks of thresholds, of the blue list, and of cameras that pause
histograms  the fixed bins in which cameras report counts
codec       values to JSON and back, by declared type
log         one event as it stands in the log
sealed      what a sealed part looks like from outside
chain       hashing and verifying the log
checkpoint  heads of the log, signed for somebody outside to keep
exported    the log as a file, for somebody without the database
"""

from __future__ import annotations

from lfr_actors.events.alerts import AlertRaised
from lfr_actors.events.cameras import (
    CameraEnded,
    CameraFailed,
    CameraLost,
    CameraObserved,
    CameraOpened,
    Totals,
)
from lfr_actors.events.deployments import DeploymentClosed, DeploymentStarted, DeploymentStopped
from lfr_actors.events.lists import WatchlistBuilt
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import AccessViewed, EventBody, OpaqueBody, from_public, to_public

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

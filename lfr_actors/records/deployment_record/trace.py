"""The fold: one deployment's events, in the order of the log, to what happened. No clock, no store.

trace = DeploymentTrace(name)
for event in log: trace.add(event)        only events of this deployment, or of the site about its objects
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import get_args

from lfr_actors.events.amending import WatchlistAmended, WatchlistAmendmentRefused
from lfr_actors.events.cameras import Totals
from lfr_actors.events.deployments import (
    DeploymentClosed,
    DeploymentLost,
    DeploymentStarted,
    DeploymentStopped,
)
from lfr_actors.events.keeping import OverdueErasure
from lfr_actors.events.lists import WatchlistBuilt, WatchlistSealed
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.marks import BlueListPassed, BlueListRecognised, ThresholdChanged
from lfr_actors.events.matching import MatcherIncomplete, SearchDisagreed
from lfr_actors.events.measuring import MeasurementDeclared, RateLeftBand, RateReturned
from lfr_actors.events.types import SITE, EventBody, OpaqueBody
from lfr_actors.records.deployment_record.alert_trace import AlertEvent, AlertTraces
from lfr_actors.records.deployment_record.camera_trace import CameraEvent, CameraTrace
from lfr_actors.records.deployment_record.keeping_trace import KeepingEvent, KeepingTrace

_ALERT_EVENTS = get_args(AlertEvent)
_CAMERA_EVENTS = get_args(CameraEvent)
_KEEPING_EVENTS = get_args(KeepingEvent)


@dataclass(slots=True)
class RunTrace:
    """One start and its end. `totals` None: it runs still, or its process was lost and said none."""

    number: int
    started_at: dt.datetime
    start: DeploymentStarted
    ended_at: dt.datetime | None = None
    how: str = "running"
    reason: str | None = None
    totals: Totals | None = None

    @property
    def duration_s(self) -> float | None:
        """How long it lasted, None while it runs."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()


class DeploymentTrace:
    """What is known of one deployment after the events so far. `seed` is the hash of its start, never published."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seed = ""
        self.events = 0
        self.last_at: dt.datetime | None = None
        self.runs: list[RunTrace] = []
        self.alerts = AlertTraces()
        self.cameras: dict[str, CameraTrace] = {}
        self.keeping = KeepingTrace()
        self.lists: list[tuple[dt.datetime, WatchlistBuilt | WatchlistSealed | WatchlistAmended]] = []
        self.refused_amendments = 0
        self.thresholds: list[tuple[dt.datetime, ThresholdChanged]] = []
        self.passed: list[BlueListPassed] = []
        self.recognised: list[BlueListRecognised] = []
        self.incomplete = 0
        self.disagreed = 0
        self.bands: list[MeasurementDeclared] = []
        self.alarms: list[tuple[dt.datetime, RateLeftBand | RateReturned]] = []
        self.opaque: Counter[str] = Counter()

    @property
    def start(self) -> DeploymentStarted:
        """What it was told at its last start. Raises `LookupError` before any."""
        return self.runs[-1].start

    @property
    def state(self) -> str:
        """Running, stopped, closed or lost."""
        return self.runs[-1].how

    @property
    def ended_at(self) -> dt.datetime | None:
        """When its last run ended; None while it runs."""
        return self.runs[-1].ended_at

    def add(self, event: StoredEvent) -> None:
        """Take in the next event. Raises `StoreError` for one whose text does not fit its kind."""
        body = event.body
        if event.deployment_id == SITE:
            self._of_site(body, event.at)
            return
        self.events += 1
        self.last_at = event.at
        run = self.runs[-1].number if self.runs else 1
        if isinstance(body, OpaqueBody):
            self.opaque[f"{body.name} version {body.version}"] += 1
        elif isinstance(body, DeploymentStarted):
            self.seed = self.seed or event.hash
            self.runs.append(RunTrace(number=body.incarnation, started_at=event.at, start=body))
            for camera in body.cameras:
                self.cameras.setdefault(camera, CameraTrace())
        if isinstance(body, _ALERT_EVENTS):
            self.alerts.add(body, event.at, run)
        if isinstance(body, _CAMERA_EVENTS):
            self.cameras.setdefault(body.camera, CameraTrace()).add(body, run)
        if isinstance(body, _KEEPING_EVENTS):
            self.keeping.add(body, event.at)
        self._deployment(body, event.at)
        self._list(body, event.at)

    def _of_site(self, body: EventBody, at: dt.datetime) -> None:
        """An erasure that is overdue is written for the site as a whole; it is this deployment's by its object."""
        if isinstance(body, OverdueErasure) and body.object_id in self.keeping.things:
            self.keeping.add(body, at)

    def _deployment(self, body: EventBody, at: dt.datetime) -> None:
        if not self.runs:
            return
        run = self.runs[-1]
        match body:
            case DeploymentStopped() | DeploymentClosed():
                run.how = body.NAME.partition(".")[2]
                run.ended_at, run.reason, run.totals = at, body.reason, body.totals
            case DeploymentLost():
                run.how, run.ended_at = "lost", body.last_event_at
                run.reason = "its process ended without a word, and was found so afterwards"
            case MatcherIncomplete():
                self.incomplete += 1
            case SearchDisagreed():
                self.disagreed += 1
            case MeasurementDeclared():
                self.bands.append(body)
            case RateLeftBand() | RateReturned():
                self.alarms.append((at, body))

    def _list(self, body: EventBody, at: dt.datetime) -> None:
        match body:
            case WatchlistBuilt() | WatchlistSealed() | WatchlistAmended():
                self.lists.append((at, body))
            case WatchlistAmendmentRefused():
                self.refused_amendments += 1
            case ThresholdChanged():
                self.thresholds.append((at, body))
            case BlueListPassed():
                self.passed.append(body)
            case BlueListRecognised():
                self.recognised.append(body)

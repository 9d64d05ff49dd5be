"""What the log says of a deployment that can be measured, folded event by event: counts of nobody in particular.

    events ─► LiveLog ─► figures (`live_figures`) ─► readings of declared bands, alarms (`bands`)

Pure: nothing is read or written here, and each event is taken in once, in order.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lfr_actors.alerting.case import State
from lfr_actors.alerting.following import state_after
from lfr_actors.evaluation.blue_list import Sighting
from lfr_actors.evaluation.commissioning import LEAST_FACES, Baseline, Setting
from lfr_actors.evaluation.drift import Stretch
from lfr_actors.evaluation.left_bands import LeftBands
from lfr_actors.events.alerts import (
    AlertRaised,
)
from lfr_actors.events.amending import WatchlistAmended
from lfr_actors.events.cameras import CameraObserved, CameraOpened
from lfr_actors.events.deployments import DeploymentStarted
from lfr_actors.events.histograms import QUALITY_EDGES, SCORE_EDGES
from lfr_actors.events.lists import WatchlistBuilt
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.marks import BlueListPassed, BlueListRecognised, BlueListSeeded
from lfr_actors.events.measuring import MeasurementDeclared
from lfr_actors.events.types import EventBody

Counts = NDArray[np.int64]

KEEP_FACES: Final = 4_000
"""Stretches are kept until they hold so many faces: more than any comparison with a commissioning needs."""


@dataclass(slots=True)
class Distribution:
    """Scores or qualities of a camera since its setting was last changed: `counts` (bins,) of so many `faces`.

    `stretches` are the latest of them, oldest first.
    """

    counts: Counts
    faces: int = 0
    stretches: deque[Stretch] = field(default_factory=deque)
    _kept: int = 0

    @classmethod
    def empty(cls, edges: tuple[float, ...]) -> Distribution:
        """Of nobody, in these bins."""
        return cls(np.zeros(len(edges) - 1, np.int64))

    def add(self, stretch: Stretch) -> None:
        """Count a stretch; the oldest ones are let go when there are enough without them."""
        if not any(stretch.counts) and not stretch.faces:
            return
        self.counts += np.asarray(stretch.counts, np.int64)
        self.faces += stretch.faces
        self.stretches.append(stretch)
        self._kept += stretch.faces
        while self._kept - self.stretches[0].faces >= KEEP_FACES:
            self._kept -= self.stretches.popleft().faces


@dataclass(slots=True)
class CameraLog:
    """A camera over every run: `faces` are tracks that began, `ended` those that ended, `searched` of these.

    `size` is width and height of its frames (px), None before the first. `scores` counts the best score of each
    search, of searched faces; `qualities` each face in every frame.
    """

    faces: int = 0
    ended: int = 0
    searched: int = 0
    searches: int = 0
    size: tuple[int, int] | None = None
    scores: Distribution = field(default_factory=lambda: Distribution.empty(SCORE_EDGES))
    qualities: Distribution = field(default_factory=lambda: Distribution.empty(QUALITY_EDGES))

    def observed(self, seen: CameraObserved) -> None:
        """Count what it did in a stretch."""
        self.faces += seen.tracks
        self.ended += seen.tracks_ended
        self.searched += seen.tracks_searched
        self.searches += seen.searches
        self.scores.add(Stretch(faces=seen.tracks_searched, counts=seen.score_histogram))
        self.qualities.add(Stretch(faces=seen.tracks, counts=seen.quality_histogram))

    def opened(self, size: tuple[int, int]) -> None:
        """It gives frames of this size; what was seen in others is not comparable."""
        if self.size not in (None, size):
            self.begin_anew()
        self.size = size

    def begin_anew(self) -> None:
        """Faces are looked for or compared in another way from now on: the distributions begin with nothing."""
        self.scores, self.qualities = Distribution.empty(SCORE_EDGES), Distribution.empty(QUALITY_EDGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLog:
    """An alert: the camera that raised it, and where its decision stands."""

    camera: str
    state: State


@dataclass(slots=True)
class LiveLog:
    """A deployment up to event `seq`. `subjects` are on its list, `volunteers` of them ever on its blue list.

    `declared` is what it declared at its last start, `left` which figures are outside their bands.
    """

    seq: int = 0
    started: DeploymentStarted | None = None
    subjects: int = 0
    cameras: dict[str, CameraLog] = field(default_factory=dict)
    alerts: dict[str, AlertLog] = field(default_factory=dict, repr=False)
    volunteers: set[str] = field(default_factory=set, repr=False)
    passes: list[Sighting] = field(default_factory=list, repr=False)
    recognitions: list[Sighting] = field(default_factory=list, repr=False)
    declared: MeasurementDeclared | None = None
    left: LeftBands = field(default_factory=LeftBands)

    def add(self, event: StoredEvent) -> None:
        """Take in the next event of the deployment. Raises `StoreError` for one that was altered."""
        body = event.body
        self._begin(body)
        self._count(body)
        self._decide(body)
        self.left = self.left.after(body, event.at)
        self.seq = event.seq

    def camera(self, name: str) -> CameraLog:
        """A camera of the deployment."""
        return self.cameras.setdefault(name, CameraLog())

    def setting_of(self, camera: str) -> Setting:
        """How a camera's faces are looked for and compared. Raises `ValueError` before the deployment started."""
        started, (width, height) = self.started, self.camera(camera).size or (None, None)
        if started is None:
            raise ValueError("the deployment has not started: nobody looks for faces")
        return Setting(
            pack=started.pack,
            detector=started.detector,
            embedder=started.embedder,
            models=started.pack_sha256,
            min_face_px=started.min_face_px,
            width=width,
            height=height,
        )

    def _begin(self, body: EventBody) -> None:
        match body:
            case DeploymentStarted():
                if self.started is not None and _compares(self.started) != _compares(body):
                    for camera in self.cameras.values():
                        camera.begin_anew()
                self.started, self.declared = body, None
                for name in body.cameras:
                    self.camera(name)
            case MeasurementDeclared():
                self.declared = body
            case WatchlistBuilt(subjects=subjects) | WatchlistAmended(subjects=subjects):
                self.subjects = subjects
            case CameraOpened(camera=name, width=width, height=height):
                self.camera(name).opened((width, height))

    def _count(self, body: EventBody) -> None:
        match body:
            case CameraObserved(camera=name):
                self.camera(name).observed(body)
            case BlueListSeeded(commitments=commitments):
                self.volunteers.update(commitments)
            case BlueListPassed(commitment=who, camera=name, at=at):
                self.passes.append(Sighting(commitment=who, camera=name, at=at))
            case BlueListRecognised(commitment=who, camera=name, captured_at=at):
                self.recognitions.append(Sighting(commitment=who, camera=name, at=at))

    def _decide(self, body: EventBody) -> None:
        if isinstance(body, AlertRaised):
            self.alerts[body.alert_id] = AlertLog(camera=body.camera, state=State.RAISED)
            return
        state = state_after(body)
        alert_id = getattr(body, "alert_id", None)
        known = self.alerts.get(alert_id) if isinstance(alert_id, str) else None
        if state is not None and known is not None and isinstance(alert_id, str):
            self.alerts[alert_id] = AlertLog(camera=known.camera, state=state)


def _compares(started: DeploymentStarted) -> tuple[object, ...]:
    return started.pack, started.detector, started.embedder, started.pack_sha256, started.min_face_px


def folded(events: Iterable[StoredEvent], log: LiveLog | None = None) -> LiveLog:
    """A deployment's events, in order, taken in by a new log or by this one, which is returned.

    Raises `StoreError` for one that was altered.
    """
    known = LiveLog() if log is None else log
    for event in events:
        known.add(event)
    return known


def too_little(log: LiveLog, camera: str) -> str | None:
    """Why a camera cannot be commissioned from what the log says, in words; None when it can."""
    seen = log.camera(camera)
    if seen.size is None:
        return "has given no frame yet"
    for of, what in ((seen.qualities, "seen"), (seen.scores, "searched")):
        if of.faces < LEAST_FACES:
            return (
                f"holds {of.faces:,} faces (tracks) that were {what} as they are now; a later stretch can be told "
                f"from {LEAST_FACES:,} at least"
            )
    return None


def baseline_of(log: LiveLog, camera: str, *, measured_at: dt.datetime) -> Baseline:
    """What a camera's commissioning is from what the log says. Raises `ValueError` when it is `too_little`."""
    why = too_little(log, camera)
    if why is not None or log.started is None:
        raise ValueError(f"camera {camera} {why}")
    seen = log.camera(camera)
    return Baseline(
        location=log.started.location,
        camera=camera,
        deployment=log.started.deployment,
        measured_at=measured_at,
        setting=log.setting_of(camera),
        subjects=log.subjects,
        faces=seen.qualities.faces,
        faces_searched=seen.scores.faces,
        scores=tuple(int(count) for count in seen.scores.counts),
        qualities=tuple(int(count) for count in seen.qualities.counts),
    )

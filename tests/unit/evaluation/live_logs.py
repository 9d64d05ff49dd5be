"""Logs of a deployment that is measured: cameras that report, alerts that are decided, volunteers who pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from lfr_actors.evaluation.commissioning import Baseline
from lfr_actors.evaluation.live import LiveLog, baseline_of
from lfr_actors.events.alerts import AlertAdjudicated, AlertRaised
from lfr_actors.events.cameras import CameraObserved, CameraOpened
from lfr_actors.events.deployments import DeploymentStarted
from lfr_actors.events.histograms import QUALITY_EDGES, SCORE_EDGES, counts_by_bin
from lfr_actors.events.lists import WatchlistBuilt
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.marks import BlueListPassed, BlueListRecognised, BlueListSeeded
from lfr_actors.events.measuring import Band, MeasurementDeclared
from lfr_actors.events.types import EventBody
from tests.unit.events.samples import NOON, log_of, started

CAMERAS = ("bridge-street", "station")
FALSE_ONES = Band(what="false-alert-rate-over-faces", at_most=0.01)
SEARCHED = Band(what="never-searched", at_most=0.5)
TPIR = Band(what="tpir", at_least=0.8)
QUALITY = Band(what="quality-drift", at_most=0.15)
SCORES = Band(what="score-drift", at_most=0.15)


def began(cameras: Sequence[str] = CAMERAS) -> DeploymentStarted:
    """A deployment of these cameras."""
    return replace(started(), cameras=tuple(cameras))


def list_of(subjects: int) -> WatchlistBuilt:
    """A list of so many people."""
    return WatchlistBuilt(
        gallery_version="g1", subjects=subjects, templates=subjects, rows=subjects, verdicts={}
    )


def opened(camera: str = "station", width: int = 1280) -> CameraOpened:
    """A camera gives frames."""
    return CameraOpened(camera=camera, width=width, height=720, source_kind="file")


def seen(
    faces: int,
    *,
    searched: int | None = None,
    camera: str = "station",
    quality: float = 0.7,
    score: float = 0.5,
    seed: int = 1,
) -> CameraObserved:
    """Faces that a camera saw, five frames of each around this quality, a search of each around this score."""
    random, of = np.random.default_rng(seed), faces if searched is None else searched
    return CameraObserved(
        camera=camera,
        from_media_s=0.0,
        to_media_s=5.0,
        frames=125,
        dropped=0,
        tracks=faces,
        tracks_ended=faces,
        tracks_searched=of,
        rejected={"too-short": faces - of},
        searches=of,
        probes_dropped=0,
        score_histogram=counts_by_bin(random.normal(score, 0.1, of).clip(-1, 1), SCORE_EDGES),
        quality_histogram=counts_by_bin(random.normal(quality, 0.1, 5 * faces).clip(0, 1), QUALITY_EDGES),
    )


def alert(number: int, camera: str = "station") -> AlertRaised:
    """An alert."""
    return AlertRaised(
        alert_id=f"alert-{number}",
        camera=camera,
        track=f"1-{number}",
        captured_at=NOON,
        media_time_s=1.0,
        score=0.97,
        threshold=0.955,
        hits=2,
        gallery_version="g1",
        gallery_subjects=500,
        pack="open",
        missing=(),
        category=None,
        priority=None,
    )


def decided(number: int, verdict: str) -> AlertAdjudicated:
    """What people decided of an alert."""
    return AlertAdjudicated(alert_id=f"alert-{number}", verdict=verdict, who=("anna",))


def passes(recognised: Sequence[bool], camera: str = "station", who: str = "c1") -> list[EventBody]:
    """A volunteer passes once every two minutes, and is recognised or not."""
    said: list[EventBody] = [BlueListSeeded(gallery_version="g1", commitments=(who,))]
    for number, hit in enumerate(recognised):
        at = NOON + dt.timedelta(minutes=2 * number)
        said.append(BlueListPassed(commitment=who, camera=camera, at=at, who="anna"))
        if hit:
            said.append(
                BlueListRecognised(
                    commitment=who,
                    camera=camera,
                    track=f"1-{number}",
                    captured_at=at + dt.timedelta(seconds=3),
                    score=0.97,
                    threshold=0.955,
                    gallery_version="g1",
                    gallery_subjects=500,
                    missing=(),
                )
            )
    return said


def declared(*bands: Band) -> MeasurementDeclared:
    """Bands that a deployment declared."""
    return MeasurementDeclared(bands=bands, confidence=0.95, commissioned={}, never_compared={})


class Written:
    """A log that is written bit by bit, and the fold of it."""

    def __init__(self, *bodies: EventBody) -> None:
        self._bodies: list[EventBody] = []
        self.log = LiveLog()
        self.add(*bodies)

    def add(self, *bodies: EventBody) -> LiveLog:
        """Write these, and take them in."""
        self._bodies += bodies
        for event in self.events[self.log.seq :]:
            self.log.add(event)
        return self.log

    @property
    def events(self) -> list[StoredEvent]:
        """All that was written."""
        return log_of(self._bodies)


def commissioned(subjects: int = 500, *, quality: float = 0.7, score: float = 0.5) -> Mapping[str, Baseline]:
    """The station, commissioned with a thousand faces."""
    before = Written(began(), list_of(subjects), opened(), seen(1_000, quality=quality, score=score, seed=9))
    return {"station": baseline_of(before.log, "station", measured_at=NOON)}

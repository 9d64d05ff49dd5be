"""The way of one camera's faces from frame to alert, step by step and without I/O.

    faces = detector.detect(frame.image)
    observation = recognition.observe(frame, faces)          tracks, quality, which faces are worth a probe
    query = recognition.fuse(probe, template, captured)      the track's living templates as one
    decisions = recognition.decide(probe, result)            the rule; perhaps an alert

Between the steps the camera actor asks the embedder pool and the matcher. All times come from the frame.
What does not become an alert is overwritten by `expire`, at most `probe.lifetime_s` after its capture.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lfr_actors.alerting.blue_list import CameraRule, Decisions
from lfr_actors.alerting.rule import RuleSettings, alert_id
from lfr_actors.lifetimes import Forgotten, nobody_counts
from lfr_actors.messages import (
    AlertId,
    CameraId,
    DeploymentId,
    Probe,
    SearchResult,
    SubjectId,
    TrackId,
    Vectors,
)
from lfr_actors.tally import Tally
from lfr_actors.vision.align import align
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.probing import ProbeSettings, TrackTemplates
from lfr_actors.vision.quality import Quality, QualityLimits, measure
from lfr_actors.vision.track import Tracker, TrackSettings, TrackUpdate
from lfr_actors.vision.zone import Zone
from lfr_actors.watchlist.commitment import commitment


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionSettings:
    """Everything that rules one camera's recognition. `secret` (32 bytes) is the deployment's.

    `switch_below`: a template this unlike its track's others (cosine) shows somebody else, as after a cut in a
    film, and starts a new track.
    """

    deployment_id: DeploymentId
    camera_id: CameraId
    secret: bytes = field(repr=False)
    rule: RuleSettings
    limits: QualityLimits
    chip_points: NDArray[np.float32] = field(repr=False)
    chip_size: int
    switch_below: float
    zone: Zone | None = None
    track: TrackSettings = field(default_factory=TrackSettings)
    probe: ProbeSettings = field(default_factory=ProbeSettings)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenTrack:
    """An active track in this frame and its box: left, top, right, bottom in px."""

    track_id: TrackId
    box: NDArray[np.float32] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observation:
    """What a frame showed: the tracks in it and the probes to embed."""

    tracks: tuple[SeenTrack, ...]
    probes: tuple[Probe, ...]


@dataclass(slots=True)
class _Life:
    """What is known of one living track."""

    templates: TrackTemplates
    searched: bool = False
    refusals: Counter[str] = field(default_factory=Counter)


class Recognition:
    """One camera's tracks, templates and decisions. Call from one thread, frames in order.

    `forgotten` is told of each template that is overwritten.
    """

    def __init__(
        self,
        settings: RecognitionSettings,
        incarnation: str = "1",
        forgotten: Forgotten = nobody_counts,
    ) -> None:
        self.settings = settings
        self._forgotten = forgotten
        self.tally = Tally()
        self.incomplete = 0
        """Searches that part of the list did not answer."""
        self._tracker = Tracker(incarnation=incarnation, settings=settings.track)
        self._rule = CameraRule(settings.rule)
        self._lives: dict[TrackId, _Life] = {}

    def observe(self, frame: Frame, faces: Faces, *, overwritten: bool = False) -> Observation:
        """Follow the faces of the next frame and choose those worth a probe.

        Of a frame that was `overwritten` because its time came, faces are followed and nobody is searched.
        """
        height_px, width_px = frame.image.shape[:2]
        if self.settings.zone is not None:
            faces = faces.take(self.settings.zone.inside(faces, width_px, height_px))
        update = self._tracker.update(faces, frame.media_time_s)
        self._carry_out(update)
        tracks: list[SeenTrack] = []
        probes: list[Probe] = []
        for seen in update.seen:
            self._rule.track_seen(seen.track_id, frame.media_time_s)
            if overwritten:
                self.tally.probe_dropped()
            elif probe := self._probe(frame, seen.track_id, faces.landmarks[seen.face]):
                probes.append(probe)
            tracks.append(SeenTrack(track_id=seen.track_id, box=faces.boxes[seen.face]))
        self.tally.frame(frame.media_time_s)
        return Observation(tracks=tuple(tracks), probes=tuple(probes))

    def fuse(self, probe: Probe, template: Vectors, captured_monotonic_s: float) -> Vectors | None:
        """The query for a probe's track now that its template (float32 (d,)) is here.

        The template is copied; query and template are the caller's to overwrite. None when the track has ended
        meanwhile. A template that shows somebody else than the track did so
        far starts a new track; it is searched with the next probe, under the new id.
        """
        life = self._lives.get(probe.track_id)
        if life is None:
            return None
        agreement = life.templates.agreement(template)
        if agreement is not None and agreement < self.settings.switch_below:
            self._switch(probe.track_id)
            return None
        life.templates.add(template, probe.quality, captured_monotonic_s)
        return life.templates.fused()

    def decide(self, probe: Probe, result: SearchResult) -> Decisions:
        """Put the answer to a search to the rule."""
        decisions = self._rule.decide(probe.track_id, probe.media_time_s, result)
        life = self._lives.get(probe.track_id)
        if life is not None:
            life.searched = True
        self.incomplete += not result.is_complete
        if result.candidates:
            self.tally.search(max(candidate.score for candidate in result.candidates))
        return decisions

    def alert_id(self, probe: Probe, subject_id: SubjectId) -> AlertId:
        """The deterministic id of the alert that this probe's track raises for a subject."""
        own = self.settings
        return alert_id(own.secret, own.deployment_id, own.camera_id, probe.track_id, subject_id)

    def commitment(self, subject_id: SubjectId) -> str:
        """How the log speaks of a subject without saying who it is."""
        return commitment(self.settings.secret, subject_id)

    def raised_by(self, track_id: TrackId) -> frozenset[SubjectId]:
        """The subjects for whom this track raised an alert or continued a pass; none for one that ended."""
        return self._rule.raised_by(track_id)

    def hidden_boxes(self, media_time_s: float) -> list[NDArray[np.float32]]:
        """Where tracks that raised nobody are expected now, also those lost for the moment."""
        boxes = self._tracker.predicted_boxes(media_time_s)
        return [box for track, box in boxes.items() if not self._rule.raised_by(track)]

    def boxes_beside(self, track_id: TrackId, media_time_s: float) -> list[NDArray[np.float32]]:
        """Where every other track is expected now, also those lost for the moment and those of alerts."""
        boxes = self._tracker.predicted_boxes(media_time_s)
        return [box for track, box in boxes.items() if track != track_id]

    def expire(self, now_monotonic_s: float) -> int:
        """Overwrite the templates that are past their life; returns how many. Call every tenth of a second."""
        return sum(life.templates.expire(now_monotonic_s) for life in self._lives.values())

    def end(self) -> None:
        """End every track and overwrite every template, as at the end of a film or when the camera stops."""
        for track_id in self._tracker.end_all():
            self._end(track_id)

    def _probe(self, frame: Frame, track_id: TrackId, landmarks: NDArray[np.float32]) -> Probe | None:
        life = self._lives[track_id]
        quality = measure(frame.image, landmarks, self.settings.limits)
        self.tally.quality(quality.score)
        if quality.failures:
            life.refusals.update(failure.measure for failure in quality.failures)
            return None
        if not self._worth_it(life, track_id, quality, frame.media_time_s):
            return None
        life.templates.probed(frame.media_time_s)
        chip = align(frame.image, landmarks, self.settings.chip_points, self.settings.chip_size)
        return Probe(
            camera_id=self.settings.camera_id,
            track_id=track_id,
            captured_at=frame.captured_at,
            media_time_s=frame.media_time_s,
            quality=quality.score,
            chip=chip,
        )

    def _worth_it(self, life: _Life, track_id: TrackId, quality: Quality, media_time_s: float) -> bool:
        pending = self._rule.pending(track_id, media_time_s)
        return life.templates.wants_probe(quality.score, media_time_s, pending=pending) is not None

    def _carry_out(self, update: TrackUpdate) -> None:
        for track_id in update.born:
            self._begin(track_id)
        for track_id in update.ended:
            self._end(track_id)

    def _begin(self, track_id: TrackId) -> None:
        self._lives[track_id] = _Life(TrackTemplates(self.settings.probe, self._forgotten))
        self.tally.track_born()

    def _end(self, track_id: TrackId) -> None:
        life = self._lives.pop(track_id, None)
        self._rule.track_ended(track_id)
        if life is not None:
            life.templates.forget()
            why = life.refusals.most_common(1)
            self.tally.track_ended(searched=life.searched, refused_for=why[0][0] if why else None)

    def _switch(self, track_id: TrackId) -> None:
        successor = self._tracker.split(track_id)
        self._end(track_id)
        if successor is not None:
            self._begin(successor)

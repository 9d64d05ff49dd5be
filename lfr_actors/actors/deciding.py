"""What a camera does with the answer to a search: nothing, an alert, or a mark for the blue list."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from lfr_actors.actors.commits import Commits
from lfr_actors.actors.ports import CameraPlan
from lfr_actors.alerting.rule import Decision, Verdict
from lfr_actors.events.marks import BlueListRecognised
from lfr_actors.messages import Alert, Candidate, Probe, SearchResult
from lfr_actors.recognition import Observation, Recognition
from lfr_actors.vision.context import context_jpeg
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.portrait import aligned_portrait

log = structlog.get_logger()
_WORTH_A_LINE = (Verdict.PENDING, Verdict.RAISE, Verdict.COOLING)


class Deciding:
    """One camera's decisions. `on_alert` is told the media time of each alert that is raised."""

    def __init__(
        self,
        plan: CameraPlan,
        recognition: Recognition,
        commits: Commits,
        on_alert: Callable[[float], None],
    ) -> None:
        self._plan, self._recognition, self._commits = plan, recognition, commits
        self._on_alert = on_alert

    def decide(
        self, frame: Frame, faces: Faces, observation: Observation, probe: Probe, result: SearchResult
    ) -> None:
        """Put the answer to the rule, and carry out what it says."""
        decisions = self._recognition.decide(probe, result)
        self._say("search_matched", probe, result, decisions.alert)
        self._say("blue_list_matched", probe, result, decisions.blue)
        wanted, volunteer = decisions.alert.candidate, decisions.blue.candidate
        if decisions.alert.verdict is Verdict.RAISE and wanted is not None:
            pictures = self._pictures(frame, faces, observation, probe)
            self._commits.raise_alert(self._alert(probe, result, wanted, decisions.alert.hits, *pictures))
            self._on_alert(probe.media_time_s)
        if decisions.blue.verdict is Verdict.RAISE and volunteer is not None:
            self._commits.record(self._recognised(probe, result, volunteer))

    def _pictures(
        self, frame: Frame, faces: Faces, observation: Observation, probe: Probe
    ) -> tuple[bytes, bytes]:
        """The face of a track, and the moment in context; everybody else is blurred before they leave here.

        That is who was found in this frame, also who is not followed yet or stands outside the zone, and wherever
        somebody is expected who is followed and was not found in it.
        """
        own = next(track.box for track in observation.tracks if track.track_id == probe.track_id)
        is_own = (faces.boxes == own).all(axis=1)
        others = [*faces.boxes[~is_own], *self._recognition.boxes_beside(probe.track_id, probe.media_time_s)]
        landmarks = faces.landmarks[is_own][0]
        portrait = aligned_portrait(frame.image, landmarks, own=own, others=others)
        return portrait, context_jpeg(frame.image, own, others)

    def _say(self, what: str, probe: Probe, result: SearchResult, decision: Decision) -> None:
        """A line for a decision, a loud one when part of the list was not searched."""
        candidate = decision.candidate
        if decision.verdict not in _WORTH_A_LINE or candidate is None:
            return
        marks = {} if result.is_complete else {"missing": result.missing}
        (log.info if result.is_complete else log.warning)(
            what,
            camera=probe.camera_id,
            track=probe.track_id,
            verdict=decision.verdict.value,
            score=round(candidate.score, 4),
            threshold=round(candidate.threshold, 4),
            model=self._plan.pack.pack,
            gallery_version=result.gallery_version,
            **marks,
        )

    def _alert(
        self,
        probe: Probe,
        result: SearchResult,
        wanted: Candidate,
        hits: int,
        portrait: bytes,
        context: bytes,
    ) -> Alert:
        return Alert(
            alert_id=self._recognition.alert_id(probe, wanted.subject_id),
            deployment_id=self._plan.settings.deployment_id,
            camera_id=probe.camera_id,
            track_id=probe.track_id,
            subject_id=wanted.subject_id,
            captured_at=probe.captured_at,
            media_time_s=probe.media_time_s,
            score=wanted.score,
            threshold=wanted.threshold,
            hits=hits,
            gallery_version=result.gallery_version,
            gallery_subjects=result.gallery_subjects,
            pack=self._plan.pack.pack,
            missing=result.missing,
            probe_jpeg=portrait,
            context_jpeg=context,
        )

    def _recognised(self, probe: Probe, result: SearchResult, volunteer: Candidate) -> BlueListRecognised:
        """No picture and no name: that somebody of the blue list was recognised is all there is."""
        return BlueListRecognised(
            commitment=self._recognition.commitment(volunteer.subject_id),
            camera=probe.camera_id,
            track=probe.track_id,
            captured_at=probe.captured_at,
            score=volunteer.score,
            threshold=volunteer.threshold,
            gallery_version=result.gallery_version,
            gallery_subjects=result.gallery_subjects,
            missing=result.missing,
        )

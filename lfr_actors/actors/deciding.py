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
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.picture import portrait_jpeg

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
            own = next(track.box for track in observation.tracks if track.track_id == probe.track_id)
            # everybody else in the picture, also who is not followed yet or stands outside the zone
            others = [box for box in faces.boxes if not (box == own).all()]
            picture = portrait_jpeg(frame.image, own, others)
            self._commits.raise_alert(self._alert(probe, result, wanted, decisions.alert.hits, picture))
            self._on_alert(probe.media_time_s)
        if decisions.blue.verdict is Verdict.RAISE and volunteer is not None:
            self._commits.record(self._recognised(probe, result, volunteer))

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
        self, probe: Probe, result: SearchResult, wanted: Candidate, hits: int, picture: bytes
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
            probe_jpeg=picture,
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

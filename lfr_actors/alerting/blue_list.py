"""Alerts and the blue list side by side: volunteers whose passes are measured, and never become an alert.

Two rules with memories of their own look at every search, so that neither can take anything from the other:

    alerts       the first candidate who is not on the blue list, as though nobody were
    blue list    the first who is, unless a subject who reached the threshold is more alike

A face that reaches the thresholds of both raises the alert, whoever comes first: a subject must not be missed
because a volunteer looks like them, and a person decides of the alert. The volunteer is recognised only when first,
as a subject would be.
"""

from __future__ import annotations

from dataclasses import dataclass

from lfr_actors.alerting.rule import AlertRule, Decision, RuleSettings
from lfr_actors.messages import Candidate, SearchResult, SubjectId, TrackId


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What becomes of a search: for those who can raise an alert, and for those on the blue list."""

    alert: Decision
    blue: Decision


class CameraRule:
    """The rule for alerts and the one for the blue list, for one camera. See `AlertRule`."""

    def __init__(self, settings: RuleSettings) -> None:
        self._alerts, self._blue = AlertRule(settings), AlertRule(settings)

    def decide(self, track: TrackId, media_time_s: float, result: SearchResult) -> Decisions:
        """Take the answer to a search of this track and say what becomes of it."""
        wanted = next((each for each in result.candidates if not each.is_blue), None)
        volunteer = next((each for each in result.candidates if each.is_blue), None)
        if wanted is not None and volunteer is not None and _before(wanted, volunteer):
            volunteer = None
        return Decisions(
            alert=self._alerts.decide(track, media_time_s, wanted),
            blue=self._blue.decide(track, media_time_s, volunteer),
        )

    def pending(self, track: TrackId, media_time_s: float) -> bool:
        """Whether a hit of this track awaits another and could still get it in time."""
        return self._alerts.pending(track, media_time_s) or self._blue.pending(track, media_time_s)

    def track_seen(self, track: TrackId, media_time_s: float) -> None:
        """The track is in this frame: for whom it raised, the pass goes on."""
        self._alerts.track_seen(track, media_time_s)
        self._blue.track_seen(track, media_time_s)

    def track_ended(self, track: TrackId) -> None:
        """Forget the track; cooldowns stay until they have run out."""
        self._alerts.track_ended(track)
        self._blue.track_ended(track)

    def raised_by(self, track: TrackId) -> frozenset[SubjectId]:
        """The subjects for whom this track raised an alert or continued a pass; nobody of the blue list."""
        return self._alerts.raised_by(track)


def _before(wanted: Candidate, volunteer: Candidate) -> bool:
    """Whether a subject who reached the threshold would be taken rather than the volunteer, were both subjects."""
    return wanted.reached and (-wanted.score, wanted.subject_id) < (-volunteer.score, volunteer.subject_id)

"""From the searches of one camera to its alerts: threshold, corroboration, one alert for one pass.

What becomes of the first candidate of a search, first row that applies:

    the score is below the subject's threshold      NO_MATCH    nothing is kept
    the track has raised this subject before        RAISED      its cooldown starts anew
    fewer than `hits` searches of this track for
      this subject within `within_s`                PENDING     one more would make it
    the subject was seen here within `cooldown_s`   COOLING     the same pass; its cooldown starts anew
    else                                            RAISE

Times are media times of the camera. A cooldown runs from the last time the subject was seen, so that a
person who stays in the picture raises one alert and not one a minute. No clock, no I/O.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from lfr_actors.messages import (
    AlertId,
    CameraId,
    Candidate,
    DeploymentId,
    SubjectId,
    TrackId,
)


def alert_id(
    secret: bytes, deployment: DeploymentId, camera: CameraId, track: TrackId, subject: SubjectId
) -> AlertId:
    """The one id of an alert for this pass: a UUID of version 8 (RFC 9562), HMAC-SHA-256 over the four names.

    The same four give the same id at every retry; no other four do. The ids stand in the public log: without
    the deployment's secret nobody can guess a subject and try whether an alert was theirs.
    """
    names = json.dumps([deployment, camera, track, subject]).encode()
    digest = bytearray(hmac.new(secret, b"alert\x00" + names, hashlib.sha256).digest()[:16])
    digest[6] = (digest[6] & 0x0F) | 0x80  # version
    digest[8] = (digest[8] & 0x3F) | 0x80  # variant
    return AlertId(str(uuid.UUID(bytes=bytes(digest))))


class Verdict(StrEnum):
    """What became of a search."""

    NO_MATCH = "no_match"
    PENDING = "pending"
    RAISE = "raise"
    RAISED = "raised"
    COOLING = "cooling"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """`hits` ≥ 1 searches of a track must agree within `within_s`."""

    hits: int
    within_s: float
    cooldown_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict, the candidate it is about (None when there is none) and how many searches agreed."""

    verdict: Verdict
    candidate: Candidate | None
    hits: int = 0


@dataclass(slots=True)
class AlertRule:
    """The rule and its memory, for one camera."""

    settings: RuleSettings
    _hits: dict[TrackId, dict[SubjectId, deque[float]]] = field(default_factory=dict)
    _raised: dict[TrackId, set[SubjectId]] = field(default_factory=dict)
    _last_seen_s: dict[SubjectId, float] = field(default_factory=dict)

    def decide(self, track: TrackId, media_time_s: float, best: Candidate | None) -> Decision:
        """Take the first candidate of a search of this track and say what becomes of it."""
        if best is None or not best.reached:
            return Decision(verdict=Verdict.NO_MATCH, candidate=best)
        subject = best.subject_id
        agreed = self._count(track, subject, media_time_s)
        if subject in self._raised.get(track, ()):
            self._last_seen_s[subject] = media_time_s
            return Decision(verdict=Verdict.RAISED, candidate=best, hits=agreed)
        if agreed < self.settings.hits:
            return Decision(verdict=Verdict.PENDING, candidate=best, hits=agreed)
        cooling = self._cooling(subject, media_time_s)
        self._raised.setdefault(track, set()).add(subject)
        self._last_seen_s[subject] = media_time_s
        return Decision(verdict=Verdict.COOLING if cooling else Verdict.RAISE, candidate=best, hits=agreed)

    def pending(self, track: TrackId, media_time_s: float) -> bool:
        """Whether a hit of this track awaits another and could still get it in time."""
        subjects = self._hits.get(track, {})
        return any(
            subject not in self._raised.get(track, ())
            and any(media_time_s - at <= self.settings.within_s for at in times)
            for subject, times in subjects.items()
        )

    def track_seen(self, track: TrackId, media_time_s: float) -> None:
        """The track is in this frame: for subjects that it raised, the pass goes on."""
        for subject in self._raised.get(track, ()):
            self._last_seen_s[subject] = media_time_s

    def track_ended(self, track: TrackId) -> None:
        """Forget the track; cooldowns stay until they have run out."""
        self._hits.pop(track, None)
        self._raised.pop(track, None)

    def raised_by(self, track: TrackId) -> frozenset[SubjectId]:
        """The subjects for whom this track raised an alert or continued another track's pass."""
        return frozenset(self._raised.get(track, ()))

    def _count(self, track: TrackId, subject: SubjectId, media_time_s: float) -> int:
        times = self._hits.setdefault(track, {}).setdefault(subject, deque())
        times.append(media_time_s)
        while media_time_s - times[0] > self.settings.within_s:
            times.popleft()
        return len(times)

    def _cooling(self, subject: SubjectId, media_time_s: float) -> bool:
        last = self._last_seen_s.get(subject)
        return last is not None and media_time_s - last < self.settings.cooldown_s

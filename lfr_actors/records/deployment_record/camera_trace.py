"""What cameras did, summed over the events: frames, faces, searches, and the lives of what was forgotten."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

from lfr_actors.events.cameras import (
    CameraEnded,
    CameraFailed,
    CameraLost,
    CameraObserved,
    CameraOpened,
)
from lfr_actors.events.keeping import FootageRecorded, FootageStopped, NonMatchesForgotten
from lfr_actors.events.marks import CameraPaused, CameraResumed

CameraEvent = (
    CameraOpened
    | CameraObserved
    | CameraEnded
    | CameraLost
    | CameraFailed
    | CameraPaused
    | CameraResumed
    | NonMatchesForgotten
    | FootageRecorded
    | FootageStopped
)

COUNTED: Final = {
    "frames": "frames",
    "dropped": "frames_dropped",
    "tracks": "faces_seen",
    "tracks_ended": "tracks_ended",
    "tracks_searched": "tracks_searched",
    "searches": "searches",
    "probes_dropped": "probes_dropped",
}
"""The counts of `camera.observed`, and what the record calls them."""


@dataclass(slots=True)
class CameraTrace:
    """One camera: `counts` by the record's names, `by_run` the same for each start."""

    source_kinds: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    by_run: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    rejected: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    failures: list[str] = field(default_factory=list)
    paused: int = 0
    paused_s: float = 0.0
    segments: int = 0
    footage_stopped: int = 0
    overwritten: Counter[str] = field(default_factory=Counter)
    longest_s: dict[str, float] = field(default_factory=dict)

    def add(self, body: CameraEvent, run: int) -> None:
        """Take in the next event of this camera."""
        match body:
            case CameraOpened():
                if body.source_kind not in self.source_kinds:
                    self.source_kinds.append(body.source_kind)
            case CameraObserved():
                self._observed(body, run)
            case CameraLost():
                self.lost += 1
                self.by_run[run]["lost"] += 1
            case CameraFailed():
                self.failures.append(body.error)
                self.by_run[run]["failed"] += 1
            case CameraPaused():
                self.paused += 1
            case CameraResumed():
                self.paused_s += body.after_s
            case FootageRecorded():
                self.segments += 1
            case FootageStopped():
                self.footage_stopped += 1
            case NonMatchesForgotten():
                self._forgotten(body)
            case CameraEnded():
                pass  # its totals are in those of the deployment

    def _observed(self, body: CameraObserved, run: int) -> None:
        for name, called in COUNTED.items():
            count = getattr(body, name)
            self.counts[called] += count
            self.by_run[run][called] += count
        self.rejected.update(body.rejected)

    def _forgotten(self, body: NonMatchesForgotten) -> None:
        for kind, ages in body.ages_histogram.items():
            self.overwritten[kind] += sum(ages)
        for kind, longest in body.longest_s.items():
            self.longest_s[kind] = max(self.longest_s.get(kind, 0.0), longest)

"""How a run ended, and what it did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lfr_actors.actors.ports import CameraStatus
from lfr_actors.events.cameras import Totals
from lfr_actors.messages import DeploymentId
from lfr_actors.retention.erasure import Overdue
from lfr_actors.tally import Latency


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended. `closed`: the deployment is over; otherwise it was stopped and may be resumed.

    `erased` counts the objects that were erased during the run and at its end, `overdue` says what should have
    been and is not, `next_due_at` when the next thing is due. `out_of_band` says in words which figures were
    outside their declared bands at the end.
    """

    deployment_id: DeploymentId
    closed: bool
    reason: str
    totals: Totals
    cameras: tuple[CameraStatus, ...]
    erased: int = 0
    overdue: tuple[Overdue, ...] = ()
    next_due_at: dt.datetime | None = None
    out_of_band: tuple[str, ...] = ()

    @property
    def failed_cameras(self) -> tuple[CameraStatus, ...]:
        """The cameras that were given up."""
        return tuple(camera for camera in self.cameras if camera.failed)

    @property
    def longest_life_s(self) -> Mapping[str, float]:
        """The longest that anything biometric of a non-match lived before it was overwritten, s, by kind."""
        longest: dict[str, float] = {}
        for camera in self.cameras:
            for kind, age_s in camera.longest_s.items():
                longest[kind] = max(longest.get(kind, 0.0), age_s)
        return longest


def totals_of(statuses: Sequence[CameraStatus], elapsed_s: float) -> Totals:
    """What the cameras did together, in this time."""
    latency = Latency.merged(status.latency for status in statuses)
    return Totals(
        frames=sum(status.frames for status in statuses),
        dropped=sum(status.dropped for status in statuses),
        faces_seen=sum(status.faces for status in statuses),
        searches=sum(status.searches for status in statuses),
        alerts=sum(status.alerts for status in statuses),
        elapsed_s=round(elapsed_s, 3),
        latency_p50_ms=latency.quantile_ms(0.5),
        latency_p99_ms=latency.quantile_ms(0.99),
    )

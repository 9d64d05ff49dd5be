"""A run as pandas data frames: what was set, what was counted, and the alerts. Reading changes nothing.

    run = open_run("lfr-home")          the latest run that ended
    run.alerts()                        one row an alert
    run.scores()                        the best score of every search, in the bins in which it was counted

Every count says of what: frames, searches, or tracks, which are faces seen and not people. What a run has no
data for is missing (no row, or an empty cell), never zero.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lfr_actors.data_frame import data_frame
from lfr_actors.events.alerts import AlertRaised
from lfr_actors.events.cameras import (
    CameraEnded,
    CameraFailed,
    CameraLost,
    CameraObserved,
    CameraOpened,
    Totals,
)
from lfr_actors.events.deployments import DeploymentClosed, DeploymentStarted, DeploymentStopped
from lfr_actors.events.histograms import QUALITY_EDGES, SCORE_EDGES
from lfr_actors.events.lists import WatchlistBuilt
from lfr_actors.events.types import EventBody
from lfr_actors.records.finished_run import RunRecord, read_run
from lfr_actors.records.stretches import joined

if TYPE_CHECKING:
    from pandas import DataFrame

REASONS: Final[Mapping[str, str]] = {
    "eye_distance_px": "too small",
    "sharpness": "too blurred",
    "yaw_deg": "turned too far to the side",
    "pitch_deg": "turned too far up or down",
    "roll_deg": "tilted too far",
    "exposure": "too dark or too bright",
    "clipped": "too much of it black or white",
    "too-short": "ended before its search",
}
"""Why a face was never searched, in words, by the quality measure that refused it most often."""

_COUNTED: Final = ("frames", "dropped", "faces_seen", "searches", "probes_dropped")
_CAMERA_COLUMNS: Final = (
    "camera",
    "incarnation",
    "source_kind",
    "width_px",
    "height_px",
    "frames",
    "dropped",
    "faces_seen",
    "faces_ended",
    "faces_searched",
    "searches",
    "probes_dropped",
    "alerts",
    "media_s",
    "elapsed_s",
    "latency_p50_ms",
    "latency_p99_ms",
    "lost",
    "failed",
)


def open_run(home: Path | str | None = None, deployment: str | None = None) -> Run:
    """The run of this deployment, ended or not; without a name, the latest run that ended.

    `home` is the data folder, by default that of `LFR_HOME` or the account's. Raises `StoreError` when there
    is no such run, or no database that can be read.
    """
    return Run(read_run(home, deployment))


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One run. Every frame is made anew when asked for.

    `media_time_s` is the time in a film or stream; it begins anew when a run is resumed. `running_s` then
    goes on, with the pause left out. `incarnation` counts the starts from 1.
    """

    record: RunRecord

    @property
    def name(self) -> str:
        """The deployment's id."""
        return self.record.deployment.deployment_id

    @property
    def starts(self) -> tuple[DeploymentStarted, ...]:
        """What the run was told at each start; more than one when it was resumed."""
        return tuple(body for _, body in self.record.of(DeploymentStarted))

    @property
    def thresholds(self) -> tuple[float, ...]:
        """The threshold; the different ones, lowest first, of a run that was resumed with another."""
        return tuple(sorted({start.threshold for start in self.starts}))

    @property
    def watchlist(self) -> WatchlistBuilt | None:
        """The list as last built; None when the run never came so far."""
        built = self.record.of(WatchlistBuilt)
        return built[-1][1] if built else None

    def totals(self) -> DataFrame:
        """What the run said at each end, a row each: `incarnation`, `how`, `reason`, and all of `Totals`.

        A start without an end, as after a crash, has no row; a latency without data is NaN.
        """
        ends: list[tuple[int, DeploymentStopped | DeploymentClosed]] = [
            *self.record.of(DeploymentStopped),
            *self.record.of(DeploymentClosed),
        ]
        rows = [
            {"incarnation": incarnation, "how": body.NAME.partition(".")[2], "reason": body.reason}
            | dataclasses.asdict(body.totals)
            for incarnation, body in sorted(ends, key=lambda end: end[0])
        ]
        return data_frame(
            rows, ["incarnation", "how", "reason", *(f.name for f in dataclasses.fields(Totals))]
        )

    def alerts(self) -> DataFrame:
        """One row an alert, in the order in which they were raised.

        `captured_at` aware UTC; `score`, `threshold` cosine similarity; `margin` is score less threshold; `hits`
        searches agreed; `state` is where it stands, `verdict` what people decided last (true, false, cannot-tell),
        missing while nobody has. Who it was stays sealed.
        """
        begun = self.record.begun_s()
        starts = {body.alert_id: incarnation for incarnation, body in self.record.of(AlertRaised)}
        rows = [
            {
                "alert_id": row.alert_id,
                "camera": row.camera_id,
                "captured_at": row.captured_at,
                "media_time_s": row.media_time_s,
                "running_s": begun[starts[row.alert_id]] + row.media_time_s,
                "score": row.score,
                "threshold": row.threshold,
                "margin": row.score - row.threshold,
                "hits": row.hits,
                "state": row.state,
                "verdict": row.verdict,
            }
            for row in self.record.alerts
        ]
        columns = ["alert_id", "camera", "captured_at", "media_time_s", "running_s"]
        return data_frame(rows, [*columns, "score", "threshold", "margin", "hits", "state", "verdict"])

    def scores(self) -> DataFrame:
        """Searches by their best score, all bins: `lower`, `upper`, `searches`, `below`, `reached`.

        A search is one query of a track, of which a track has several. `below` of them surely stayed below
        the threshold then in force, `reached` surely reached it; the rest are in a bin that the threshold
        divides. A bin holds its lower edge and not its upper one; the first goes from -1 to 0.
        """
        thresholds = {incarnation: body.threshold for incarnation, body in self.record.of(DeploymentStarted)}
        rows = [
            {"lower": lower, "upper": upper, "searches": 0, "below": 0, "reached": 0}
            for lower, upper in pairwise(SCORE_EDGES)
        ]
        for incarnation, seen in self.record.of(CameraObserved):
            threshold = thresholds[incarnation]
            for row, count in zip(rows, seen.score_histogram, strict=True):
                row["searches"] += count
                row["below"] += count if row["upper"] <= threshold else 0
                row["reached"] += count if row["lower"] >= threshold else 0
        return data_frame(rows, ["lower", "upper", "searches", "below", "reached"])

    def faces_over_time(self, every_s: float = 0.0) -> DataFrame:
        """Faces seen, stretch after stretch: by camera, then by time.

        `from_s`, `to_s` in `running_s`; `frames` and `dropped` frames; `faces_seen` tracks that began;
        `searches`; `probes_dropped` that were too old to be searched; `faces_per_min`, NaN where a stretch has
        no length. Stretches are as the camera said them, or joined until they last `every_s` at least.
        """
        begun = self.record.begun_s()
        told: defaultdict[tuple[str, int], list[CameraObserved]] = defaultdict(list)
        for incarnation, seen in self.record.of(CameraObserved):
            told[seen.camera, incarnation].append(seen)
        rows: list[dict[str, Any]] = []
        for (camera, incarnation), stretches in sorted(told.items()):
            for stretch in joined(stretches, every_s):
                length_s = stretch.to_media_s - stretch.from_media_s
                row: dict[str, Any] = {"camera": camera, "incarnation": incarnation}
                row["from_s"] = begun[incarnation] + stretch.from_media_s
                row["to_s"] = begun[incarnation] + stretch.to_media_s
                row |= {name: getattr(stretch, name) for name in _COUNTED}
                row["faces_per_min"] = 60 * stretch.faces_seen / length_s if length_s > 0 else float("nan")
                rows.append(row)
        return data_frame(rows, ["camera", "incarnation", "from_s", "to_s", *_COUNTED, "faces_per_min"])

    def qualities(self) -> DataFrame:
        """Faces in single frames by their quality: `camera`, `lower`, `upper`, `faces`; all bins.

        Not people and not tracks: who is in the picture for two seconds counts some fifty times.
        """
        counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for _, seen in self.record.of(CameraObserved):
            counts[seen.camera].update(dict(enumerate(seen.quality_histogram)))
        rows = [
            {"camera": camera, "lower": lower, "upper": upper, "faces": counted[place]}
            for camera, counted in sorted(counts.items())
            for place, (lower, upper) in enumerate(pairwise(QUALITY_EDGES))
        ]
        return data_frame(rows, ["camera", "lower", "upper", "faces"])

    def never_searched(self) -> DataFrame:
        """Tracks that ended without a search: `camera`, `reason`, `meaning`, `tracks`, `share` of all ended.

        A camera's most frequent reason first; no row for a camera that searched every track.
        """
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        ended: Counter[str] = Counter()
        for _, seen in self.record.of(CameraObserved):
            counts[seen.camera].update(seen.rejected)
            ended[seen.camera] += seen.tracks_ended
        rows = [
            {
                "camera": camera,
                "reason": reason,
                "meaning": REASONS.get(reason, reason),
                "tracks": tracks,
                "share": tracks / ended[camera],
            }
            for camera, reasons in sorted(counts.items())
            for reason, tracks in reasons.most_common()
        ]
        return data_frame(rows, ["camera", "reason", "meaning", "tracks", "share"])

    def cameras(self) -> DataFrame:
        """One row a camera and start: what it is, what it did, how fast, and whether it was lost or failed.

        `frames` were looked at, `dropped` were not. `faces_seen`, `faces_ended`, `faces_searched` are tracks.
        `media_s` is how far the film or stream came, `elapsed_s` the time that took. Latency runs from the
        capture of a frame to the decision on a search. `lost` counts interruptions; `failed` says why.
        """
        found: dict[tuple[str, int], dict[str, Any]] = {
            (camera, incarnation): {"camera": camera, "incarnation": incarnation, "alerts": 0, "lost": 0}
            for incarnation, start in self.record.of(DeploymentStarted)
            for camera in start.cameras
        }
        for item in self.record.log:
            camera = getattr(item.body, "camera", None)
            if camera is not None:
                _tell(found[camera, item.incarnation], item.body)
        return data_frame([found[key] for key in sorted(found)], _CAMERA_COLUMNS)


def _tell(row: dict[str, Any], body: EventBody) -> None:
    """Add what an event says to the row of its camera."""
    match body:
        case CameraOpened():
            row |= {"source_kind": body.source_kind, "width_px": body.width, "height_px": body.height}
        case CameraObserved():
            row["media_s"] = max(row.get("media_s", 0.0), body.to_media_s)
            for column, count in {
                "frames": body.frames,
                "dropped": body.dropped,
                "faces_seen": body.tracks,
                "faces_ended": body.tracks_ended,
                "faces_searched": body.tracks_searched,
                "searches": body.searches,
                "probes_dropped": body.probes_dropped,
            }.items():
                row[column] = row.get(column, 0) + count
        case CameraEnded():
            for column in ("elapsed_s", "latency_p50_ms", "latency_p99_ms"):
                row[column] = getattr(body.totals, column)
        case AlertRaised():
            row["alerts"] += 1
        case CameraLost():
            row["lost"] += 1
        case CameraFailed():
            row["failed"] = body.reason

"""The part of the vocabulary that speaks of what cameras did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from lfr_actors.events.histograms import QUALITY_EDGES, SCORE_EDGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a camera or a deployment did. A latency of None means insufficient data, never zero.

    `frames` are frames in which faces were sought, `dropped` those captured and not looked at; `faces_seen`
    are tracks that began; `elapsed_s` is time that passed on a clock, not in the film. Latency runs from
    capture to decision, over every search.
    """

    frames: int
    dropped: int
    faces_seen: int
    searches: int
    alerts: int
    elapsed_s: float
    latency_p50_ms: float | None
    latency_p99_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraOpened:
    """A camera gives frames of this size (px); `source_kind` is file, rtsp, device or scene."""

    NAME: ClassVar[str] = "camera.opened"
    VERSION: ClassVar[int] = 1

    camera: str
    width: int
    height: int
    source_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraLost:
    """A camera gives no frames for now; it is tried again after `retry_in_s`."""

    NAME: ClassVar[str] = "camera.lost"
    VERSION: ClassVar[int] = 1

    camera: str
    reason: str
    retry_in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFailed:
    """A camera is given up; `error` is the kind of error. The other cameras go on."""

    NAME: ClassVar[str] = "camera.failed"
    VERSION: ClassVar[int] = 1

    camera: str
    error: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraEnded:
    """A camera's source ended, or it was stopped."""

    NAME: ClassVar[str] = "camera.ended"
    VERSION: ClassVar[int] = 1

    camera: str
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraObserved:
    """What a camera did in a stretch of its film or stream: counts only, of nobody in particular.

    `tracks` are faces seen that began in the stretch, `tracks_ended` those that ended, `tracks_searched` the
    ended ones that were searched at least once; `rejected` counts the other ended ones, by main reason.
    `probes_dropped` were too old to be searched. `score_histogram` counts the best score of each search in
    the bins of `SCORE_EDGES`, `quality_histogram` the quality of each face in every frame in the bins of
    `QUALITY_EDGES`. Raises `ValueError` for a histogram of another length.
    """

    NAME: ClassVar[str] = "camera.observed"
    VERSION: ClassVar[int] = 1

    camera: str
    from_media_s: float
    to_media_s: float
    frames: int
    dropped: int
    tracks: int
    tracks_ended: int
    tracks_searched: int
    rejected: Mapping[str, int]
    searches: int
    probes_dropped: int
    score_histogram: tuple[int, ...]
    quality_histogram: tuple[int, ...]

    def __post_init__(self) -> None:
        bins = len(self.score_histogram), len(self.quality_histogram)
        wanted = len(SCORE_EDGES) - 1, len(QUALITY_EDGES) - 1
        if bins != wanted:
            raise ValueError(f"camera.observed: histograms of {bins} bins, expected {wanted}")

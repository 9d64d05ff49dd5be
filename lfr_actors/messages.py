"""Frozen values that travel between actors, in the order in which a face meets them.

    Probe ─► Template ─► SearchResult(Candidate …) ─► Alert

None is larger than 100 KB (Ray puts larger arguments into its shared-memory store, which may spill to
disk). Arrays arrive read-only on the other side. Frames are not here: they never leave a camera actor.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import NewType

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A picture: uint8, (height, width, 3), BGR as OpenCV has it."""
Vectors = NDArray[np.float32]
"""Templates: float32, (n, d), each row of length 1; or one, (d,)."""

DeploymentId = NewType("DeploymentId", str)
CameraId = NewType("CameraId", str)
TrackId = NewType("TrackId", str)
"""`<incarnation>-<number>`, unique in a camera of a deployment, also after the camera actor restarted.

The incarnation is the deployment's, followed by how often the camera actor was started again in it: `2-7`,
`2.1-7`.
"""
SubjectId = NewType("SubjectId", str)
AlertId = NewType("AlertId", str)
GalleryVersion = NewType("GalleryVersion", str)

MAX_MESSAGE_BYTES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probe:
    """An aligned face crop on its way to the embedder.

    `chip` is uint8 (s, s, 3) BGR, aligned to the pack's points, s from the pack (112 or 150 px).
    `captured_at` is aware UTC, the moment the frame was captured; `media_time_s` is the time in
    the film or stream. `quality` in [0, 1].
    """

    camera_id: CameraId
    track_id: TrackId
    captured_at: dt.datetime
    media_time_s: float
    quality: float
    chip: Image = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A subject and its score: the largest cosine similarity over the subject's templates, in [-1, 1].

    `threshold` is the subject's own, by which alone it is decided whether it was recognised. `is_blue` marks a
    member of staff or a volunteer who is on the list so that passes can be measured, and never an alert.
    """

    subject_id: SubjectId
    score: float
    threshold: float
    is_blue: bool = False

    @property
    def reached(self) -> bool:
        """Whether the score reaches the subject's threshold; a score equal to it does."""
        return self.score >= self.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What the gallery answered for one template.

    `candidates`: one per subject; first those that reached their threshold, of them the blue list last, so that it
    never crowds out anybody else; then the others. In each group best score first, ties in order of subject id;
    empty for an empty gallery. `gallery_version` says which
    list answered, `gallery_subjects` how many people were on it. `missing` says in words which parts of the
    list did not answer, such as `shard 2 of 4: loading`; empty for a complete answer.
    """

    candidates: tuple[Candidate, ...]
    gallery_version: GalleryVersion
    gallery_subjects: int
    missing: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether the whole list was searched."""
        return not self.missing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alert:
    """The system says that a face may be a subject; a person decides.

    `captured_at` and `media_time_s` are of the frame whose search completed the corroboration.
    `probe_jpeg` is the best probe of the track (JPEG, at most 60 KB); `hits` how many searches agreed. `threshold`
    is the subject's own; `missing` as in `SearchResult`.
    """

    alert_id: AlertId
    deployment_id: DeploymentId
    camera_id: CameraId
    track_id: TrackId
    subject_id: SubjectId
    captured_at: dt.datetime
    media_time_s: float
    score: float
    threshold: float
    hits: int
    gallery_version: GalleryVersion
    gallery_subjects: int
    pack: str
    missing: tuple[str, ...] = ()
    probe_jpeg: bytes = field(repr=False)

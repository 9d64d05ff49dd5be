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
MAX_PROBE_BYTES = 30_000
MAX_CONTEXT_BYTES = 60_000
"""What the two pictures of an alert may be large: both travel in one message, with what else it says."""


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

    `captured_at` and `media_time_s` are of the frame whose search completed the corroboration; `hits` says how
    many searches agreed. `probe_jpeg` is the face in that frame, aligned (at most 30 KB), `context_jpeg` the frame
    itself, small, with everybody else blurred (at most 60 KB). `threshold` is the subject's own; `missing` as in
    `SearchResult`.

    Raises `ValueError` for pictures that are larger.
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
    context_jpeg: bytes = field(repr=False)

    def __post_init__(self) -> None:
        probe, context = len(self.probe_jpeg), len(self.context_jpeg)
        if probe > MAX_PROBE_BYTES or context > MAX_CONTEXT_BYTES:
            raise ValueError(
                f"pictures of {probe} and {context} bytes are too large to travel with an alert: at most "
                f"{MAX_PROBE_BYTES} and {MAX_CONTEXT_BYTES}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPicture:
    """Where a picture of a list is from, and when it was taken, as far as the list says."""

    image_source: str | None
    image_taken: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the list says of the subject of an alert; sealed with the alert.

    `priority` is `red`, `amber` or `green`. `pictures` are those that are kept with the alert, best first.
    """

    subject_id: SubjectId = field(repr=False)
    category: str | None
    priority: str | None
    legal_basis: str | None
    date_of_birth: dt.date | None = field(repr=False)
    notes: str | None = field(repr=False)
    pictures: tuple[WantedPicture, ...]

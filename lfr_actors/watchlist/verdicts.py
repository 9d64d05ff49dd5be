"""What is said of each picture of a watchlist, and the pure rule that says it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Image
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.quality import Quality, QualityLimits, measure
from lfr_actors.watchlist.rows import Row


class Verdict(StrEnum):
    """What became of a picture. Only the first two put a template on the list."""

    ENROLLED = "enrolled"
    WARNING = "enrolled-with-warning"
    NO_FACE = "no-face"
    SEVERAL_FACES = "several-faces"
    TOO_SMALL = "too-small"
    TOO_BLURRED = "too-blurred"
    UNREADABLE = "unreadable"
    ANIMATED = "animated"
    DUPLICATE = "duplicate-of-another-subject"

    @property
    def enrolled(self) -> bool:
        """Whether the picture's template is on the list."""
        return self in (Verdict.ENROLLED, Verdict.WARNING)


ENROLMENT_QUALITY = QualityLimits(
    min_eye_distance_px=16.0,
    min_sharpness=0.42,
    max_yaw_deg=35.0,
    max_pitch_deg=35.0,
    max_roll_deg=45.0,
    min_exposure=0.15,
    max_exposure=0.88,
    max_clipped=0.4,
)
"""A list is searched by every face that passes, so its pictures must be better than a frame of film: at 16 px
between the eyes about 6 %, at this sharpness about half of the similarity to another photograph is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentLimits:
    """What a picture must reach.

    `quality`: below its size or sharpness a picture is refused, beyond its other limits it is enrolled with a
    warning. `dominance`: how many times larger (side of its box) than every other a face must be to stand out
    by its size. `duplicate_score`: two subjects whose templates score above it are taken for one
    person, or for one picture under two names. The default finds only copies of one picture, whatever the
    model pack; `for_threshold` gives a limit that suits the pack.
    """

    quality: QualityLimits = ENROLMENT_QUALITY
    dominance: float = 1.7
    duplicate_score: float = 0.985

    @classmethod
    def for_threshold(cls, threshold: float) -> EnrolmentLimits:
        """Limits for a deployment's threshold: two subjects are one two fifths of the way from it to 1."""
        return replace(cls(), duplicate_score=threshold + 0.4 * (1.0 - threshold))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judgement:
    """What a picture's faces allow. `main` is the place of the face to enrol in `Faces`, None without one."""

    verdict: Verdict
    reason: str
    main: int | None = None
    quality: Quality | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureVerdict:
    """What became of one row of the list's source.

    `reason` is empty for a plain enrolment, else a sentence. `faces`: how many were found. `quality`: of the
    face enrolled or refused, None without one. `other_subject` and `other_score`: for a duplicate, and for
    the picture it duplicates, the other subject and the cosine similarity.
    `sha256` (hex) is of its file, empty where that could not be read; with the subject's id it finds the picture's
    template in the version. `thumbnail_jpeg` shows the faces; `marks` float32 (n, 4) are their boxes in it as
    shares of its width and height, the enrolled or refused face first. Both only where thumbnails were asked for.
    """

    row: Row
    verdict: Verdict
    reason: str
    faces: int = 0
    quality: Quality | None = None
    other_subject: str | None = None
    other_score: float | None = None
    sha256: str = ""
    thumbnail_jpeg: bytes | None = field(default=None, repr=False)
    marks: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 4), np.float32), repr=False)


def judge(image: Image, faces: Faces, limits: EnrolmentLimits) -> Judgement:
    """Which face of a picture would be enrolled, and whether it is good enough.

    First how many faces, then size, then sharpness; pose, exposure and bystanders only warn.
    """
    if not len(faces):
        return Judgement(verdict=Verdict.NO_FACE, reason="no face was found")
    sides = np.sqrt(np.prod(np.maximum(faces.boxes[:, 2:] - faces.boxes[:, :2], 0), axis=1))
    main = _dominant(faces, sides, image.shape[1], image.shape[0], limits.dominance)
    clear = main is not None
    main = int(np.argmax(sides)) if main is None else main
    quality = measure(image, faces.landmarks[main], limits.quality)
    warnings = []
    if len(faces) > 1:
        others = np.delete(sides, main)
        share = float(others.max() / max(float(sides[main]), 1e-6))
        if not clear:
            reason = f"{len(faces)} faces and none stands out: crop the picture to the subject"
            return Judgement(verdict=Verdict.SEVERAL_FACES, reason=reason, main=main, quality=quality)
        count = "another face" if len(others) == 1 else f"{len(others)} other faces"
        warnings.append(f"{count} in the picture ({share:.0%} of the size) ignored")
    reasons = {failure.measure: failure.reason for failure in quality.failures}
    for name, verdict in (("eye_distance_px", Verdict.TOO_SMALL), ("sharpness", Verdict.TOO_BLURRED)):
        if name in reasons:
            return Judgement(verdict=verdict, reason=reasons[name], main=main, quality=quality)
    warnings += reasons.values()
    return Judgement(
        verdict=Verdict.WARNING if warnings else Verdict.ENROLLED,
        reason="; ".join(warnings),
        main=main,
        quality=quality,
    )


def _dominant(
    faces: Faces, sides: NDArray[np.float32], width_px: int, height_px: int, dominance: float
) -> int | None:
    """The place of the face that the picture is clearly of, None when that is not clear.

    Either it is `dominance` times larger than every other, or the picture is cropped to it: it lies in the
    middle, spans a third of the shorter side, and every other is at least twice as far from the middle and
    about half a face away. So of two people side by side neither is; in 500 press portraits, of which one in
    nine shows a neighbour of about the same size, the person portrayed always was.
    """
    largest = int(np.argmax(sides))
    if len(sides) == 1 or sides[largest] >= dominance * np.delete(sides, largest).max():
        return largest
    centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    away = np.hypot(centres[:, 0] - width_px / 2, centres[:, 1] - height_px / 2)
    middle = int(np.argmin(away))
    others = float(np.delete(away, middle).min())
    side = float(sides[middle])
    central = away[middle] <= 0.35 * side and 3.0 * side >= min(width_px, height_px)
    apart = others >= 2.0 * away[middle] and others >= 0.45 * side
    return middle if central and apart else None

"""From a picture's file to a template, for a measurement: every face that a detector finds is taken.

    file ─► SHA-256 ─► kept before? ─► face ─► chip ─► template

Enrolment refuses what is too small or blurred; a measurement does not, or it would measure on the easy pictures. It
says how many enrolment would have refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np

from lfr_actors.evaluation.identification.people import LabelledPicture
from lfr_actors.messages import Image, Vectors
from lfr_actors.overwriting import overwrite
from lfr_actors.vision.align import align
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.models import Detector, Embedder
from lfr_actors.watchlist.enrol import find_faces
from lfr_actors.watchlist.pictures import Unreadable, decoded, picture_bytes
from lfr_actors.watchlist.verdicts import EnrolmentLimits, Verdict, judge

Progress = Callable[[int, int], None]
"""Called with how many pictures are done, and of how many."""

LOOKING_VERSION: Final = 1
"""Goes up when the same picture could give another face or another template; kept templates are of one version."""
_LIMITS: Final = EnrolmentLimits()


class Found(StrEnum):
    """What became of a picture.

    `clear`: one face, or one that the picture is clearly of. `nearest-middle`: several, and none stands out, so
    that the one nearest the middle was taken. `no-face`: a failure to acquire. `unreadable`: no picture at all.
    """

    CLEAR = "clear"
    NEAREST_MIDDLE = "nearest-middle"
    NO_FACE = "no-face"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """A picture after it was looked at. `sha256` (hex) is of its file, empty where that could not be read.

    `faces`: how many were found. `refused`: why enrolment would refuse it, None where it would not. `reason`: why
    it is unreadable. `template` float32 (d,), None without a face.
    """

    found: Found
    sha256: str = ""
    faces: int = 0
    refused: Verdict | None = None
    reason: str = ""
    template: Vectors | None = field(default=None, repr=False)

    @property
    def acquired(self) -> bool:
        """Whether there is a template of it."""
        return self.template is not None


def look_at(
    pictures: Sequence[LabelledPicture],
    detector: Detector,
    embedder: Embedder,
    *,
    kept: Mapping[str, Look] | None = None,
    progress: Progress | None = None,
    workers: int = 2,
) -> tuple[Look, ...]:
    """Every picture's look, in their order, with `workers` threads.

    `kept`: looks from an earlier measurement with the same pack by SHA-256 of the file; they are used as they are.
    A picture that gives no template is a value, never an exception.
    """
    known = kept or {}
    looked: dict[int, Look] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="look") as pool:
        futures = {
            pool.submit(_look, picture, detector, embedder, known): place
            for place, picture in enumerate(pictures)
        }
        try:
            for future in as_completed(futures):
                looked[futures[future]] = future.result()
                if progress is not None:
                    progress(len(looked), len(pictures))
        except BaseException:
            # also on Ctrl-C: do not look at the rest of the folder first
            pool.shutdown(wait=False, cancel_futures=True)
            overwrite(*(look.template for look in looked.values() if look.template is not None))
            raise
    return tuple(looked[place] for place in range(len(pictures)))


def _look(picture: LabelledPicture, detector: Detector, embedder: Embedder, kept: Mapping[str, Look]) -> Look:
    try:
        data = picture_bytes(picture.path)
    except Unreadable as error:
        return Look(found=Found.UNREADABLE, reason=str(error))
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 in kept:
        return kept[sha256]
    try:
        image = decoded(data)
    except Unreadable as error:
        return Look(found=Found.UNREADABLE, sha256=sha256, reason=str(error))
    faces = find_faces(detector, image)
    if not len(faces):
        return Look(found=Found.NO_FACE, sha256=sha256, refused=Verdict.NO_FACE)
    judgement = judge(image, faces, _LIMITS)
    clear = judgement.verdict is not Verdict.SEVERAL_FACES and judgement.main is not None
    main = judgement.main if clear and judgement.main is not None else _nearest_middle(faces, image)
    chip = align(image, faces.landmarks[main], embedder.chip_points, embedder.chip_size)
    template = embedder.embed(chip[None])[0].copy()
    overwrite(chip)
    return Look(
        found=Found.CLEAR if clear else Found.NEAREST_MIDDLE,
        sha256=sha256,
        faces=len(faces),
        refused=None if judgement.verdict.enrolled else judgement.verdict,
        template=template,
    )


def _nearest_middle(faces: Faces, image: Image) -> int:
    """The place of the face whose centre is nearest to the picture's."""
    height, width = image.shape[:2]
    centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    return int(np.argmin(np.hypot(centres[:, 0] - width / 2, centres[:, 1] - height / 2)))

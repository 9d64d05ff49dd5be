"""Enrolment: every picture of a watchlist gets a verdict, and those that are good enough a template.

    picture ─► faces (once more with a border) ─► judge ─► chip ─► template ─► duplicates ─► gallery

Pictures are independent and run in threads; the result is in the order of the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Image, SubjectId, Vectors
from lfr_actors.vision.align import align
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.models import Detector, Embedder
from lfr_actors.watchlist.duplicates import find_duplicates
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.pictures import Unreadable, read_picture
from lfr_actors.watchlist.rows import Row
from lfr_actors.watchlist.verdicts import EnrolmentLimits, PictureVerdict, Verdict, judge

Progress = Callable[[int, int], None]
"""Called with how many pictures are done, and of how many."""

_BORDER = 0.5
"""Width of the border for a second look, as a share of the picture: detectors miss a face that fills it."""
_THUMBNAIL_PX = 160


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Enrolment:
    """A built watchlist: one verdict per row, in the order of the rows, and the gallery."""

    verdicts: tuple[PictureVerdict, ...] = field(repr=False)
    gallery: Gallery

    def totals(self) -> dict[str, int]:
        """Pictures by verdict, every verdict named, in the order of `Verdict`."""
        counts = Counter(verdict.verdict for verdict in self.verdicts)
        return {verdict.value: counts[verdict] for verdict in Verdict}

    def missing_subjects(self) -> tuple[SubjectId, ...]:
        """Subjects of whom no picture could be enrolled, so who are not on the list, in the rows' order."""
        enrolled = set(self.gallery.subject_ids)
        every = dict.fromkeys(verdict.row.subject_id for verdict in self.verdicts)
        return tuple(subject_id for subject_id in every if subject_id not in enrolled)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Looked:
    """A picture's verdict and, where it may be enrolled, its template (d,)."""

    verdict: PictureVerdict
    template: Vectors | None = None


def enrol(
    rows: Sequence[Row],
    detector: Detector,
    embedder: Embedder,
    limits: EnrolmentLimits | None = None,
    progress: Progress | None = None,
    workers: int = 2,
    *,
    pack: str = "",
    thumbnails: bool = False,
) -> Enrolment:
    """Build the gallery of these rows with `workers` threads.

    `pack` names the model pack in the gallery's version. `thumbnails` keeps a small picture of each face for
    the contact sheet. A picture that gives no template is a verdict, never an exception.
    """
    limits = limits or EnrolmentLimits()
    looked: dict[int, _Looked] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="enrol") as pool:
        futures = {
            pool.submit(_look, row, detector, embedder, limits, thumbnails): place
            for place, row in enumerate(rows)
        }
        try:
            for future in as_completed(futures):
                looked[futures[future]] = future.result()
                if progress is not None:
                    progress(len(looked), len(rows))
        except BaseException:
            # also on Ctrl-C: do not look at the rest of the list first
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return _enrolment([looked[place] for place in range(len(rows))], embedder.dim, limits, pack)


def _look(
    row: Row, detector: Detector, embedder: Embedder, limits: EnrolmentLimits, thumbnails: bool
) -> _Looked:
    """One picture, from its file to its template."""
    try:
        image = read_picture(row.path)
    except Unreadable as error:
        return _Looked(verdict=PictureVerdict(row=row, verdict=Verdict.UNREADABLE, reason=str(error)))
    faces = find_faces(detector, image)
    judgement = judge(image, faces, limits)
    template = None
    if judgement.verdict.enrolled and judgement.main is not None:
        landmarks = faces.landmarks[judgement.main]
        chip = align(image, landmarks, embedder.chip_points, embedder.chip_size)
        template = embedder.embed(chip[None])[0]
    verdict = PictureVerdict(
        row=row,
        verdict=judgement.verdict,
        reason=judgement.reason,
        faces=len(faces),
        quality=judgement.quality,
    )
    if thumbnails:
        jpeg, marks = _thumbnail(image, faces, judgement.main)
        verdict = replace(verdict, thumbnail_jpeg=jpeg, marks=marks)
    return _Looked(verdict=verdict, template=template)


def find_faces(detector: Detector, image: Image) -> Faces:
    """The faces of a picture; when there are none, of the picture with a border about it."""
    faces = detector.detect(image)
    if len(faces):
        return faces
    height_px, width_px = image.shape[:2]
    border_px = max(16, round(_BORDER * max(height_px, width_px)))
    grey = (127, 127, 127)
    bordered = cv2.copyMakeBorder(image, *(border_px,) * 4, borderType=cv2.BORDER_CONSTANT, value=grey)
    faces = detector.detect(np.asarray(bordered, np.uint8))
    shift = np.float32(border_px)
    return Faces(boxes=faces.boxes - shift, scores=faces.scores, landmarks=faces.landmarks - shift)


def _enrolment(looked: Sequence[_Looked], dim: int, limits: EnrolmentLimits, pack: str) -> Enrolment:
    """Refuse what is too like another subject, and put the rest on the list."""
    verdicts = [look.verdict for look in looked]
    places = [place for place, look in enumerate(looked) if look.template is not None]
    templates = _stacked((look.template for look in looked if look.template is not None), dim)
    subject_ids = [verdicts[place].row.subject_id for place in places]
    refused = set()
    for duplicate in find_duplicates(subject_ids, templates, limits.duplicate_score):
        refused.add(duplicate.later)
        later, earlier = places[duplicate.later], places[duplicate.earlier]
        verdicts[later] = _duplicate(verdicts[later], verdicts[earlier], duplicate.score)
        verdicts[earlier] = _duplicated(verdicts[earlier], verdicts[later], duplicate.score)
    keep = [at for at in range(len(places)) if at not in refused]
    gallery = Gallery.of([subject_ids[at] for at in keep], templates[keep], pack=pack)
    return Enrolment(verdicts=tuple(verdicts), gallery=gallery)


def _stacked(templates: Iterable[Vectors], dim: int) -> Vectors:
    rows = list(templates)
    return np.stack(rows) if rows else np.empty((0, dim), np.float32)


def _duplicate(verdict: PictureVerdict, other: PictureVerdict, score: float) -> PictureVerdict:
    """The verdict of a picture that is refused because of an earlier one."""
    reason = (
        f"scores {score:.3f} with subject {other.row.subject_id} (line {other.row.line}): "
        "one person under two ids, or a picture under the wrong one"
    )
    return replace(
        verdict,
        verdict=Verdict.DUPLICATE,
        reason=reason,
        other_subject=other.row.subject_id,
        other_score=score,
    )


def _duplicated(verdict: PictureVerdict, other: PictureVerdict, score: float) -> PictureVerdict:
    """The verdict of a picture that stays, although a later one was refused because of it."""
    warning = (
        f"subject {other.row.subject_id} (line {other.row.line}) scores {score:.3f} with it and was refused"
    )
    return replace(
        verdict,
        verdict=Verdict.WARNING,
        reason="; ".join(filter(None, (verdict.reason, warning))),
        other_subject=other.row.subject_id,
        other_score=score,
    )


def _thumbnail(image: Image, faces: Faces, main: int | None) -> tuple[bytes, NDArray[np.float32]]:
    """The part of the picture about its faces as a small JPEG, and their boxes as shares of it."""
    height_px, width_px = image.shape[:2]
    left, top, right, bottom = 0, 0, width_px, height_px
    boxes = faces.boxes
    if main is not None:
        boxes = np.concatenate([boxes[main : main + 1], np.delete(boxes, main, axis=0)])
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        margin = 0.5 * float((boxes[0, 2:] - boxes[0, :2]).max())
        left, top = (int(max(0.0, value - margin)) for value in low)
        right, bottom = int(min(width_px, high[0] + margin)), int(min(height_px, high[1] + margin))
    part = image[top:bottom, left:right]
    if not part.size:
        part, left, top, right, bottom = image, 0, 0, width_px, height_px
    ratio = min(1.0, _THUMBNAIL_PX / max(part.shape[:2]))
    side = max(1, round(part.shape[1] * ratio)), max(1, round(part.shape[0] * ratio))
    small = cv2.resize(part, side, interpolation=cv2.INTER_AREA)
    jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 82])[1].tobytes()
    shares = np.array([right - left, bottom - top] * 2, np.float32)
    return jpeg, (boxes - np.array([left, top, left, top], np.float32)) / shares

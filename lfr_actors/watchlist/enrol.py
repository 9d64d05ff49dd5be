"""Enrolment: every picture of a watchlist gets a verdict, and those that are good enough a template.

    picture ─► faces (once more with a border) ─► judge ─► chip ─► template ─► duplicates ─► version

Pictures are independent and run in threads; the result is in the order of the rows.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from typing import Final

import cv2
import numpy as np

from lfr_actors.messages import Image, SubjectId, Vectors
from lfr_actors.overwriting import overwrite
from lfr_actors.vision.align import align
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.models import Detector, Embedder
from lfr_actors.vision.portrait import aligned_portrait
from lfr_actors.watchlist.duplicates import find_duplicates
from lfr_actors.watchlist.pictures import Animated, Unreadable, read_picture_file
from lfr_actors.watchlist.policy import SUBJECT_FACTS
from lfr_actors.watchlist.rows import Row
from lfr_actors.watchlist.thumbnails import thumbnail
from lfr_actors.watchlist.verdicts import EnrolmentLimits, PictureVerdict, Verdict, judge
from lfr_actors.watchlist.version import ListVersion, Picture, Subject

Progress = Callable[[int, int], None]
"""Called with how many pictures are done, and of how many."""

_BORDERED_PX = 1600
"""Long side to which a larger picture is brought before it gets a border."""
_BORDER = 0.5
"""Width of the border for a second look, as a share of the picture: detectors miss a face that fills it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Enrolment:
    """A built watchlist: one verdict per row, in the order of the rows, and the version that came of them.

    A subject of whom no picture could be enrolled is not in the version.
    """

    verdicts: tuple[PictureVerdict, ...] = field(repr=False)
    version: ListVersion

    def totals(self) -> dict[str, int]:
        """Pictures by verdict, every verdict named, in the order of `Verdict`."""
        counts = Counter(verdict.verdict for verdict in self.verdicts)
        return {verdict.value: counts[verdict] for verdict in Verdict}

    def missing_subjects(self) -> tuple[SubjectId, ...]:
        """Subjects of whom no picture could be enrolled, so who are not on the list, in the rows' order."""
        enrolled = {subject.subject_id for subject in self.version.subjects}
        every = dict.fromkeys(verdict.row.subject_id for verdict in self.verdicts)
        return tuple(subject_id for subject_id in every if subject_id not in enrolled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What an enrolment keeps of the pictures: `portraits` for the version, `thumbnails` for the contact sheet."""

    portraits: bool = False
    thumbnails: bool = False


NOTHING: Final = Kept()
FOR_A_VERSION: Final = Kept(portraits=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Looked:
    """A picture's verdict and, where it may be enrolled, its template (d,) and what the version says of it."""

    verdict: PictureVerdict
    template: Vectors | None = None
    picture: Picture | None = None


def enrol(
    rows: Sequence[Row],
    detector: Detector,
    embedder: Embedder,
    limits: EnrolmentLimits | None = None,
    progress: Progress | None = None,
    workers: int = 2,
    *,
    built_at: dt.datetime,
    pack: str = "",
    kept: Kept = NOTHING,
    salt: bytes | None = None,
) -> Enrolment:
    """Build the version of these rows with `workers` threads.

    `pack` names the model pack and `built_at`, aware, the time in the version; without a `salt` (16 bytes) one is
    drawn, so that the same rows give another version. A picture that gives no template is a verdict, never an
    exception.
    """
    limits = limits or EnrolmentLimits()
    looked: dict[int, _Looked] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="enrol") as pool:
        futures = {
            pool.submit(_look, row, detector, embedder, limits, kept): place for place, row in enumerate(rows)
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
    in_order = [looked[place] for place in range(len(rows))]
    verdicts, on_list = _without_duplicates(in_order, embedder.dim, limits)
    templates = _stacked((look.template for look in on_list if look.template is not None), embedder.dim)
    version = ListVersion.of(
        pack=pack,
        subjects=_subjects([look.verdict.row for look in on_list]),
        pictures=[look.picture for look in on_list if look.picture is not None],
        templates=templates,
        built_at=built_at,
        salt=salt,
    )
    # the version has copies: what it was made of stays nowhere
    overwrite(templates, *(look.template for look in in_order if look.template is not None))
    return Enrolment(verdicts=verdicts, version=version)


def _look(row: Row, detector: Detector, embedder: Embedder, limits: EnrolmentLimits, kept: Kept) -> _Looked:
    """One picture, from its file to its template."""
    try:
        file = read_picture_file(row.path)
    except Unreadable as error:
        kind = Verdict.ANIMATED if isinstance(error, Animated) else Verdict.UNREADABLE
        return _Looked(verdict=PictureVerdict(row=row, verdict=kind, reason=str(error)))
    image = file.image
    faces = find_faces(detector, image)
    judgement = judge(image, faces, limits)
    verdict = PictureVerdict(
        row=row,
        verdict=judgement.verdict,
        reason=judgement.reason,
        faces=len(faces),
        quality=judgement.quality,
        sha256=file.sha256,
    )
    if kept.thumbnails:
        jpeg, marks = thumbnail(image, faces, judgement.main)
        verdict = replace(verdict, thumbnail_jpeg=jpeg, marks=marks)
    if not judgement.verdict.enrolled or judgement.main is None or judgement.quality is None:
        return _Looked(verdict=verdict)
    chip = align(image, faces.landmarks[judgement.main], embedder.chip_points, embedder.chip_size)
    picture = Picture(
        subject_id=row.subject_id,
        image=row.image,
        sha256=file.sha256,
        image_source=row.image_source,
        image_taken=row.image_taken,
        quality=round(judgement.quality.score, 4),
        portrait_jpeg=_portrait(image, faces, judgement.main) if kept.portraits else b"",
    )
    return _Looked(verdict=verdict, template=embedder.embed(chip[None])[0], picture=picture)


def _portrait(image: Image, faces: Faces, main: int) -> bytes:
    """The subject, as an alert will show it; whoever else is in the picture is not wanted, and blurred."""
    others = np.delete(faces.boxes, main, axis=0)
    return aligned_portrait(image, faces.landmarks[main], own=faces.boxes[main], others=list(others))


def find_faces(detector: Detector, image: Image) -> Faces:
    """The faces of a picture; when there are none, of the picture with a border about it."""
    faces = detector.detect(image)
    if len(faces):
        return faces
    # a detector shrinks what it is given: with its border, a large picture would only take memory
    ratio = min(1.0, _BORDERED_PX / max(image.shape[:2]))
    small = (
        image if ratio == 1.0 else cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    )
    border_px = max(16, round(_BORDER * max(small.shape[:2])))
    grey = (127, 127, 127)
    bordered = cv2.copyMakeBorder(small, *(border_px,) * 4, borderType=cv2.BORDER_CONSTANT, value=grey)
    faces = detector.detect(np.asarray(bordered, np.uint8))
    shift, scale = np.float32(border_px), np.float32(1 / ratio)
    return Faces(
        boxes=(faces.boxes - shift) * scale, scores=faces.scores, landmarks=(faces.landmarks - shift) * scale
    )


def _without_duplicates(
    looked: Sequence[_Looked], dim: int, limits: EnrolmentLimits
) -> tuple[tuple[PictureVerdict, ...], list[_Looked]]:
    """Refuse what is too like another subject: every verdict, and what is on the list."""
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
    overwrite(templates)
    on_list = [looked[places[at]] for at in range(len(places)) if at not in refused]
    return tuple(verdicts), on_list


def _subjects(rows: Sequence[Row]) -> list[Subject]:
    """Who is on the list; what was noted at several of a subject's pictures is put together."""
    notes: dict[SubjectId, list[str]] = {}
    for row in rows:
        said = notes.setdefault(row.subject_id, [])
        if row.notes is not None and row.notes not in said:
            said.append(row.notes)
    each = {row.subject_id: row for row in rows}
    return [
        Subject(
            subject_id=subject_id,
            notes="; ".join(notes[subject_id]) or None,
            **{name: getattr(row, name) for name in SUBJECT_FACTS},
        )
        for subject_id, row in each.items()
    ]


def _stacked(templates: Iterable[Vectors], dim: int) -> Vectors:
    rows = list(templates)
    return np.stack(rows) if rows else np.empty((0, dim), np.float32)


def _duplicate(verdict: PictureVerdict, other: PictureVerdict, score: float) -> PictureVerdict:
    """The verdict of a picture that is refused because of an earlier one."""
    reason = (
        f"scores {score:.3f} with subject {other.row.subject_id} ({other.row.where}): "
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
    warning = f"subject {other.row.subject_id} ({other.row.where}) scores {score:.3f} with it and was refused"
    return replace(
        verdict,
        verdict=Verdict.WARNING,
        reason="; ".join(filter(None, (verdict.reason, warning))),
        other_subject=other.row.subject_id,
        other_score=score,
    )

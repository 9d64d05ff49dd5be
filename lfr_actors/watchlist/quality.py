"""What a subject's pictures amount to: the best of them, how many are usable, and whether that is good enough.

A search takes the best of a subject's templates, so one good picture makes a good subject; a subject whose best
picture is poor is the one who will be missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from lfr_actors.messages import SubjectId
from lfr_actors.watchlist.verdicts import PictureVerdict

GOOD_SCORE: Final = 0.75
"""`Quality.score` from which a picture is good: at most a quarter of the similarity to another photograph of the
person is lost to the picture."""


class SubjectVerdict(StrEnum):
    """How well a subject is represented on the list."""

    GOOD = "good"
    """At least one picture is good."""
    POOR = "poor"
    """On the list, by pictures that are all poor."""
    MISSING = "missing"
    """Not on the list: no picture could be enrolled."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SubjectQuality:
    """A subject's pictures. `usable` of `pictures` are on the list; `best` is the best of those, None without.

    `reason` is empty for a good subject, else a sentence.
    """

    subject_id: SubjectId
    pictures: int
    usable: int
    verdict: SubjectVerdict
    reason: str
    best: PictureVerdict | None = field(default=None, repr=False)


def is_good(picture: PictureVerdict) -> bool:
    """Whether a picture is on the list, within every limit, and of a score that is good."""
    quality = picture.quality
    return (
        picture.verdict.enrolled
        and quality is not None
        and not quality.failures
        and quality.score >= GOOD_SCORE
    )


def subject_qualities(pictures: Sequence[PictureVerdict]) -> tuple[SubjectQuality, ...]:
    """Each subject of the list, in the order of their first picture; empty without pictures."""
    of_subject: dict[SubjectId, list[PictureVerdict]] = {}
    for picture in pictures:
        of_subject.setdefault(picture.row.subject_id, []).append(picture)
    return tuple(_subject(subject_id, own) for subject_id, own in of_subject.items())


def _subject(subject_id: SubjectId, pictures: Sequence[PictureVerdict]) -> SubjectQuality:
    usable = [picture for picture in pictures if picture.verdict.enrolled]
    best = max(usable, key=lambda picture: (is_good(picture), _score(picture)), default=None)
    if best is None:
        verdict, reason = SubjectVerdict.MISSING, _missing(pictures)
    elif is_good(best):
        verdict, reason = SubjectVerdict.GOOD, ""
    else:
        verdict, reason = SubjectVerdict.POOR, _poor(best)
    return SubjectQuality(
        subject_id=subject_id,
        pictures=len(pictures),
        usable=len(usable),
        verdict=verdict,
        reason=reason,
        best=best,
    )


def _score(picture: PictureVerdict) -> float:
    return 0.0 if picture.quality is None else picture.quality.score


def _missing(pictures: Sequence[PictureVerdict]) -> str:
    count = "its picture" if len(pictures) == 1 else f"none of {len(pictures)} pictures"
    verb = "could not be enrolled" if len(pictures) == 1 else "could be enrolled"
    kinds = ", ".join(dict.fromkeys(picture.verdict.value for picture in pictures))
    return f"{count} {verb}: {kinds}"


def _poor(best: PictureVerdict) -> str:
    """Why the best picture is poor."""
    quality = best.quality
    if quality is None:
        return "its best picture was not measured"
    if quality.failures:
        return f"its best picture: {'; '.join(failure.reason for failure in quality.failures)}"
    lost = 1.0 - quality.score
    return f"its best picture loses about {lost:.0%} of the similarity to size, blur, light or pose"

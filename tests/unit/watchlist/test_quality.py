"""What a subject's pictures amount to."""

from __future__ import annotations

from pathlib import Path

import pytest

from lfr_actors.messages import SubjectId
from lfr_actors.vision.quality import Failure, Quality
from lfr_actors.watchlist.quality import GOOD_SCORE, SubjectVerdict, is_good, subject_qualities
from lfr_actors.watchlist.rows import Row
from lfr_actors.watchlist.verdicts import PictureVerdict, Verdict

FAILED = Failure(
    measure="yaw_deg",
    value=50.0,
    limit=35.0,
    reason="the face is turned 50° to the side, at most 35° allowed",
)


def picture(
    subject: str,
    line: int,
    score: float | None,
    verdict: Verdict = Verdict.ENROLLED,
    failures: tuple[Failure, ...] = (),
) -> PictureVerdict:
    """A picture whose face has this score."""
    quality = None
    if score is not None:
        quality = Quality(
            eye_distance_px=40,
            sharpness=0.6,
            yaw_deg=0,
            pitch_deg=0,
            roll_deg=0,
            exposure=0.5,
            clipped=0,
            score=score,
            failures=failures,
        )
    path = Path(f"{line}.jpg")
    row = Row(line=line, subject_id=SubjectId(subject), image=path.name, path=path)
    return PictureVerdict(row=row, verdict=verdict, reason="", quality=quality)


@pytest.mark.parametrize(
    ("pictures", "verdict", "usable", "best", "words"),
    [
        ([picture("a", 1, 0.9)], SubjectVerdict.GOOD, 1, 1, ""),
        ([picture("a", 1, 0.5), picture("a", 2, 0.8)], SubjectVerdict.GOOD, 2, 2, ""),
        ([picture("a", 1, 0.5)], SubjectVerdict.POOR, 1, 1, "loses about 50%"),
        ([picture("a", 1, 0.9, Verdict.WARNING, (FAILED,))], SubjectVerdict.POOR, 1, 1, "turned 50°"),
        (
            [picture("a", 1, 0.95, Verdict.WARNING, (FAILED,)), picture("a", 2, 0.8)],
            SubjectVerdict.GOOD,
            2,
            2,
            "",
        ),
        (
            [picture("a", 1, 0.3, Verdict.TOO_BLURRED), picture("a", 2, None, Verdict.NO_FACE)],
            SubjectVerdict.MISSING,
            0,
            None,
            "none of 2 pictures could be enrolled: too-blurred, no-face",
        ),
        (
            [picture("a", 1, None, Verdict.UNREADABLE)],
            SubjectVerdict.MISSING,
            0,
            None,
            "its picture could not",
        ),
    ],
)
def test_the_best_usable_picture_decides(
    pictures: list[PictureVerdict], verdict: SubjectVerdict, usable: int, best: int | None, words: str
) -> None:
    """One good picture makes a good subject; what was refused counts for nothing; the reason says why."""
    (subject,) = subject_qualities(pictures)
    assert (subject.verdict, subject.usable, subject.pictures) == (verdict, usable, len(pictures))
    assert (None if subject.best is None else subject.best.row.line) == best
    assert words in subject.reason
    assert bool(subject.reason) == (verdict is not SubjectVerdict.GOOD)


def test_subjects_come_in_the_order_of_the_list() -> None:
    """Each once, wherever their pictures stand; nobody from nothing."""
    pictures = [picture("b", 1, 0.9), picture("a", 2, 0.9), picture("b", 3, 0.9)]
    assert [one.subject_id for one in subject_qualities(pictures)] == ["b", "a"]
    assert subject_qualities([]) == ()


def test_good_needs_list_limits_and_score() -> None:
    """A picture that is not on the list is not good, however sharp."""
    assert is_good(picture("a", 1, GOOD_SCORE))
    assert not is_good(picture("a", 1, GOOD_SCORE - 0.01))
    assert not is_good(picture("a", 1, 0.9, Verdict.DUPLICATE))

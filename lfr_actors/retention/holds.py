"""Holds: why erasure of an object may be suspended, and reviews that nobody has made.

A hold keeps what the law would have erased, so it needs a reason, an authority and a date by which somebody
looks again. A review that is late releases nothing by itself: it is shouted about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lfr_actors.retention.schedule import ActiveHold

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "evidence": "needed as evidence in an investigation or a trial",
        "complaint": "somebody complained about what it shows",
        "court-order": "a court ordered that it be kept",
        "subject-access": "the person it shows asked for a copy",
        "other": "another reason, which the authority names",
    }
)
"""Why an object may be held, and what each reason means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueReview:
    """A hold whose review date has passed, and by how many days (1 on the day after it)."""

    hold: ActiveHold
    days: int


def check_reason(reason: str) -> str:
    """The reason itself. Raises `ValueError` (what is wrong; what would be right) when it is none."""
    if reason in REASONS:
        return reason
    raise ValueError(f"{reason!r} is not a reason for a hold; write {', '.join(REASONS)}")


def overdue_reviews(holds: Iterable[ActiveHold], today: dt.date) -> list[OverdueReview]:
    """The holds that should have been looked at before `today`: longest overdue first, ties by hold id.

    A review may be made on its date: it is overdue from the day after.
    """
    late = [
        OverdueReview(hold=hold, days=(today - hold.review_on).days)
        for hold in holds
        if hold.review_on < today
    ]
    return sorted(late, key=lambda review: (-review.days, review.hold.hold_id))


def review_warning(review: OverdueReview) -> str:
    """The warning of one overdue review: which hold keeps what, since when, and what to do."""
    hold = review.hold
    days = f"{review.days} day{'' if review.days == 1 else 's'}"
    return (
        f"hold {hold.hold_id} keeps {hold.object_id} from being erased and its review is {days} overdue "
        f"(it was to be reviewed by {hold.review_on.isoformat()}): release it, or place it again with a "
        f"reason that still holds and a later date"
    )

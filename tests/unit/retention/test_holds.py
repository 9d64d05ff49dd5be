"""Holds: the reasons there are, and reviews that nobody has made."""

from __future__ import annotations

import datetime as dt

import pytest

from lfr_actors.retention.holds import REASONS, check_reason, overdue_reviews, review_warning
from lfr_actors.retention.schedule import ActiveHold

TODAY = dt.date(2024, 10, 10)


def hold(hold_id: str, days_late: int) -> ActiveHold:
    """A hold whose review was due so many days ago."""
    review_on = TODAY - dt.timedelta(days=days_late)
    return ActiveHold(hold_id=hold_id, object_id=f"alert:{hold_id}", review_on=review_on)


def test_a_review_is_overdue_from_the_day_after() -> None:
    """On its date there is still time; the longest overdue comes first, ties by id."""
    holds = [hold("d", -1), hold("c", 0), hold("b2", 1), hold("b1", 1), hold("a", 40)]
    late = overdue_reviews(holds, TODAY)
    assert [(review.hold.hold_id, review.days) for review in late] == [("a", 40), ("b1", 1), ("b2", 1)]
    assert overdue_reviews([], TODAY) == []


def test_the_warning_says_what_to_do() -> None:
    """Which hold, on what, since when, and the two ways out."""
    (one,) = overdue_reviews([hold("h7", 1)], TODAY)
    (many,) = overdue_reviews([hold("h7", 3)], TODAY)
    assert "1 day overdue" in review_warning(one)
    for words in ("hold h7", "alert:h7", "3 days overdue", "2024-10-07", "release it, or place it again"):
        assert words in review_warning(many)


@pytest.mark.parametrize("reason", ["evidence", "complaint", "court-order", "subject-access", "other"])
def test_the_reasons_are_known(reason: str) -> None:
    """Each reason is accepted as it is written, and has a meaning for people."""
    assert check_reason(reason) == reason
    assert REASONS[reason]


@pytest.mark.parametrize("reason", ["", "Evidence", "because"])
def test_any_other_reason_is_refused(reason: str) -> None:
    """A hold for no reason, or for one nobody knows, is refused with the list of reasons."""
    with pytest.raises(
        ValueError, match="is not a reason for a hold; write evidence, complaint, court-order"
    ):
        check_reason(reason)

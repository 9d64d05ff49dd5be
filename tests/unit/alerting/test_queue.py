"""The order of the queue, when an alert escalates, and the words of outcomes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from lfr_actors.alerting.adjudication import State
from lfr_actors.alerting.escalation import overdue_since
from lfr_actors.alerting.outcomes import OFFENCES, OUTCOME_WORDS, Outcome, offence_problem, offences_of
from lfr_actors.alerting.queue import Urgency, ordered, urgency
from tests.unit.alerting.cases import NOON

SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the order depends on."""

    name: str
    state: State = State.RAISED
    priority: str | None = None
    escalated_at: dt.datetime | None = None
    erased_at: dt.datetime | None = None
    raised_at: dt.datetime = NOON
    event_seq: int = 1


def test_the_most_urgent_is_on_top() -> None:
    """Disputed, escalated, red, amber, then the rest newest first; below what is decided, in hand first."""
    rows = [
        Row(name="done", state=State.CONFIRMED_TRUE, raised_at=NOON + 9 * SECOND),
        Row(name="in hand", state=State.ENGAGED, priority="red"),
        Row(name="none, newer", raised_at=NOON + 3 * SECOND),
        Row(name="green", priority="green", raised_at=NOON + 2 * SECOND),
        Row(name="amber", priority="amber"),
        Row(name="red, old", priority="red"),
        Row(name="red, new", priority="red", raised_at=NOON + SECOND),
        Row(name="escalated", escalated_at=NOON),
        Row(name="disputed", state=State.DISPUTED, priority="green"),
        Row(name="gone undecided", priority="red", erased_at=NOON),
    ]
    assert [row.name for row in ordered(rows)] == [
        "disputed",
        "escalated",
        "red, new",
        "red, old",
        "amber",
        "none, newer",
        "green",
        "in hand",
        "done",
        "gone undecided",
    ]


def test_escalated_and_disputed_ones_go_by_priority_too() -> None:
    """After a quiet minute everything is escalated: an old red one still stands above a new green one."""
    escalated = [
        Row(name=name, priority=priority, escalated_at=NOON + 60 * SECOND, raised_at=NOON + after * SECOND)
        for name, priority, after in (
            ("none", None, 9),
            ("green", "green", 8),
            ("amber", "amber", 2),
            ("red, new", "red", 1),
            ("red, old", "red", 0),
        )
    ]
    disputed = [
        Row(name=f"disputed {each}", state=State.DISPUTED, priority=each) for each in ("green", "red")
    ]
    assert [row.name for row in ordered([*escalated, *disputed])] == [
        "disputed red",
        "disputed green",
        "red, new",
        "red, old",
        "amber",
        "none",
        "green",
    ]


def test_what_was_seen_is_escalated_no_more() -> None:
    """It keeps its priority once somebody has looked; the last in the log is the newest of one moment."""
    seen = Row(name="a", state=State.SEEN, escalated_at=NOON, priority="amber")
    assert urgency(seen) is Urgency.AMBER
    assert urgency(Row(name="b", priority="purple")) is Urgency.NONE
    first, second = Row(name="first"), Row(name="second", event_seq=2)
    assert ordered([first, second]) == [second, first]
    assert all(each.words for each in Urgency)


def test_an_alert_escalates_at_the_time_and_not_before() -> None:
    """What was raised a whole time ago is due; nothing is where the deployment set none."""
    assert overdue_since(30.0, NOON + 30 * SECOND) == NOON
    assert overdue_since(None, NOON + 3600 * SECOND) is None


@pytest.mark.parametrize(
    "slug", ["", "Theft", "a b", "-theft", "theft-", "a--b", "1st", "theft\n", "é", "x" * 41, "john_smith"]
)
def test_what_stands_in_the_log_for_ever_is_a_slug(slug: str) -> None:
    """No free text is a category of offences."""
    assert offence_problem(slug) is not None


def test_every_category_and_outcome_has_words() -> None:
    """The product's own are well formed; a site's own get theirs from the slug."""
    assert [offence_problem(slug) for slug in OFFENCES] == [None] * len(OFFENCES)
    assert set(OUTCOME_WORDS) == set(Outcome)
    assert offences_of(None) is OFFENCES
    assert dict(offences_of(["theft", "hare-coursing"])) == {
        "theft": "theft",
        "hare-coursing": "hare coursing",
    }

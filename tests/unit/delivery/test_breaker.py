"""What answers and age make of a cursor: order, suspension, dead letters."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.delivery.breaker import Step, answered, discard_reason, discarded
from lfr_actors.delivery.cursor import Cursor, Page, Pending, too_late_before
from lfr_actors.delivery.schedule import Answer
from lfr_actors.events.codec import utc_text
from lfr_actors.events.delivering import WebhookDeadLettered, WebhookResumed, WebhookSuspended
from lfr_actors.events.log import StoredEvent
from tests.unit.events.samples import NOON

SECOND, HOUR, DAY = dt.timedelta(seconds=1), dt.timedelta(hours=1), dt.timedelta(days=1)
START = Cursor(endpoint="c2", deployment_id="drill-1")


def pending(seq: int = 7, name: str = "camera.lost", *, again: bool = False, **public: Any) -> Pending:
    """An event to be told of, written at noon."""
    event = StoredEvent(
        seq=seq,
        event_id=f"{seq:032x}",
        deployment_id="drill-1",
        name=name,
        version=1,
        written_at=utc_text(NOON),
        public_json=json.dumps(public),
        prev_hash="0" * 64,
        hash="1" * 64,
    )
    return Pending(event=event, again=again)


def step_of(cursor: Cursor, status: int | None, seq: int = 7, **answer: Any) -> Step:
    """What an answer makes of a cursor, with half of every wait taken."""
    return answered(cursor, pending(seq), Answer(status=status, **answer), NOON, 0.5)


def after_failures(count: int, cursor: Cursor = START) -> Cursor:
    """The cursor after so many failures in a row."""
    for _ in range(count):
        cursor = step_of(cursor, 500).cursor
    return cursor


def test_an_accepted_event_moves_the_cursor_and_nothing_else_is_said() -> None:
    """The usual case may be written down with the deliveries that follow."""
    step = step_of(START, 204)
    assert step.is_plain
    assert (step.cursor.seq, step.cursor.delivered, step.cursor.last_answer) == (7, 1, "204")


@pytest.mark.parametrize("status", [302, 401, 404, 429, 500, 503, None])
def test_a_failure_keeps_the_event_and_waits(status: int | None) -> None:
    """The cursor stays, so that the event is the next one again and no later one overtakes it."""
    step = step_of(replace(START, seq=6), status)
    assert (step.cursor.seq, step.cursor.attempts, step.cursor.failures) == (6, 1, 1)
    assert step.cursor.next_at == NOON + SECOND / 2
    assert step.cursor.failing_since == NOON
    assert not step.is_plain


def test_the_fifth_failure_in_a_row_suspends_once() -> None:
    """It is said once, with the reason; from then on it is probed at intervals that grow."""
    fourth = after_failures(4)
    assert fourth.suspended_at is None
    fifth = step_of(fourth, 500)
    assert fifth.said == (WebhookSuspended(endpoint="c2", reason="500", failures=5),)
    sixth = step_of(fifth.cursor, None, fault="no answer within 10 s")
    assert sixth.said == ()
    waits = [(step.cursor.next_at or NOON) - NOON for step in (fifth, sixth)]
    assert waits == [22.5 * SECOND, 45 * SECOND]


def test_a_suspended_endpoint_that_accepts_is_resumed_as_if_nothing_had_been() -> None:
    """The first acceptance ends the suspension; it is said how long that was."""
    suspended = after_failures(6)
    step = answered(suspended, pending(), Answer(status=200), NOON + HOUR, 0.5)
    assert step.said == (WebhookResumed(endpoint="c2", after_s=3600.0),)
    fresh = replace(START, seq=7, delivered=1, last_answer="200", last_at=NOON + HOUR)
    assert step.cursor == fresh


def test_an_endpoint_that_says_when_is_not_held_to_have_failed() -> None:
    """429 with Retry-After a hundred times: always waited for, never suspended."""
    cursor = START
    for _ in range(100):
        step = step_of(cursor, 429, retry_after="7")
        cursor = step.cursor
        assert step.said == ()
    assert (cursor.attempts, cursor.failures, cursor.suspended_at) == (100, 0, None)


def test_an_event_that_is_refused_is_a_dead_letter_after_three_attempts() -> None:
    """One event that an endpoint cannot take holds up the others for seconds, not for a day."""
    cursor = replace(START, seq=6)
    for _ in range(2):
        step = step_of(cursor, 422)
        cursor = step.cursor
        assert (step.dead, cursor.seq) == (None, 6)
    step = step_of(cursor, 422)
    assert step.dead is not None
    assert (step.dead.event_seq, step.dead.reason, step.dead.attempts) == (7, "refused: 422", 3)
    assert (step.cursor.seq, step.cursor.attempts, step.cursor.failures) == (7, 0, 3)
    assert [type(each) for each in step.said] == [WebhookDeadLettered]
    assert not step.is_plain


def test_gone_is_a_dead_letter_and_suspends_at_once() -> None:
    """410: nobody is asked five times whether they are really gone."""
    step = step_of(START, 410)
    assert step.dead is not None
    assert step.dead.reason == "gone: 410"
    assert [type(each) for each in step.said] == [WebhookSuspended, WebhookDeadLettered]
    assert step.cursor.suspended_at == NOON
    again = step_of(step.cursor, 410, seq=8)
    assert [type(each) for each in again.said] == [WebhookDeadLettered]


@pytest.mark.parametrize("status", [204, 500, 422])
def test_a_dead_letter_tried_again_moves_the_cursor_nowhere(status: int) -> None:
    """It lies behind the cursor: accepted, it is dead no more; refused for good, it is dead again."""
    cursor = replace(START, seq=20, attempts=2)
    step = answered(cursor, pending(again=True), Answer(status=status), NOON, 0.5)
    assert step.cursor.seq == 20
    assert step.undead == (7 if status == 204 else None)
    assert (step.dead is not None) == (status == 422)


@pytest.mark.parametrize(
    ("name", "public", "told"),
    [
        ("alert.raised", {}, False),
        ("alert.seen", {}, False),
        ("alert.adjudicated", {"verdict": "true"}, False),
        ("alert.adjudicated", {"verdict": "false"}, True),
        ("alert.confirmed", {"same_person": True}, False),
        ("alert.confirmed", {"same_person": False}, True),
        ("outcome.recorded", {}, True),
    ],
)
def test_of_an_erased_alert_only_its_end_is_told(name: str, public: dict[str, Any], told: bool) -> None:
    """Nothing of it goes out any more; that it was false, somebody else, or over does, and names nobody."""
    event = pending(name=name, alert_id="a1", **public)
    assert discard_reason(event, Page(erased=frozenset({"a1"}))) == (None if told else "erased")
    assert discard_reason(event, Page(erased=frozenset({"a2"}))) is None


def test_an_event_is_told_of_for_as_long_as_an_alert_is_kept() -> None:
    """From the end of the deployment, or from its own time if later; while it runs nothing is too late."""
    assert too_late_before(None, DAY, NOON + 400 * DAY) is None
    assert too_late_before(NOON, DAY, NOON + DAY - SECOND) is None
    assert too_late_before(NOON, DAY, NOON + DAY) == NOON
    page = Page(too_late_before=NOON + SECOND)
    assert discard_reason(pending(), page) == "too late"
    assert discard_reason(pending(), Page(too_late_before=NOON)) is None


def test_where_alerts_are_erased_at_once_the_rest_is_still_told_for_an_hour() -> None:
    """A lifetime of nothing must not keep the end of a deployment from being told."""
    assert too_late_before(NOON, dt.timedelta(0), NOON + HOUR - SECOND) is None
    assert too_late_before(NOON, dt.timedelta(0), NOON + HOUR) == NOON


def test_a_discarded_event_is_a_dead_letter_and_says_nothing_of_the_endpoint() -> None:
    """An erased alert is nobody's failure: attempts end, what the endpoint did before stays as it was."""
    failing = after_failures(2)
    step = discarded(failing, pending(), "erased", NOON)
    assert step.dead is not None
    assert (step.dead.reason, step.dead.attempts) == ("erased", 2)
    assert (step.cursor.seq, step.cursor.attempts, step.cursor.failures) == (7, 0, 2)


@given(st.lists(st.sampled_from([200, 204, 302, 400, 404, 410, 429, 500, 503, None]), max_size=60))
def test_every_event_is_delivered_or_dead_exactly_once_and_in_order(statuses: list[int | None]) -> None:
    """Whatever an endpoint answers, events are dealt with one after the other, none twice, none left out."""
    cursor, seq, delivered, dead = START, 1, 0, 0
    suspended = False
    for status in statuses:
        step = step_of(cursor, status, seq=seq)
        for said in step.said:
            if isinstance(said, WebhookSuspended | WebhookResumed):
                assert isinstance(said, WebhookSuspended) != suspended
                suspended = isinstance(said, WebhookSuspended)
        delivered += step.cursor.delivered - cursor.delivered
        dead += step.dead is not None
        assert step.cursor.seq in (cursor.seq, seq)
        seq = step.cursor.seq + 1
        cursor = step.cursor
        assert cursor.seq == delivered + dead
        assert (cursor.suspended_at is not None) == suspended

"""Cursors, dead letters and what there is to deliver, on both databases."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from lfr_actors.delivery.cursor import Change, Cursor, DeadLetter
from lfr_actors.errors import StoreError
from lfr_actors.events.cameras import CameraLost
from lfr_actors.events.delivering import WebhookSuspended
from lfr_actors.store import Store
from lfr_actors.store.alerts import alert_object
from tests.unit.events.samples import NOON, started
from tests.unit.store.samples import CLOSED, DAY, SECOND, Clock, alert, decide

NAMES = frozenset({"camera.lost", "alert.raised"})
LOST = CameraLost(camera="station", reason="no frame for 5 s", retry_in_s=2.0)


@pytest.fixture
def cursor(store: Store) -> Cursor:
    """A deployment with events 1, 2 (its start) and 3 to 5 (wanted), and the cursor of a new endpoint."""
    store.begin_deployment("drill-1", started())
    store.append("drill-1", LOST, LOST, LOST)
    store.append("drill-2", LOST)
    return store.webhooks.begin("c2", "drill-1")


def seqs(store: Store, cursor: Cursor, limit: int = 10) -> list[int]:
    """The numbers of the events that are next."""
    return [pending.event.seq for pending in store.webhooks.page(cursor, NAMES, limit).pending]


def dead(seq: int, reason: str = "refused: 422") -> DeadLetter:
    """A dead letter of the endpoint."""
    return DeadLetter(
        endpoint="c2",
        deployment_id="drill-1",
        event_seq=seq,
        event_name="camera.lost",
        reason=reason,
        attempts=3,
        at=NOON,
    )


def test_a_page_holds_what_is_wanted_of_one_deployment_in_order(store: Store, cursor: Cursor) -> None:
    """Other deployments, other kinds and what was delivered are left out; a short page says how far it looked."""
    page = store.webhooks.page(cursor, NAMES, 10)
    assert [pending.event.seq for pending in page.pending] == [3, 4, 5]
    assert (page.scanned, page.too_late_before, page.erased) == (6, None, frozenset())
    assert store.webhooks.page(cursor, NAMES, 2).scanned == 0
    assert seqs(store, cursor, 2) == [3, 4]
    assert seqs(store, replace(cursor, seq=4)) == [5]
    assert store.webhooks.waiting(replace(cursor, seq=3), NAMES) == 2
    assert store.webhooks.news("drill-1", 2) == (6, frozenset({"camera.lost"}))
    assert store.webhooks.news("drill-1", 6) == (6, frozenset())


def test_a_full_page_read_before_is_still_right_when_the_log_grows(store: Store, cursor: Cursor) -> None:
    """Full pages are kept for endpoints that keep step; one that was not full is read again."""
    assert seqs(store, cursor, 3) == [3, 4, 5]
    assert seqs(store, replace(cursor, seq=5), 3) == []
    store.append("drill-1", LOST)
    assert seqs(store, cursor, 3) == [3, 4, 5]
    assert seqs(store, replace(cursor, seq=5), 3) == [7]


def test_a_cursor_survives_with_all_that_it_says(store: Store, cursor: Cursor) -> None:
    """What was written is what is read, to the microsecond; `begin` again changes nothing."""
    moved = replace(
        cursor,
        seq=4,
        delivered=2,
        attempts=1,
        failures=7,
        failing_since=NOON,
        suspended_at=NOON + SECOND,
        next_at=NOON + 61.5 * SECOND,
        last_answer="no answer within 10 s",
        last_at=NOON + SECOND,
    )
    said = WebhookSuspended(endpoint="c2", reason="no answer within 10 s", failures=7)
    assert store.webhooks.write([Change(cursor=moved, said=(said,), dead=(dead(4),))]) == ()
    assert store.webhooks.begin("c2", "drill-1") == moved
    assert store.webhooks.dead_letters("c2", "drill-1") == [dead(4)]
    (event,) = store.last_events(1)
    assert (event.body, event.deployment_id) == (said, "drill-1")


def test_a_replay_makes_what_a_running_courier_knows_void(store: Store, cursor: Cursor) -> None:
    """It goes on from where somebody set it, and nothing of before is written over that."""
    at_five = replace(cursor, seq=5, delivered=3)
    store.webhooks.write([Change(cursor=at_five, dead=(dead(4),))])
    store.webhooks.replay("c2", "drill-1", 3, "operator1")
    late = Change(cursor=replace(at_five, seq=6), dead=(dead(5),))
    assert store.webhooks.write([late]) == (late.cursor,)
    present = store.webhooks.begin("c2", "drill-1")
    assert (present.seq, present.generation) == (3, 1)
    assert store.webhooks.page(at_five, NAMES, 1).generation == 1
    assert store.webhooks.dead_letters("c2", "drill-1") == []
    assert seqs(store, present) == [4, 5]
    assert store.last_events(1)[0].public == {
        "endpoint": "c2",
        "after_seq": 3,
        "dead": 0,
        "who": "operator1",
    }


def test_dead_letters_are_tried_again_but_for_those_that_stay_dead(store: Store, cursor: Cursor) -> None:
    """They come before what is new, in order; erased and too late stay dead; a delivered one is dead no more."""
    letters = (dead(3), dead(4, "erased"))
    store.webhooks.write([Change(cursor=replace(cursor, seq=4), dead=letters)])
    assert store.webhooks.replay_dead("c2", "drill-1", "operator1") == 1
    assert store.webhooks.replay_dead("c2", "drill-1", "operator1") == 0
    present = store.webhooks.begin("c2", "drill-1")
    page = store.webhooks.page(present, NAMES, 10)
    assert [(pending.event.seq, pending.again) for pending in page.pending] == [(3, True), (5, False)]
    assert store.webhooks.waiting(present, NAMES) == 2
    store.webhooks.write([Change(cursor=present, undead=(3,))])
    assert [letter.event_seq for letter in store.webhooks.dead_letters("c2", "drill-1")] == [4]


def test_nobody_is_told_again_who_was_never_told(store: Store, cursor: Cursor) -> None:
    """A name that no endpoint has is said to be wrong."""
    for again in (
        lambda: store.webhooks.replay("nobody", "drill-1", 0, "operator1"),
        lambda: store.webhooks.replay_dead("nobody", "drill-1", "operator1"),
    ):
        with pytest.raises(StoreError, match="endpoint nobody was never told of anything"):
            again()


def test_a_page_knows_erased_alerts_also_when_only_their_fate_is_asked(store: Store, cursor: Cursor) -> None:
    """From the moment in which erasure begins or one is known as false, and for events that were read before."""
    store.raise_alert(alert("a1"))
    store.raise_alert(alert("a2"))
    page = store.webhooks.page(replace(cursor, seq=5), NAMES, 10)
    assert ([pending.alert_id for pending in page.pending], page.erased) == (["a1", "a2"], frozenset())
    store.end_deployment("drill-1", CLOSED)
    store.retained.claim([alert_object("a1")], NOON + 2 * DAY)
    again = store.webhooks.page(replace(cursor, seq=5), NAMES, 10, page.pending)
    assert (again.pending, again.erased) == (page.pending, frozenset({"a1"}))
    decide(store, "a2", "false")  # a hold may keep it
    again = store.webhooks.page(replace(cursor, seq=5), NAMES, 10, page.pending)
    assert again.erased == {"a1", "a2"}


def test_what_is_too_late_counts_from_the_end_of_the_deployment(
    store: Store, cursor: Cursor, clock: Clock
) -> None:
    """While it runs nothing is; after its end, once an alert would be erased."""
    clock.now = NOON + 3 * DAY
    assert store.webhooks.page(cursor, NAMES, 1).too_late_before is None
    store.end_deployment("drill-1", CLOSED)
    clock.now += DAY - dt.timedelta(microseconds=1)
    assert store.webhooks.page(cursor, NAMES, 1).too_late_before is None
    clock.now += dt.timedelta(microseconds=1)
    assert store.webhooks.page(cursor, NAMES, 1).too_late_before == NOON + 3 * DAY

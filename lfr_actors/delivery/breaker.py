"""What an answer, or the age of an event, makes of an endpoint's cursor. Pure: cursor and event give a step.

    working ─ failure ─► working, later ─ the fifth in a row ─► suspended ─ failure ─► suspended, later still
       ▲                                                            │
       └─────────────────────────── accepted ◄──────────────────────┘

Events go out in the order of the log: the next one is not begun before this one is delivered or a dead letter.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from lfr_actors.delivery.cursor import ERASED, TOO_LATE, Cursor, DeadLetter, Page, Pending
from lfr_actors.delivery.schedule import Answer, Meaning, Schedule
from lfr_actors.events.alerts import AlertAdjudicated, AlertConfirmed, OutcomeRecorded
from lfr_actors.events.delivering import WebhookDeadLettered, WebhookResumed, WebhookSuspended

DEFAULT_SCHEDULE: Final = Schedule()

Said = WebhookSuspended | WebhookResumed | WebhookDeadLettered


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be written together: the cursor, events, a new dead letter or one that is none any more."""

    cursor: Cursor
    said: tuple[Said, ...] = ()
    dead: DeadLetter | None = None
    undead: int | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is a delivery like any other, whose writing may wait for those that follow."""
        return not self.said and self.dead is None and self.undead is None and not self.cursor.attempts


def discard_reason(pending: Pending, page: Page) -> str | None:
    """Why an event is not delivered any more; None when it is.

    What is said of an erased alert stays here, but for how it ended (false, somebody else, its outcome): that
    speaks of nobody, and whoever was told of the alert must learn to forget it.
    """
    if pending.alert_id in page.erased and not _tells_the_end(pending):
        return ERASED
    before = page.too_late_before
    return TOO_LATE if before is not None and pending.event.at < before else None


def discarded(cursor: Cursor, pending: Pending, reason: str, now: dt.datetime) -> Step:
    """The event becomes a dead letter without an attempt; nothing changes for the endpoint."""
    return _dead(cursor, pending, reason, cursor.attempts, now)


def answered(
    cursor: Cursor,
    pending: Pending,
    answer: Answer,
    now: dt.datetime,
    chance: float,
    schedule: Schedule = DEFAULT_SCHEDULE,
) -> Step:
    """What an attempt makes of it. `now` is aware; `chance` in [0, 1) spreads the waits."""
    meaning = answer.meaning
    if meaning is Meaning.ACCEPTED:
        return _accepted(cursor, pending, answer, now)
    held_against = 0 if meaning is Meaning.BUSY else 1
    failures, attempts = cursor.failures + held_against, cursor.attempts + 1
    suspends = cursor.suspended_at is None and (
        meaning is Meaning.GONE or (held_against > 0 and failures >= schedule.suspend_after)
    )
    suspended_at = now if suspends else cursor.suspended_at
    wait_s = schedule.wait_s(max(failures, attempts), answer, now, chance, suspended=suspended_at is not None)
    cursor = replace(
        cursor,
        attempts=attempts,
        failures=failures,
        failing_since=cursor.failing_since or now,
        suspended_at=suspended_at,
        next_at=now + dt.timedelta(seconds=wait_s),
        last_answer=answer.words,
        last_at=now,
    )
    said = (_suspended(cursor, answer, meaning),) if suspends else ()
    if meaning is Meaning.GONE or (meaning is Meaning.REFUSED and attempts >= schedule.refusals):
        dead = _dead(cursor, pending, f"{meaning}: {answer.words}", attempts, now)
        return replace(dead, said=(*said, *dead.said))
    return Step(cursor=cursor, said=said)


def _accepted(cursor: Cursor, pending: Pending, answer: Answer, now: dt.datetime) -> Step:
    said: tuple[Said, ...] = ()
    if cursor.suspended_at is not None:
        after_s = max(0.0, (now - cursor.suspended_at).total_seconds())
        said = (WebhookResumed(endpoint=cursor.endpoint, after_s=round(after_s, 3)),)
    moved = Cursor(
        endpoint=cursor.endpoint,
        deployment_id=cursor.deployment_id,
        seq=max(cursor.seq, pending.event.seq),
        delivered=cursor.delivered + 1,
        last_answer=answer.words,
        last_at=now,
        generation=cursor.generation,
    )
    return Step(cursor=moved, said=said, undead=pending.event.seq if pending.again else None)


def _dead(cursor: Cursor, pending: Pending, reason: str, attempts: int, now: dt.datetime) -> Step:
    event = pending.event
    dead = DeadLetter(
        endpoint=cursor.endpoint,
        deployment_id=cursor.deployment_id,
        event_seq=event.seq,
        event_name=event.name,
        reason=reason,
        attempts=attempts,
        at=now,
    )
    said = WebhookDeadLettered(
        endpoint=cursor.endpoint,
        event_seq=event.seq,
        event_name=event.name,
        reason=reason,
        attempts=attempts,
    )
    return Step(cursor=_moved(cursor, pending), said=(said,), dead=dead)


def _moved(cursor: Cursor, pending: Pending) -> Cursor:
    """Past the event; a dead letter that is tried again lies behind the cursor, and moves it nowhere."""
    return replace(cursor, seq=max(cursor.seq, pending.event.seq), attempts=0)


def _suspended(cursor: Cursor, answer: Answer, meaning: Meaning) -> WebhookSuspended:
    reason = "it says that it is gone (410)" if meaning is Meaning.GONE else answer.words
    return WebhookSuspended(endpoint=cursor.endpoint, reason=reason, failures=cursor.failures)


def _tells_the_end(pending: Pending) -> bool:
    name, public = pending.event.name, pending.event.public
    return (
        name == OutcomeRecorded.NAME
        or (name == AlertAdjudicated.NAME and public.get("verdict") == "false")
        or (name == AlertConfirmed.NAME and public.get("same_person") is False)
    )

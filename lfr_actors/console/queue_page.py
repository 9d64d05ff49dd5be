"""The alerts of a deployment in the order in which they are to be looked at: no picture, nobody's name."""

from __future__ import annotations

import datetime as dt
from typing import Final

from lfr_actors.alerting.adjudication import score_hidden
from lfr_actors.alerting.case import State
from lfr_actors.alerting.queue import Urgency, ordered, urgency
from lfr_actors.console.addresses import alert_url, deployment_url
from lfr_actors.console.alert_page import SHORT
from lfr_actors.console.context import ConsoleContext
from lfr_actors.console.views import QueueRow, QueueView
from lfr_actors.console.wording import state_words
from lfr_actors.people import Person
from lfr_actors.store.adjudicating import waiting_opinions
from lfr_actors.store.decisions import case_of_row
from lfr_actors.store.rows import AlertRow

DECIDED_LISTED: Final = 100
"""Decided alerts that are listed, the newest."""


def queue_view(
    context: ConsoleContext, person: Person, deployment_id: str, *, selected: str | None = None
) -> QueueView:
    """The queue of a deployment, for this person. Raises `StoreError` for a deployment that never began."""
    store, now = context.store, context.now()
    head = store.head().seq  # before anything is read, so that nothing is missed between
    two_person = store.deployment(deployment_id).two_person
    gave = waiting_opinions(store, deployment_id) if two_person else {}
    rows = ordered(context.alerts.of(store, deployment_id))
    waiting = [row for row in rows if row.state.is_open and row.erased_at is None]
    decided = rows[len(waiting) :]
    listed = [*waiting, *decided[:DECIDED_LISTED]]
    listed += [row for row in decided[DECIDED_LISTED:] if row.alert_id == selected]
    return QueueView(
        deployment_id=deployment_id,
        fragment_url=f"{deployment_url(deployment_id)}/queue",
        rows=tuple(
            _row(
                row,
                person,
                now,
                two_person=two_person,
                given=gave.get(row.alert_id) == person.name,
                is_selected=row.alert_id == selected,
            )
            for row in listed
        ),
        open_count=len(waiting),
        older=len(rows) - len(listed),
        two_person=two_person,
        selected_id=selected,
        last_seq=head,
    )


def _row(
    row: AlertRow, person: Person, now: dt.datetime, *, two_person: bool, given: bool, is_selected: bool
) -> QueueRow:
    hidden = score_hidden(case_of_row(row, two_person=two_person), person)
    told = urgency(row)
    return QueueRow(
        alert_id=row.alert_id,
        short_id=row.alert_id[:SHORT],
        url=alert_url(row.alert_id),
        camera=row.camera_id,
        captured_at=row.captured_at,
        raised_at=row.raised_at,
        age_s=(now - row.raised_at).total_seconds(),
        priority=row.priority,
        category=row.category,
        urgency=told.value,
        urgency_words=told.words,
        state=row.state,
        state_words=state_words(row.state),
        is_open=row.state.is_open and row.erased_at is None,
        is_escalated=told is Urgency.ESCALATED,
        is_disputed=row.state is State.DISPUTED,
        seen_by=row.seen_by,
        score=None if hidden else row.score,
        threshold=row.threshold,
        score_hidden=hidden,
        given=given,
        erased=row.erased_at is not None,
        is_selected=is_selected,
    )

"""Whether a record adds up, and what it says when it does not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from lfr_actors.alerting.outcomes import Outcome
from lfr_actors.events.deployments import DeploymentClosed, DeploymentLost, DeploymentStopped
from lfr_actors.events.keeping import HoldPlaced, OverdueErasure
from lfr_actors.events.types import SITE, OpaqueBody
from lfr_actors.records.deployment_record.document import RecordDocument
from tests.unit.records.deployment_record.story import (
    NAME,
    STRETCHES,
    Script,
    beginning,
    closing,
    document,
    judged,
    matchday,
    opening,
    outcome,
    raised,
    receipt,
    seen,
    totals,
)


def broken(record: RecordDocument) -> dict[str, str | None]:
    """The lines that do not hold, and the reasons."""
    return {line.name: line.reason for line in record.reconciliation.lines if not line.holds}


def test_a_day_that_adds_up_says_so() -> None:
    """Every line holds, with a difference of zero and without a reason."""
    reconciliation = document(matchday().log).reconciliation
    assert reconciliation.holds
    assert {(line.difference, line.reason) for line in reconciliation.lines} == {(0, None)}


def test_totals_that_say_something_else_are_found() -> None:
    """A run that says it saw more faces than its cameras reported does not reconcile, and the top says so."""
    script = Script()
    script.add(NAME, *opening(), *STRETCHES)
    wrong = replace(totals(*STRETCHES, alerts=0), faces_seen=35_000)
    script.add(NAME, DeploymentClosed(reason="window ended", totals=wrong))
    record = document(script.log)
    assert broken(record) == {"faces-seen": "the events give no reason"}
    (line,) = (line for line in record.reconciliation.lines if not line.holds)
    assert (line.left, line.right, line.difference) == (34_900, 35_000, -100)
    assert (
        "does not add up: faces seen (tracks), as cameras reported (34,900) should be equal to"
        in record.statements[0]
    )


def test_a_lost_run_has_no_totals_and_is_named() -> None:
    """The run before it and the counts of its cameras stay; the reason is that its process was lost."""
    first, second = seen("station", 100), seen("station", 50)
    script = Script()
    script.add(NAME, *opening(), first)
    script.add(NAME, DeploymentStopped(reason="asked to stop", totals=totals(first, alerts=0)))
    script.add(NAME, beginning(incarnation=2), second)
    script.add(NAME, DeploymentLost(last_event_at=script.now))
    record = document(script.log)
    assert record.counts.faces_seen == 150
    assert [(run.number, run.how) for run in record.deployments[0].runs] == [(1, "stopped"), (2, "lost")]
    assert broken(record)["faces-seen"] == "run 2 ended without totals: its process was lost"
    assert record.interim


def test_nobody_who_works_with_the_system_is_named() -> None:
    """Accounts are in the log: in the record stands neither who decided, nor who stopped, set or held."""
    script = matchday()
    accounts = ("operator1", "officer1", "supervisor1")
    script.add("day-2", *opening("day-2"), *STRETCHES)
    for reason, said in (
        ("stopped by supervisor1", "stopped by somebody who is in charge of it"),
        ("an erasure is overdue: alert:a1", "an erasure is overdue"),
    ):
        script.add("day-2", DeploymentStopped(reason=reason, totals=totals(*STRETCHES, alerts=0)))
        record = document(script.log, "day-2")
        assert record.deployments[0].runs[-1].reason == said
    for record in (document(script.log), document(script.log, "day-2"), document(script.log, exact=True)):
        text = record.json_bytes().decode()
        assert not [name for name in accounts if name in text]


def test_a_run_that_goes_on_is_left_out_of_the_totals() -> None:
    """The record is interim, and reconciles."""
    script = Script()
    script.add(NAME, *opening(), *STRETCHES, raised("a1"))
    record = document(script.log)
    assert record.reconciliation.holds
    assert record.interim
    assert "is running" in record.statements[0]
    assert {table.withheld is None for table in record.tables} == {False}


def test_events_that_cannot_be_read_are_counted() -> None:
    """Nothing that the log holds is passed over: an event of another version is a line that does not hold."""
    script = matchday()
    script.add(NAME, OpaqueBody(name="outcome.recorded", version=9, public={"alert_id": "a7"}))
    record = document(script.log)
    assert broken(record) == {
        "events-understood": "of another version of this software: outcome.recorded version 9"
    }


def test_an_arrest_of_somebody_not_confirmed_does_not_reconcile() -> None:
    """More arrests than confirmed true alerts, and an outcome where there can be none."""
    script = Script()
    script.add(NAME, *opening(), *STRETCHES, raised("a1"), *judged("a1", "true"))
    script.add(NAME, outcome("a1", Outcome.ARREST), *closing(NAME, *STRETCHES, alerts=1))
    assert set(broken(document(script.log))) == {"outcomes", "arrests", "outcomes-that-fit"}


def test_a_false_alert_that_is_kept_is_a_fault_unless_it_is_held() -> None:
    """It is erased at once; only a hold keeps it, and the hold is listed."""
    script = Script()
    script.add(NAME, *opening(), *STRETCHES, raised("a1"))
    hold = HoldPlaced(
        hold_id="h1",
        object_id="alert:a1",
        reason="complaint",
        authority="IOPC/7",
        review_on="2024-10-07",
        who="officer1",
    )
    script.add(NAME, *judged("a1", "false"), *closing(NAME, *STRETCHES, alerts=1))
    assert set(broken(document(script.log))) == {"false-alerts-kept"}
    script.add(NAME, hold)
    record = document(script.log)
    assert record.reconciliation.holds
    (part,) = record.deployments
    assert [(each.data_class, each.reason, each.released_at) for each in part.holds] == [
        ("alert", "complaint", None)
    ]
    false_alerts = part.retention[0]
    assert (false_alerts.held, false_alerts.kept, false_alerts.due_at) == (1, 1, None)


@pytest.mark.parametrize(("late_s", "line"), [(-1.0, "erased-early"), (120.0, None)], ids=["early", "late"])
def test_erasures_are_neither_early_nor_silently_late(late_s: float, line: str | None) -> None:
    """An early one does not reconcile; a late one is counted with how late it was."""
    script = Script()
    script.add(NAME, *opening(), *STRETCHES, *closing(NAME, *STRETCHES, alerts=0))
    script.add(NAME, receipt(f"watchlist:{NAME}", "watchlist", script.now, kind="watchlist", late_s=late_s))
    record = document(script.log)
    assert set(broken(record)) == ({line} if line else set())
    watchlist = record.deployments[0].retention[3]
    assert (watchlist.erased, watchlist.late, watchlist.longest_late_s) == (
        1,
        int(late_s > 60),
        max(0.0, late_s),
    )


def test_what_could_not_be_erased_is_said_although_the_site_wrote_it() -> None:
    """An overdue erasure is an event of the site; it is this deployment's by its object."""
    script = matchday()
    for name in ("alert:a1", "alert:of-another"):
        overdue = OverdueErasure(
            object_id=name,
            data_class="alert",
            due_at=script.now + dt.timedelta(hours=1),
            reason="no keys",
        )
        script.add(SITE, overdue)
    lines = document(script.log).deployments[0].retention
    assert [line.overdue for line in lines] == [0, 1, 0, 0, 0]


def test_erasures_at_a_time_given_by_hand_are_in_no_lateness() -> None:
    """They are counted, and said to be simulated."""
    script = matchday()
    script.add(NAME, receipt("alert:a1", "alert", script.now, late_s=9_999.0, simulated=True))
    line = document(script.log).deployments[0].retention[1]
    assert (line.erased, line.simulated, line.longest_late_s, line.kept) == (1, 1, None, 7)

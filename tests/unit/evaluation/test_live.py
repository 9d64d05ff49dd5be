"""A deployment's log as figures: faces, decisions of alerts, passes of the blue list; by camera and altogether."""

from __future__ import annotations

import datetime as dt

import pytest

from lfr_actors.evaluation.intervals import proportion_interval
from lfr_actors.evaluation.live import KEEP_FACES, LiveLog, folded
from lfr_actors.evaluation.live_figures import blue_list, live_report
from lfr_actors.events.alerts import (
    AlertConfirmed,
    AlertEngaged,
    AlertSeen,
    DecisionUndone,
    OutcomeRecorded,
)
from lfr_actors.events.measuring import Measured
from tests.unit.evaluation.live_logs import (
    Written,
    alert,
    began,
    decided,
    list_of,
    opened,
    passes,
    seen,
)
from tests.unit.events.samples import BODIES, NOON, log_of


def test_counts_by_camera_and_altogether() -> None:
    """Faces, searches, alerts and what was decided of them, over every run; each rate with its exact interval."""
    log = Written(
        began(),
        seen(100, searched=60),
        seen(50, camera="bridge-street"),
        alert(1),
        alert(2),
        alert(3),
        alert(4, "bridge-street"),
        decided(1, "true"),
        decided(2, "false"),
        decided(3, "cannot-tell"),
        began(),
        seen(10, searched=10),
    ).log
    report = live_report(log)
    whole, station, bridge = report.total, report.cameras["station"], report.cameras["bridge-street"]
    assert (whole.faces, station.faces, bridge.faces) == (160, 110, 50)
    assert (whole.alerts, whole.decided, whole.true, whole.false, whole.cannot_tell) == (4, 3, 1, 1, 1)
    assert (bridge.alerts, bridge.decided) == (1, 0)
    assert whole.rate(Measured.FALSE_OVER_FACES) == proportion_interval(1, 160)
    assert whole.rate(Measured.FALSE_OVER_DECIDED) == proportion_interval(1, 3)
    assert bridge.rate(Measured.FALSE_OVER_DECIDED) is None
    assert station.rate(Measured.NEVER_SEARCHED) == proportion_interval(40, 110)


@pytest.mark.parametrize(
    ("steps", "counts"),
    [
        ([decided(1, "true")], (1, 0, 0)),
        ([decided(1, "true"), AlertEngaged(alert_id="alert-1", engaged=True, who="a")], (1, 0, 0)),
        (
            [
                decided(1, "true"),
                AlertEngaged(alert_id="alert-1", engaged=True, who="a"),
                AlertConfirmed(alert_id="alert-1", same_person=False, who="a"),
                OutcomeRecorded(
                    alert_id="alert-1",
                    outcome="misidentification",
                    offence=None,
                    category=None,
                    corrects=False,
                    who="a",
                ),
            ],
            (0, 1, 0),
        ),
        (
            [
                decided(1, "cannot-tell"),
                DecisionUndone(alert_id="alert-1", undone="cannot-tell", back_to="seen", who="a"),
            ],
            (0, 0, 0),
        ),
        (
            [
                decided(1, "true"),
                DecisionUndone(alert_id="alert-1", undone="arrest", back_to="no-further-action", who="a"),
            ],
            (1, 0, 0),
        ),
        ([AlertSeen(alert_id="alert-1", who="a"), decided(9, "false")], (0, 0, 0)),
    ],
)
def test_a_decision_counts_as_it_stands(steps: list[object], counts: tuple[int, int, int]) -> None:
    """Confirmed, undone, or an outcome taken back: the state it led to counts, of alerts that there are."""
    log = Written(began(), alert(1), *steps).log  # type: ignore[arg-type]
    total = live_report(log).total
    assert (total.true, total.false, total.decided - total.true - total.false) == counts


def test_a_false_alert_before_its_faces_is_insufficient() -> None:
    """A decision may come before the camera's report: no rate is made of one alert over no face."""
    written = Written(began(), alert(1), decided(1, "false"))
    assert live_report(written.log).total.rate(Measured.FALSE_OVER_FACES) is None
    written.add(seen(8))
    assert live_report(written.log).total.rate(Measured.FALSE_OVER_FACES) == proportion_interval(1, 8)


def test_a_pass_is_missed_once_it_cannot_be_recognised() -> None:
    """Until 30 s have gone it is left out of what alarms are made of; the report of the blue list has it."""
    log = Written(began(), *passes([True, False])).log
    last = NOON + dt.timedelta(minutes=2)
    early = live_report(log, settled_at=last + dt.timedelta(seconds=30))
    late = live_report(log, settled_at=last + dt.timedelta(seconds=31))
    assert early.total.blue.tpir == proportion_interval(1, 1)
    assert late.total.blue.tpir == proportion_interval(1, 2)
    assert blue_list(log).cameras["station"].missed == 1
    assert log.volunteers == {"c1"}


def test_it_is_taken_in_bit_by_bit() -> None:
    """Event by event, or all at once, of every kind there is: the same figures; nothing before the start."""
    events = log_of(BODIES)
    assert live_report(folded(events)) == live_report(folded(events[20:], folded(events[:20])))
    with pytest.raises(ValueError, match="has not started"):
        live_report(LiveLog())
    with pytest.raises(ValueError, match="has not started"):
        LiveLog().setting_of("station")


def test_only_the_latest_stretches_are_kept() -> None:
    """A long deployment keeps as many as hold enough faces; the whole distribution is of all of them."""
    written = Written(began(), list_of(5), opened(), *(seen(500, seed=each) for each in range(12)))
    qualities = written.log.camera("station").qualities
    assert sum(stretch.faces for stretch in qualities.stretches) == KEEP_FACES
    assert (qualities.faces, qualities.counts.sum()) == (6_000, 30_000)

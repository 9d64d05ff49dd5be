"""What a made-up deployment was: its faces and alerts, and what people did with each alert."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lfr_actors.alerting.case import Acknowledge, Act, Adjudicate, Confirm, Engage, RecordOutcome, Verdict
from lfr_actors.alerting.outcomes import Outcome
from lfr_actors.people import Person, Role

THRESHOLD: Final = 0.5
OPERATOR: Final = Person(name="operator1", role=Role.OPERATOR)
_TRUE: Final = (Acknowledge(), Adjudicate(verdict=Verdict.TRUE))
_MET: Final = (*_TRUE, Engage(engaged=True), Confirm(same_person=True))

COURSES: Final[Mapping[str, tuple[Act, ...]]] = {
    "arrest": (*_MET, RecordOutcome(outcome=Outcome.ARREST, offence="failure-to-appear")),
    "recalled": (*_MET, RecordOutcome(outcome=Outcome.ARREST, offence="recall-to-prison")),
    "check met": (*_MET, RecordOutcome(outcome=Outcome.CHECK_MET)),
    "safeguarded": (*_MET, RecordOutcome(outcome=Outcome.SAFEGUARDING)),
    "no action": (*_MET, RecordOutcome(outcome=Outcome.NO_ACTION)),
    "not engaged": (*_TRUE, Engage(engaged=False), RecordOutcome(outcome=Outcome.NO_ACTION)),
    "false": (Acknowledge(), Adjudicate(verdict=Verdict.FALSE)),
    "wrong person": (
        *_TRUE,
        Engage(engaged=True),
        Confirm(same_person=False),
        RecordOutcome(outcome=Outcome.MISIDENTIFICATION),
    ),
    "cannot tell": (Acknowledge(), Adjudicate(verdict=Verdict.CANNOT_TELL)),
    "undecided": (),
}
"""What people may do with an alert, step after step."""
AFTER_S: Final = (6.0, 25.0, 170.0, 240.0, 1500.0)
"""When the steps are taken, from the alert on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeAlert:
    """An alert `after` the start with this score, and what becomes of it: a name in `COURSES`.

    `subject` is the number of somebody on the list; `camera` counts from 0.
    """

    after: dt.timedelta
    score: float
    course: str
    subject: int
    camera: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedDay:
    """What a made-up deployment was. `faces` are tracks, over all cameras and the whole day.

    `unsearched` is the share of tracks that were never good enough to be searched, `searches_per_track` the mean
    number of searches of the others.
    """

    deployment: str
    operation: str | None = None
    location: str = "a high street that does not exist"
    begins: dt.datetime = dt.datetime(2024, 9, 7, 11, tzinfo=dt.UTC)
    lasts: dt.timedelta = dt.timedelta(hours=6)
    cameras: tuple[str, ...] = ("high-street", "station")
    faces: int = 34_900
    people_on_list: int = 500
    unsearched: float = 0.35
    searches_per_track: float = 4.0
    alerts: tuple[MadeAlert, ...] = ()
    predicted: tuple[int, int] | None = (2, 40_000)
    """False matches of how many strangers' searches a reference set gave with this list; None: nobody measured."""
    blue_passes: tuple[bool, ...] = ()
    """Passes of volunteers on the blue list, an hour and a half apart at most: which of them were recognised."""
    seed: int = 1


def _at(hours: float) -> dt.timedelta:
    return dt.timedelta(seconds=round(3600 * hours))


def made_up_operation() -> tuple[ComposedDay, ComposedDay]:
    """Two days of one operation: 46,200 faces, sixteen alerts, of which two were false and one is undecided."""
    first = (
        (0.4, 0.561, "arrest", 12),
        (0.9, 0.634, "check met", 40),
        (1.3, 0.507, "false", 77),
        (1.9, 0.588, "safeguarded", 3),
        (2.2, 0.702, "arrest", 121),
        (2.8, 0.545, "no action", 210),
        (3.4, 0.519, "not engaged", 256),
        (4.1, 0.655, "recalled", 302),
        (4.7, 0.533, "wrong person", 333),
        (5.2, 0.611, "arrest", 404),
    )
    second = (
        (0.7, 0.598, "arrest", 17),
        (1.6, 0.664, "check met", 90),
        (2.5, 0.541, "no action", 133),
        (3.3, 0.572, "safeguarded", 243),
        (4.4, 0.626, "recalled", 310),
        (5.7, 0.513, "undecided", 455),
    )
    return (
        ComposedDay(
            deployment="made-up-saturday",
            operation="made-up-weekend",
            alerts=_made(first),
            blue_passes=(True, True, False, True, True, True, False, True, True, True),
        ),
        ComposedDay(
            deployment="made-up-sunday",
            operation="made-up-weekend",
            location="a market place that does not exist",
            begins=dt.datetime(2024, 9, 8, 9, tzinfo=dt.UTC),
            cameras=("market-place",),
            faces=11_300,
            alerts=_made(second),
            predicted=None,
            seed=2,
        ),
    )


def _made(alerts: tuple[tuple[float, float, str, int], ...]) -> tuple[MadeAlert, ...]:
    return tuple(
        MadeAlert(after=_at(hours), score=score, course=course, subject=subject)
        for hours, score, course, subject in alerts
    )

"""The figures of a deployment as its log stands: of the whole, and of each camera.

    TPIR               passes of the blue list that were recognised / those that could be (see `blue_list`)
    false alert rates  alerts that people found false / faces seen (tracks), and / alerts that were decided: one
                       that waits is neither true nor false yet. The record divides by all alerts (`rates`)
    never searched     tracks that ended without a search / tracks that ended

Each with its exact interval (`intervals`), and None without trials. Trials are taken to be independent of each
other; passes of one volunteer, and tracks of one person, are less than that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lfr_actors.alerting.case import State
from lfr_actors.evaluation.blue_list import (
    WITHIN_S,
    BlueListFigures,
    BlueListReport,
    blue_list_report,
)
from lfr_actors.evaluation.intervals import Proportion, proportion_interval
from lfr_actors.evaluation.live import AlertLog, CameraLog, LiveLog
from lfr_actors.events.measuring import Measured

_TRUE: Final = frozenset({State.TRUE, State.ENGAGED, State.NOT_ENGAGED, State.CONFIRMED_TRUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFigures:
    """Counts of a camera, or of a whole deployment.

    `faces` are tracks that began, `ended` those that ended and `searched` of these; `alerts` were raised, of which
    `true`, `false` and `cannot_tell` were decided so.
    """

    faces: int
    ended: int
    searched: int
    searches: int
    alerts: int
    true: int
    false: int
    cannot_tell: int
    blue: BlueListFigures

    @property
    def decided(self) -> int:
        """Alerts that people decided, also those of which nobody could tell."""
        return self.true + self.false + self.cannot_tell

    def counts(self, what: Measured) -> tuple[int, int]:
        """Hits and trials of a rate; no trials where there is nothing to tell it from.

        That is also so as long as the cameras have reported fewer faces than there are false alerts of them. Raises
        `ValueError` for a drift.
        """
        match what:
            case Measured.TPIR:
                return self.blue.recognised, self.blue.recognised + self.blue.missed
            case Measured.FALSE_OVER_FACES:
                return (self.false, self.faces) if self.false <= self.faces else (0, 0)
            case Measured.FALSE_OVER_DECIDED:
                return self.false, self.decided
            case Measured.NEVER_SEARCHED:
                return self.ended - self.searched, self.ended
            case _:
                raise ValueError(f"{what} is no rate")

    def rate(self, what: Measured) -> Proportion | None:
        """A rate with its exact interval, for one look; None without trials. Raises `ValueError` for a drift."""
        return proportion_interval(*self.counts(what))


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveReport:
    """The figures of a deployment, and of each of its cameras."""

    total: LiveFigures
    cameras: Mapping[str, LiveFigures] = field(default_factory=dict)


def live_report(log: LiveLog, *, settled_at: dt.datetime | None = None) -> LiveReport:
    """The figures as the log stands. Raises `ValueError` before the deployment started.

    With `settled_at`, passes that could still be recognised at that time are left out: they are not missed yet.
    """
    blue = blue_list(log, settled_at=settled_at)
    alerts: dict[str, list[AlertLog]] = {name: [] for name in log.cameras}
    for alert in log.alerts.values():
        alerts.setdefault(alert.camera, []).append(alert)
    nothing = _no_passes()
    return LiveReport(
        total=_figures(log.cameras.values(), log.alerts.values(), blue.total),
        cameras={
            name: _figures([log.camera(name)], own, blue.cameras.get(name, nothing))
            for name, own in alerts.items()
        },
    )


def blue_list(log: LiveLog, *, settled_at: dt.datetime | None = None) -> BlueListReport:
    """How many passes of the blue list were recognised; `settled_at` as in `live_report`.

    Raises `ValueError` before the deployment started.
    """
    if log.started is None:
        raise ValueError("the deployment has not started: nobody could be recognised")
    passes = log.passes
    if settled_at is not None:
        passes = [one for one in passes if (settled_at - one.at).total_seconds() > WITHIN_S]
    return blue_list_report(
        passes, log.recognitions, cameras=log.started.cameras, cooldown_s=log.started.cooldown_s
    )


def _figures(cameras: Iterable[CameraLog], alerts: Iterable[AlertLog], blue: BlueListFigures) -> LiveFigures:
    logs, raised = list(cameras), list(alerts)
    return LiveFigures(
        faces=sum(each.faces for each in logs),
        ended=sum(each.ended for each in logs),
        searched=sum(each.searched for each in logs),
        searches=sum(each.searches for each in logs),
        alerts=len(raised),
        true=sum(alert.state in _TRUE for alert in raised),
        false=sum(alert.state.is_false for alert in raised),
        cannot_tell=sum(alert.state is State.CANNOT_TELL for alert in raised),
        blue=blue,
    )


def _no_passes() -> BlueListFigures:
    return BlueListFigures(volunteers=0, passes=0, recognised=0, in_cooldown=0, undeclared=0)

"""Which measured figures are outside their bands, as the log says: a fold that console and measurement share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from lfr_actors.events.deployments import DeploymentStarted
from lfr_actors.events.measuring import Measured, MeasurementDeclared, RateLeftBand, RateReturned
from lfr_actors.events.types import EventBody

Key = tuple[str, str | None]
"""What is measured, and of which camera; None for the whole deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A figure that is outside its band, and since when."""

    body: RateLeftBand
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftBands:
    """Which figures of a deployment are outside: `now`, in the order in which they left.

    At another start nothing is, until bands are declared again: then whatever was outside the same band of a camera
    that is still there is so yet. Drift of one that is not compared any more is not.
    """

    now: Mapping[Key, Left] = field(default_factory=lambda: MappingProxyType({}))
    _before: Mapping[Key, Left] = field(default_factory=lambda: MappingProxyType({}))
    _cameras: tuple[str, ...] = ()

    def after(self, body: EventBody, at: dt.datetime) -> LeftBands:
        """With one more event, written at this time."""
        match body:
            case DeploymentStarted(cameras=cameras):
                before = MappingProxyType({**self._before, **self.now})
                return LeftBands(_before=before, _cameras=cameras)
            case MeasurementDeclared():
                still = {key: left for key, left in self._before.items() if self._holds(key, left, body)}
                return LeftBands(now=MappingProxyType(still), _cameras=self._cameras)
            case RateLeftBand(what=what, camera=camera):
                left = Left(body=body, at=at)
                return replace(self, now=MappingProxyType({**self.now, (what, camera): left}))
            case RateReturned(what=what, camera=camera):
                rest = {key: left for key, left in self.now.items() if key != (what, camera)}
                return replace(self, now=MappingProxyType(rest))
            case _:
                return self

    def _holds(self, key: Key, left: Left, declared: MeasurementDeclared) -> bool:
        what, camera = key
        limits = {(band.what, band.at_least, band.at_most) for band in declared.bands}
        there = camera is None or camera in self._cameras
        if Measured(what).is_drift and camera in declared.never_compared:  # so it could never return
            return False
        return there and (what, left.body.at_least, left.body.at_most) in limits

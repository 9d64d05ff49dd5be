"""The part of the vocabulary that speaks of rates measured during a deployment, and of bands declared for them.

    measurement.declared ─► rate.left_band ─► rate.returned

Counts and rates of nobody in particular; what has no data is None, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Measured(StrEnum):
    """What a band can be declared for, and what its trials are.

    TPIR: declared passes of volunteers. FALSE_OVER_FACES: faces seen (tracks). FALSE_OVER_DECIDED: alerts that
    people decided. NEVER_SEARCHED: tracks that ended. SCORE_DRIFT and QUALITY_DRIFT: faces of the latest stretch,
    whose distribution is at this distance from that of the camera's commissioning.
    """

    TPIR = "tpir"
    FALSE_OVER_FACES = "false-alert-rate-over-faces"
    FALSE_OVER_DECIDED = "false-alert-rate-over-decided"
    NEVER_SEARCHED = "never-searched"
    SCORE_DRIFT = "score-drift"
    QUALITY_DRIFT = "quality-drift"

    @property
    def is_drift(self) -> bool:
        """Whether it is a distance of two distributions rather than a rate."""
        return self in (Measured.SCORE_DRIFT, Measured.QUALITY_DRIFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Where a figure is to stay: `what` is a word of `Measured`, a limit of None is none."""

    what: str
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementDeclared:
    """The bands that a deployment declared, at each of its starts. No event: it declared none.

    An alarm is right with probability `confidence` for all figures together, however often they are looked at.
    `commissioned` names for each camera the deployment whose distributions its own are compared with; a camera
    that is not in it has no drift. `never_compared` says why not, by camera.
    """

    NAME: ClassVar[str] = "measurement.declared"
    VERSION: ClassVar[int] = 1

    bands: tuple[Band, ...]
    confidence: float
    commissioned: Mapping[str, str]
    never_compared: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLeftBand:
    """A figure is outside its declared band: of a camera, or of the whole deployment where `camera` is None.

    `what` is tpir, of declared passes of volunteers; false-alert-rate-over-faces, of faces seen (tracks);
    false-alert-rate-over-decided, of decided alerts; never-searched, of tracks that ended; score-drift or
    quality-drift, a distance that the latest `trials` faces are from commissioning. A rate is `hits` of `trials`
    and lies between `low` and `high`, an interval that holds however often one looks, with `confidence`; hits and
    these are None for a drift. `against` says in words what the figure is held against. Written once for each
    leaving.
    """

    NAME: ClassVar[str] = "rate.left_band"
    VERSION: ClassVar[int] = 1

    what: str
    camera: str | None
    figure: float
    hits: int | None
    trials: int
    low: float | None
    high: float | None
    confidence: float | None
    at_least: float | None
    at_most: float | None
    against: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateReturned:
    """A figure that had left its band is inside again, `after_s` seconds later; fields as in `rate.left_band`."""

    NAME: ClassVar[str] = "rate.returned"
    VERSION: ClassVar[int] = 1

    what: str
    camera: str | None
    figure: float
    hits: int | None
    trials: int
    low: float | None
    high: float | None
    confidence: float | None
    at_least: float | None
    at_most: float | None
    against: str
    after_s: float

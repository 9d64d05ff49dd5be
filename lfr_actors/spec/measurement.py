"""What a deployment is to be measured by while it runs, and the bands in which the figures are to stay.

measurement:
  tpir: {at_least: 0.8}                              # of the blue list's declared passes
  false_alert_rate: {over: faces, at_most: 0.001}    # over faces (tracks), or over decided alerts
  never_searched: {at_most: 0.6}                     # of the tracks that ended
  drift: {score: 0.15, quality: 0.15}                # from the camera's commissioning

All of it is optional. A band is for the whole deployment and for each of its cameras; drift is for cameras alone.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator

from lfr_actors.events.measuring import Band, Measured
from lfr_actors.spec.part import Part


def _share(value: float) -> float:
    if not 0 < value < 1:
        raise ValueError(
            "is not a share that can be left; write one above 0 and below 1, such as 0.8 for 80 %"
        )
    return value


Share = Annotated[float, AfterValidator(_share)]
"""A rate or a distance, above 0 and below 1."""


class AtLeast(Part):
    """A rate that is to be this high, or higher."""

    at_least: Share


class AtMost(Part):
    """A rate that is to be this low, or lower."""

    at_most: Share


class FalseAlertRate(AtMost):
    """False alerts: `over` all faces seen (tracks), or over the alerts that were `decided`."""

    over: Literal["faces", "decided"]


class Drift(Part):
    """How far the latest scores and qualities of a camera may lie from those of its commissioning.

    A distance is the largest difference between the shares of both that lie below any one value, 0 to 1.
    """

    score: Share | None = None
    quality: Share | None = None


class Measurement(Part):
    """The declared bands; nothing is watched for which there is none."""

    tpir: AtLeast | None = None
    false_alert_rate: FalseAlertRate | None = None
    never_searched: AtMost | None = None
    drift: Drift = Drift()

    def bands(self) -> tuple[Band, ...]:
        """What was declared, as the log has it."""
        found = []
        if self.tpir is not None:
            found.append(Band(what=Measured.TPIR, at_least=self.tpir.at_least))
        if (false := self.false_alert_rate) is not None:
            over_faces = false.over == "faces"
            what = Measured.FALSE_OVER_FACES if over_faces else Measured.FALSE_OVER_DECIDED
            found.append(Band(what=what, at_most=false.at_most))
        if self.never_searched is not None:
            found.append(Band(what=Measured.NEVER_SEARCHED, at_most=self.never_searched.at_most))
        if self.drift.score is not None:
            found.append(Band(what=Measured.SCORE_DRIFT, at_most=self.drift.score))
        if self.drift.quality is not None:
            found.append(Band(what=Measured.QUALITY_DRIFT, at_most=self.drift.quality))
        return tuple(found)

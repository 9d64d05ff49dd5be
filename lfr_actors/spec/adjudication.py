"""How the alerts of a deployment are decided: by one operator or by two, and how soon somebody has to look."""

from __future__ import annotations

import datetime as dt
from typing import Final

from pydantic import field_validator

from lfr_actors.spec.duration import Duration
from lfr_actors.spec.part import Part

LONGEST: Final = dt.timedelta(minutes=10)


class Adjudication(Part):
    """`two_person`: two operators decide, blind to each other. `acknowledge_within`: then an alert escalates."""

    two_person: bool = False
    acknowledge_within: Duration = dt.timedelta(seconds=30)

    @field_validator("acknowledge_within")
    @classmethod
    def _soon(cls, value: dt.timedelta) -> dt.timedelta:
        if not dt.timedelta(seconds=1) <= value <= LONGEST:
            raise ValueError("is not a time in which anybody can be found; write 1s to 10m, such as 30s")
        return value

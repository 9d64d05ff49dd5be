"""How long things are kept. A deployment may shorten what the rules allow, never lengthen it.

The site may allow less than the product does; that is asked when the policy is made, because it is not the
file that says so.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from pydantic import ValidationInfo, field_validator

from lfr_actors.retention.policy import CEILINGS, DEFAULT_POLICY, RETENTION_KEYS, DataClass
from lfr_actors.spec.duration import Duration, show_duration
from lfr_actors.spec.part import Part

LEAST_NON_MATCH: Final = dt.timedelta(milliseconds=200)
"""Corroboration compares a second look at a face with the first: with less, no alert could be raised."""


def _default(data_class: DataClass) -> dt.timedelta:
    return DEFAULT_POLICY.rule_of(data_class).lifetime


class Retention(Part):
    """Lifetimes by class of data; `retention.policy.DEFAULT_POLICY` says when each clock starts."""

    alerts: Duration = _default(DataClass.ALERT)
    footage: Duration = _default(DataClass.FOOTAGE)
    watchlist: Duration = _default(DataClass.WATCHLIST)
    non_match: Duration = _default(DataClass.NON_MATCH)

    @field_validator(*RETENTION_KEYS)
    @classmethod
    def _not_longer(cls, value: dt.timedelta, info: ValidationInfo) -> dt.timedelta:
        longest = CEILINGS[RETENTION_KEYS[str(info.field_name)]]
        if value > longest:
            raise ValueError(f"is longer than the rules allow; write {show_duration(longest)} or less")
        return value

    @field_validator("non_match")
    @classmethod
    def _time_to_corroborate(cls, value: dt.timedelta) -> dt.timedelta:
        if value < LEAST_NON_MATCH:
            least, longest = show_duration(LEAST_NON_MATCH), show_duration(CEILINGS[DataClass.NON_MATCH])
            raise ValueError(
                f"leaves no time to look at a face twice, so that no alert could ever be raised; "
                f"write {least} to {longest}"
            )
        return value

"""How long things are kept. A deployment may shorten what the rules allow, never lengthen it."""

from __future__ import annotations

import datetime as dt

from pydantic import ValidationInfo, field_validator

from lfr_actors.spec.duration import Duration, show_duration
from lfr_actors.spec.part import Part

MAX_ALERTS = dt.timedelta(hours=24)
"""All alerts are deleted within 24 hours of the end of the operation."""
MAX_FOOTAGE = dt.timedelta(days=31)
"""Footage is kept for at most 31 days."""


class Retention(Part):
    """Lifetimes by class; the clocks start at the end of the operation and at the end of a segment."""

    alerts: Duration = MAX_ALERTS
    footage: Duration = MAX_FOOTAGE

    @field_validator("alerts", "footage")
    @classmethod
    def _not_longer(cls, value: dt.timedelta, info: ValidationInfo) -> dt.timedelta:
        longest = MAX_ALERTS if info.field_name == "alerts" else MAX_FOOTAGE
        if value > longest:
            raise ValueError(f"is longer than the rules allow; write {show_duration(longest)} or less")
        return value

"""When an alert that nobody has acknowledged escalates. Pure; time is an argument."""

from __future__ import annotations

import datetime as dt


def overdue_since(acknowledge_within_s: float | None, now: dt.datetime) -> dt.datetime | None:
    """An alert raised at this moment or before, and not acknowledged, escalates now.

    None, and none does, where the deployment set no time (it began before there was such a time).
    """
    return None if acknowledge_within_s is None else now - dt.timedelta(seconds=acknowledge_within_s)

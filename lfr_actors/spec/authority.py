"""Who authorised a deployment, and from when to when."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import ValidationInfo, field_validator

from lfr_actors.spec.part import Moment, Part, Text

WindowState = Literal["before", "open", "after"]


class Authority(Part):
    """The authorising officer, the reference of the authority and its window."""

    officer: Text
    reference: Text
    not_before: Moment
    not_after: Moment

    @field_validator("not_after")
    @classmethod
    def _ends_after_it_begins(cls, value: dt.datetime, info: ValidationInfo) -> dt.datetime:
        begin = info.data.get("not_before")
        if begin is not None and value <= begin:
            raise ValueError("is not after not_before; write a moment at which the window ends")
        return value


def window_state(authority: Authority, now: dt.datetime) -> WindowState:
    """Where the aware moment `now` lies: the window includes `not_before` and excludes `not_after`."""
    if now < authority.not_before:
        return "before"
    return "open" if now < authority.not_after else "after"

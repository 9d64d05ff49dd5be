"""What every part of the deployment file has in common, and the types of its simplest values."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationInfo


class Part(BaseModel):
    """A part of the file: frozen, unknown keys refused, values never repeated in pydantic's own messages."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


def base_folder(info: ValidationInfo) -> Path:
    """The folder that relative paths start from: the file's own, or the working directory without a file."""
    return Path((info.context or {}).get("base") or Path.cwd())


def _moment_from_text(value: object) -> object:
    """ISO 8601 only: a bare number would otherwise be read as seconds since 1970."""
    if not isinstance(value, str):
        return value
    try:
        moment = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("is not a date with a time; write 2024-09-07T10:00:00+01:00") from None
    if moment.tzinfo is None:
        raise ValueError("has no time zone; add the offset from UTC: +01:00 in British summer, Z in winter")
    return moment


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""A line of text for people."""
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""A name that is also safe as a file name: letters, digits, dots, dashes, underscores; at most 64."""
Moment = Annotated[AwareDatetime, BeforeValidator(_moment_from_text)]
"""An aware date and time, kept with the offset in which it was written."""

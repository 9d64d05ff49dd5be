"""A range of time as people ask for it: times of day, or seconds of the film or stream."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from lfr_actors.spec.duration import parse_duration

Moment = dt.datetime | float
"""An aware time of day, or seconds of the film or stream."""


def parse_moment(text: str) -> Moment:
    """`2024-09-07T14:00:00+01:00` is a time of day; `12.5s` and `3m` lie in the film or stream.

    Raises `ValueError`: what is wrong, and what would be right.
    """
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        try:
            return parse_duration(text).total_seconds()
        except ValueError:
            raise ValueError(
                "is no time; write 2024-09-07T14:00:00+01:00, or 12.5s for a second of the film or stream"
            ) from None
    if moment.tzinfo is None:
        raise ValueError("has no time zone; add the offset from UTC: +01:00 in British summer, Z in winter")
    return moment


def show_moment(moment: Moment) -> str:
    """The moment as it can be written again."""
    return moment.isoformat() if isinstance(moment, dt.datetime) else f"{moment:g}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From one moment to another of the same kind; None is open.

    Raises `ValueError` when it ends before it begins, or mixes times of day with seconds.
    """

    from_: Moment | None = None
    to: Moment | None = None

    def __post_init__(self) -> None:
        if self.from_ is None or self.to is None:
            return
        if isinstance(self.from_, dt.datetime) and isinstance(self.to, dt.datetime):
            backwards = self.from_ > self.to
        elif isinstance(self.from_, dt.datetime) or isinstance(self.to, dt.datetime):
            raise ValueError("mixes a time of day with seconds; write both in the same way")
        else:
            backwards = self.from_ > self.to
        if backwards:
            raise ValueError("ends before it begins")

    @property
    def times(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """Both ends as times of day; None where the span does not say one."""
        return (
            self.from_ if isinstance(self.from_, dt.datetime) else None,
            self.to if isinstance(self.to, dt.datetime) else None,
        )

    def touches(self, from_media_s: float, to_media_s: float | None) -> bool:
        """Whether a segment of these seconds overlaps it; always, where it speaks of times of day."""
        after_s = self.from_ if not isinstance(self.from_, dt.datetime) else None
        before_s = self.to if not isinstance(self.to, dt.datetime) else None
        ended = after_s is not None and to_media_s is not None and to_media_s < after_s
        return not ended and (before_s is None or from_media_s <= before_s)

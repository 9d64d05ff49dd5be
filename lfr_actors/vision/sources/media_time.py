"""Timestamps of a container → seconds from 0 that never fall."""

from __future__ import annotations

_REORDER_S = 1.0
"""A timestamp this much below the last one is jitter; one further below starts a new count."""


class MediaTime:
    """Gives each frame of one film or connection its `media_time_s`.

    The first frame is at 0, whatever its timestamp. A frame without timestamp is one frame interval after
    the one before. A timestamp that falls a little is held at the last value; one that falls far (a clock
    that was set, a joined film) counts on from the last value. With `max_step_s`, so does one that leaps
    further ahead than that: a live stream cannot run ahead of the time that passed.
    """

    def __init__(self, *, interval_s: float, max_step_s: float | None = None) -> None:
        self._interval_s = interval_s
        self._max_step_s = max_step_s
        self._zero_s: float | None = None
        self._last_s: float | None = None

    @property
    def last_s(self) -> float:
        """The time of the latest frame; 0 before the first."""
        return self._last_s or 0.0

    @property
    def interval_s(self) -> float:
        """The frame interval assumed where the container gives no timestamp."""
        return self._interval_s

    def at(self, timestamp_s: float) -> float | None:
        """Where a timestamp lies in the count as it stands, without counting it; none before the first frame."""
        return None if self._zero_s is None else timestamp_s - self._zero_s

    def of(self, timestamp_s: float | None) -> float:
        """The time of the next frame, given its timestamp in the container (s) or none."""
        following = 0.0 if self._last_s is None else self._last_s + self._interval_s
        if timestamp_s is None:
            self._last_s = following
            return following
        if self._zero_s is None:
            self._zero_s = timestamp_s - following
        time_s = timestamp_s - self._zero_s
        if self._last_s is not None:
            if self._jumped(time_s - self._last_s):
                self._zero_s = timestamp_s - following
                time_s = following
            time_s = max(time_s, self._last_s)
        self._last_s = time_s
        return time_s

    def _jumped(self, step_s: float) -> bool:
        return step_s < -_REORDER_S or (self._max_step_s is not None and step_s > self._max_step_s)

"""The time as sources need it: injected, so that tests neither sleep nor guess."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time, monotonic time, and a wait that ends early when asked to stop."""

    def now(self) -> dt.datetime:
        """The time of day, aware UTC."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never falls."""

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        """Wait for `seconds` or until `stop` is set; true when it is set."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> dt.datetime:
        """The time of day, aware UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """`time.monotonic()`."""
        return time.monotonic()

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        """Wait for `seconds` or until `stop` is set; true when it is set."""
        return stop.wait(seconds)

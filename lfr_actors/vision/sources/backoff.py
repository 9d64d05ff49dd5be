"""How long to wait before a camera is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable


class Backoff:
    """Capped exponential backoff with full jitter.

    The n-th wait (n from 0) is drawn evenly from `floor_s` to min(`cap_s`, `base_s` · 2ⁿ): many cameras that
    fell together behind one switch do not all return at the same moment. `uniform(low, high)` is injected.
    Source of the rule: "full jitter" in M. Brooker, Exponential Backoff and Jitter (2015).

    Raises `ValueError` unless 0 ≤ floor ≤ base ≤ cap.
    """

    def __init__(
        self,
        *,
        base_s: float = 0.5,
        cap_s: float = 30.0,
        floor_s: float = 0.1,
        stable_s: float = 30.0,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        if not 0 <= floor_s <= base_s <= cap_s:
            raise ValueError(f"backoff needs 0 ≤ floor ≤ base ≤ cap, not {floor_s}, {base_s}, {cap_s}")
        self._base_s = base_s
        self._cap_s = cap_s
        self._floor_s = floor_s
        self._stable_s = stable_s
        self._uniform = uniform
        self._failures = 0

    def next_delay_s(self) -> float:
        """The wait after one more failure."""
        ceiling_s = min(self._cap_s, self._base_s * 2.0 ** min(self._failures, 60))
        self._failures += 1
        return self._uniform(self._floor_s, ceiling_s)

    def slow_delay_s(self) -> float:
        """The wait where trying soon cannot help: the cap (cameras lock a user out after a few tries)."""
        return self._cap_s

    def lived(self, seconds: float) -> None:
        """Say how long a connection gave frames; after a stable one the next wait is short again."""
        if seconds >= self._stable_s:
            self._failures = 0

"""Timing contenders turn by turn, so that a machine that slows down weighs on all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

Call = Callable[[int], object]
"""One call of a contender; its argument is the number of the round, from 0."""
AsyncCall = Callable[[int], Awaitable[object]]


REST_S = 0.06
"""The threads of BLAS and OpenMP go on spinning for tens of milliseconds after a product, on the cores that the
next contender needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long calls took, in milliseconds, of `batch` searches each. Percentiles are of single calls."""

    calls: int
    batch: int
    p50_ms: float
    p99_ms: float
    mean_ms: float

    @classmethod
    def of(cls, seconds: Sequence[float], batch: int) -> Timing:
        """The summary of these calls. Raises `ValueError` without any: no time is not a time of zero."""
        if not seconds:
            raise ValueError("no call was timed")
        ms = np.asarray(seconds) * 1e3
        return cls(
            calls=len(ms),
            batch=batch,
            p50_ms=float(np.percentile(ms, 50)),
            p99_ms=float(np.percentile(ms, 99)),
            mean_ms=float(ms.mean()),
        )

    @property
    def per_search_ms(self) -> float:
        """The median call's time for one search."""
        return self.p50_ms / self.batch

    def to_json(self) -> dict[str, float | int]:
        """For a JSON document; times to the microsecond."""
        return {
            "calls": self.calls,
            "batch": self.batch,
            "p50_ms": round(self.p50_ms, 3),
            "p99_ms": round(self.p99_ms, 3),
            "mean_ms": round(self.mean_ms, 3),
            "per_search_ms": round(self.per_search_ms, 4),
        }


@dataclass(slots=True)
class Stopwatch:
    """Collects the times of one contender. `clock` gives seconds and never goes back."""

    clock: Callable[[], float] = time.perf_counter
    seconds: list[float] = field(default_factory=list)

    def time(self, call: Callable[[], object]) -> None:
        """Call it and keep how long it took."""
        began_s = self.clock()
        call()
        self.seconds.append(self.clock() - began_s)

    async def wait(self, call: Callable[[], Awaitable[object]]) -> None:
        """Await it and keep how long it took."""
        began_s = self.clock()
        await call()
        self.seconds.append(self.clock() - began_s)


def turn_by_turn(
    contenders: Mapping[str, Call], rounds: int, batch: int, *, warm_up: int = 2
) -> dict[str, Timing]:
    """Every contender once a round, each round beginning with another one; the first `warm_up` not counted."""
    watches = {name: Stopwatch() for name in contenders}
    for number in range(-warm_up, rounds):
        for name in rotated(list(contenders), number):
            call = contenders[name]
            if number < 0:
                call(number + warm_up)
            else:
                watches[name].time(lambda call=call, number=number: call(number))  # type: ignore[misc]
    return {name: Timing.of(watch.seconds, batch) for name, watch in watches.items()}


async def turn_by_turn_awaited(
    contenders: Mapping[str, AsyncCall],
    rounds: int,
    batch: int,
    *,
    warm_up: int = 2,
    rest: Callable[[], Awaitable[None]] = lambda: asyncio.sleep(REST_S),
) -> dict[str, Timing]:
    """The same for calls that are awaited, one at a time, with a `rest` before each that is not counted."""
    watches = {name: Stopwatch() for name in contenders}
    for number in range(-warm_up, rounds):
        for name in rotated(list(contenders), number):
            call = contenders[name]
            await rest()
            if number < 0:
                await call(number + warm_up)
            else:
                await watches[name].wait(lambda call=call, number=number: call(number))  # type: ignore[misc]
    return {name: Timing.of(watch.seconds, batch) for name, watch in watches.items()}


def rotated(names: Sequence[str], by: int) -> list[str]:
    """The names in their order, beginning with another one each time."""
    start = by % len(names) if names else 0
    return [*names[start:], *names[:start]]


def batches(count: int, size: int) -> list[slice]:
    """`count` rows in slices of `size`, the last perhaps shorter."""
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]

"""How old biometric data of non-matches was when it was overwritten: counted, never kept.

Times are of one clock, whichever the caller has: a camera counts on the monotonic clock of its own machine;
an embedder or matcher may run on another machine than the camera and compares wall clocks, whose difference
is then in the age.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from lfr_actors.events.histograms import AGE_EDGES_S
from lfr_actors.events.keeping import NonMatchesForgotten

Kind: TypeAlias = Literal["frame", "chip", "template", "query"]
"""A decoded picture; an aligned crop; the embedding of one crop; the templates of a track as one."""

Forgotten: TypeAlias = Callable[[Kind, float], None]
"""Told of each thing that was just overwritten: what it was, and when it was captured."""

NON_MATCH_LIFETIME_S: Final = 1.0
"""Longest life of anything biometric of a non-match, from its capture. A deployment may shorten it."""


def nobody_counts(_kind: Kind, _captured_s: float) -> None:
    """A `Forgotten` where ages are not counted, as at enrolment."""


class Lifetimes:
    """Ages at overwriting by kind: a histogram since the last `take`, the greatest also since the start.

    May be told from several threads.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._counts: dict[str, list[int]] = {}
        self._longest_s: dict[str, float] = {}
        self._ever_s: dict[str, float] = {}

    def overwritten(self, kind: Kind, captured_s: float, now_s: float, count: int = 1) -> None:
        """Something captured at `captured_s` was overwritten at `now_s`, both of one clock.

        An age below 0, which clocks of two machines can give, counts as 0. Nothing is done for `count` 0.
        """
        if count < 1:
            return
        age_s = max(0.0, now_s - captured_s)
        place = min(max(bisect_right(AGE_EDGES_S, age_s) - 1, 0), len(AGE_EDGES_S) - 2)
        with self._guard:
            self._counts.setdefault(kind, [0] * (len(AGE_EDGES_S) - 1))[place] += count
            self._longest_s[kind] = max(self._longest_s.get(kind, 0.0), age_s)
            self._ever_s[kind] = max(self._ever_s.get(kind, 0.0), age_s)

    def take(self, camera: str) -> NonMatchesForgotten | None:
        """What was overwritten since the last call, as an event of this camera; None when nothing was."""
        with self._guard:
            if not self._counts:
                return None
            counts, self._counts = self._counts, {}
            longest_s, self._longest_s = self._longest_s, {}
        return NonMatchesForgotten(
            camera=camera,
            ages_histogram={kind: tuple(bins) for kind, bins in sorted(counts.items())},
            longest_s={kind: round(age_s, 4) for kind, age_s in sorted(longest_s.items())},
        )

    @property
    def longest_s(self) -> dict[str, float]:
        """The greatest age since the start, seconds by kind; a kind of which nothing was overwritten is absent."""
        with self._guard:
            return {kind: round(age_s, 4) for kind, age_s in sorted(self._ever_s.items())}

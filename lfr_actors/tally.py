"""Counts of one camera: no identity, no picture, nothing that could single out a person.

A count with no data behind it is not zero but absent: quantiles of an empty histogram are None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lfr_actors.events.cameras import CameraObserved
from lfr_actors.events.histograms import QUALITY_EDGES, SCORE_EDGES, counts_by_bin

_LATENCY_EDGES_MS: Final[NDArray[np.float64]] = np.geomspace(0.1, 100_000, 601)
TOO_SHORT: Final = "too-short"
"""Why a track that no quality measure refused was never searched: it ended before its search."""


@dataclass(slots=True)
class Latency:
    """Durations in 600 bins evenly spaced in their logarithm from 0.1 ms to 100 s: 2.3 % apart."""

    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(_LATENCY_EDGES_MS) - 1, np.int64))

    def add_s(self, duration_s: float) -> None:
        """Count one duration in seconds."""
        place = int(np.searchsorted(_LATENCY_EDGES_MS, duration_s * 1e3, side="right")) - 1
        self.counts[min(max(place, 0), len(self.counts) - 1)] += 1

    def quantile_ms(self, q: float) -> float | None:
        """The upper edge of the bin that holds the quantile q in (0, 1]; None without data."""
        total = int(self.counts.sum())
        if total == 0:
            return None
        place = int(np.searchsorted(np.cumsum(self.counts), q * total))
        return round(float(_LATENCY_EDGES_MS[place + 1]), 2)

    def as_tuple(self) -> tuple[int, ...]:
        """The counts, to be sent."""
        return tuple(int(count) for count in self.counts)

    @classmethod
    def merged(cls, parts: Iterable[tuple[int, ...]]) -> Latency:
        """One histogram from several `as_tuple`."""
        whole = cls()
        for part in parts:
            whole.counts += np.array(part, np.int64)
        return whole


@dataclass(slots=True)
class Tally:
    """Totals since the start, and counts since the last `take`. Tracks are faces seen, not people."""

    frames: int = 0
    tracks: int = 0
    searches: int = 0
    _interval: Counter[str] = field(default_factory=Counter)
    _rejected: Counter[str] = field(default_factory=Counter)
    _scores: list[float] = field(default_factory=list)
    _qualities: list[float] = field(default_factory=list)
    _from_s: float | None = None
    _to_s: float = 0.0

    def frame(self, media_time_s: float) -> None:
        """A frame was taken in."""
        self.frames += 1
        self._interval["frames"] += 1
        if self._from_s is None:
            self._from_s = media_time_s
        self._to_s = media_time_s

    def track_born(self) -> None:
        """A face was seen: a track became active."""
        self.tracks += 1
        self._interval["tracks"] += 1

    def track_ended(self, *, searched: bool, refused_for: str | None) -> None:
        """A track ended; if it was never searched, for which quality measure most often."""
        self._interval["tracks_ended"] += 1
        if searched:
            self._interval["tracks_searched"] += 1
        else:
            self._rejected[refused_for or TOO_SHORT] += 1

    def search(self, score: float) -> None:
        """The gallery answered with this best score in [-1, 1]."""
        self.searches += 1
        self._interval["searches"] += 1
        self._scores.append(score)

    def quality(self, score: float) -> None:
        """The quality in [0, 1] of a face of an active track was measured."""
        self._qualities.append(score)

    def probe_dropped(self) -> None:
        """A probe passed its lifetime before it could be embedded or searched."""
        self._interval["probes_dropped"] += 1

    @property
    def media_time_s(self) -> float:
        """Media time of the newest frame."""
        return self._to_s

    @property
    def interval_s(self) -> float:
        """Media time covered since the last `take`."""
        return 0.0 if self._from_s is None else self._to_s - self._from_s

    def take(self, camera: str, dropped: int) -> CameraObserved | None:
        """The counts since the last call as an event, with the frames dropped since then.

        None when nothing happened.
        """
        if not self._interval:
            return None
        counts = self._interval
        observed = CameraObserved(
            camera=camera,
            from_media_s=self._to_s if self._from_s is None else self._from_s,
            to_media_s=self._to_s,
            frames=counts["frames"],
            dropped=dropped,
            tracks=counts["tracks"],
            tracks_ended=counts["tracks_ended"],
            tracks_searched=counts["tracks_searched"],
            rejected=dict(self._rejected),
            searches=counts["searches"],
            probes_dropped=counts["probes_dropped"],
            score_histogram=counts_by_bin(self._scores, SCORE_EDGES),
            quality_histogram=counts_by_bin(self._qualities, QUALITY_EDGES),
        )
        self._interval = Counter()
        self._rejected.clear()
        self._scores.clear()
        self._qualities.clear()
        self._from_s = None
        return observed

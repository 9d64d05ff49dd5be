"""When a track is worth embedding, and what its templates say together.

A template of somebody who is not on the list lives for at most `lifetime_s` after its capture. A track is
embedded when it has something better to show than what is still alive, not on every frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from lfr_actors.lifetimes import NON_MATCH_LIFETIME_S, Forgotten, nobody_counts
from lfr_actors.messages import Vectors
from lfr_actors.overwriting import overwrite


class Reason(StrEnum):
    """Why a face is worth a probe."""

    FIRST = "first"
    BETTER = "better"
    CORROBORATE = "corroborate"
    RENEW = "renew"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings:
    """`gain`: how many times better than the best living probe a face must be. `corroborate_after_s`: the
    least media time between two probes that may agree with each other, so that they are not one picture.
    `renew_after_s`: the longest media time without a probe. `lifetime_s`: see `NON_MATCH_LIFETIME_S`.
    """

    gain: float = 1.15
    corroborate_after_s: float = 0.12
    renew_after_s: float = 0.25
    lifetime_s: float = NON_MATCH_LIFETIME_S


@dataclass(slots=True)
class _Living:
    template: Vectors
    weight: float
    captured_monotonic_s: float


@dataclass(slots=True)
class TrackTemplates:
    """The templates of one track that are still alive.

    Times named `_monotonic_s` are of capture and rule life and death; media times rule the choice of
    probes. `forgotten` is told of each template that is overwritten.
    """

    settings: ProbeSettings = field(default_factory=ProbeSettings)
    forgotten: Forgotten = nobody_counts
    _living: list[_Living] = field(default_factory=list)
    _last_probe_s: float | None = None

    def wants_probe(self, quality: float, media_time_s: float, *, pending: bool) -> Reason | None:
        """Whether a face of this quality in [0, 1] is worth a probe; `pending`: a hit awaits another."""
        if self._last_probe_s is None or not self._living:
            return Reason.FIRST
        since_s = media_time_s - self._last_probe_s
        if pending and since_s >= self.settings.corroborate_after_s:
            return Reason.CORROBORATE
        if quality > self.settings.gain * max(living.weight for living in self._living):
            return Reason.BETTER
        if since_s >= self.settings.renew_after_s:
            return Reason.RENEW
        return None

    def probed(self, media_time_s: float) -> None:
        """A probe was taken at this media time."""
        self._last_probe_s = media_time_s

    def add(self, template: Vectors, quality: float, captured_monotonic_s: float) -> None:
        """Keep a copy of a template, float32 (d,), for as long as it may live."""
        self._living.append(_Living(np.array(template, np.float32), quality, captured_monotonic_s))

    def agreement(self, template: Vectors) -> float | None:
        """Cosine similarity of a template with what the track showed so far; None when nothing is alive."""
        fused = self.fused()
        if fused is None:
            return None
        agreement = float(fused @ template)
        overwrite(fused)
        return agreement

    def fused(self) -> NDArray[np.float32] | None:
        """The living templates as one: their mean weighted by quality, length 1; None when none lives.

        Whoever gets it overwrites it.
        """
        if not self._living:
            return None
        total = np.zeros_like(self._living[0].template)
        weighted = np.empty_like(total)
        for living in self._living:
            np.multiply(living.template, max(living.weight, 1e-3), out=weighted)
            total += weighted
        overwrite(weighted)
        total /= np.linalg.norm(total)
        return total

    def expire(self, now_monotonic_s: float) -> int:
        """Overwrite and drop what is past its life; returns how many templates died."""
        alive: list[_Living] = []
        for living in self._living:
            if now_monotonic_s - living.captured_monotonic_s >= self.settings.lifetime_s:
                self._overwrite(living)
            else:
                alive.append(living)
        died = len(self._living) - len(alive)
        self._living = alive
        return died

    def forget(self) -> int:
        """Overwrite and drop every template; returns how many there were."""
        for living in self._living:
            self._overwrite(living)
        died = len(self._living)
        self._living.clear()
        self._last_probe_s = None
        return died

    def _overwrite(self, living: _Living) -> None:
        overwrite(living.template)
        self.forgotten("template", living.captured_monotonic_s)

"""What the cameras of a running deployment do, as the console was last told: figures, rates, previews.

Nothing here is written anywhere. A preview is overwritten `PREVIEW_S` after it came, and none is wanted unless
somebody has the page of the cameras open. All of it is used in one thread, that of the event loop.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from lfr_actors.tally import Latency

if TYPE_CHECKING:
    from lfr_actors.actors.ports import CameraStatus

PREVIEW_S: Final = 2.0
"""How long a preview is kept."""
WANTED_S: Final = 3.0
"""How long after somebody looked at the cameras previews are still wanted."""
RATES_S: Final = 10.0
"""Rates are over this stretch, or as much of it as there is."""
SILENT_S: Final = 5.0
"""Figures older than this are of the past, and are said to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """A camera as last told. `faces` counts tracks.

    Rates and latencies are of the last `RATES_S`; None is insufficient data. `last_frame_age_s` counts on while
    nothing is told; `told_s_ago` is how long that is.
    """

    camera_id: str
    state: str
    reason: str | None
    failed: bool
    frames: int
    dropped: int
    faces: int
    searches: int
    unsearched: int
    incomplete: int
    alerts: int
    media_time_s: float
    elapsed_s: float
    frames_per_s: float | None
    dropped_per_s: float | None
    faces_per_min: float | None
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    last_frame_age_s: float | None
    told_s_ago: float

    @property
    def is_silent(self) -> bool:
        """Whether nothing was heard of the camera for too long to speak of the present."""
        return self.told_s_ago > SILENT_S


@dataclass(slots=True)
class _Told:
    """What was told of a camera in the last `RATES_S`, oldest first, with the time of it."""

    history: deque[tuple[float, CameraStatus]] = field(default_factory=deque)

    def add(self, at_s: float, figures: CameraStatus) -> None:
        newest = self.history[-1][1] if self.history else None
        if newest is not None and figures.frames < newest.frames:  # its actor was started again
            self.history.clear()
        self.history.append((at_s, figures))
        while len(self.history) > 2 and self.history[1][0] <= at_s - RATES_S:
            self.history.popleft()

    def view(self, now_s: float) -> CameraView:
        from_s, first = self.history[0]
        at_s, last = self.history[-1]
        passed_s = at_s - from_s

        def rate(count: int, unit_s: float = 1.0) -> float | None:
            return count / passed_s * unit_s if passed_s > 0 else None

        recent = Latency(np.subtract(last.latency, first.latency) if passed_s > 0 else np.array(last.latency))
        age_s = last.last_frame_age_s
        return CameraView(
            camera_id=str(last.camera_id),
            state=last.state,
            reason=last.reason,
            failed=last.failed,
            frames=last.frames,
            dropped=last.dropped,
            faces=last.faces,
            searches=last.searches,
            unsearched=last.unsearched,
            incomplete=last.incomplete,
            alerts=last.alerts,
            media_time_s=last.media_time_s,
            elapsed_s=last.elapsed_s,
            frames_per_s=rate(last.frames - first.frames),
            dropped_per_s=rate(last.dropped - first.dropped),
            faces_per_min=rate(last.faces - first.faces, 60.0),
            latency_p50_ms=recent.quantile_ms(0.5),
            latency_p99_ms=recent.quantile_ms(0.99),
            last_frame_age_s=None if age_s is None else age_s + (now_s - at_s),
            told_s_ago=now_s - at_s,
        )


class LiveState:
    """What the cameras do, as last told; `monotonic` gives seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told: dict[str, _Told] = {}
        self._previews: dict[str, tuple[bytearray, float]] = {}
        self._looked_s: float | None = None
        self._missing: tuple[str, ...] = ()

    def show(self, statuses: Sequence[CameraStatus], missing: Sequence[str] = ()) -> None:
        """Take in what every camera does now, and which parts of the list are not searched, in words."""
        now_s = self._monotonic()
        for status in statuses:
            self._told.setdefault(str(status.camera_id), _Told()).add(now_s, status)
        self._missing = tuple(missing)
        self.sweep()

    def preview(self, camera_id: str, jpeg: bytes) -> None:
        """Take in a preview, JPEG, in place of the one before; it is overwritten after `PREVIEW_S`."""
        self._forget(camera_id)
        self._previews[camera_id] = (bytearray(jpeg), self._monotonic())

    @property
    def is_fed(self) -> bool:
        """Whether anybody has told anything: not so in a console without cameras."""
        return bool(self._told)

    @property
    def cameras(self) -> Mapping[str, CameraView]:
        """Every camera that was told of, by id, in the order in which they were."""
        now_s = self._monotonic()
        return MappingProxyType({camera_id: told.view(now_s) for camera_id, told in self._told.items()})

    @property
    def matcher_missing(self) -> tuple[str, ...]:
        """Which parts of the list are not searched now, in words."""
        return self._missing

    def looked_at(self) -> None:
        """Somebody looks at the cameras."""
        self._looked_s = self._monotonic()

    def wants_previews(self) -> bool:
        """Whether anybody looked at the cameras within `WANTED_S`."""
        return self._looked_s is not None and self._monotonic() - self._looked_s <= WANTED_S

    def preview_of(self, camera_id: str) -> bytes | None:
        """The newest preview of a camera, JPEG; None when there is none or it is too old."""
        self.sweep()
        kept = self._previews.get(camera_id)
        return None if kept is None else bytes(kept[0])

    def sweep(self) -> None:
        """Overwrite previews that are too old; called whenever anything is told, and by the application's clock."""
        now_s = self._monotonic()
        for camera_id in [each for each, (_, at_s) in self._previews.items() if now_s - at_s > PREVIEW_S]:
            self._forget(camera_id)

    def forget_previews(self) -> None:
        """Overwrite every preview."""
        for camera_id in list(self._previews):
            self._forget(camera_id)

    def _forget(self, camera_id: str) -> None:
        kept = self._previews.pop(camera_id, None)
        if kept is not None:
            kept[0][:] = bytes(len(kept[0]))

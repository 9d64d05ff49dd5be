"""One face followed through frames: birth, loss and end of every track are said explicitly.

    tentative ── seen again ──► active ⇄ lost ── not seen for `max_lost_s` ──► ended
        └─────── missed once ──► (forgotten: never counted as a face seen)

A face of a frame goes to the track whose predicted box it overlaps or lies nearest to, all at once and at
the least total cost (Hungarian assignment; Kuhn 1955). The prediction is of constant velocity in centre
and log size, smoothed by an alpha-beta filter (Kalata 1984). Time is the media time of the frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from lfr_actors.messages import TrackId
from lfr_actors.vision.faces import Faces


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSettings:
    """How a track lives.

    `min_hits` frames make a tentative track active. `max_lost_s` in media seconds ends a lost one; it is at
    most the non-match lifetime, since nothing is left of the track after that. A pair is possible when the
    boxes overlap by `min_iou` or their centres are nearer than `max_shift` box widths, and the sizes differ
    by less than the factor `max_growth`. `position_gain` and `velocity_gain` are alpha and beta of the
    filter.
    """

    min_hits: int = 2
    max_lost_s: float = 1.0
    min_iou: float = 0.2
    max_shift: float = 0.6
    max_growth: float = 1.8
    position_gain: float = 0.85
    velocity_gain: float = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFace:
    """An active track and the place of its face in the frame's `Faces`."""

    track_id: TrackId
    face: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackUpdate:
    """What one frame did. `seen` holds active tracks only; a track is `born` when it becomes active."""

    seen: tuple[SeenFace, ...]
    born: tuple[TrackId, ...]
    lost: tuple[TrackId, ...]
    ended: tuple[TrackId, ...]


@dataclass(slots=True)
class _Track:
    """Filter state: centre x, centre y, log width, log height, and their change a second."""

    state: NDArray[np.float64]
    velocity: NDArray[np.float64]
    updated_s: float
    hits: int = 1
    track_id: TrackId | None = None
    lost: bool = False

    def predict(self, media_time_s: float) -> NDArray[np.float64]:
        """The state expected at a time; the size is not extrapolated further than a fifth of a second."""
        elapsed_s = media_time_s - self.updated_s
        step = np.array([elapsed_s, elapsed_s, min(elapsed_s, 0.2), min(elapsed_s, 0.2)])
        predicted: NDArray[np.float64] = self.state + self.velocity * step
        return predicted

    def correct(self, measured: NDArray[np.float64], media_time_s: float, settings: TrackSettings) -> None:
        elapsed_s = media_time_s - self.updated_s
        predicted = self.predict(media_time_s)
        residual = measured - predicted
        self.state = predicted + settings.position_gain * residual
        if elapsed_s > 0:
            gain = 1.0 if self.hits == 1 else settings.velocity_gain
            self.velocity = self.velocity + gain * residual / elapsed_s
        self.updated_s = media_time_s
        self.hits += 1


@dataclass(slots=True)
class Tracker:
    """Follows the faces of one camera. `incarnation` makes track ids unique across restarts of the camera."""

    incarnation: str = "1"
    settings: TrackSettings = field(default_factory=TrackSettings)
    _tracks: list[_Track] = field(default_factory=list)
    _born: int = 0

    def update(self, faces: Faces, media_time_s: float) -> TrackUpdate:
        """Take the faces of the next frame (times must not fall) and say what became of each track."""
        states = _states(faces)
        pairs = self._assign(states, media_time_s)
        born: list[TrackId] = []
        seen: list[SeenFace] = []
        for place, face in sorted(pairs.items()):
            track = self._tracks[place]
            track.correct(states[face], media_time_s, self.settings)
            track.lost = False
            if track.track_id is None and track.hits >= self.settings.min_hits:
                track.track_id = self._next_id()
                born.append(track.track_id)
            if track.track_id is not None:
                seen.append(SeenFace(track_id=track.track_id, face=face))
        lost, ended = self._age(set(pairs), media_time_s)
        taken = set(pairs.values())
        for face in range(len(faces)):
            if face not in taken:
                track = _Track(state=states[face], velocity=np.zeros(4), updated_s=media_time_s)
                self._tracks.append(track)
                if self.settings.min_hits <= 1:
                    track.track_id = self._next_id()
                    born.append(track.track_id)
                    seen.append(SeenFace(track_id=track.track_id, face=face))
        return TrackUpdate(seen=tuple(seen), born=tuple(born), lost=lost, ended=ended)

    def split(self, track_id: TrackId) -> TrackId | None:
        """Give the live track a new id from now on, because it turned out to show somebody else.

        None when the track is no longer alive.
        """
        for track in self._tracks:
            if track.track_id == track_id:
                track.track_id = self._next_id()
                return track.track_id
        return None

    def predicted_boxes(self, media_time_s: float) -> dict[TrackId, NDArray[np.float32]]:
        """Where each active or lost track is expected at a time: float32 (4,), left, top, right, bottom."""
        return {
            track.track_id: _box(track.predict(media_time_s))
            for track in self._tracks
            if track.track_id is not None
        }

    def end_all(self) -> tuple[TrackId, ...]:
        """End every track, as at the end of a film; returns the ids of those that were born."""
        ended = tuple(track.track_id for track in self._tracks if track.track_id is not None)
        self._tracks.clear()
        return ended

    def _next_id(self) -> TrackId:
        self._born += 1
        return TrackId(f"{self.incarnation}-{self._born}")

    def _assign(self, states: NDArray[np.float64], media_time_s: float) -> dict[int, int]:
        """Place in `_tracks` → face, for every pair made."""
        if not self._tracks or len(states) == 0:
            return {}
        predicted = np.stack([track.predict(media_time_s) for track in self._tracks])
        cost, possible = _costs(predicted, states, self.settings)
        rows, columns = linear_sum_assignment(np.where(possible, cost, 1e3))
        return {int(r): int(c) for r, c in zip(rows, columns, strict=True) if possible[r, c]}

    def _age(
        self, seen: Iterable[int], media_time_s: float
    ) -> tuple[tuple[TrackId, ...], tuple[TrackId, ...]]:
        """Mark the tracks that were not seen; drop tentative ones at once and lost ones in their time."""
        seen = set(seen)
        lost: list[TrackId] = []
        ended: list[TrackId] = []
        kept: list[_Track] = []
        for place, track in enumerate(self._tracks):
            if place in seen:
                kept.append(track)
            elif track.track_id is None:
                continue
            elif media_time_s - track.updated_s > self.settings.max_lost_s:
                ended.append(track.track_id)
            else:
                if not track.lost:
                    track.lost = True
                    lost.append(track.track_id)
                kept.append(track)
        self._tracks = kept
        return tuple(lost), tuple(ended)


def _states(faces: Faces) -> NDArray[np.float64]:
    """Boxes as centre x, centre y, log width, log height: (n, 4)."""
    boxes = faces.boxes.astype(np.float64)
    size = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    return np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, np.log(size)], axis=1)


def _box(state: NDArray[np.float64]) -> NDArray[np.float32]:
    half = np.exp(state[2:]) / 2
    return np.concatenate([state[:2] - half, state[:2] + half]).astype(np.float32)


def _costs(
    predicted: NDArray[np.float64], measured: NDArray[np.float64], settings: TrackSettings
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Cost (m, n) of giving each face to each track, and which pairs are possible at all."""
    half_p, half_m = np.exp(predicted[:, 2:]) / 2, np.exp(measured[:, 2:]) / 2
    low = np.maximum((predicted[:, :2] - half_p)[:, None], (measured[:, :2] - half_m)[None])
    high = np.minimum((predicted[:, :2] + half_p)[:, None], (measured[:, :2] + half_m)[None])
    overlap = np.clip(high - low, 0, None).prod(axis=2)
    area_p, area_m = (2 * half_p).prod(axis=1), (2 * half_m).prod(axis=1)
    iou = overlap / (area_p[:, None] + area_m[None] - overlap)
    width = np.maximum(half_p[:, None, 0], half_m[None, :, 0]) * 2
    shift = np.linalg.norm(predicted[:, None, :2] - measured[None, :, :2], axis=2) / width
    growth = np.abs(predicted[:, None, 2:] - measured[None, :, 2:]).max(axis=2)
    near = (iou >= settings.min_iou) | (shift <= settings.max_shift)
    return (1 - iou) + 0.5 * shift, near & (growth <= np.log(settings.max_growth))

"""When a planned face is really to be seen: inside the picture, past the corner, not behind somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.scenes.settings import SceneSettings
from lfr_actors.evaluation.scenes.walk import Pass, Path, walk_path

FACE_ASPECT = 1.3
"""Height of a face box in widths."""
COVERED = 0.35
"""Share of a face that another person may cover before it counts as hidden."""

Box = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """When the face of a pass is to be seen; frames in between may be hidden behind somebody.

    `enter_s` and `leave_s`: first and last frame with the face in the picture and not hidden; both None when
    it never is. `seen_s`: how long altogether. `largest_px`: widest face box among those frames, at
    `largest_at_s`.
    """

    pass_id: str
    enter_s: float | None
    leave_s: float | None
    seen_s: float
    largest_px: float
    largest_at_s: float | None


def sightings(passes: Sequence[Pass], settings: SceneSettings) -> tuple[Sighting, ...]:
    """One sighting for each pass, in the order given, at the times of the film's frames."""
    times = np.arange(settings.frames) / settings.fps
    paths = [walk_path(one, settings, times) for one in passes]
    result = []
    for place, one in enumerate(passes):
        seen = (times >= one.starts_s) & (times <= one.ends_s)
        seen &= _in_picture(paths[place], settings) & _past_corner(one, paths[place], times, settings)
        for other_place, other in enumerate(passes):
            apart = other.ends_s < one.starts_s or other.starts_s > one.ends_s
            if other_place == place or apart or not seen.any():
                continue
            present = (times >= other.starts_s) & (times <= other.ends_s)
            seen &= ~(present & (_covered(paths[place], paths[other_place]) > COVERED))
        result.append(_sighting(one, times, seen, paths[place], settings))
    return tuple(result)


def _sighting(
    one: Pass, times: NDArray[np.float64], seen: NDArray[np.bool_], path: Path, settings: SceneSettings
) -> Sighting:
    at = np.flatnonzero(seen)
    if not len(at):
        return Sighting(
            pass_id=one.pass_id, enter_s=None, leave_s=None, seen_s=0.0, largest_px=0.0, largest_at_s=None
        )
    largest = at[int(np.argmax(path.face_px[at]))]
    return Sighting(
        pass_id=one.pass_id,
        enter_s=round(float(times[at[0]]), 3),
        leave_s=round(float(times[at[-1]]), 3),
        seen_s=round(len(at) / settings.fps, 3),
        largest_px=round(float(path.face_px[largest]), 1),
        largest_at_s=round(float(times[largest]), 3),
    )


def _face_box(path: Path) -> Box:
    half = path.face_px / 2
    return path.x - half, path.y - half * FACE_ASPECT, path.x + half, path.y + half * FACE_ASPECT


def _in_picture(path: Path, settings: SceneSettings) -> NDArray[np.bool_]:
    left, top, right, bottom = _face_box(path)
    return np.asarray((left >= 0) & (top >= 0) & (right <= settings.width) & (bottom <= settings.height))


def _past_corner(
    one: Pass, path: Path, times: NDArray[np.float64], settings: SceneSettings
) -> NDArray[np.bool_]:
    """False while the wall covers part of the face: only people still behind the corner can be covered."""
    left, _, right, _ = _face_box(path)
    inside = (left >= settings.width / 2 - settings.corner_px) & (
        right <= settings.width / 2 + settings.corner_px
    )
    behind = one.behind_corner(settings, times)
    return np.asarray(inside | ~behind)


def _covered(far: Path, near: Path) -> NDArray[np.float64]:
    """Share of the face box of `far` behind the head or shoulders of `near`, float64 (n,)."""
    face = _face_box(far)
    size = near.face_px
    head = (near.x - 0.65 * size, near.y - 0.9 * size, near.x + 0.65 * size, near.y + 0.8 * size)
    body = (near.x - 1.4 * size, near.y + 1.1 * size, near.x + 1.4 * size, near.y + 10 * size)
    area = far.face_px**2 * FACE_ASPECT
    share = (_overlap(face, head) + _overlap(face, body)) / area
    return np.where(near.face_px > far.face_px, share, 0.0)


def _overlap(one: Box, other: Box) -> NDArray[np.float64]:
    wide = np.minimum(one[2], other[2]) - np.maximum(one[0], other[0])
    high = np.minimum(one[3], other[3]) - np.maximum(one[1], other[1])
    return np.asarray(np.clip(wide, 0, None) * np.clip(high, 0, None), np.float64)

"""Frames drawn and encoded: figures over the street from far to near, then light, then H.264."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.scenes.cutout import Head
from lfr_actors.evaluation.scenes.figure import PHASES, UNIT_PX, Figure, Sprite, draw_figure
from lfr_actors.evaluation.scenes.light import Light, motion_kernel, shade_at
from lfr_actors.evaluation.scenes.settings import FACE_M, SceneSettings
from lfr_actors.evaluation.scenes.street import Street
from lfr_actors.evaluation.scenes.walk import Pass, walk_path
from lfr_actors.messages import Image

DRAWING_THREADS = 2
REACH = 1.7
"""How far a figure reaches to each side of its face, in face widths."""
AHEAD = 6
"""Frames in the making at a time."""


class Stage:
    """Draws any frame of a scene. Frames must be asked for in order; several may be drawn at a time."""

    def __init__(
        self,
        passes: Sequence[Pass],
        heads: Callable[[int], Head],
        street: Street,
        settings: SceneSettings,
    ) -> None:
        self._passes = passes
        self._heads = heads
        self._street = street
        self._settings = settings
        self._light = Light(settings, np.random.default_rng([settings.seed, 3]))
        self._figures: dict[str, Figure] = {}

    def frames(self) -> Iterator[Image]:
        """All frames of the film in order, uint8 (height, width, 3) BGR."""
        with ThreadPoolExecutor(DRAWING_THREADS, thread_name_prefix="scene") as pool:
            waiting: deque[Future[Image]] = deque()
            for index in range(self._settings.frames):
                waiting.append(pool.submit(self.draw, index, self._present(index)))
                if len(waiting) >= AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _present(self, index: int) -> list[tuple[Pass, Figure]]:
        """Who is in a frame; figures are dressed when they come and dropped when they are gone."""
        time_s = index / self._settings.fps
        here = [one for one in self._passes if one.starts_s <= time_s <= one.ends_s]
        for gone in set(self._figures) - {one.pass_id for one in here}:
            del self._figures[gone]
        for one in here:
            if one.pass_id not in self._figures:
                rng = np.random.default_rng([self._settings.seed, 4, one.walker])
                self._figures[one.pass_id] = draw_figure(self._heads(one.walker), rng)
        return [(one, self._figures[one.pass_id]) for one in here]

    def draw(self, index: int, present: Sequence[tuple[Pass, Figure]]) -> Image:
        """One frame with these people in it."""
        settings = self._settings
        time_s = index / settings.fps
        picture = self._street.picture.copy()
        shown = []
        for one, figure in present:
            path = walk_path(one, settings, np.array([time_s - settings.shutter_s, time_s]))
            shown.append((float(path.face_px[1]), one.pass_id, one, figure, path))
        for face_px, _, one, figure, path in sorted(shown, key=lambda entry: entry[:2]):
            moved = (float(path.x[1] - path.x[0]), float(path.y[1] - path.y[0]))
            step = one.gait + one.steps_per_s * (time_s - one.starts_s)
            columns = (0, settings.width)
            if bool(one.behind_corner(settings, np.array([time_s]))[0]):
                columns = (self._street.left_px, self._street.right_px)
            away_m = settings.focal_px * FACE_M / face_px
            light = float(shade_at(settings, np.array([away_m]))[0])
            place = (float(path.x[1]), float(path.y[1]), face_px)
            _draw_person(picture, figure, place, moved, step, light, columns)
        return self._light.expose(np.asarray(picture, np.uint8), index, time_s)


def _draw_person(
    picture: NDArray[np.uint8],
    figure: Figure,
    place: tuple[float, float, float],
    moved: tuple[float, float],
    step: float,
    light: float,
    columns: tuple[int, int],
) -> None:
    """Lay one person over the picture, its face centre at x, y and `face_px` wide."""
    x, y, face_px = place
    left = max(columns[0], int(x - REACH * face_px))
    right = min(columns[1], int(x + REACH * face_px) + 1)
    top = max(0, int(y - 1.6 * face_px))
    bottom = min(picture.shape[0], int(y + 11.3 * face_px) + 1)
    if right - left < 2 or bottom - top < 2:
        return
    size = (right - left, bottom - top)
    body_scale = face_px / UNIT_PX
    body = figure.bodies[int(step * PHASES) % PHASES]
    layer = _placed(body, body_scale, figure.origin, (x - left, y - top), 0.0, size)
    roll = 1.6 * float(np.sin(2 * np.pi * step + 0.6))
    head_scale = face_px / figure.head_face_px
    head_high = min(size[1], int(y - top + 2.0 * face_px) + 1)
    if head_high > 1:
        head = _placed(
            figure.heads, head_scale, figure.head_centre, (x - left, y - top), roll, (size[0], head_high)
        )
        _over(layer[:head_high], head)
    kernel = motion_kernel(round(4 * moved[0]) / 4, round(4 * moved[1]) / 4)
    if kernel is not None:
        layer = np.asarray(cv2.filter2D(layer, -1, kernel), np.uint8)
    if light < 0.995:
        gains = np.array([light, light, light, 1.0])
        table = np.round(np.arange(256)[:, None] * gains).astype(np.uint8).reshape(256, 1, 4)
        layer = np.asarray(cv2.LUT(layer, table), np.uint8)
    ground = picture[top:bottom, left:right]
    rest = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(layer, 3)), cv2.COLOR_GRAY2BGR)
    cv2.multiply(ground, rest, dst=ground, scale=1 / 255)
    cv2.add(ground, cv2.cvtColor(layer, cv2.COLOR_BGRA2BGR), dst=ground)
    picture[top:bottom, left:right] = ground


def _placed(
    levels: Sequence[Sprite],
    scale: float,
    centre: tuple[float, float],
    to: tuple[float, float],
    roll_deg: float,
    size: tuple[int, int],
) -> Sprite:
    """A sprite scaled, turned about its centre and moved there; the level nearest above the scale is used."""
    level = 0
    while level + 1 < len(levels) and scale * 2**level <= 0.62:
        level += 1
    sprite = levels[level]
    ratio = sprite.shape[1] / levels[0].shape[1]
    matrix = cv2.getRotationMatrix2D((centre[0] * ratio, centre[1] * ratio), roll_deg, scale / ratio)
    matrix[:, 2] += np.array(to) - np.array(centre) * ratio
    return np.asarray(cv2.warpAffine(sprite, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)


def _over(below: Sprite, above: Sprite) -> None:
    """Lay one premultiplied layer over another, in place."""
    rest = cv2.bitwise_not(cv2.extractChannel(above, 3))
    cv2.multiply(below, cv2.merge([rest, rest, rest, rest]), dst=below, scale=1 / 255)
    cv2.add(below, above, dst=below)


def write_film(
    path: Path, frames: Iterator[Image], settings: SceneSettings, progress: Callable[[float], None] | None
) -> None:
    """Encode frames as H.264 in yuv420p at the scene's bit rate; `progress` gets the share done."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=settings.fps)
        stream.width, stream.height = settings.width, settings.height
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, settings.fps)
        stream.bit_rate = settings.bitrate_kbps * 1000
        # One set of threads for every machine: what x264 writes depends on their number.
        stream.options = {"preset": "veryfast", "threads": "2", "g": str(2 * settings.fps)}
        for index, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts = index
            container.mux(stream.encode(frame))
            if progress is not None:
                progress((index + 1) / settings.frames)
        container.mux(stream.encode(None))

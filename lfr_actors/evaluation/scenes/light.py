"""Light and sensor: exposure and colour that drift, a shadow on the ground, motion blur, noise."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.scenes.settings import SceneSettings
from lfr_actors.messages import Image

Floats = NDArray[np.float64]

_SHADOW = 0.26
"""How much light the shadow of a roof across the passage takes."""


def shade_at(settings: SceneSettings, away_m: NDArray[np.floating]) -> NDArray[np.float64]:
    """Share of light that reaches the ground at this distance: a roof shades a band across the passage."""
    near, far = 0.60 * settings.corner_m, 0.82 * settings.corner_m
    soft = 0.03 * settings.corner_m
    away = np.asarray(away_m, np.float64)
    inside = np.clip((away - near) / soft, 0, 1) * np.clip((far - away) / soft, 0, 1)
    return np.asarray(1 - _SHADOW * inside, np.float64)


class Light:
    """Light and sensor of one scene; the same seed gives the same light.

    Clouds change the exposure by up to a fifth within some seconds; colour drifts between cool and warm.
    Noise is Gaussian with a variance that grows with the signal, as read-out and shot noise do together.
    """

    def __init__(self, settings: SceneSettings, rng: np.random.Generator) -> None:
        self._periods = rng.uniform((5, 11, 23, 17), (9, 19, 41, 37))
        self._phases = rng.uniform(0, 2 * np.pi, 4)
        tall, wide = settings.height + 64, settings.width + 64
        white = rng.normal(0, 1, (tall, wide, 3)).astype(np.float32)
        # Demosaicing and the camera's own filter leave noise a little correlated between neighbours.
        grain = np.asarray(cv2.GaussianBlur(white, (0, 0), 0.6), np.float32)
        self._grain = grain * np.float32(settings.noise / max(float(grain.std()), 1e-6))
        self._shifts = rng.integers(0, 64, (997, 2))
        level = np.arange(256, dtype=np.float32) / 128
        self._sigma = np.sqrt(0.25 + 0.75 * level).astype(np.float32)

    def gains(self, time_s: float) -> Floats:
        """Gains of blue, green and red at a time in the film, float64 (3,), around 1."""
        waves = np.sin(2 * np.pi * time_s / self._periods + self._phases)
        exposure = 1.12 + 0.06 * waves[0] + 0.08 * waves[1] + 0.05 * waves[2]
        warmth = 0.035 * waves[3]
        return np.asarray(exposure * np.array([1 - warmth, 1.0, 1 + warmth]), np.float64)

    def expose(self, picture: Image, frame: int, time_s: float) -> Image:
        """The picture as the sensor gives it: exposure, colour, highlights rolled off, noise."""
        level = np.arange(256, dtype=np.float32)[:, None] * self.gains(time_s).astype(np.float32)
        over = np.maximum(level - 200, 0)
        level = np.minimum(level, 200) + 55 * (1 - np.exp(-over / 55))
        exposed = cv2.LUT(picture, level.reshape(256, 1, 3))
        high, wide = picture.shape[:2]
        y, x = self._shifts[frame % 997]
        grain = self._grain[y : y + high, x : x + wide]
        noise = cv2.multiply(grain, cv2.LUT(picture, self._sigma))
        return np.asarray(cv2.add(exposed, noise, dtype=cv2.CV_8U), np.uint8)


@lru_cache(maxsize=4096)
def motion_kernel(dx: float, dy: float) -> NDArray[np.float32] | None:
    """Kernel of a straight movement by (dx, dy) px in one exposure; None when below half a pixel."""
    length = float(np.hypot(dx, dy))
    if length < 0.5:
        return None
    half = int(np.ceil(length / 2))
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    for share in np.linspace(-0.5, 0.5, 4 * half + 5):
        x, y = half + share * dx, half + share * dy
        left, top = int(np.floor(x)), int(np.floor(y))
        for row, col, part in (
            (top, left, (1 - (x - left)) * (1 - (y - top))),
            (top, left + 1, (x - left) * (1 - (y - top))),
            (top + 1, left, (1 - (x - left)) * (y - top)),
            (top + 1, left + 1, (x - left) * (y - top)),
        ):
            if 0 <= row < kernel.shape[0] and 0 <= col < kernel.shape[1]:
                kernel[row, col] += part
    return np.asarray(kernel / kernel.sum(), np.float32)

"""Pictures and models made up for these tests: a picture's first pixel says which faces are found in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from lfr_actors.messages import Image, Vectors
from lfr_actors.vision.align import ARCFACE_POINTS
from lfr_actors.vision.faces import Faces

SIDE = 200
BORDER = (127, 127, 127)


def texture(seed: int, *, colour: tuple[int, int, int] = (0, 0, 0), side: int = SIDE) -> Image:
    """A sharp picture of mid-grey blocks, tinted; its first pixel is `(seed, 0, 0)`."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(70, 130, (side // 4, side // 4), np.uint8)
    grey = np.kron(blocks, np.ones((4, 4), np.uint8))
    image = np.clip(grey[:, :, None].astype(int) + np.array(colour), 0, 255).astype(np.uint8)
    image[0, 0] = (seed, 0, 0)
    return image


def faces(*boxes: tuple[float, float, float]) -> Faces:
    """Frontal faces, each (centre x, centre y, side)."""
    points = (ARCFACE_POINTS - 56) / 112
    return Faces(
        boxes=np.array(
            [(x - s / 2, y - s / 2, x + s / 2, y + s / 2) for x, y, s in boxes], np.float32
        ).reshape(-1, 4),
        scores=np.linspace(0.9, 0.8, len(boxes), dtype=np.float32),
        landmarks=np.array([points * s + (x, y) for x, y, s in boxes], np.float32).reshape(-1, 5, 2),
    )


@dataclass
class FakeDetector:
    """Finds the faces listed for a picture's first pixel (its blue value), else `bordered`."""

    found: Mapping[int, Faces]
    bordered: Faces = field(default_factory=Faces.none)
    provider: str = "fake"

    def detect(self, image: Image) -> Faces:
        if tuple(image[0, 0]) == BORDER:
            return self.bordered
        return self.found[int(image[0, 0, 0])]


@dataclass
class FakeEmbedder:
    """The template of a chip is its mean colour less mid-grey, normalised: pictures of one tint are alike."""

    provider: str = "fake"
    dim: int = 3
    chip_size: int = 112
    chip_points: NDArray[np.float32] = field(default_factory=lambda: ARCFACE_POINTS)

    def embed(self, chips: NDArray[np.uint8]) -> Vectors:
        colours = chips.reshape(len(chips), -1, 3).mean(axis=1) - 100.0
        return (colours / np.linalg.norm(colours, axis=1, keepdims=True)).astype(np.float32)


def save(path: Path, image: Image) -> None:
    """Write a picture so that every pixel comes back."""
    Pillow.fromarray(image[:, :, ::-1]).save(path)

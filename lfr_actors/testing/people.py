"""People made of a colour: painted in frames, found by a detector that knows, told apart by that colour.

A face is a square of texture, sharp enough to pass the quality measures, whose mean colour is who it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Image, Vectors
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.frame import Frame
from lfr_actors.watchlist.gallery import Gallery

Colour = tuple[int, int, int]
"""Blue, green, red; from 50 to 205, so that texture does not clip."""

CHIP_SIZE = 32
CHIP_POINTS: NDArray[np.float32] = np.array([[10, 12], [22, 12], [16, 19], [11, 25], [21, 25]], np.float32)
"""Where the landmarks lie in a chip of `CHIP_SIZE` px."""

_LANDMARKS = np.array([[0.29, 0.36], [0.71, 0.36], [0.5, 0.56], [0.33, 0.78], [0.67, 0.78]], np.float32)
"""Where they lie in a face, as shares of its box."""
_GRAIN_PX = 3
_CONTRAST = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in a frame: the left upper corner and side of the face's box, px. `flat`: out of focus."""

    colour: Colour
    x: float = 100.0
    y: float = 60.0
    side_px: float = 60.0
    flat: bool = False


def faces_of(people: Sequence[Person]) -> Faces:
    """What a perfect detector finds, in the order given."""
    corners = np.array([[p.x, p.y] for p in people], np.float32).reshape(-1, 2)
    sides = np.array([p.side_px for p in people], np.float32)
    return Faces(
        boxes=np.concatenate([corners, corners + sides[:, None]], axis=1),
        scores=np.full(len(people), 0.99, np.float32),
        landmarks=corners[:, None] + _LANDMARKS[None] * sides[:, None, None],
    )


def paint(
    index: int,
    people: Sequence[Person] = (),
    *,
    fps: float = 10.0,
    size: tuple[int, int] = (320, 200),
    now: Callable[[], tuple[dt.datetime, float]],
) -> Frame:
    """The frame of this number, captured `now` (wall clock, monotonic clock); `size` is width, height in px."""
    width_px, height_px = size
    image = np.full((height_px, width_px, 3), 127, np.uint8)
    rng = np.random.default_rng(5)
    for person in people:
        _paint_face(image, person, rng)
    image[0, 0] = (index % 256, index // 256, 0)
    captured_at, captured_monotonic_s = now()
    return Frame(
        index=index,
        captured_at=captured_at,
        captured_monotonic_s=captured_monotonic_s,
        media_time_s=index / fps,
        image=image,
    )


def _paint_face(image: Image, person: Person, rng: np.random.Generator) -> None:
    side = int(person.side_px)
    cells = -(-side // _GRAIN_PX)
    grain = np.where(rng.random((cells, cells)) < 0.5, _CONTRAST, -_CONTRAST)
    texture = np.kron(grain, np.ones((_GRAIN_PX, _GRAIN_PX), int))[:side, :side, None]
    face = np.clip(np.array(person.colour) + texture * (not person.flat), 0, 255).astype(np.uint8)
    top, left = int(person.y), int(person.x)
    part = image[top : top + side, left : left + side]
    part[:] = face[: part.shape[0], : part.shape[1]]


class PlayedDetector:
    """Plays back the given faces: those of the frame that `paint` made with this number.

    `on_detect` is called in the detecting thread with the number, before the answer.
    """

    provider = "Played"

    def __init__(
        self,
        script: Sequence[Sequence[Person]] | Mapping[int, Sequence[Person]],
        on_detect: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._script = script if isinstance(script, Mapping) else dict(enumerate(script))
        self._on_detect = on_detect

    def detect(self, image: Image) -> Faces:
        """See `Detector.detect`."""
        index = int(image[0, 0, 0]) + 256 * int(image[0, 0, 1])
        self._on_detect(index)
        return faces_of(self._script.get(index, ()))


class MeanColourEmbedder:
    """A chip's template is its mean colour: float32 (3,), length 1. `on_embed` is called with each batch."""

    provider = "MeanColour"
    dim = 3
    chip_points = CHIP_POINTS
    chip_size = CHIP_SIZE

    def __init__(self, on_embed: Callable[[NDArray[np.uint8]], None] = lambda _: None) -> None:
        self._on_embed = on_embed

    def embed(self, chips: NDArray[np.uint8]) -> Vectors:
        """See `Embedder.embed`."""
        self._on_embed(chips)
        middle = chips[:, 8:24, 8:24].reshape(len(chips), -1, 3).mean(axis=1)
        return _unit(middle)


def template_of(colour: Colour) -> Vectors:
    """The template of a person of this colour, float32 (3,)."""
    return np.asarray(_unit(np.array([colour], np.float64))[0], np.float32)


def gallery_of(
    subjects: Mapping[str, Colour], *, threshold: float = 0.9, blue: Collection[str] = ()
) -> Gallery:
    """A gallery of people by their colour, with one threshold; `blue` of them are on the blue list."""
    templates = np.stack([template_of(colour) for colour in subjects.values()])
    thresholds = dict.fromkeys(subjects, threshold)
    return Gallery.of(list(subjects), templates, pack="colours", thresholds=thresholds, blue=blue)


def _unit(colours: NDArray[np.float64]) -> Vectors:
    centred = colours - 127.5
    lengths = np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
    return np.asarray(centred / lengths, np.float32)

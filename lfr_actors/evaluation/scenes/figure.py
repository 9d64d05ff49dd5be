"""A walking body drawn under a head: legs, coat, arms, in a few phases of a step."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.scenes.cutout import Head

UNIT_PX = 46
"""Face width at which bodies are drawn; a coat needs less detail than a face."""
PHASES = 8
_HALF_WIDTH = 1.75
_ABOVE = 0.4
_BELOW = 11.2
_TROUSERS = ((58, 48, 42), (40, 38, 38), (92, 74, 58), (66, 72, 82), (110, 104, 98), (48, 40, 34))

Sprite = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """A person ready to be drawn at any size: bodies by phase, each also at half size, and the head.

    Sprites are uint8 (h, w, 4), premultiplied BGR and alpha. The face centre lies at `origin` of a body, for
    a face `UNIT_PX` wide. `heads` are the head at full, half and quarter size.
    """

    bodies: tuple[tuple[Sprite, Sprite], ...] = field(repr=False)
    origin: tuple[float, float]
    heads: tuple[Sprite, ...] = field(repr=False)
    head_centre: tuple[float, float]
    head_face_px: float


def draw_figure(head: Head, rng: np.random.Generator) -> Figure:
    """Dress a head: coat in the colour of the photograph's clothing, chance for the rest."""
    coat = np.clip(np.array(head.clothing) * rng.uniform(0.85, 1.1), 18, 215)
    clothes = _Clothes(
        coat=coat,
        trousers=np.array(_TROUSERS[int(rng.integers(len(_TROUSERS)))], np.float64),
        shirt=np.clip(coat * 0.4 + rng.uniform(60, 150), 0, 235),
        skin=np.array(head.skin),
        build=float(rng.uniform(0.90, 1.06)),
        hem=6.8 if rng.uniform() < 0.35 else 5.1,
    )
    folds = _folds(rng)
    bodies = []
    for phase in range(PHASES):
        shaded = _shade(_draw_body(phase / PHASES, clothes), folds)
        bodies.append((shaded, _half(shaded)))
    picture = head.picture
    return Figure(
        bodies=tuple(bodies),
        origin=(_HALF_WIDTH * UNIT_PX, _ABOVE * UNIT_PX),
        heads=(picture, _half(picture), _half(_half(picture))),
        head_centre=head.centre,
        head_face_px=head.face_px,
    )


def _half(sprite: Sprite) -> Sprite:
    size = (max(1, sprite.shape[1] // 2), max(1, sprite.shape[0] // 2))
    return np.asarray(cv2.resize(sprite, size, interpolation=cv2.INTER_AREA), np.uint8)


def _folds(rng: np.random.Generator) -> NDArray[np.float32]:
    """Soft vertical folds of cloth: a gain around 1 for each pixel of a body."""
    high, wide = int((_ABOVE + _BELOW) * UNIT_PX), int(2 * _HALF_WIDTH * UNIT_PX)
    coarse = rng.normal(0, 1, (14, 22)).astype(np.float32)
    soft = cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.normal(0, 1, (high, wide)).astype(np.float32), (0, 0), 1.0)
    return np.asarray(1 + 0.07 * soft + 0.05 * fine, np.float32)


def _shade(body: Sprite, folds: NDArray[np.float32]) -> Sprite:
    """Round the body with light from one side, lay the folds on, soften, premultiply."""
    alpha = body[..., 3:].astype(np.float32) / 255
    columns = np.linspace(-_HALF_WIDTH, _HALF_WIDTH, body.shape[1], dtype=np.float32)
    rounded = 1.06 - 0.2 * columns**2 + 0.05 * columns
    gain = folds * np.clip(rounded, 0.45, 1.1)[None, :]
    colour = np.minimum(body[..., :3] * gain[..., None], 255) * alpha
    layer = np.concatenate([colour, alpha * 255], axis=2).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), 0.8), np.uint8)


class _Canvas:
    """Draws polygons in face widths from the face centre onto a BGRA sprite."""

    def __init__(self) -> None:
        high, wide = int((_ABOVE + _BELOW) * UNIT_PX), int(2 * _HALF_WIDTH * UNIT_PX)
        self.sprite: Sprite = np.zeros((high, wide, 4), np.uint8)

    def fill(self, points: list[tuple[float, float]], colour: NDArray[np.float64]) -> None:
        """A filled, smooth-edged polygon."""
        ends = (np.array(points) + np.array([_HALF_WIDTH, _ABOVE])) * UNIT_PX * 16
        value = tuple(float(one) for one in np.clip(colour, 0, 255))
        cv2.fillPoly(self.sprite, [np.round(ends).astype(np.int32)], (*value, 255), cv2.LINE_AA, 4)

    def limb(
        self, start: tuple[float, float], end: tuple[float, float], wide: float, colour: NDArray[np.float64]
    ) -> None:
        """A limb with round ends."""
        ends = [
            tuple(
                round((one + shift) * UNIT_PX)
                for one, shift in zip(point, (_HALF_WIDTH, _ABOVE), strict=True)
            )
            for point in (start, end)
        ]
        value = tuple(float(one) for one in np.clip(colour, 0, 255))
        cv2.line(self.sprite, ends[0], ends[1], (*value, 255), max(1, round(wide * UNIT_PX)), cv2.LINE_AA)

    def leg(
        self,
        hip: tuple[float, float],
        knee: tuple[float, float],
        ankle: tuple[float, float],
        colour: NDArray[np.float64],
    ) -> None:
        """A trouser leg that narrows from hip to ankle."""
        ways = ((hip, 0.44), (knee, 0.36), (ankle, 0.28))
        inner = [(x - half, y) for (x, y), half in ways]
        outer = [(x + half, y) for (x, y), half in reversed(ways)]
        self.fill(inner + outer, colour)


_SHOES = np.array([26.0, 24.0, 24.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Clothes:
    """BGR colours, float64 (3,); breadth around 1; where the coat ends, in face widths below the face."""

    coat: NDArray[np.float64]
    trousers: NDArray[np.float64]
    shirt: NDArray[np.float64]
    skin: NDArray[np.float64]
    build: float
    hem: float


def _draw_body(phase: float, clothes: _Clothes) -> Sprite:
    """The body at a phase of its double step, straight alpha: back to front."""
    canvas = _Canvas()
    swing = float(np.sin(2 * np.pi * phase))
    for side in (-1.0, 1.0):
        _draw_leg(canvas, clothes, side, lift=max(0.0, side * swing))
    for side in (-1.0, 1.0):
        _draw_arm(canvas, clothes, side, forward=side * swing)
    coat = clothes.coat
    canvas.fill(_torso(clothes.build, clothes.hem), coat)
    canvas.fill([(-0.3, 0.9), (0.3, 0.9), (0.05, 2.3), (-0.05, 2.3)], clothes.shirt)
    canvas.fill([(-0.32, 0.86), (-0.50, 1.2), (-0.04, 2.45), (-0.04, 2.1)], coat * 0.86)
    canvas.fill([(0.32, 0.86), (0.50, 1.2), (0.04, 2.45), (0.04, 2.1)], coat * 0.9)
    canvas.fill([(-0.02, 2.4), (0.02, 2.4), (0.03, 5.0), (-0.01, 5.0)], coat * 0.7)
    canvas.fill([(-0.26, 0.3), (0.26, 0.3), (0.30, 0.95), (0.0, 1.12), (-0.30, 0.95)], clothes.skin * 0.8)
    return canvas.sprite


def _draw_leg(canvas: _Canvas, clothes: _Clothes, side: float, *, lift: float) -> None:
    foot, knee = 10.5 - 0.8 * lift, 7.8 - 0.3 * lift
    cloth = clothes.trousers * (0.72 if lift > 0.3 else 1.0)
    hip, ankle = 0.40 * clothes.build, 0.42
    canvas.leg((side * hip, 4.9), (side * (hip + 0.02), knee), (side * ankle, foot), cloth)
    canvas.limb((side * ankle, foot + 0.08), (side * (ankle + 0.08), foot + 0.26), 0.40, _SHOES)


def _draw_arm(canvas: _Canvas, clothes: _Clothes, side: float, *, forward: float) -> None:
    build = clothes.build
    elbow = (side * (1.26 * build + 0.06), 3.05 - 0.06 * forward)
    hand = (side * (1.24 * build - 0.10 * max(forward, 0.0)), 4.55 - 0.35 * forward)
    canvas.limb((hand[0], hand[1] + 0.1), (hand[0], hand[1] + 0.34), 0.30, clothes.skin * 0.8)
    canvas.limb((side * 1.06 * build, 1.62), elbow, 0.56, clothes.coat * 0.84)
    canvas.limb(elbow, hand, 0.46, clothes.coat * 0.78)


def _torso(build: float, hem: float) -> list[tuple[float, float]]:
    """Outline of the coat: neck, rounded shoulders, waist, hem."""
    right = [
        (0.30, 0.84),
        (0.58, 0.98),
        (0.92 * build, 1.10),
        (1.18 * build, 1.28),
        (1.30 * build, 1.66),
        (1.22 * build, 2.3),
        (1.04 * build, 3.3),
        (1.02 * build, 4.2),
        (1.08 * build, hem),
        (0.70 * build, hem + 0.08),
    ]
    return right + [(-x, y) for x, y in reversed(right)]

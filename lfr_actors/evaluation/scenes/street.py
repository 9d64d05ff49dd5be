"""The painted place: a passage between shop fronts that opens on a square, in perspective.

Everything is computed from one pinhole camera, so that people who come round the corners and the ground they
walk on agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.scenes.light import shade_at
from lfr_actors.evaluation.scenes.settings import SceneSettings
from lfr_actors.messages import Image

Plane = NDArray[np.float32]

SQUARE_M = 3.4
"""Distance of the house fronts across the square, in distances of the corners."""
GAP_M = 1.5
"""Half the breadth of the street that leads on between them."""
SHOP_M = 2.7
"""Breadth of a shop front."""
_PAINTS = (
    (74, 92, 48), (48, 54, 118), (104, 70, 46), (60, 60, 62), (96, 104, 116), (52, 84, 92), (120, 96, 66),
)  # fmt: skip
_WALLS = ((92, 112, 142), (122, 140, 158), (140, 150, 160), (84, 98, 128), (150, 152, 150))
_SIGNS = ("BAKERY", "BOOKS", "PHARMACY", "FLOWERS", "CAFE", "SHOES", "TEA ROOM", "BANK", "OPTICIAN")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Street:
    """A place: `picture` uint8 (height, width, 3) BGR, and the columns between its two corners.

    People further away than `SceneSettings.corner_m` are to be seen only from `left_px` to `right_px`.
    """

    picture: Image = field(repr=False)
    left_px: int
    right_px: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _View:
    """Every pixel's place from middle and horizon, px, each (h, w), and how far the house fronts are."""

    columns: Plane
    rows: Plane
    far_m: float
    settings: SceneSettings


def paint_street(settings: SceneSettings, rng: np.random.Generator) -> Street:
    """Paint a place for a scene."""
    wide, high = settings.width, settings.height
    view = _View(
        columns=(np.arange(wide, dtype=np.float32) - wide / 2)[None, :].repeat(high, axis=0),
        rows=(np.arange(high, dtype=np.float32) - settings.horizon_px)[:, None].repeat(wide, axis=1),
        far_m=SQUARE_M * settings.corner_m,
        settings=settings,
    )
    picture = _sky(settings, rng)
    gap_m = _paint_front(picture, view, rng)
    _paint_ground(picture, view, gap_m, rng)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.6, wide / 1100)), np.float32)
    _paint_walls(picture, view, rng)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (high, wide, 1)).astype(np.float32), (0, 0), 0.8)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.4, wide / 2200)), np.float32)
    picture += 4 * grain.reshape(high, wide, 1)
    picture *= _vignette(wide, high)[..., None]
    return Street(
        picture=np.clip(picture, 0, 255).astype(np.uint8),
        left_px=round(wide / 2 - settings.corner_px),
        right_px=round(wide / 2 + settings.corner_px),
    )


def _vignette(wide: int, high: int) -> Plane:
    x = np.linspace(-1, 1, wide, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, high, dtype=np.float32)[:, None]
    return np.asarray(1.02 - 0.13 * (x * x + y * y), np.float32)


def _sky(settings: SceneSettings, rng: np.random.Generator) -> Plane:
    """Overcast sky with roofs in the haze."""
    wide, high = settings.width, settings.height
    down = np.linspace(0, 1, high, dtype=np.float32)[:, None, None]
    picture = np.array([226, 214, 204], np.float32) * (1 - 0.3 * down) * np.ones((1, wide, 1), np.float32)
    clouds = cv2.resize(
        rng.normal(0, 1, (6, 10)).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC
    )
    picture += 7 * clouds[..., None]
    for layer in range(3):
        tone = np.array([186, 178, 172], np.float32) - 22 * layer
        left = 0
        while left < wide:
            right = left + int(rng.uniform(0.03, 0.08) * wide)
            top = int(settings.horizon_px * (1 - rng.uniform(0.05, 0.55) * (layer + 1) / 2))
            picture[max(0, top) :, left:right] = tone + rng.uniform(-6, 6)
            left = right
    return np.asarray(picture, np.float32)


def _facade(along: Plane, up: Plane, sharp_px: float, rng: np.random.Generator) -> Plane:
    """A row of shops with a storey of brick above, at metres along and above the ground: (h, w, 3) BGR.

    `sharp_px` is px per metre; joints finer than a pixel are left out.
    """
    number = np.floor(along / SHOP_M).astype(np.int32)
    inside = along - number * SHOP_M
    number = number - number.min()
    count = int(number.max()) + 1
    paints = np.array(_PAINTS, np.float32)[rng.integers(len(_PAINTS), size=count)]
    paints *= rng.uniform(0.7, 1.1, (count, 1)).astype(np.float32)
    walls = np.array(_WALLS, np.float32)[rng.integers(len(_WALLS), size=count)]
    glow = rng.uniform(0.5, 1.5, count).astype(np.float32)

    colour = walls[number] * _brickwork(along, up, sharp_px)[..., None]
    warm = np.array([0.8, 0.95, 1.1], np.float32)
    inner = (glow[number] * (26 + 30 * np.clip(up - 0.6, 0, 1.4)))[..., None] * warm
    reflected = np.clip(np.sin(along * 3.1 + up * 1.7) - 0.55, 0, 1)[..., None] * 70
    shelf = np.floor(inside / 0.19)
    frame = paints[number]
    boards = (0.9 + 0.1 * np.mod(np.floor(up * 8), 2))[..., None]

    shop = up < 2.95
    glass = (up > 0.5) & (up < 2.3) & (inside > 0.22) & (inside < 1.75)
    goods = glass & (up < 1.15) & (np.mod(shelf * 7 + number * 3, 5) > 1)
    door = (up < 2.3) & (inside > 1.92) & (inside < 2.52)
    pane = door & (up > 0.95) & (up < 2.15) & (inside > 2.02) & (inside < 2.42)
    layers: tuple[tuple[NDArray[np.bool_], NDArray[np.floating]], ...] = (
        (shop, frame * boards),
        (glass, inner + reflected + 14),
        (goods, inner * 1.3 + 24 * np.mod(shelf + number, 3)[..., None]),
        (door, frame * 0.62),
        (pane, inner * 0.9 + 20),
        (shop & (up > 2.42), frame * 1.22 + 12),
    )
    for where, value in layers:
        colour[where] = value[where]
    _upper_storey(colour, inside, up)
    colour *= np.clip(0.72 + up[..., None] * 0.35, 0.72, 1.0)
    return np.asarray(colour, np.float32)


def _brickwork(along: Plane, up: Plane, sharp_px: float) -> Plane:
    """Bricks and joints as a gain around 1, (h, w)."""
    course = np.floor(up / 0.075)
    shifted = along + 0.11 * np.mod(course, 2)
    tint = np.sin(course * 12.9898 + np.floor(shifted / 0.22) * 78.233) * 43758.5453
    gain = 0.93 + 0.14 * (tint - np.floor(tint))
    if sharp_px > 60:
        joint = (np.mod(up, 0.075) < 0.012) | (np.mod(shifted, 0.22) < 0.012)
        gain = gain * np.where(joint, 1.12, 1.0)
    return np.asarray(gain, np.float32)


def _upper_storey(colour: Plane, inside: Plane, up: Plane) -> None:
    """Cornice, sills and sash windows above the shops, painted over `colour`."""
    stone = np.array([168, 172, 176], np.float32)
    colour[(up > 2.9) & (up < 3.02)] = stone
    sash = (up > 3.5) & (up < 5.0) & (np.mod(inside - 0.3, 1.35) < 0.75)
    sky = (38 + 22 * np.clip(up - 3.5, 0, 2))[..., None] * np.array([1.15, 1.0, 0.9], np.float32)
    colour[sash] = sky[sash]
    colour[(up > 3.42) & (up <= 3.5) & (np.mod(inside - 0.25, 1.35) < 0.85)] = stone + 8


def _paint_front(picture: Plane, view: _View, rng: np.random.Generator) -> float:
    """House fronts across the square; returns where, across, a street leads on between them."""
    settings, columns, rows, far_m = view.settings, view.columns, view.rows, view.far_m
    metre = settings.focal_px / far_m
    along, up = columns / metre, settings.camera_m - rows / metre
    gap = float(rng.uniform(-0.15, 0.15)) * settings.width / metre
    solid = (up >= 0) & (np.abs(along - gap) > GAP_M)
    front = _facade(along + 40, up, metre, rng)
    picture[solid] = 0.82 * front[solid] + 0.18 * 190
    signs = np.zeros(picture.shape[:2], np.uint8)
    for number in range(-3, 4):
        left = number * SHOP_M - 40 % SHOP_M + 0.5
        if abs(left + 0.8 - gap) < 3.2:
            continue
        x = int(left * metre + settings.width / 2)
        y = int(settings.horizon_px + (settings.camera_m - 2.56) * metre)
        text = _SIGNS[int(rng.integers(len(_SIGNS)))]
        size = 0.25 * metre / 22
        cv2.putText(signs, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, 255.0, 1, cv2.LINE_AA)
    share = signs[..., None].astype(np.float32) / 255
    picture += share * (222 - picture)
    return gap


def _paint_ground(picture: Plane, view: _View, gap_m: float, rng: np.random.Generator) -> None:
    """Paving with joints, stains and a gutter, out to the house fronts and down the street between them."""
    settings, columns, rows, far_m = view.settings, view.columns, view.rows, view.far_m
    below = rows > 0.5
    away = settings.focal_px * settings.camera_m / np.maximum(rows, 0.5)
    leads_on = np.abs(columns * far_m / settings.focal_px - gap_m) <= GAP_M
    below &= (away <= far_m) | ((away < 5 * far_m) & leads_on)
    across = columns * away / settings.focal_px
    slab = 0.55
    metre = settings.focal_px / away
    line_m = np.maximum(0.014, 0.8 / metre)
    strength = np.clip(metre * 0.014, 0.12, 1.0)
    row_number = np.floor(away / slab)
    shifted = across + 0.5 * slab * np.mod(row_number, 2)
    joint = (np.mod(away, slab) < line_m * np.minimum(4, away / 3)) | (np.mod(shifted, slab) < line_m)
    tint = np.sin(row_number * 12.9898 + np.floor(shifted / slab) * 78.233) * 43758.5453
    shade = 132 + 16 * (tint - np.floor(tint)) - 8
    stains = cv2.resize(
        rng.normal(0, 1, (24, 24)).astype(np.float32), (512, 512), interpolation=cv2.INTER_CUBIC
    )
    u = np.mod(across * 40 + 256, 511).astype(np.float32)
    v = np.mod(away * 26, 511).astype(np.float32)
    shade = shade + 7 * cv2.remap(stains, u, v, cv2.INTER_LINEAR)
    shade = shade * np.where(joint, 1 - 0.3 * strength, 1.0)
    gutter = np.abs(np.abs(across) - 0.86 * settings.wall_m) < 0.09
    shade = np.where(gutter & (away < settings.corner_m), shade * 0.78, shade)
    shade = shade * shade_at(settings, away)
    ground = shade[..., None] * np.array([0.97, 1.0, 1.02], np.float32)
    haze = np.clip((away - far_m) / (4 * far_m), 0, 0.6)[..., None]
    ground = ground * (1 - haze) + 190 * haze
    picture[below] = ground[below]


def _paint_walls(picture: Plane, view: _View, rng: np.random.Generator) -> None:
    """The two walls of the passage, from the corners towards the camera, and their foot in shade."""
    settings, columns, rows = view.settings, view.columns, view.rows
    for side in (-1, 1):
        outside = columns * side >= settings.corner_px
        away = (settings.focal_px * settings.wall_m / np.maximum(columns * side, 1.0)).astype(np.float32)
        up = (settings.camera_m - rows * away / settings.focal_px).astype(np.float32)
        where = outside & (up >= 0)
        first = int(np.flatnonzero(outside[0])[0])
        last = int(np.flatnonzero(outside[0])[-1]) + 1
        wall = _facade(away[:, first:last] + 10 + 5 * side, up[:, first:last], 80, rng)
        light = 0.74 if side < 0 else 0.88
        part = where[:, first:last]
        picture[:, first:last][part] = (wall * light)[part]
        edge = np.abs(columns * side - settings.corner_px) < max(1.0, settings.width / 640)
        picture[edge & (up >= 0)] = np.array([150, 154, 158], np.float32) * light
        foot = outside & (up < 0) & (up > -0.5)
        picture[foot] *= 0.75

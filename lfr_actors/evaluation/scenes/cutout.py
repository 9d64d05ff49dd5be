"""A head cut out of a photograph, softly, so that it can be put on a drawn body.

Nothing here knows people from background by learning: GrabCut is seeded with ellipses placed by the face
box, and its answer is kept inside what a head, a neck and shoulders can cover.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.errors import InvalidFile
from lfr_actors.messages import Image
from lfr_actors.vision.models import Detector

WORK_FACE_PX = 44.0
"""Face width at which GrabCut works: enough for an outline, quick enough for a crowd."""
_DARK_CLOTH = (64.0, 54.0, 48.0)
LARGEST_FACE_PX = 150.0
"""Photographs with larger faces are reduced to this; no scene shows more."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Head:
    """A head with neck and shoulders, to be laid over a body.

    `picture` is uint8 (h, w, 4): BGR premultiplied by alpha, and alpha. `centre` is the middle of the face
    box in it, `face_px` the width of that box. `clothing` and `skin` are BGR colours for the body.
    """

    picture: NDArray[np.uint8] = field(repr=False)
    centre: tuple[float, float]
    face_px: float
    clothing: tuple[float, float, float]
    skin: tuple[float, float, float]


def read_picture(path: Path) -> Image:
    """A picture from a file, uint8 (h, w, 3) BGR; raises `InvalidFile` when it cannot be read."""
    data = np.fromfile(path, np.uint8) if path.is_file() else np.empty(0, np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if picture is None:
        raise InvalidFile(str(path), ("is not a picture that can be read",))
    return np.asarray(picture, np.uint8)


def cut_head(picture: Image, detector: Detector, name: str) -> Head:
    """Cut out the head of the person the photograph is of: large and near its middle.

    Other faces are kept out of the cut. Raises `InvalidFile` with `name` when no face is found.
    """
    faces = detector.detect(np.asarray(picture, np.uint8))
    if not len(faces):
        raise InvalidFile(name, ("shows no face that can be found; a person without a face cannot walk by",))
    boxes = faces.boxes.astype(np.float64)
    chosen = _main_face(boxes, picture.shape)
    face_px = float(boxes[chosen, 2] - boxes[chosen, 0])
    shrink = min(1.0, LARGEST_FACE_PX / face_px)
    if shrink < 1:
        picture = np.asarray(cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA))
        boxes = boxes * shrink
    return _cut(picture, boxes, chosen)


def _main_face(boxes: NDArray[np.float64], shape: tuple[int, ...]) -> int:
    """The face that is large and near the middle."""
    middle = np.array([shape[1] / 2, shape[0] / 2])
    off = np.linalg.norm((boxes[:, :2] + boxes[:, 2:]) / 2 - middle, axis=1)
    return int(np.argmax((boxes[:, 2] - boxes[:, 0]) - off))


def _cut(picture: Image, boxes: NDArray[np.float64], chosen: int) -> Head:
    left, top, right, bottom = boxes[chosen]
    face_px = float(right - left)
    x, y = float(left + right) / 2, float(top + bottom) / 2
    x0, x1 = max(0, int(x - 1.8 * face_px)), min(picture.shape[1], int(x + 1.8 * face_px))
    y0, y1 = max(0, int(y - 1.35 * face_px)), min(picture.shape[0], int(y + 1.75 * face_px))
    crop = picture[y0:y1, x0:x1]
    boxes = boxes - np.array([x0, y0, x0, y0])
    x, y = x - x0, y - y0
    scale = WORK_FACE_PX / face_px
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    others = np.delete(boxes, chosen, axis=0) * scale
    alpha = _outline(np.asarray(small, np.uint8), (x * scale, y * scale), others)
    alpha = np.asarray(cv2.resize(alpha, (crop.shape[1], crop.shape[0]), interpolation=cv2.INTER_CUBIC))
    alpha = np.clip(alpha, 0, 1).astype(np.float32)

    skin = _colour(crop, (x, y), (0.22 * face_px, 0.2 * face_px))
    clothing = _clothing(crop, alpha, (x, y), face_px, skin)
    toned = _tone(crop, skin)
    premultiplied = np.dstack([toned.astype(np.float32) * alpha[..., None], alpha * 255])
    return Head(
        picture=np.clip(premultiplied + 0.5, 0, 255).astype(np.uint8),
        centre=(x, y),
        face_px=face_px,
        clothing=clothing,
        skin=skin,
    )


def _outline(small: Image, centre: tuple[float, float], others: NDArray[np.float64]) -> NDArray[np.float32]:
    """Alpha of the head, float32 (h, w) in [0, 1], for a face `WORK_FACE_PX` wide at `centre`."""
    unit = WORK_FACE_PX
    shape = small.shape[:2]
    likely = _shape(shape, centre, head=(0.98, 1.12, -0.06), neck=0.9, shoulders=1.9, down=1.5)
    allowed = _shape(shape, centre, head=(0.92, 1.10, -0.08), neck=0.62, shoulders=1.2, down=1.5)
    certain = _ellipse(shape, centre, 0.40, 0.58, 0.02)
    least = _shape(shape, centre, head=(0.52, 0.76, -0.06), neck=0.24, shoulders=0.0, down=0.95)
    marks = np.full(shape, cv2.GC_BGD, np.uint8)
    marks[likely > 0] = cv2.GC_PR_FGD
    # GrabCut starts from everything likely being the person; the flanks of the head are as likely not.
    flanks = (likely > 0) & (
        _shape(shape, centre, head=(0.68, 0.98, -0.1), neck=0.4, shoulders=1.9, down=1.5) == 0
    )
    marks[flanks] = cv2.GC_PR_BGD
    for left, top, right, bottom in others.astype(int):
        marks[max(0, top - 8) : bottom + 12, max(0, left - 4) : right + 4] = cv2.GC_BGD
    marks[certain > 0] = cv2.GC_FGD
    marks[_black_rim(small)] = cv2.GC_BGD
    cv2.setRNGSeed(1)
    cv2.grabCut(small, marks, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
    found = ((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)).astype(np.uint8)
    found = np.asarray(cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    found = (found & allowed) | least
    _, labels = cv2.connectedComponents(found)
    found = (labels == labels[int(centre[1]), int(centre[0])]).astype(np.uint8)
    found = np.asarray(cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), np.uint8)
    eroded = cv2.erode(found, np.ones((3, 3), np.uint8))
    soft = cv2.GaussianBlur(eroded.astype(np.float32), (0, 0), unit / 34)
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    fade = np.clip((min(centre[1] + 1.62 * unit, shape[0]) - rows) / (0.4 * unit), 0, 1)
    columns = np.arange(shape[1], dtype=np.float32)[None, :]
    edge = np.clip(np.minimum(columns, shape[1] - 1 - columns) / 4, 0, 1) * np.clip(rows / 4, 0, 1)
    return np.asarray(soft * fade * edge, np.float32)


def _black_rim(picture: Image) -> NDArray[np.bool_]:
    """Black areas at the picture's edge, as left by turning a photograph upright: bool (h, w)."""
    black = (picture.max(axis=2) < 4).astype(np.uint8)
    count, labels = cv2.connectedComponents(black)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    touching = np.zeros(count, bool)
    touching[np.unique(rim)] = True
    touching[0] = False
    return np.asarray(touching[labels], np.bool_)


def _ellipse(
    shape: tuple[int, ...], centre: tuple[float, float], half_wide: float, half_high: float, lower: float
) -> NDArray[np.uint8]:
    mask = np.zeros(shape, np.uint8)
    unit = WORK_FACE_PX
    middle = (round(centre[0]), round(centre[1] + lower * unit))
    cv2.ellipse(mask, middle, (round(half_wide * unit), round(half_high * unit)), 0, 0, 360, 1, -1)
    return mask


def _shape(
    shape: tuple[int, ...],
    centre: tuple[float, float],
    *,
    head: tuple[float, float, float],
    neck: float,
    shoulders: float,
    down: float,
) -> NDArray[np.uint8]:
    """Head ellipse with a neck, and shoulders when their half breadth is not 0; lengths in face widths."""
    mask = _ellipse(shape, centre, *head)
    unit = WORK_FACE_PX
    x, y = centre
    outline = [(x - neck * unit, y), (x - neck * unit, y + down * unit)]
    if shoulders:
        outline = [
            (x - neck * unit, y),
            (x - (neck + 0.08) * unit, y + 0.85 * unit),
            (x - shoulders * unit, y + 1.25 * unit),
            (x - shoulders * unit, y + (down + 0.4) * unit),
        ]
    mirrored = [(2 * x - px, py) for px, py in reversed(outline)]
    cv2.fillPoly(mask, [np.round(np.array(outline + mirrored)).astype(np.int32)], 1)
    return mask


def _colour(
    picture: Image, centre: tuple[float, float], half: tuple[float, float]
) -> tuple[float, float, float]:
    x, y = centre
    patch = picture[
        max(0, int(y - half[1])) : int(y + half[1]) + 1, max(0, int(x - half[0])) : int(x + half[0]) + 1
    ]
    blue, green, red = np.median(patch.reshape(-1, 3), axis=0)
    return float(blue), float(green), float(red)


def _clothing(
    picture: Image,
    alpha: NDArray[np.float32],
    centre: tuple[float, float],
    face_px: float,
    skin: tuple[float, float, float],
) -> tuple[float, float, float]:
    """Median colour of what was kept beside and below the neck; dark cloth when that is bare skin."""
    x, y = centre
    area = np.zeros(alpha.shape, bool)
    area[int(y + 1.0 * face_px) : int(y + 1.5 * face_px)] = True
    columns = np.abs(np.arange(alpha.shape[1]) - x)
    area &= ((columns > 0.35 * face_px) & (columns < 1.2 * face_px))[None, :]
    kept = picture[area & (alpha > 0.5)]
    if len(kept) < 30:
        return _DARK_CLOTH
    blue, green, red = np.median(kept, axis=0)
    hue = np.array([blue, green, red]) / max(1.0, blue + green + red) - np.array(skin) / max(1.0, sum(skin))
    if np.abs(hue).max() < 0.045 and red > 1.25 * blue and red > 90:
        return _DARK_CLOTH
    return float(blue), float(green), float(red)


def _tone(picture: Image, skin: tuple[float, float, float]) -> Image:
    """Bring flash-lit and very dark photographs a little towards the light of the street."""
    level = max(12.0, 0.11 * skin[0] + 0.59 * skin[1] + 0.3 * skin[2])
    gain = float(np.clip((118.0 / level) ** 0.45, 0.8, 1.3))
    values = np.arange(256, dtype=np.float32)
    lifted = np.clip(values * gain * 0.92 + 8, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(picture, lifted), np.uint8)

"""Small pictures of the list: a portrait for those who decide alerts, a thumbnail for the contact sheet."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Image
from lfr_actors.vision.faces import Faces

PORTRAIT_PX: Final = 200
_PORTRAIT_QUALITY: Final = 85
_SURROUNDINGS: Final = 0.6
"""Margin about the face, as a share of its longer side: hair, ears and shoulders, by which people compare."""
_THUMBNAIL_PX: Final = 160
_THUMBNAIL_QUALITY: Final = 82


def portrait(image: Image, box: NDArray[np.float32]) -> bytes:
    """The face in `box` (x1, y1, x2, y2; px) and its surroundings, as a JPEG of at most 200 px on its long side."""
    margin_px = _SURROUNDINGS * float((box[2:] - box[:2]).max())
    part, _ = _cut(image, box[0] - margin_px, box[1] - margin_px, box[2] + margin_px, box[3] + margin_px)
    return _jpeg(part, PORTRAIT_PX, _PORTRAIT_QUALITY)


def thumbnail(image: Image, faces: Faces, main: int | None) -> tuple[bytes, NDArray[np.float32]]:
    """The part of the picture about its faces as a small JPEG, and their boxes as shares of it."""
    height_px, width_px = image.shape[:2]
    left, top, right, bottom = 0.0, 0.0, float(width_px), float(height_px)
    boxes = faces.boxes
    if main is not None:
        boxes = np.concatenate([boxes[main : main + 1], np.delete(boxes, main, axis=0)])
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        margin_px = 0.5 * float((boxes[0, 2:] - boxes[0, :2]).max())
        left, top = (float(value) - margin_px for value in low)
        right, bottom = (float(value) + margin_px for value in high)
    part, corner = _cut(image, left, top, right, bottom)
    shares = np.array([part.shape[1], part.shape[0]] * 2, np.float32)
    return _jpeg(part, _THUMBNAIL_PX, _THUMBNAIL_QUALITY), (boxes - np.array(corner * 2, np.float32)) / shares


def _cut(image: Image, left: float, top: float, right: float, bottom: float) -> tuple[Image, tuple[int, int]]:
    """The part of the picture inside these bounds, and its left upper corner; all of it where that is nothing."""
    height_px, width_px = image.shape[:2]
    x, y = int(max(0.0, left)), int(max(0.0, top))
    part = image[y : int(min(height_px, bottom)), x : int(min(width_px, right))]
    return (part, (x, y)) if part.size else (image, (0, 0))


def _jpeg(part: Image, long_side_px: int, quality: int) -> bytes:
    ratio = min(1.0, long_side_px / max(part.shape[:2]))
    side = max(1, round(part.shape[1] * ratio)), max(1, round(part.shape[0] * ratio))
    small = cv2.resize(part, side, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()

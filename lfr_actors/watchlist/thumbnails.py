"""The pictures of a list, small, as the contact sheet shows them: with every face that was found."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Image
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.picture import shrunk

_THUMBNAIL_PX: Final = 160
_THUMBNAIL_QUALITY: Final = 82


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
    return _jpeg(part), (boxes - np.array(corner * 2, np.float32)) / shares


def _cut(image: Image, left: float, top: float, right: float, bottom: float) -> tuple[Image, tuple[int, int]]:
    """The part of the picture inside these bounds, and its left upper corner; all of it where that is nothing."""
    height_px, width_px = image.shape[:2]
    x, y = int(max(0.0, left)), int(max(0.0, top))
    part = image[y : int(min(height_px, bottom)), x : int(min(width_px, right))]
    return (part, (x, y)) if part.size else (image, (0, 0))


def _jpeg(part: Image) -> bytes:
    quality = [cv2.IMWRITE_JPEG_QUALITY, _THUMBNAIL_QUALITY]
    return cv2.imencode(".jpg", shrunk(part, _THUMBNAIL_PX), quality)[1].tobytes()

"""Pictures that may be shown to a person: everybody else is made unrecognisable first.

A blurred face keeps nothing to restore: it is averaged down to a few cells and only then smoothed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Image
from lfr_actors.overwriting import overwrite

_CELLS = 5
_MARGIN = 0.25
MAX_PORTRAIT_BYTES = 60_000
_PORTRAITS = ((400, 92), (400, 80), (400, 60), (200, 60), (100, 60))
"""Long side in px and JPEG quality, tried in turn: even noise fits the last, for no alert may be lost by it."""

Box = NDArray[np.float32]
"""float32 (4,): left, top, right, bottom in px; may reach past the picture."""


def widen(box: Box, share: float, width_px: int, height_px: int) -> tuple[int, int, int, int]:
    """A box made larger by a share of its size on every side, cut to the picture; may be empty."""
    left, top, right, bottom = (float(value) for value in box)
    dx, dy = (right - left) * share, (bottom - top) * share
    return (
        max(0, int(left - dx)),
        max(0, int(top - dy)),
        min(width_px, int(np.ceil(right + dx))),
        min(height_px, int(np.ceil(bottom + dy))),
    )


def blur(image: Image, boxes: Iterable[Box]) -> None:
    """Make the faces in these boxes unrecognisable, in place."""
    height_px, width_px = image.shape[:2]
    for box in boxes:
        left, top, right, bottom = widen(box, _MARGIN, width_px, height_px)
        if right <= left or bottom <= top:
            continue
        region = image[top:bottom, left:right]
        cells = cv2.resize(region, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
        image[top:bottom, left:right] = cv2.resize(
            cells, (right - left, bottom - top), interpolation=cv2.INTER_CUBIC
        )


def portrait_jpeg(image: Image, box: Box, others: Sequence[Box]) -> bytes:
    """The face in `box` with some surroundings, as JPEG of at most 60 KB; the others are blurred first."""
    height_px, width_px = image.shape[:2]
    left, top, right, bottom = widen(box, 0.5, width_px, height_px)
    crop = image[top:bottom, left:right].copy()
    face = np.array([box[0] - left, box[1] - top, box[2] - left, box[3] - top], np.float32)
    shown = widen(face, 0.05, crop.shape[1], crop.shape[0])
    kept = crop[shown[1] : shown[3], shown[0] : shown[2]].copy()
    blur(crop, [other - np.array([left, top, left, top], np.float32) for other in others])
    crop[shown[1] : shown[3], shown[0] : shown[2]] = kept
    overwrite(kept)
    for side_px, quality in _PORTRAITS:
        larger, crop = crop, shrunk(crop, side_px)
        if crop is not larger:
            overwrite(larger)
        jpeg = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(jpeg) <= MAX_PORTRAIT_BYTES:
            break
    overwrite(crop)
    return jpeg


def shrunk(crop: Image, side_px: int) -> Image:
    """The picture with a long side of at most `side_px`."""
    shrink = side_px / max(crop.shape[:2])
    if shrink >= 1:
        return crop
    return np.asarray(cv2.resize(crop, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)


def mark(image: Image, box: Box, label: str) -> None:
    """Draw an alert's box and label, in place."""
    height_px, width_px = image.shape[:2]
    left, top, right, bottom = widen(box, 0.1, width_px, height_px)
    colour = (40, 40, 230)
    cv2.rectangle(image, (left, top), (right, bottom), colour, 2)
    (text_px, line_px), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, 0.55, 1)
    base = max(top - 6, line_px + 4)
    cv2.rectangle(image, (left, base - line_px - 6), (left + text_px + 8, base + 4), colour, -1)
    cv2.putText(
        image, label, (left + 4, base - 2), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (255, 255, 255), 1, cv2.LINE_AA
    )

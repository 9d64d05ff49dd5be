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

Box = NDArray[np.float32]
"""float32 (4,): left, top, right, bottom in px; may reach past the picture."""


def widened(box: Box, share: float) -> Box:
    """A box made larger by a share of its size on every side."""
    border = share * (box[2:] - box[:2])
    return np.concatenate([box[:2] - border, box[2:] + border]).astype(np.float32)


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


def conceal(image: Image, hidden: Iterable[Box], shown: Iterable[Box]) -> None:
    """Make the faces in the `hidden` boxes unrecognisable, in place, except where they overlap a `shown` one."""
    kept = [(inside, image[inside].copy()) for inside in map(_inside, shown)]
    blur(image, hidden)
    for inside, face in kept:
        image[inside] = face
        overwrite(face)


def jpeg_within(picture: Image, steps: Sequence[tuple[int, int]], most_bytes: int) -> NDArray[np.uint8]:
    """The picture as JPEG of at most so many bytes: uint8 (n,), the caller's to overwrite.

    `steps` are long sides in px and qualities, tried in turn; the last is taken whatever its size.
    """
    jpeg = np.empty(0, np.uint8)
    for side_px, quality in steps:
        overwrite(jpeg)
        small = shrunk(picture, side_px)
        jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        if small is not picture:
            overwrite(small)
        if len(jpeg) <= most_bytes:
            break
    return jpeg


def shrunk(picture: Image, side_px: int) -> Image:
    """The picture with a long side of at most `side_px`; itself when it has that."""
    shrink = side_px / max(picture.shape[:2])
    if shrink >= 1:
        return picture
    return np.asarray(cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)


def mark(image: Image, box: Box, label: str | None = None) -> None:
    """Draw a frame about an alert's face, and its label, in place."""
    height_px, width_px = image.shape[:2]
    left, top, right, bottom = widen(box, 0.18, width_px, height_px)
    colour = (40, 40, 230)
    cv2.rectangle(image, (left, top), (right, bottom), (255, 255, 255), 4)  # seen on every ground
    cv2.rectangle(image, (left, top), (right, bottom), colour, 2)
    if label is None:
        return
    (text_px, line_px), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, 0.55, 1)
    base = max(top - 6, line_px + 4)
    cv2.rectangle(image, (left, base - line_px - 6), (left + text_px + 8, base + 4), colour, -1)
    cv2.putText(
        image, label, (left + 4, base - 2), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (255, 255, 255), 1, cv2.LINE_AA
    )


def _inside(box: Box) -> tuple[slice, slice]:
    left, top = max(0, int(box[0])), max(0, int(box[1]))
    return slice(top, max(top, int(box[3]))), slice(left, max(left, int(box[2])))

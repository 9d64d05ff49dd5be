"""The one geometry in which a face is shown to somebody who decides, so that two laid side by side compare.

Eyes level, their midpoint always in the same place, and one scale, whichever camera a picture is from. The scale is
that of all five landmarks: by the eyes alone a face that is turned aside would look larger than it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import MAX_PROBE_BYTES, Image
from lfr_actors.overwriting import overwrite
from lfr_actors.vision.align import ARCFACE_POINTS, reduced, shrinkage, similarity
from lfr_actors.vision.faces import LEFT_EYE, RIGHT_EYE
from lfr_actors.vision.picture import Box, blur, jpeg_within, widened

PORTRAIT_WIDTH_PX: Final = 240
PORTRAIT_HEIGHT_PX: Final = 300
EYES_AT_PX: Final = (120.0, 135.0)
"""Where the midpoint of the eyes is: the head fills most of the height, and hair and neck are there too."""
EYE_DISTANCE_PX: Final = 60.0
"""Between the eyes of a face of usual proportions that looks at the camera."""

_LEAST_EYE_DISTANCE: Final = 0.35
"""Eyes nearer to each other than this share of the usual: a profile, in which they do not say what is level."""
_TONES: Final = 3
_GREY: Final = 128
"""So few tones, half of them grey, that nobody takes what fills the edge for a part of the picture."""
_FEATHER_PX: Final = 5.0
_STEPS: Final = tuple((PORTRAIT_HEIGHT_PX, quality) for quality in (88, 75, 60, 40, 20, 5))


def aligned_portrait(
    image: Image,
    landmarks: NDArray[np.float32],
    *,
    own: Box | None = None,
    others: Sequence[Box] = (),
) -> bytes:
    """The face at these landmarks, float32 (5, 2) px, and what is about it: JPEG of 240 x 300 px, at most 30 KB.

    The faces in the boxes `others` are made unrecognisable, except where they overlap `own`, the box of the face
    itself. What lies outside the picture is filled with soft tones of its edge. `image` is not changed.

    Raises `ValueError` when the landmarks do not span a face.
    """
    matrix = _to_portrait(landmarks)
    shown = _laid_out(image, matrix)
    kept = shown.copy()
    blur(shown, [_bounds(_carried(other, matrix)) for other in others])
    if own is not None:
        face = np.zeros(shown.shape[:2], np.uint8)
        cv2.fillConvexPoly(face, np.rint(_carried(widened(own, 0.05), matrix)).astype(np.int32), 1)
        np.copyto(shown, kept, where=face[:, :, None] > 0)
    jpeg = jpeg_within(shown, _STEPS, MAX_PROBE_BYTES)
    overwrite(shown, kept)
    return jpeg.tobytes()


def _to_portrait(landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
    """The similarity that carries the picture to the portrait, float64 (2, 3)."""
    eyes = ARCFACE_POINTS[[RIGHT_EYE, LEFT_EYE]]
    usual = (ARCFACE_POINTS - eyes.mean(axis=0)) * (EYE_DISTANCE_PX / float(np.hypot(*(eyes[1] - eyes[0]))))
    closest = similarity(landmarks, usual)
    scale = math.hypot(closest[0, 0], closest[1, 0])
    right_eye, left_eye = landmarks[[RIGHT_EYE, LEFT_EYE]].astype(np.float64)
    across = left_eye - right_eye
    angle = math.atan2(-closest[1, 0], closest[0, 0])
    if math.hypot(*across) * scale >= _LEAST_EYE_DISTANCE * EYE_DISTANCE_PX:
        angle = math.atan2(across[1], across[0])
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]])
    shift = np.array(EYES_AT_PX) - turn @ ((right_eye + left_eye) / 2)
    return np.concatenate([turn, shift[:, None]], axis=1)


def _laid_out(image: Image, matrix: NDArray[np.float64]) -> Image:
    """The picture as the similarity carries it, with what lies outside of it filled; its own memory."""
    size = (PORTRAIT_WIDTH_PX, PORTRAIT_HEIGHT_PX)
    part, shrinks = image, shrinkage(matrix)
    if shrinks >= 2:  # the mean of whole blocks first: sampling alone would skip pixels
        part, matrix = reduced(image, matrix, *size)
    smooth = cv2.INTER_CUBIC if shrinks == 0 else cv2.INTER_LINEAR
    warped = cv2.warpAffine(part, matrix, size, flags=smooth, borderMode=cv2.BORDER_REPLICATE)
    shown = np.asarray(warped, np.uint8)
    inside = _inside(matrix, part.shape[1], part.shape[0])
    if not inside.all():
        shown = _filled(shown, inside)
    if part is not image:
        overwrite(part)
    return shown


def _inside(matrix: NDArray[np.float64], width_px: int, height_px: int) -> NDArray[np.bool_]:
    """Which pixels of the portrait come from within a picture of this size: bool (300, 240)."""
    v, u = np.mgrid[:PORTRAIT_HEIGHT_PX, :PORTRAIT_WIDTH_PX]
    inverse = cv2.invertAffineTransform(matrix)
    x, y = (row[0] * u + row[1] * v + row[2] for row in inverse)
    return np.asarray((x >= 0) & (x <= width_px - 1) & (y >= 0) & (y <= height_px - 1))


def _filled(shown: Image, inside: NDArray[np.bool_]) -> Image:
    """The portrait with hardly more than the tone of the picture's edge where there is no picture, and no seam."""
    tones = cv2.resize(shown, (_TONES, _TONES), interpolation=cv2.INTER_AREA) // 2 + _GREY // 2
    soft = cv2.resize(tones, (PORTRAIT_WIDTH_PX, PORTRAIT_HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    within = cv2.erode(inside.astype(np.float32), np.ones((3, 3)), iterations=int(_FEATHER_PX))
    share = (cv2.GaussianBlur(within, (0, 0), _FEATHER_PX) * inside)[:, :, None]
    filled = (share * shown + (1 - share) * soft).astype(np.uint8)
    overwrite(shown, soft)
    return filled


def _carried(box: Box, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corners of a box where the similarity carries them, in turn: float64 (4, 2)."""
    left, top, right, bottom = (float(value) for value in box)
    corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]])
    return np.asarray(corners @ matrix.T)


def _bounds(corners: NDArray[np.float64]) -> Box:
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)]).astype(np.float32)

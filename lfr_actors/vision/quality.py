"""How good a template a face would give: size, sharpness, pose and exposure, each a number with its reason.

Everything follows from the picture and the five landmarks, in about 0.2 ms a face, so that each face of each
frame can be measured and the best of a track chosen before anything is embedded. The constants were chosen
on photographs of 300 people, each made smaller, blurred, darker, brighter and noisier, by how much of the
similarity (ArcFace MobileFaceNet) to another photograph of the same person was left:

    eyes apart, px      20: 97 %   14: 91 %   10: 74 %   7: 46 %   5: 24 %
    blur, sigma as a share of the distance between the eyes      4 %: 88 %   8 %: 39 %   12 %: 15 %
    light, as a share of what it was      50 %: 94 %   25 %: 67 %   12 %: 19 %
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Image
from lfr_actors.overwriting import overwrite
from lfr_actors.vision.faces import LEFT_EYE, RIGHT_EYE

_NORMAL_EYES_PX = 16.0
"""Faces are reduced to this distance between the eyes before sharpness is measured, never enlarged."""
_REGION = 1.1
"""Half the side of the measured square about the landmarks, in distances between the eyes."""

_ALL, _FIRST, _LAST = slice(None), slice(None, -1), slice(1, None)
_NEIGHBOURS = (
    ((_ALL, _LAST), (_ALL, _FIRST)),
    ((_LAST, _ALL), (_FIRST, _ALL)),
    ((_LAST, _LAST), (_FIRST, _FIRST)),
    ((_LAST, _FIRST), (_FIRST, _LAST)),
)
"""Pairs of views whose difference is the slope across, down and along both diagonals."""

_HEAD = np.array(
    [[-0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.575, -0.47], [-0.415, 1.155, -0.05], [0.415, 1.155, -0.05]]
)
"""A mean head's landmarks in distances between the eyes: x right, y down, z away from the camera. x and y
are the ArcFace reference points made symmetric; z is a nose standing out by 29 mm at 62 mm between eyes."""
_HEAD_INVERSE = np.linalg.pinv(_HEAD - _HEAD.mean(axis=0)).T


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityLimits:
    """What a face must reach to be worth a template; units as in `Quality`.

    The defaults are for film, where a face below them has lost half to three quarters of its similarity to
    another photograph of the person; enrolment asks for more (`watchlist.verdicts`).
    """

    min_eye_distance_px: float = 8.0
    min_sharpness: float = 0.35
    max_yaw_deg: float = 60.0
    max_pitch_deg: float = 50.0
    max_roll_deg: float = 60.0
    min_exposure: float = 0.09
    max_exposure: float = 0.93
    max_clipped: float = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A measure beyond its limit. `measure` is its name in `Quality`; `reason` a sentence for people."""

    measure: str
    value: float
    limit: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The measures of one face.

    `eye_distance_px`: between the eyes in the picture, not corrected for yaw. `sharpness`: contrast of fine
    over coarse detail, about 0.66 in a sharp photograph and 0.43 where blur costs half of the
    similarity. `yaw_deg` is positive towards the right of the picture, `pitch_deg` upwards, `roll_deg`
    clockwise in the picture. `exposure`: mean luminance of the face in [0, 1]; `clipped`: share of the face
    that is black or white. `score` in [0, 1]: the share of similarity expected to be left, so it compares
    two pictures of one person. `failures`: measures beyond their limits, none for a good face.
    """

    eye_distance_px: float
    sharpness: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    exposure: float
    clipped: float
    score: float
    failures: tuple[Failure, ...]


def measure(image: Image, landmarks: NDArray[np.float32], limits: QualityLimits) -> Quality:
    """Measure one face of a picture.

    `image` uint8 (h, w, 3) BGR; `landmarks` float (5, 2), px, in the order of `faces`. A face outside the
    picture, or whose eyes lie on one spot, has sharpness, exposure and score 0. Raises `ValueError` for
    landmarks of another shape or not finite.
    """
    if landmarks.shape != (5, 2) or not np.isfinite(landmarks).all():
        raise ValueError(f"landmarks must be five finite points, not {landmarks.tolist()}")
    points = landmarks.astype(np.float64)
    eyes = points[LEFT_EYE] - points[RIGHT_EYE]
    eye_distance_px = math.hypot(eyes[0], eyes[1])
    yaw_deg, pitch_deg, roll_deg = pose(points)
    region = _region(image, points, eye_distance_px)
    sharpness = exposure = clipped = 0.0
    if region is not None:
        sharpness = _sharpness(region)
        exposure, clipped = _exposure(region)
        overwrite(region)
    measures = {
        "eye_distance_px": eye_distance_px,
        "sharpness": sharpness,
        "yaw_deg": yaw_deg,
        "pitch_deg": pitch_deg,
        "roll_deg": roll_deg,
        "exposure": exposure,
        "clipped": clipped,
    }
    return Quality(**measures, score=_score(**measures), failures=tuple(_failures(measures, limits)))


def pose(landmarks: NDArray[np.float64]) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees from five landmarks, float64 (5, 2).

    Scaled orthography: the affine map from the mean head to the landmarks in least squares, then the nearest
    scaled rotation (singular value decomposition). Roll is the slope of the line between the eyes; yaw and
    pitch are where the face points once roll is undone. The depth rests on the nose alone, so an error of
    one pixel at 20 px between the eyes is about 6 degrees. Landmarks on one spot give 0, 0, 0.
    """
    eyes = landmarks[LEFT_EYE] - landmarks[RIGHT_EYE]
    length = math.hypot(eyes[0], eyes[1])
    if length < 1e-6:
        return 0.0, 0.0, 0.0
    cos, sin = eyes[0] / length, eyes[1] / length
    upright = landmarks @ np.array([[cos, -sin], [sin, cos]])
    affine = (upright - upright.mean(axis=0)).T @ _HEAD_INVERSE
    left, _, right = np.linalg.svd(affine, full_matrices=False)
    (r00, r01, r02), (r10, r11, r12) = (left @ right).tolist()
    yaw = math.atan2(-r02, r00 * r11 - r01 * r10)
    pitch = math.asin(max(-1.0, min(1.0, r12)))
    return math.degrees(yaw), math.degrees(pitch), math.degrees(math.atan2(sin, cos))


def _region(image: Image, points: NDArray[np.float64], eye_distance_px: float) -> NDArray[np.uint8] | None:
    """The grey square about the landmarks at the normal size or smaller; None when there is none."""
    height_px, width_px = image.shape[:2]
    x, y = points.mean(axis=0).tolist()
    half = _REGION * eye_distance_px
    left, right = max(0, math.floor(x - half)), min(width_px, math.ceil(x + half))
    top, bottom = max(0, math.floor(y - half)), min(height_px, math.ceil(y + half))
    if min(right - left, bottom - top) < 3:
        return None
    grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    shrink = _NORMAL_EYES_PX / eye_distance_px
    if shrink < 1.0:
        side = max(3, round((right - left) * shrink)), max(3, round((bottom - top) * shrink))
        whole, grey = grey, cv2.resize(grey, side, interpolation=cv2.INTER_AREA)
        overwrite(whole)
    return np.asarray(grey, np.uint8)


def _sharpness(region: NDArray[np.uint8]) -> float:
    """Contrast of detail about one pixel wide over that of detail a few pixels wide, where it is weakest.

    A ratio, so that light and contrast cancel; the median takes the noise out of the fine band first; the
    weakest of four directions, because motion blurs one and leaves its opposite.
    """
    median = cv2.medianBlur(region, 3)
    calm = median.astype(np.float32)
    middle = cv2.GaussianBlur(calm, (9, 9), 1.4)
    fine, broad = cv2.GaussianBlur(calm, (5, 5), 0.7), cv2.GaussianBlur(calm, (25, 25), 4.0)
    np.subtract(fine, middle, out=fine)
    np.subtract(middle, broad, out=broad)
    sharpness = min(
        _contrast(fine[here] - fine[there]) / (_contrast(broad[here] - broad[there]) + 0.4)
        for here, there in _NEIGHBOURS
    )
    overwrite(median, calm, middle, fine, broad)
    return sharpness


def _contrast(values: NDArray[np.float32]) -> float:
    """Standard deviation; OpenCV's is five times faster than numpy's on a region so small.

    `values` are overwritten.
    """
    contrast = float(cv2.meanStdDev(values)[1][0, 0])
    overwrite(values)
    return contrast


def _exposure(region: NDArray[np.uint8]) -> tuple[float, float]:
    """Mean luminance in [0, 1] and the share of pixels that are black or white."""
    clipped = np.count_nonzero((region <= 5) | (region >= 250)) / region.size
    return float(region.mean()) / 255.0, float(clipped)


def _score(
    *,
    eye_distance_px: float,
    sharpness: float,
    yaw_deg: float,
    pitch_deg: float,
    roll_deg: float,
    exposure: float,
    clipped: float,
) -> float:
    """The product of what each measure leaves, fitted in least squares to the photographs of the module.

    Roll costs nothing: alignment undoes it.
    """
    del roll_deg
    if min(eye_distance_px, sharpness, exposure) <= 0.0:
        return 0.0
    size = 1.0 / (1.0 + (7.1 / eye_distance_px) ** 3.8)
    detail = 1.0 / (1.0 + math.exp((0.435 - sharpness) / 0.068))
    light = 1.0 / (1.0 + (0.07 / exposure) ** 3)
    drawing = 1.0 / (1.0 + (clipped / 0.7) ** 4)
    frontal = 1.0 / (1.0 + (math.hypot(yaw_deg, pitch_deg) / 87.0) ** 4)
    return float(size * detail * light * drawing * frontal)


def _failures(measures: dict[str, float], limits: QualityLimits) -> Iterator[Failure]:
    """The measures beyond their limits, in the order of `Quality`."""
    for name, sign, limit, words in (
        (
            "eye_distance_px",
            -1,
            limits.min_eye_distance_px,
            "the eyes are {0:.1f} px apart, at least {1:g} needed",
        ),
        ("sharpness", -1, limits.min_sharpness, "sharpness is {0:.2f}, at least {1:g} needed"),
        ("yaw_deg", 1, limits.max_yaw_deg, "the face is turned {0:.0f}° to the side, at most {1:g}° allowed"),
        (
            "pitch_deg",
            1,
            limits.max_pitch_deg,
            "the face is tilted {0:.0f}° up or down, at most {1:g}° allowed",
        ),
        ("roll_deg", 1, limits.max_roll_deg, "the head leans {0:.0f}°, at most {1:g}° allowed"),
        ("exposure", -1, limits.min_exposure, "too dark: mean luminance {0:.2f}, at least {1:g} needed"),
        ("exposure", 1, limits.max_exposure, "too bright: mean luminance {0:.2f}, at most {1:g} allowed"),
        ("clipped", 1, limits.max_clipped, "{0:.0%} of the face is black or white, at most {1:.0%} allowed"),
    ):
        value = abs(measures[name])
        if (value - limit) * sign > 0:
            yield Failure(measure=name, value=measures[name], limit=limit, reason=words.format(value, limit))

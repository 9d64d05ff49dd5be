"""The geometry of portraits: eyes always in the same place, everybody else unrecognisable, never too large."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfr_actors.messages import MAX_PROBE_BYTES, Image
from lfr_actors.vision.align import ARCFACE_POINTS
from lfr_actors.vision.faces import LEFT_EYE, RIGHT_EYE
from lfr_actors.vision.picture import Box
from lfr_actors.vision.portrait import EYE_DISTANCE_PX, EYES_AT_PX, aligned_portrait

RIGHT, LEFT = (
    (EYES_AT_PX[0] - EYE_DISTANCE_PX / 2, EYES_AT_PX[1]),
    (
        EYES_AT_PX[0] + EYE_DISTANCE_PX / 2,
        EYES_AT_PX[1],
    ),
)


def decoded(jpeg: bytes) -> Image:
    """A portrait as a picture."""
    picture: Image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return picture


def placed(eyes_px: float, degrees: float, middle: tuple[float, float]) -> np.ndarray:
    """The landmarks of a face of usual proportions: eyes so far apart, turned so far, their midpoint there."""
    eyes = ARCFACE_POINTS[[RIGHT_EYE, LEFT_EYE]]
    z = (ARCFACE_POINTS - eyes.mean(axis=0)) @ np.array([1, 1j])
    z *= (
        eyes_px
        / np.hypot(*(eyes[1] - eyes[0]))
        * np.exp(1j * math.radians(degrees))
        / np.exp(1j * np.angle(complex(*(eyes[1] - eyes[0]))))
    )
    return np.stack([z.real + middle[0], z.imag + middle[1]], axis=1).astype(np.float32)


def dotted(landmarks: np.ndarray, dot_px: float) -> Image:
    """A dark picture with a red dot at the right eye and a green one at the left."""
    image = np.full((900, 1200, 3), 40, np.uint8)
    for eye, colour in ((RIGHT_EYE, (0, 0, 255)), (LEFT_EYE, (0, 255, 0))):
        x, y = (round(float(value) * 16) for value in landmarks[eye])
        cv2.circle(image, (x, y), round(dot_px * 16), colour, -1, shift=4)
    return image


def centre(picture: Image, channel: int) -> np.ndarray:
    """Where a colour is in a picture."""
    weight = np.clip(picture[:, :, channel].astype(float) - 110, 0, None)
    v, u = np.mgrid[: picture.shape[0], : picture.shape[1]]
    return np.array([(u * weight).sum(), (v * weight).sum()]) / weight.sum()


@settings(deadline=None, max_examples=40)
@given(eyes_px=st.floats(24, 300), degrees=st.floats(-75, 75), x=st.floats(450, 750), y=st.floats(380, 500))
def test_the_eyes_are_always_in_the_same_place(eyes_px: float, degrees: float, x: float, y: float) -> None:
    """However large and however tilted a face is: eyes level, at the same points, in the same size of picture."""
    landmarks = placed(eyes_px, degrees, (x, y))
    picture = decoded(aligned_portrait(dotted(landmarks, 0.12 * eyes_px), landmarks))
    assert picture.shape == (300, 240, 3)
    np.testing.assert_allclose(centre(picture, 2), RIGHT, atol=2.5)
    np.testing.assert_allclose(centre(picture, 1), LEFT, atol=2.5)


def test_a_face_turned_aside_is_not_shown_larger() -> None:
    """Eyes at half their distance, as in a half profile, stay level and on their midpoint, and the scale stays."""
    landmarks = placed(80, 0, (600, 450))
    turned = landmarks.copy()
    turned[:, 0] = 600 + (landmarks[:, 0] - 600) * 0.5
    picture = decoded(aligned_portrait(dotted(turned, 6), turned))
    right, left = centre(picture, 2), centre(picture, 1)
    np.testing.assert_allclose((right + left) / 2, EYES_AT_PX, atol=1.5)
    assert abs(right[1] - left[1]) < 1.5
    assert left[0] - right[0] < 0.75 * EYE_DISTANCE_PX


def test_a_full_profile_stands_upright() -> None:
    """Where both eyes are found in nearly one place, they do not say what is level; the rest of the face does."""
    landmarks = placed(80, 0, (600, 450))
    landmarks[:, 0] = 600 + (landmarks[:, 0] - 600) * 0.1
    landmarks[LEFT_EYE] = landmarks[RIGHT_EYE] + [2, 9]
    image = np.full((900, 1200, 3), 40, np.uint8)
    cv2.line(image, (600, 300), (600, 700), (255, 255, 255), 9)
    picture = decoded(aligned_portrait(image, landmarks))
    tops = [int(picture[row, :, 0].argmax()) for row in (20, 280)]
    assert abs(tops[0] - tops[1]) < 0.25 * 260  # within 15 degrees of upright


def test_landmarks_that_span_nothing_are_refused() -> None:
    """Five points on one spot are no face."""
    with pytest.raises(ValueError, match="do not span a face"):
        aligned_portrait(np.zeros((90, 90, 3), np.uint8), np.full((5, 2), 40, np.float32))


def detail(picture: Image) -> float:
    """How much fine detail a picture has."""
    return float(cv2.Laplacian(picture, cv2.CV_32F).std())


def texture(height: int, width: int, cell: int = 4) -> Image:
    """A picture with detail everywhere, in cells that survive being scaled."""
    cells = np.random.default_rng(1).integers(0, 256, (height // cell, width // cell, 3), dtype=np.uint8)
    return np.kron(cells, np.ones((cell, cell, 1), np.uint8))


def around(landmarks: np.ndarray, shift_px: float = 0.0) -> Box:
    """The box of a face."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    size = (high - low).max()
    return np.array(
        [
            low[0] - 0.6 * size + shift_px,
            low[1] - 0.8 * size,
            high[0] + 0.6 * size + shift_px,
            high[1] + 0.5 * size,
        ],
        np.float32,
    )


def test_the_neighbour_is_blurred_and_the_face_is_not() -> None:
    """In the portrait somebody close by is unrecognisable, and the face itself keeps its detail where they meet."""
    image, landmarks = texture(900, 1200), placed(60, 0, (600, 450))
    before = image.copy()
    own, beside = around(landmarks), around(landmarks, 110)
    assert beside[0] < own[2]
    alone = decoded(aligned_portrait(image, landmarks, own=own))
    picture = decoded(aligned_portrait(image, landmarks, own=own, others=[beside]))
    np.testing.assert_array_equal(image, before)
    assert detail(picture[100:200, 205:]) < 0.15 * detail(alone[100:200, 205:])
    assert detail(picture[120:220, 85:155]) > 0.95 * detail(alone[120:220, 85:155])


@pytest.mark.parametrize("eyes_px", [30, 200])
def test_beyond_the_picture_it_is_soft(eyes_px: float) -> None:
    """A face at the edge, large or small: what is not in the picture is neither black nor repeated detail."""
    image = np.maximum(texture(900, 1200, 12), 60)
    landmarks = placed(eyes_px, 0, (0.9 * eyes_px, 450))
    picture = decoded(aligned_portrait(image, landmarks))
    outside = picture[:, :50]
    assert detail(outside) < 0.1 * detail(picture[:, 120:])
    assert outside.mean() > 60


@pytest.mark.parametrize("eyes_px", [20, 60, 400])
def test_nothing_but_noise_still_fits(eyes_px: float) -> None:
    """At any size, a face of pure noise is a portrait that may travel with its alert."""
    noise = np.random.default_rng(1).integers(0, 256, (900, 1200, 3), dtype=np.uint8)
    jpeg = aligned_portrait(noise, placed(eyes_px, 10, (600, 450)))
    assert len(jpeg) <= MAX_PROBE_BYTES
    assert decoded(jpeg).shape == (300, 240, 3)

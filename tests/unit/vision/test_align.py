"""The similarity that aligns a face, and the chip that it gives."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.vision.align import ARCFACE_POINTS, DLIB_POINTS, DLIB_SIZE, align, similarity


@given(
    angle=st.floats(-np.pi, np.pi),
    scale=st.floats(0.05, 20),
    x=st.floats(-5000, 5000),
    y=st.floats(-5000, 5000),
)
def test_a_similarity_is_recovered(angle: float, scale: float, x: float, y: float) -> None:
    """Points that were turned, scaled and moved are carried back onto the originals."""
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = ARCFACE_POINTS.astype(np.float64) @ turn.T + [x, y]
    matrix = similarity(moved.astype(np.float64), ARCFACE_POINTS)  # type: ignore[arg-type]
    back = moved @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(back, ARCFACE_POINTS, atol=1e-4)


def test_no_similarity_is_closer() -> None:
    """Of landmarks that fit no similarity, small changes of the answer only increase the squared error."""
    rng = np.random.default_rng(1)
    landmarks = (DLIB_POINTS + rng.normal(0, 6, (5, 2))).astype(np.float32)
    matrix = similarity(landmarks, ARCFACE_POINTS)

    def error(a: float, b: float, x: float, y: float) -> float:
        moved = landmarks @ np.array([[a, -b], [b, a]]).T + [x, y]
        return float(((moved - ARCFACE_POINTS) ** 2).sum())

    best = (matrix[0, 0], matrix[1, 0], matrix[0, 2], matrix[1, 2])
    for i, step in [(0, 1e-3), (1, 1e-3), (2, 0.05), (3, 0.05)]:
        for sign in (-1, 1):
            moved = list(best)
            moved[i] += sign * step
            assert error(*moved) > error(*best)


@pytest.mark.parametrize("value", [7.0, np.nan, np.inf])
def test_landmarks_that_span_no_face(value: float) -> None:
    """Landmarks on one spot, or not finite, are an error rather than a picture of nothing."""
    with pytest.raises(ValueError, match="do not span a face"):
        similarity(np.full((5, 2), value, np.float32), ARCFACE_POINTS)


def test_a_chip_of_an_aligned_picture_is_that_picture() -> None:
    """Landmarks that already lie on the points give the picture back, pixel for pixel."""
    image = np.random.default_rng(0).integers(0, 256, (DLIB_SIZE, DLIB_SIZE, 3), np.uint8)
    np.testing.assert_array_equal(align(image, DLIB_POINTS, DLIB_POINTS, DLIB_SIZE), image)


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_a_large_face_is_averaged_not_sampled(factor: int) -> None:
    """Noise of the sensor on a large face is averaged away, and the chip does not move by a pixel."""
    small = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (150, 150, 3), np.uint8), (0, 0), 4)
    large = cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(1).normal(0, 20, large.shape)
    noisy = np.clip(large + noise, 0, 255).astype(np.uint8)
    landmarks = (DLIB_POINTS * factor + (factor - 1) / 2).astype(np.float32)
    chip = align(noisy, landmarks, DLIB_POINTS, DLIB_SIZE)
    inside = (slice(5, -5), slice(5, -5))
    spread = float(np.std(chip[inside].astype(float) - small[inside]))
    assert spread < 1.3 * 20 / factor


def test_a_face_at_the_edge() -> None:
    """A large face that reaches past the picture, or lies outside it, gives a chip with black around."""
    image = np.full((400, 400, 3), 255, np.uint8)
    half = align(image, (DLIB_POINTS * 3 - [225, 0]).astype(np.float32), DLIB_POINTS, DLIB_SIZE)
    assert not half[:, :70].any()
    assert (half[5:120, 85:] == 255).all()
    outside = align(image, (DLIB_POINTS * 3 + [4000, -4000]).astype(np.float32), DLIB_POINTS, DLIB_SIZE)
    assert outside.shape == (150, 150, 3)
    assert not outside.any()

"""Quality measures move the way they should, and say why they fail."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lfr_actors.messages import Image
from lfr_actors.vision import quality
from lfr_actors.vision.faces import NOSE
from lfr_actors.vision.quality import Quality, QualityLimits, measure, pose

LIMITS = QualityLimits()
EYES_PX = 40.0


@pytest.fixture(scope="module")
def picture() -> Image:
    """A picture with detail of every size, mid-grey on the whole."""
    rng = np.random.default_rng(3)
    total = np.zeros((240, 240), np.float32)
    for side in (4, 8, 16, 32, 64):
        noise = rng.normal(size=(240 // side + 2,) * 2).astype(np.float32)
        total += cv2.resize(noise, (240, 240), interpolation=cv2.INTER_CUBIC) * 6
    grey = np.clip(total + 128, 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def head(yaw: float = 0, pitch: float = 0, roll: float = 0, eyes_px: float = EYES_PX) -> NDArray[np.float32]:
    """Landmarks of the mean head turned (degrees) about (120, 120): right, up, clockwise are positive."""
    a, b, c = np.radians([-yaw, -pitch, roll])
    turn_y = np.array([[math.cos(a), 0, math.sin(a)], [0, 1, 0], [-math.sin(a), 0, math.cos(a)]])
    turn_x = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    turn_z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    model = quality._HEAD - quality._HEAD.mean(axis=0)
    return ((model @ (turn_z @ turn_y @ turn_x).T)[:, :2] * eyes_px + 120).astype(np.float32)


def scaled(image: Image, points: NDArray[np.float32], ratio: float) -> Quality:
    """The measures of the same face in a picture `ratio` times as large."""
    small = cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    return measure(small.astype(np.uint8), (points + 0.5) * np.float32(ratio) - 0.5, LIMITS)


def test_a_good_face_has_no_failures(picture: Image) -> None:
    """A sharp, large, frontal, well lit face passes, with a score near 1."""
    found = measure(picture, head(), LIMITS)
    assert found.failures == ()
    assert found.score > 0.8
    assert found.eye_distance_px == pytest.approx(EYES_PX, abs=0.1)


@pytest.mark.parametrize("sigma", [1, 2, 4, 8])
def test_blur_lowers_sharpness_and_score(picture: Image, sigma: float) -> None:
    """The blurrier, the lower, at each step."""
    points = head()
    less = measure(cv2.GaussianBlur(picture, (0, 0), sigma * 0.7).astype(np.uint8), points, LIMITS)
    more = measure(cv2.GaussianBlur(picture, (0, 0), sigma).astype(np.uint8), points, LIMITS)
    assert more.sharpness < less.sharpness
    assert more.score < less.score


@pytest.mark.parametrize("angle", [0, 45, 90, 135])
def test_motion_in_any_direction_lowers_sharpness(picture: Image, angle: int) -> None:
    """Blur along one direction counts, although detail across it is left."""
    kernel = np.zeros((21, 21), np.float32)
    reach = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))]) * 9
    cv2.line(kernel, (10 - int(reach[0]), 10 - int(reach[1])), (10 + int(reach[0]), 10 + int(reach[1])), 1.0)
    moved = cv2.filter2D(picture, -1, kernel / kernel.sum()).astype(np.uint8)
    assert measure(moved, head(), LIMITS).sharpness < 0.75 * measure(picture, head(), LIMITS).sharpness


def test_noise_does_not_pass_for_sharpness(picture: Image) -> None:
    """Noise on a blurred picture does not make it sharp again."""
    blurred = cv2.GaussianBlur(picture, (0, 0), 5)
    noise = np.random.default_rng(0).normal(0, 8, picture.shape)
    noisy = np.clip(blurred + noise, 0, 255).astype(np.uint8)
    sharp = measure(picture, head(), LIMITS).sharpness
    assert measure(noisy, head(), LIMITS).sharpness < 0.6 * sharp


def test_sharpness_is_comparable_between_sizes(picture: Image) -> None:
    """The same sharp face at half the size measures about the same."""
    whole, half = scaled(picture, head(), 1.0), scaled(picture, head(), 0.5)
    assert half.sharpness == pytest.approx(whole.sharpness, rel=0.1)


@pytest.mark.parametrize(("larger", "smaller"), [(1.0, 0.5), (0.5, 0.3), (0.3, 0.2), (0.2, 0.12)])
def test_a_smaller_face_scores_lower(picture: Image, larger: float, smaller: float) -> None:
    """Size follows the picture; the score falls with it."""
    big, small = scaled(picture, head(), larger), scaled(picture, head(), smaller)
    assert small.eye_distance_px == pytest.approx(EYES_PX * smaller, rel=0.02)
    assert small.score < big.score + 0.01


def test_a_darker_and_a_burnt_out_face_score_lower(picture: Image) -> None:
    """Exposure is the mean luminance; too little light and too much both cost."""
    good = measure(picture, head(), LIMITS)
    dark = measure((picture // 8).astype(np.uint8), head(), LIMITS)
    burnt = measure(np.clip(picture.astype(int) * 3, 0, 255).astype(np.uint8), head(), LIMITS)
    assert good.exposure == pytest.approx(0.5, abs=0.1)
    assert dark.exposure < 0.1
    assert burnt.clipped > 0.75
    assert max(dark.score, burnt.score) < 0.6 * good.score
    assert "exposure" in {failure.measure for failure in dark.failures}
    assert {"exposure", "clipped"} <= {failure.measure for failure in burnt.failures}


@given(yaw=st.floats(-70, 70), pitch=st.floats(-45, 45), roll=st.floats(-170, 170))
def test_pose_of_the_mean_head_is_found(yaw: float, pitch: float, roll: float) -> None:
    """Landmarks of the model turned about give yaw, pitch and roll; roll is the slope between the eyes."""
    points = head(yaw, pitch).astype(np.float64)
    skew = pose(points)[2]
    c = math.radians(roll - skew)
    turned = (points - 120) @ np.array([[math.cos(c), math.sin(c)], [-math.sin(c), math.cos(c)]])
    found_yaw, found_pitch, found_roll = pose(turned)
    assert math.remainder(found_roll - roll, 360) == pytest.approx(0, abs=0.01)
    # the eyes' line is not level in a head both turned and tilted: undoing it turns the direction with it
    forward = np.array(
        [math.tan(math.radians(yaw)), -math.tan(math.radians(pitch)) / math.cos(math.radians(yaw))]
    )
    s = math.radians(-skew)
    upright = np.array([[math.cos(s), -math.sin(s)], [math.sin(s), math.cos(s)]]) @ forward
    assert math.tan(math.radians(found_yaw)) == pytest.approx(upright[0], abs=0.01)
    assert -math.tan(math.radians(found_pitch)) / math.cos(math.radians(found_yaw)) == pytest.approx(
        upright[1], abs=0.01
    )


def test_yaw_follows_the_nose_and_costs(picture: Image) -> None:
    """A nose further to the right of the picture is a larger yaw, a lower score, and at last a failure."""
    found = []
    for shift in (0, 6, 12, 18, 26):
        points = head()
        points[NOSE, 0] += shift
        found.append(measure(picture, points, LIMITS))
    yaws = [face.yaw_deg for face in found]
    scores = [face.score for face in found]
    assert yaws == sorted(yaws)
    assert scores == sorted(scores, reverse=True)
    strict = QualityLimits(max_yaw_deg=yaws[-1] - 1)
    (failure,) = measure(picture, points, strict).failures
    assert (failure.measure, failure.value) == ("yaw_deg", yaws[-1])
    assert "turned" in failure.reason


def test_every_failure_says_value_and_limit(picture: Image) -> None:
    """A failure names the measure, its value and limit, and a sentence with both."""
    strict = QualityLimits(min_eye_distance_px=50, min_sharpness=9, max_roll_deg=10, min_exposure=0.9)
    failures = measure(picture, head(roll=20), strict).failures
    assert [failure.measure for failure in failures] == [
        "eye_distance_px",
        "sharpness",
        "roll_deg",
        "exposure",
    ]
    assert failures[0].reason == "the eyes are 40.0 px apart, at least 50 needed"
    assert all(f"{failure.limit:g}" in failure.reason for failure in failures)


def test_a_face_outside_the_picture_scores_nothing(picture: Image) -> None:
    """There is nothing to measure, and that is a value."""
    found = measure(picture, head() + np.float32(500), LIMITS)
    assert (found.sharpness, found.exposure, found.score) == (0.0, 0.0, 0.0)
    assert "sharpness" in {failure.measure for failure in found.failures}


def test_a_face_at_the_edge_is_measured(picture: Image) -> None:
    """What is in the picture is measured."""
    assert measure(picture, head() - np.float32(110), LIMITS).sharpness > 0


def test_eyes_on_one_spot_score_nothing(picture: Image) -> None:
    """Degenerate landmarks have size 0 and no pose."""
    found = measure(picture, np.full((5, 2), 100, np.float32), LIMITS)
    assert (found.eye_distance_px, found.yaw_deg, found.score) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("points", [np.zeros((4, 2), np.float32), np.full((5, 2), np.nan, np.float32)])
def test_what_are_no_landmarks_is_an_error(picture: Image, points: NDArray[np.float32]) -> None:
    """Another shape or numbers that are not finite are faults of the caller."""
    with pytest.raises(ValueError, match="five finite points"):
        measure(picture, points, LIMITS)


@given(seed=st.integers(0, 50), x=st.floats(-50, 290), y=st.floats(-50, 290), eyes_px=st.floats(0.5, 200))
def test_measures_stay_in_their_ranges(seed: int, x: float, y: float, eyes_px: float) -> None:
    """Whatever the picture and the place, shares and score are in [0, 1] and numbers are finite."""
    image = np.random.default_rng(seed).integers(0, 256, (240, 240, 3), dtype=np.uint8)
    points = head(eyes_px=eyes_px) + np.array([x - 120, y - 120], np.float32)
    found = measure(image, points, LIMITS)
    assert all(0 <= value <= 1 for value in (found.exposure, found.clipped, found.score))
    assert found.sharpness >= 0
    assert math.isfinite(found.yaw_deg + found.pitch_deg + found.roll_deg)

"""What pictures for people are made with: faces are made unrecognisable or kept, and sizes are bounded."""

from __future__ import annotations

import cv2
import numpy as np

from lfr_actors.vision.picture import blur, conceal, jpeg_within, mark


def noise(height: int, width: int) -> np.ndarray:
    """A picture with detail everywhere."""
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def box(*values: float) -> np.ndarray:
    """A box."""
    return np.array(values, np.float32)


def detail(image: np.ndarray) -> float:
    """How much fine detail a picture has."""
    return float(cv2.Laplacian(image, cv2.CV_32F).std())


def test_blur_leaves_nothing_of_a_face_and_everything_else() -> None:
    """Inside the box, with its margin, the detail is gone; outside no pixel changes."""
    image = noise(200, 300)
    before = image.copy()
    blur(image, [box(100, 50, 140, 100)])
    assert detail(image[50:100, 100:140]) < 0.05 * detail(before[50:100, 100:140])
    changed = (image != before).any(axis=2)
    assert not changed[:30].any()
    assert not changed[:, :85].any()


def test_boxes_past_the_edge_are_blurred_as_far_as_they_reach() -> None:
    """A box partly or wholly outside the picture harms nothing."""
    image = noise(100, 100)
    blur(image, [box(-30, -30, 20, 20), box(300, 300, 340, 340)])
    assert detail(image[:15, :15]) < 20


def test_a_shown_face_stays_where_a_hidden_one_overlaps_it() -> None:
    """What is concealed goes up to the face that is shown, of which no pixel changes."""
    image = noise(200, 300)
    before = image.copy()
    conceal(image, [box(100, 50, 160, 120)], [box(150, 60, 200, 130)])
    np.testing.assert_array_equal(image[60:130, 150:200], before[60:130, 150:200])
    assert detail(image[50:120, 100:148]) < 0.1 * detail(before[50:120, 100:148])


def test_a_picture_gets_smaller_until_it_fits() -> None:
    """The first step that fits is taken, the last whatever its size; what was given stays as it is."""
    image = noise(300, 400)
    before = image.copy()
    sizes = {}
    for most in (10**9, 30_000, 1):
        jpeg = jpeg_within(image, [(400, 90), (400, 20), (100, 20)], most)
        sizes[most] = len(jpeg), cv2.imdecode(jpeg, cv2.IMREAD_COLOR).shape
    np.testing.assert_array_equal(image, before)
    assert sizes[10**9][1] == sizes[30_000][1] == (300, 400, 3)
    assert sizes[30_000][0] <= 30_000 < sizes[10**9][0]
    assert sizes[1][1] == (75, 100, 3)


def test_mark_draws_at_the_face() -> None:
    """The frame is drawn around the box, also at the edge of the picture."""
    image = np.zeros((100, 200, 3), np.uint8)
    mark(image, box(-10, 0, 50, 60), "alert: A-1")
    assert image[:, :60].any()
    assert not image[:, 150:].any()


def test_a_mark_needs_no_label() -> None:
    """Without one, only the frame is drawn, and the face in it stays as it is."""
    image = np.zeros((100, 200, 3), np.uint8)
    mark(image, box(80, 30, 120, 70))
    assert image.any()
    assert not image[32:68, 82:118].any()

"""Pictures for people: everybody else is unrecognisable, and nothing is too large to travel."""

from __future__ import annotations

import cv2
import numpy as np

from lfr_actors.messages import MAX_MESSAGE_BYTES
from lfr_actors.vision.picture import MAX_PORTRAIT_BYTES, blur, mark, portrait_jpeg


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


def test_a_portrait_shows_one_face_and_hides_the_neighbour() -> None:
    """The neighbour within the crop is blurred, the face itself is not, and the size is bounded."""
    image = noise(400, 600)
    face, neighbour = box(200, 100, 280, 200), box(285, 100, 330, 200)
    jpeg = portrait_jpeg(image, face, [neighbour])
    crop = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert crop.shape == (200, 160, 3)
    assert detail(crop[55:145, 132:158]) < 0.3 * detail(crop[55:145, 45:115])
    assert len(jpeg) <= MAX_PORTRAIT_BYTES < MAX_MESSAGE_BYTES


def test_a_large_face_still_fits() -> None:
    """A face that fills a noisy 4K picture is reduced to the bound."""
    jpeg = portrait_jpeg(noise(2160, 3840), box(0, 0, 3840, 2160), [])
    assert len(jpeg) <= MAX_PORTRAIT_BYTES


def test_a_face_of_nothing_but_noise_still_fits() -> None:
    """Noise at the size of a portrait, which averaging does not smooth, gives a smaller one and no error."""
    jpeg = portrait_jpeg(noise(400, 400), box(100, 100, 300, 300), [])
    assert 0 < len(jpeg) <= MAX_PORTRAIT_BYTES


def test_mark_draws_at_the_face() -> None:
    """The frame is drawn around the box, also at the edge of the picture."""
    image = np.zeros((100, 200, 3), np.uint8)
    mark(image, box(-10, 0, 50, 60), "alert: A-1")
    assert image[:, :60].any()
    assert not image[:, 150:].any()

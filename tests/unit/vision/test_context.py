"""The moment in context: one face is shown, and it is never too large to travel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lfr_actors.messages import MAX_CONTEXT_BYTES, Image
from lfr_actors.vision.context import context_jpeg
from tests.unit.vision.test_picture import box, detail, noise


def decoded(jpeg: bytes) -> Image:
    """The picture of a JPEG."""
    picture: Image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return picture


def test_one_face_is_shown_and_nobody_else() -> None:
    """The others have lost their detail, the face of the alert has not and is framed; the frame stays as it was."""
    image = np.full((1080, 1920, 3), 120, np.uint8)
    for left, top in ((400, 300), (900, 300), (1500, 40)):
        image[top : top + 200, left : left + 160] = np.kron(noise(20, 16), np.ones((10, 10, 1), np.uint8))
    before = image.copy()
    jpeg = context_jpeg(image, box(400, 300, 560, 500), [box(900, 300, 1060, 500), box(1500, 40, 1660, 240)])
    np.testing.assert_array_equal(image, before)
    picture = decoded(jpeg)
    assert picture.shape == (540, 960, 3)
    shown = picture[155:245, 205:275]
    for other in (picture[150:250, 450:530], picture[20:120, 750:830]):
        assert detail(other) < 0.2 * detail(shown)
    frame = picture[120:140, 190:290].astype(int)
    assert (frame[:, :, 2] - frame[:, :, 0]).max() > 100  # red, on grey


@pytest.mark.parametrize("size", [(120, 160), (600, 900), (2000, 1200)])
def test_it_always_fits(size: tuple[int, int]) -> None:
    """Pure noise of any size and shape is a picture of at most 960 px and 60 KB, and never enlarged."""
    jpeg = context_jpeg(noise(*size), box(20, 20, 60, 60), [])
    assert len(jpeg) <= MAX_CONTEXT_BYTES
    assert max(decoded(jpeg).shape) <= min(960, max(size))


def test_a_face_past_the_edge_harms_nothing() -> None:
    """Boxes that reach out of the frame, or lie wholly outside, are taken as far as they reach."""
    context_jpeg(noise(100, 100), box(-20, -20, 30, 30), [box(90, 90, 140, 140), box(300, 300, 340, 340)])

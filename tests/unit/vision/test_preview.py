"""The preview: made only while somebody looks, rarely, shown to nobody for longer than a second, of nobody."""

from __future__ import annotations

import cv2
import numpy as np

from lfr_actors.messages import Image
from lfr_actors.vision.preview import ASKED_S, EVERY_S, KEEP_S, MAX_PREVIEW_BYTES, Preview
from tests.unit.vision.test_picture import box, detail, noise


def shown(preview: Preview, now_s: float, image: Image | None = None) -> None:
    """A frame of noise is shown."""
    preview.show(noise(90, 160) if image is None else image, [], [], now_s)


def test_nothing_is_made_unless_somebody_asks() -> None:
    """A picture is due from the first question on, and not any more some seconds after the last."""
    preview = Preview()
    assert not preview.is_due(0.0)
    assert preview.ask(10.0) is None
    assert preview.is_due(10.0)
    assert preview.is_due(10.0 + ASKED_S - 0.1)
    assert not preview.is_due(10.0 + ASKED_S)


def test_at_most_two_a_second_are_made() -> None:
    """After a picture, the next is due half a second later, however often it is asked for."""
    preview = Preview()
    made = 0
    for tick in range(100):
        now_s = tick * 0.05
        preview.ask(now_s)
        if preview.is_due(now_s):
            shown(preview, now_s)
            made += 1
    assert made == 10
    assert EVERY_S == 0.5


def test_it_is_overwritten_within_a_second() -> None:
    """A picture is given until it is a second old; then its memory holds nothing, asked for or not."""
    preview = Preview()
    preview.ask(0.0)
    shown(preview, 0.1)
    kept = preview._jpeg
    assert kept is not None
    assert preview.ask(0.1 + KEEP_S - 0.01) == kept.tobytes()
    preview.expire(0.1 + KEEP_S)
    assert not kept.any()
    assert preview.ask(0.1 + KEEP_S) is None


def test_the_one_before_is_overwritten_by_the_next() -> None:
    """There is never more than one picture of a camera in memory."""
    preview = Preview()
    preview.ask(0.0)
    shown(preview, 0.1)
    first = preview._jpeg
    shown(preview, 0.7)
    assert first is not None
    assert not first.any()
    assert preview.ask(0.8)


def test_only_an_alert_is_to_be_seen_in_it() -> None:
    """Hidden faces lose their detail, the face of an alert does not; small, and the frame stays as it was."""
    image = np.kron(noise(54, 96), np.ones((20, 20, 1), np.uint8))
    before = image.copy()
    preview = Preview()
    preview.ask(0.0)
    preview.show(image, [box(1000, 300, 1200, 500)], [box(300, 300, 500, 500)], 0.1)
    np.testing.assert_array_equal(image, before)
    jpeg = preview.ask(0.2)
    assert jpeg is not None
    assert len(jpeg) <= MAX_PREVIEW_BYTES
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (270, 480, 3)
    assert detail(picture[78:122, 253:297]) < 0.2 * detail(picture[80:120, 80:120])


def test_noise_still_fits() -> None:
    """A frame that does not compress is a smaller preview."""
    preview = Preview()
    preview.ask(0.0)
    shown(preview, 0.1, noise(1080, 1920))
    assert len(preview.ask(0.2) or b"") <= MAX_PREVIEW_BYTES

"""Letterbox, suppression and the decoders of the three families, on made-up network outputs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lfr_actors.vision.detect import (
    SECOND_LOOK_PX,
    DetectorSettings,
    OnnxDetector,
    decode_centerface,
    decode_scrfd,
    decode_yunet,
    letterbox,
    suppress,
)


@pytest.mark.parametrize(
    ("height", "width", "boxed", "ratio"),
    [
        (720, 1280, (384, 640), 0.5),
        (1280, 720, (640, 384), 0.5),
        (640, 640, (640, 640), 1.0),
        (250, 250, (256, 256), 1.0),
        (33, 1, (64, 32), 1.0),
        (3, 6400, (32, 640), 0.1),
    ],
)
def test_letterbox_keeps_the_aspect(height: int, width: int, boxed: tuple[int, int], ratio: float) -> None:
    """The long side becomes 640, a smaller picture stays as it is, and both sides are multiples of 32."""
    image = np.full((height, width, 3), 200, np.uint8)
    out, found = letterbox(image, 640)
    assert out.shape[:2] == boxed
    assert found == pytest.approx(ratio)
    inner = out[: max(1, round(height * ratio)), : max(1, round(width * ratio))]
    assert (inner == 200).all()
    assert int(out.sum()) == int(inner.sum())  # the rest is black


def test_letterbox_for_a_network_of_fixed_size() -> None:
    """A network of fixed input gets exactly that, with the picture's aspect kept inside it."""
    out, ratio = letterbox(np.full((720, 1280, 3), 9, np.uint8), 640, (320, 320))
    assert out.shape == (320, 320, 3)
    assert ratio == 0.25
    assert (out[:180] == 9).all()
    assert not out[180:].any()


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((5, 5), np.uint8),
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((5, 5, 3), np.float32),
    ],
)
def test_letterbox_refuses_what_is_no_picture(image: Any) -> None:
    """An empty, grey, four-channel or float array is an error that says what a picture is."""
    with pytest.raises(ValueError, match=r"a picture is uint8 \(h, w, 3\)"):
        letterbox(image, 640)


def test_suppress_keeps_the_best_of_overlapping_boxes() -> None:
    """Of two boxes that overlap more than allowed the better stays; others stay; the best comes first."""
    boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [40, 40, 50, 50], [9, 9, 19, 19]], np.float32)
    keep = suppress(boxes, np.array([0.8, 0.9, 0.95, 0.5], np.float32), 0.3)
    assert keep.tolist() == [2, 1, 3]


def test_suppress_nothing() -> None:
    """No boxes give no indices."""
    assert suppress(np.empty((0, 4), np.float32), np.empty(0, np.float32), 0.3).tolist() == []


def test_suppress_degenerate_boxes() -> None:
    """Boxes without area neither divide by zero nor remove one another."""
    boxes = np.array([[5, 5, 5, 5], [5, 5, 5, 5], [9, 9, 3, 3]], np.float32)
    assert len(suppress(boxes, np.array([0.9, 0.8, 0.7], np.float32), 0.3)) == 3


def test_decode_centerface() -> None:
    """A peak of the heat map becomes a box of the exponential size, with landmarks in units of the box."""
    heat, size = np.zeros((1, 1, 8, 16), np.float32), np.zeros((1, 2, 8, 16), np.float32)
    offset, marks = np.zeros((1, 2, 8, 16), np.float32), np.zeros((1, 10, 8, 16), np.float32)
    heat[0, 0, 3, 5] = 0.9
    size[0, :, 3, 5] = np.log([4.0, 2.0])  # 16 px high, 8 px wide
    offset[0, :, 3, 5] = [0.5, -0.5]
    marks[0, :, 3, 5] = [0.25, 0.75] * 5  # y, x
    boxes, scores, landmarks = decode_centerface([heat, size, offset, marks], 32, 64, 0.5)
    centre_y, centre_x = (3 + 0.5 + 0.5) * 4, (5 - 0.5 + 0.5) * 4
    np.testing.assert_allclose(boxes, [[centre_x - 4, centre_y - 8, centre_x + 4, centre_y + 8]], rtol=1e-5)
    np.testing.assert_allclose(scores, [0.9])
    np.testing.assert_allclose(landmarks[0, 0], [centre_x - 4 + 6, centre_y - 8 + 4], rtol=1e-5)


def test_decode_yunet() -> None:
    """A cell's centre and log size are in strides; its score is the geometric mean of class and object."""
    cells = [32, 8, 2]  # of a 32 by 64 input at strides 8, 16, 32
    outputs = [np.zeros((1, n, k), np.float32) for k in (1, 1, 4, 10) for n in cells]
    level, at = 1, 5  # stride 16: row 1, column 1
    outputs[level][0, at] = 0.81
    outputs[3 + level][0, at] = 1.0
    outputs[6 + level][0, at] = [0.5, 0.25, np.log(2), np.log(1)]
    outputs[9 + level][0, at] = [1, 0] * 5
    boxes, scores, landmarks = decode_yunet(outputs, 32, 64, 0.5)
    np.testing.assert_allclose(boxes, [[24 - 16, 20 - 8, 24 + 16, 20 + 8]], rtol=1e-5)
    np.testing.assert_allclose(scores, [0.9], rtol=1e-5)
    np.testing.assert_allclose(landmarks[0], [[32, 16]] * 5)


@pytest.mark.parametrize("batched", [False, True])
def test_decode_scrfd(batched: bool) -> None:
    """An anchor's distances to the four sides are in strides, two anchors a cell; both exports are read."""
    cells = [32 * 2, 8 * 2, 2 * 2]
    outputs = [np.zeros((n, k), np.float32) for k in (1, 4, 10) for n in cells]
    level, at = 0, (2 * 8 + 3) * 2 + 1  # stride 8: row 2, column 3, second anchor
    outputs[level][at] = 0.7
    outputs[3 + level][at] = [1, 0.5, 2, 1.5]
    outputs[6 + level][at] = [0.5, -0.5] * 5
    fed = [output[None] for output in outputs] if batched else outputs
    boxes, scores, landmarks = decode_scrfd(fed, 32, 64, 0.5)
    np.testing.assert_allclose(boxes, [[24 - 8, 16 - 4, 24 + 16, 16 + 12]])
    np.testing.assert_allclose(scores, [0.7])
    np.testing.assert_allclose(landmarks[0], [[28, 12]] * 5)


class FakeCenterFace:
    """A session whose heat map has one face at a fixed place, in inputs up to a certain width."""

    def __init__(self, *, up_to_px: int) -> None:
        self.up_to_px = up_to_px
        self.widths: list[int] = []

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="x", type="tensor(float)", shape=[1, 3, "h", "w"])]

    def get_outputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name=name) for name in "abcd"]

    def get_providers(self) -> list[str]:
        return ["CPUExecutionProvider"]

    def run(self, _names: list[str], feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        height, width = feed["x"].shape[2:]
        self.widths.append(width)
        outputs = [np.zeros((1, k, height // 4, width // 4), np.float32) for k in (1, 2, 2, 10)]
        if width <= self.up_to_px:
            outputs[0][0, 0, 2, 2] = 0.9
            outputs[1][0, :, 2, 2] = np.log(4)
        return outputs


def test_boxes_are_in_px_of_the_picture() -> None:
    """What is found in the shrunken picture is reported in px of the picture as it came."""
    detector = OnnxDetector(FakeCenterFace(up_to_px=640), DetectorSettings(family="centerface"))
    faces = detector.detect(np.zeros((720, 1280, 3), np.uint8))
    np.testing.assert_allclose(faces.boxes, [[4, 4, 36, 36]], rtol=1e-5)


def test_second_look_at_a_picture_in_which_nothing_was_found() -> None:
    """An empty picture is looked at once more, small; one with faces is not."""
    session = FakeCenterFace(up_to_px=SECOND_LOOK_PX)
    detector = OnnxDetector(session, DetectorSettings(family="centerface"))
    assert len(detector.detect(np.zeros((720, 1280, 3), np.uint8))) == 1
    assert session.widths == [640, SECOND_LOOK_PX]
    assert len(detector.detect(np.zeros((90, 160, 3), np.uint8))) == 1
    assert session.widths[2:] == [SECOND_LOOK_PX]


def test_a_model_of_another_family_is_refused() -> None:
    """A session whose outputs are not those of the family is an error that says which they would be."""
    with pytest.raises(ValueError, match="a YuNet model has outputs cls_8"):
        OnnxDetector(FakeCenterFace(up_to_px=0), DetectorSettings(family="yunet"))
    with pytest.raises(ValueError, match="9 or 15 outputs, not 4"):
        OnnxDetector(FakeCenterFace(up_to_px=0), DetectorSettings(family="scrfd"))


def test_nothing_is_left_of_a_picture() -> None:
    """What the network was fed is overwritten after each look; the picture itself is its owner's."""
    fed: list[np.ndarray] = []

    class Keeping(FakeCenterFace):
        def run(self, names: list[str], feed: dict[str, np.ndarray]) -> list[np.ndarray]:
            fed.extend(feed.values())
            assert all(array.any() for array in feed.values())
            return super().run(names, feed)

    picture = np.full((360, 640, 3), 200, np.uint8)
    OnnxDetector(Keeping(up_to_px=SECOND_LOOK_PX), DetectorSettings(family="centerface")).detect(picture)
    assert len(fed) == 2
    assert not any(array.any() for array in fed)
    assert picture.all()

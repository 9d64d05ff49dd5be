"""Street, light, heads and figures: what the frames of a scene are made of."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.evaluation.scenes.cutout import cut_head, read_picture
from lfr_actors.evaluation.scenes.duplicates import PhotographIndex
from lfr_actors.evaluation.scenes.figure import PHASES, draw_figure
from lfr_actors.evaluation.scenes.light import Light, motion_kernel, shade_at
from lfr_actors.evaluation.scenes.settings import SceneSettings
from lfr_actors.evaluation.scenes.street import paint_street
from lfr_actors.messages import Image
from lfr_actors.vision.faces import Faces

SMALL = SceneSettings(seconds=5, width=320, height=240, face_px_min=20, face_px_max=60)


class FixedDetector:
    """Finds the boxes it was given."""

    provider = "none"

    def __init__(self, *boxes: tuple[float, float, float, float]) -> None:
        self._boxes = np.array(boxes, np.float32).reshape(-1, 4)

    def detect(self, image: Image) -> Faces:
        """The boxes, whatever the picture."""
        count = len(self._boxes)
        return Faces(
            boxes=self._boxes,
            scores=np.ones(count, np.float32),
            landmarks=np.zeros((count, 5, 2), np.float32),
        )


def _portrait() -> Image:
    """A pale oval on a dark coat before a green wall."""
    picture = np.full((250, 250, 3), (60, 150, 60), np.uint8)
    cv2.rectangle(picture, (40, 195), (210, 250), (70, 30, 30), -1)
    cv2.ellipse(picture, (125, 120), (55, 80), 0, 0, 360, (120, 150, 210), -1)
    return picture


def test_a_street_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    """Painting is a function of settings and seed."""
    one, same, other = (paint_street(SMALL, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.picture.shape == (240, 320, 3)
    np.testing.assert_array_equal(one.picture, same.picture)
    assert (one.picture != other.picture).mean() > 0.3
    assert 0 < one.left_px < one.right_px < 320


def test_a_head_is_cut_out_of_its_background() -> None:
    """The face is opaque, the wall beside it is gone, and the sprite is premultiplied."""
    head = cut_head(_portrait(), FixedDetector((80, 60, 170, 180)), "portrait")
    alpha = head.picture[..., 3]
    x, y = (round(one) for one in head.centre)
    assert alpha[y, x] == 255
    assert alpha[:, :3].max() < 30
    assert (head.picture[..., :3].max(axis=2).astype(int) <= alpha.astype(int) + 1).all()
    assert head.face_px == pytest.approx(90)


def test_the_person_in_the_middle_is_cut_and_others_are_kept_out() -> None:
    """Of several faces the large one near the middle walks."""
    head = cut_head(
        _portrait(), FixedDetector((0, 60, 40, 110), (80, 60, 170, 180)), "portrait with a bystander"
    )
    assert head.face_px == pytest.approx(90)


def test_a_picture_without_a_face_is_named() -> None:
    """Somebody without a face cannot walk by."""
    with pytest.raises(InvalidFile, match=r"blank\.jpg"):
        cut_head(_portrait(), FixedDetector(), "blank.jpg")


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    """An unreadable photograph is a clear error."""
    bad = tmp_path / "bad.jpg"
    bad.write_text("not a picture")
    with pytest.raises(InvalidFile, match=r"bad\.jpg"):
        read_picture(bad)


def test_a_figure_walks() -> None:
    """Bodies differ between phases of a step, and stay where the face is."""
    head = cut_head(_portrait(), FixedDetector((80, 60, 170, 180)), "portrait")
    figure = draw_figure(head, np.random.default_rng(1))
    assert len(figure.bodies) == PHASES
    assert (figure.bodies[2][0] != figure.bodies[6][0]).any()
    assert {body.shape for body, _ in figure.bodies} == {figure.bodies[0][0].shape}


def test_a_motion_kernel_spreads_without_loss() -> None:
    """Kernels sum to 1, lie along the movement, and are left out when nothing moved."""
    assert motion_kernel(0.2, 0.1) is None
    kernel = motion_kernel(6.0, 0.0)
    assert kernel is not None
    assert kernel.sum() == pytest.approx(1)
    assert kernel.sum(axis=1).max() == pytest.approx(1)
    assert (kernel[kernel.shape[0] // 2] > 0).sum() >= 6


def test_light_changes_and_noise_grows_with_the_signal() -> None:
    """Exposure drifts over the film; bright areas are noisier than dark ones; a frame is reproducible."""
    light = Light(SMALL, np.random.default_rng(1))
    gains = np.array([light.gains(float(time_s)) for time_s in range(60)])
    assert gains.std(axis=0).min() > 0.02
    dark = light.expose(np.full((240, 320, 3), 20, np.uint8), 3, 1.0)
    bright = light.expose(np.full((240, 320, 3), 150, np.uint8), 3, 1.0)
    assert bright.std() > dark.std() > 0
    again = Light(SMALL, np.random.default_rng(1)).expose(np.full((240, 320, 3), 150, np.uint8), 3, 1.0)
    np.testing.assert_array_equal(bright, again)


def test_the_shadow_lies_across_the_passage_only() -> None:
    """Light is full near the camera and beyond the corners, less in between."""
    shade = shade_at(SMALL, SMALL.corner_m * np.array([0.3, 0.7, 1.2]))
    assert shade[0] == shade[2] == 1
    assert shade[1] < 0.8


def test_a_photograph_is_known_again_after_recompression(tmp_path: Path) -> None:
    """The same photograph in another file is found, a different one is not."""
    rng = np.random.default_rng(3)
    first, second = (cv2.resize(rng.integers(0, 255, (20, 20, 3)).astype(np.uint8), (100, 100)) for _ in "ab")
    cv2.imwrite(str(tmp_path / "a.png"), first)
    cv2.imwrite(str(tmp_path / "b.jpg"), first, [cv2.IMWRITE_JPEG_QUALITY, 70])
    cv2.imwrite(str(tmp_path / "c.png"), second)
    index = PhotographIndex()
    assert index.accept([tmp_path / "a.png"])
    assert not index.accept([tmp_path / "b.jpg"])
    assert index.accept([tmp_path / "c.png"])

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from lfr_actors.vision.sources.picture import Upright, picture_kind, square_size


@pytest.mark.parametrize(
    ("pixel_aspect", "size"),
    [
        (None, (352, 288)),
        (Fraction(0, 1), (352, 288)),
        (Fraction(1), (352, 288)),
        (Fraction(1, 2), (352, 576)),
        (Fraction(12, 11), (384, 288)),
        (Fraction(100), (352, 288)),
    ],
)
def test_pixels_become_square_by_enlarging(pixel_aspect: Fraction | None, size: tuple[int, int]) -> None:
    """Non-square pixels are stretched along their short side; absurd aspects are ignored."""
    assert square_size(352, 288, pixel_aspect) == size


@pytest.mark.parametrize(
    "pixels", ["yuv420p", "gray", "yuv420p10le", "rgb24", "nv12", "yuvj422p", "gray16le"]
)
def test_any_pixel_format_becomes_bgr(pixels: str) -> None:
    """Grey, 10-bit, planar and packed pictures all come out as uint8 (h, w, 3), grey stays grey."""
    grey = av.VideoFrame.from_ndarray(np.full((34, 50, 3), 128, np.uint8), format="bgr24")
    image = Upright()(grey.reformat(format=pixels), None)
    assert image.shape == (34, 50, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - 128).max() <= 6  # there and back


def test_each_image_has_its_own_memory() -> None:
    """A later frame does not write over an earlier one, and images may be written to."""
    upright = Upright()
    images = [
        upright(av.VideoFrame.from_ndarray(np.full((20, 20, 3), value, np.uint8), format="bgr24"), None)
        for value in (10, 200)
    ]
    assert images[0].mean() == 10
    assert images[1].mean() == 200
    images[0][:] = 0


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "PNG"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "WebP"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", None),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "HEIF"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00", None),
        (b"", None),
    ],
)
def test_pictures_are_known_by_their_first_bytes(head: bytes, kind: str | None) -> None:
    """Still pictures are told from films, also where both share a container."""
    assert picture_kind(head) == kind

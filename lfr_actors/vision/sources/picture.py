"""A decoded frame → an upright BGR image with square pixels; and how to tell a picture file from a film."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter

from lfr_actors.messages import Image
from lfr_actors.overwriting import overwrite

_TURNS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}
_SQUARE = Fraction(1)
_WIDEST = Fraction(4)
"""Pixel aspects outside 1:4 to 4:1 are mistakes of the file and are ignored."""


class Upright:
    """Converts frames of any pixel format, size and rotation. One for each reading thread."""

    def __init__(self) -> None:
        # Kept between frames: building a converter costs more than using it.
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame, pixel_aspect: Fraction | None) -> Image:
        """The image of a frame: uint8 (h, w, 3) BGR, contiguous, its own memory.

        `pixel_aspect` is width : height of a pixel; the short side of non-square pixels (half-height
        recordings of analogue cameras) is enlarged. The rotation that phones write is applied, to the
        nearest quarter turn.
        """
        width, height = square_size(frame.width, frame.height, pixel_aspect)
        # One thread: at these sizes, splitting the work costs more than the work.
        upright = self._reformatter.reformat(frame, width=width, height=height, format="bgr24", threads=1)
        image = np.ascontiguousarray(upright.to_ndarray(), dtype=np.uint8)
        turn = _TURNS.get(round(frame.rotation / 90) % 4)
        if turn is None:
            return image
        turned = np.asarray(cv2.rotate(image, turn), dtype=np.uint8)
        overwrite(image)
        return turned


def square_size(width: int, height: int, pixel_aspect: Fraction | None) -> tuple[int, int]:
    """Width and height in px once pixels are square; only ever larger than what came in."""
    if not pixel_aspect or pixel_aspect == _SQUARE or not 1 / _WIDEST <= pixel_aspect <= _WIDEST:
        return width, height
    if pixel_aspect > _SQUARE:
        return round(width * pixel_aspect), height
    return width, round(height / pixel_aspect)


_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"\xff\xd8\xff", "JPEG"),
)
_STILL_BRANDS = {b"heic", b"heix", b"mif1", b"avif"}


def picture_kind(head: bytes) -> str | None:
    """Which kind of still picture a file is, by its first 16 bytes; none when it is not one.

    A file of many JPEG pictures in a row (Motion JPEG) is a film and begins as a JPEG picture does: ask the
    container before believing "JPEG".
    """
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS:
        return "HEIF"
    return None

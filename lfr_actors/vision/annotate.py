"""A film of a run in which everybody who is not an alert is blurred."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from lfr_actors.messages import Image
from lfr_actors.vision.picture import Box, conceal, mark

_TIME_BASE = Fraction(1, 1000)


class AnnotatedFilm:
    """Writes H.264 in MP4, frame by frame, with each frame's own media time. Use from one thread.

    Only its owner may read the file; one that is there is written anew.
    """

    def __init__(self, path: Path) -> None:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
        self.path = path
        self._container = av.open(str(path), "w")
        self._stream: av.VideoStream | None = None
        self._last_ms = -1

    def write(
        self, image: Image, media_time_s: float, hidden: Sequence[Box], alerts: Sequence[tuple[Box, str]]
    ) -> None:
        """Add a frame: `hidden` boxes are blurred and `alerts` are marked with their label.

        An alert's own face is shown even where a hidden box overlaps it. `image` is drawn upon.
        """
        conceal(image, hidden, [box for box, _ in alerts])
        for box, label in alerts:
            mark(image, box, label)
        height_px, width_px = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
        if self._stream is None:
            self._stream = self._open_stream(width_px, height_px)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image[:height_px, :width_px]), format="bgr24")
        self._last_ms = max(self._last_ms + 1, round(media_time_s * 1000))
        frame.pts = self._last_ms
        frame.time_base = _TIME_BASE
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Finish the film. Idempotent."""
        if self._stream is not None:
            self._container.mux(self._stream.encode(None))
            self._stream = None
        self._container.close()

    def _open_stream(self, width_px: int, height_px: int) -> av.VideoStream:
        stream = self._container.add_stream(
            "libx264", rate=Fraction(25), options={"preset": "ultrafast", "crf": "26"}
        )
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.codec_context.time_base = _TIME_BASE
        stream.codec_context.thread_count = 1
        return stream

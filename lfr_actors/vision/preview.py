"""What a camera shows of itself while somebody watches: small, rarely, and nobody in it who is not an alert.

    asked ─► a frame is due, at most twice a second ─► made ─► given to whoever asks ─► overwritten within a second

Nothing is made unless somebody asked within the last seconds. Times are monotonic, in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Image
from lfr_actors.overwriting import overwrite
from lfr_actors.vision.picture import Box, conceal, jpeg_within, mark, shrunk

PREVIEW_PX: Final = 480
MAX_PREVIEW_BYTES: Final = 40_000
ASKED_S: Final = 3.0
"""How long pictures are made after somebody asked."""
EVERY_S: Final = 0.5
KEEP_S: Final = 1.0
_STEPS: Final = ((480, 75), (480, 50), (480, 25), (240, 25), (120, 25))


class Preview:
    """The preview of one camera: at most one picture."""

    def __init__(self) -> None:
        self._asked_s: float | None = None
        self._made_s: float | None = None
        self._jpeg: NDArray[np.uint8] | None = None

    def ask(self, now_s: float) -> bytes | None:
        """The picture, JPEG of at most 480 px on its long side and 40 KB; None while there is none.

        For some seconds from now pictures are made.
        """
        self._asked_s = now_s
        self.expire(now_s)
        return None if self._jpeg is None else self._jpeg.tobytes()

    def is_due(self, now_s: float) -> bool:
        """Whether a picture should be made now."""
        asked = self._asked_s is not None and now_s - self._asked_s < ASKED_S
        return asked and (self._made_s is None or now_s - self._made_s >= EVERY_S)

    def show(self, image: Image, hidden: Sequence[Box], shown: Sequence[Box], now_s: float) -> None:
        """Make the picture of a frame: `hidden` faces are unrecognisable, `shown` ones, of alerts, are marked.

        What it cannot hide is as with `context_jpeg`. `image` is not changed.
        """
        small = shrunk(image, PREVIEW_PX)
        if small is image:
            small = image.copy()
        ratio = small.shape[1] / image.shape[1]
        conceal(small, [box * ratio for box in hidden], [box * ratio for box in shown])
        for box in shown:
            mark(small, box * ratio)
        self.forget()
        self._jpeg = jpeg_within(small, _STEPS, MAX_PREVIEW_BYTES)
        self._made_s = now_s
        overwrite(small)

    def expire(self, now_s: float) -> None:
        """Overwrite the picture when its time is up at `now_s`."""
        if self._made_s is not None and now_s - self._made_s >= KEEP_S:
            self.forget()

    def forget(self) -> None:
        """Overwrite the picture."""
        if self._jpeg is not None:
            overwrite(self._jpeg)
        self._jpeg = None

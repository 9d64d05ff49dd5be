"""One picture of a camera with the times that belong to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from lfr_actors.messages import Image


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """A decoded frame. It never leaves the camera actor.

    `image` is uint8 (h, w, 3) BGR, upright (the film's rotation applied). `index` counts decoded frames of
    this source from 0. `captured_at` is aware UTC and `captured_monotonic_s` is `time.monotonic()` of the
    moment the frame was read; `media_time_s` is the frame's time in the film or stream, 0 at its start,
    never falling.
    """

    index: int
    captured_at: dt.datetime
    captured_monotonic_s: float
    media_time_s: float
    image: Image = field(repr=False)

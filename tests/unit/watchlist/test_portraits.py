"""Small pictures of the list."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from lfr_actors.watchlist.portraits import portrait


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((400, 300, 600, 500), (200, 200)),
        ((0, 0, 50, 50), (80, 80)),
        ((-20, -20, 1020, 820), (200, 160)),
        ((2000, 2000, 2100, 2100), (200, 160)),
    ],
)
def test_a_portrait_is_the_face_and_what_is_around_it(
    box: tuple[int, int, int, int], size: tuple[int, int]
) -> None:
    """At most 200 px on its long side, never blown up, and inside the picture; a JPEG."""
    picture = np.full((800, 1000, 3), 90, np.uint8)
    data = portrait(picture, np.array(box, np.float32))
    with Pillow.open(io.BytesIO(data)) as made:
        assert (made.format, made.size) == ("JPEG", size)

"""Small pictures of the list, for its contact sheet."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from lfr_actors.watchlist.thumbnails import thumbnail
from tests.unit.watchlist.pictures import faces


@pytest.mark.parametrize(
    ("boxes", "main", "size"),
    [
        ([(400, 300, 200)], 0, (160, 160)),
        ([(100, 100, 50)], 0, (100, 100)),
        ([(100, 300, 200), (700, 300, 200)], 0, (160, 71)),
        ([], None, (160, 128)),
    ],
)
def test_a_thumbnail_is_what_is_about_the_faces(
    boxes: list[tuple[int, int, int]], main: int | None, size: tuple[int, int]
) -> None:
    """All faces with a margin, or the whole picture; at most 160 px, never blown up; and where they are in it."""
    picture = np.full((800, 1000, 3), 90, np.uint8)
    jpeg, marks = thumbnail(picture, faces(*boxes), main)
    with Pillow.open(io.BytesIO(jpeg)) as made:
        assert (made.format, made.size) == ("JPEG", size)
    assert marks.shape == (len(boxes), 4)
    assert ((marks >= 0) & (marks <= 1)).all()

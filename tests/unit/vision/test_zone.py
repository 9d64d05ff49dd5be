"""The zone of recognition."""

from __future__ import annotations

import numpy as np

from lfr_actors.vision.zone import Zone
from tests.unit.vision.test_track import faces, square


def test_a_face_is_inside_when_the_centre_of_its_box_is() -> None:
    """The polygon is in parts of the picture; its edge belongs to it; no faces give an empty mask."""
    zone = Zone(points=((0, 0.5), (1, 0.5), (1, 1), (0, 1)))
    found = zone.inside(faces(square(100, 99), square(100, 100), square(100, 150)), 200, 200)
    assert found.tolist() == [False, True, True]
    assert zone.inside(faces(), 200, 200).dtype == np.bool_


def test_a_concave_zone() -> None:
    """A notch in the polygon is outside."""
    zone = Zone(points=((0, 0), (1, 0), (1, 1), (0.5, 0.2), (0, 1)))
    found = zone.inside(faces(square(50, 90, 10), square(50, 10, 10), square(10, 60, 10)), 100, 100)
    assert found.tolist() == [False, True, True]

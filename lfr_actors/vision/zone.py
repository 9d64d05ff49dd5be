"""The zone of recognition: the part of a camera's picture in which faces may be searched."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.vision.faces import Faces


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A polygon in parts of the picture: at least three (x, y) with 0 ≤ x, y ≤ 1, the origin top left."""

    points: tuple[tuple[float, float], ...]

    def inside(self, faces: Faces, width_px: int, height_px: int) -> NDArray[np.bool_]:
        """Which faces have the centre of their box inside the polygon or on its edge: bool (n,)."""
        polygon = (np.array(self.points) * (width_px, height_px)).astype(np.float32)
        centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
        inside = [cv2.pointPolygonTest(polygon, (float(x), float(y)), False) >= 0 for x, y in centres]
        return np.array(inside, dtype=np.bool_)

"""Models and pictures for tests of the vision packages."""

from __future__ import annotations

from pathlib import Path

import cv2
import insightface
import numpy as np
import pytest

from lfr_actors.messages import Image


@pytest.fixture(scope="session")
def crowd() -> Image:
    """A group photograph of six people that comes with insightface, 1280 by 886."""
    image = cv2.imread(str(Path(insightface.__file__).parent / "data" / "images" / "t1.jpg"))
    assert image is not None
    return image.astype(np.uint8, copy=False)

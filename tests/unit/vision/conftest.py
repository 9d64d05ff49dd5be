"""Models and pictures for tests of the vision packages."""

from __future__ import annotations

from pathlib import Path

import cv2
import insightface
import numpy as np
import pytest

from lfr_actors.messages import Image
from lfr_actors.vision.packs import LoadedPack, load_pack


@pytest.fixture(scope="session")
def packs_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder shared by the tests that only read packs."""
    return tmp_path_factory.mktemp("packs-home")


@pytest.fixture(scope="session")
def open_pack(packs_home: Path) -> LoadedPack:
    """The open pack, loaded on one thread."""
    return load_pack("open", home=packs_home, device="cpu", threads=1)


@pytest.fixture(scope="session")
def crowd() -> Image:
    """A group photograph of six people that comes with insightface, 1280 by 886."""
    image = cv2.imread(str(Path(insightface.__file__).parent / "data" / "images" / "t1.jpg"))
    assert image is not None
    return image.astype(np.uint8, copy=False)

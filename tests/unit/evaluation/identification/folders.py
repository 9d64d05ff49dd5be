"""A folder of people made up for these tests, a pack that knows them by their tint, and a study of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lfr_actors.evaluation.identification.study import IdentificationStudy, Settings, identify
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.packs import LoadedPack, PackInfo
from tests.unit.watchlist.pictures import FakeDetector, FakeEmbedder, faces, save, texture

ANN, BOB, CID, DOT = (90, 0, 10), (0, 90, 10), (10, 0, 90), (60, 60, 0)
NOBODY = 0
"""The seed of pictures in which no face is found."""
TWO_FACES = 99
"""The seed of pictures with two faces of one size, one of them nearer the middle."""

FOUND = {seed: faces((100, 100, 90)) for seed in range(1, 99)} | {
    NOBODY: Faces.none(),
    TWO_FACES: faces((40, 100, 60), (120, 100, 60)),
}


def pack(name: str = "fake") -> LoadedPack:
    """A pack that finds a face in the middle, and tells people apart by their tint."""
    info = PackInfo(
        name=name,
        detector="fake",
        embedder="fake",
        dim=3,
        licence="none",
        provenance="made up",
        sha256={"fake.onnx": "0" * 64},
        rates=None,
        fit_for_live=False,
    )
    return LoadedPack(info, FakeDetector(FOUND), FakeEmbedder())


def picture(folder: Path, name: str, seed: int, tint: tuple[int, int, int]) -> Path:
    """Write a picture of this tint; two of one seed and tint are the same file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    save(path, texture(seed, colour=tint))
    return path


def people(folder: Path) -> Path:
    """Ann and Bob with three pictures each, Cid and Dot with one."""
    for number in (1, 2, 3):
        picture(folder, f"ann/{number}.png", number, ANN)
        picture(folder, f"bob/{number}.png", 10 + number, BOB)
    picture(folder, "cid/1.png", 21, CID)
    picture(folder, "dot/1.png", 31, DOT)
    return folder


def study_of(folder: Path, **settings: object) -> IdentificationStudy:
    """A study with few draws."""
    given = {"fpirs": (0.5,), "repeats": 0, "draws": 50} | settings
    return identify(folder, pack(), Settings(**given))  # type: ignore[arg-type]


def directions(count: int, dim: int, seed: int) -> np.ndarray:
    """Random rows of length 1."""
    rows = np.random.default_rng(seed).normal(size=(count, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

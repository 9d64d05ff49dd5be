"""A cast from pictures that the product's dependencies ship, so that the demo needs nothing else.

There is one photograph of each person. Targets are therefore filmed from the photograph they are enrolled
with, relit, turned and stretched a little: the demo shows how the pipeline works, not how accurate it is.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np

from lfr_actors.errors import InvalidFile
from lfr_actors.evaluation.scenes.cast import Cast, Member, Passer
from lfr_actors.evaluation.scenes.cutout import read_picture
from lfr_actors.evaluation.scenes.settings import SceneSettings
from lfr_actors.messages import Image
from lfr_actors.vision.models import Detector

TARGETS = ("astronaut", "guest-3")
"""Who is on the list: two people who are least alike anybody else of the cast, to both packs measured."""
GUESTS = 6
"""People in insightface's sample picture."""
PASSES_EACH = 2
"""How often each of the others walks by."""
DEMO_SCENE = SceneSettings(seconds=28.0, face_px_min=44.0, face_px_max=120.0, crowding=0.0, seed=11)
"""The scene of the demo: two targets and ten passes of others in less than half a minute."""


def demo_cast(workdir: Path, detector: Detector) -> Cast:
    """Cut the demo's people out of the shipped pictures into `workdir` and say who is on the list.

    Raises `InvalidFile` when a shipped picture is missing or does not show the people it should.
    """
    portraits = _portraits(detector)
    workdir.mkdir(parents=True, exist_ok=True)
    filmed, enrolled = {}, {}
    for number, (name, portrait) in enumerate(portraits.items()):
        filmed[name] = _save(workdir / f"{name}-filmed.png", _another_light(portrait, number))
        enrolled[name] = workdir / f"{name}.png"
        if name in TARGETS:
            _save(enrolled[name], portrait)
    targets = tuple(
        Member(
            identity=name,
            subject_id=f"DEMO-{number:02d}",
            enrolled=(enrolled[name],),
            filmed=filmed[name],
        )
        for number, name in enumerate(TARGETS, start=1)
    )
    others = [name for name in portraits if name not in TARGETS]
    passers = tuple(Passer(identity=name, filmed=filmed[name]) for _ in range(PASSES_EACH) for name in others)
    return Cast(targets=targets, passers=passers, same_photograph=True)


def _portraits(detector: Detector) -> dict[str, Image]:
    """One picture a person, by name, from left to right in the group."""
    from skimage import data  # heavy, and only the demo needs it

    picture: object = data.astronaut()  # type: ignore[no-untyped-call]
    found = {"astronaut": np.ascontiguousarray(np.asarray(picture, np.uint8)[..., ::-1])}
    group_path = _shipped("insightface", "data/images/t1.jpg")
    group = read_picture(group_path)
    faces = detector.detect(group)
    sizes = faces.boxes[:, 2] - faces.boxes[:, 0]
    if len(faces) < GUESTS:
        raise InvalidFile(str(group_path), (f"shows {len(faces)} faces to the detector; {GUESTS} expected",))
    largest = np.argsort(-sizes)[:GUESTS]
    boxes = faces.boxes[largest][np.argsort(faces.boxes[largest, 0])]
    for number, (left, top, right, bottom) in enumerate(boxes.tolist(), start=1):
        size = right - left
        x, y = (left + right) / 2, (top + bottom) / 2
        rows = slice(max(0, int(y - 1.25 * size)), int(y + 1.75 * size))
        columns = slice(max(0, int(x - 1.35 * size)), int(x + 1.35 * size))
        found[f"guest-{number}"] = np.ascontiguousarray(group[rows, columns])
    return found


def _shipped(package: str, inside: str) -> Path:
    """A file that an installed package ships, without importing the package."""
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec is not None else None
    if not places:
        raise InvalidFile(package, ("is not installed; the demo needs its sample pictures",))
    return Path(places[0]) / inside


def _another_light(portrait: Image, number: int) -> Image:
    """The portrait turned and stretched a little, lit from one side and softer: as if by another camera."""
    rng = np.random.default_rng([7, number])
    high, wide = portrait.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), float(rng.uniform(-2.5, 2.5)), 1.0)
    matrix[0, :2] = matrix[0, :2] * rng.uniform(0.97, 1.0)
    matrix[0, 2] = matrix[0, 2] + 0.015 * wide
    turned = cv2.warpAffine(
        portrait, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    side = np.linspace(-1, 1, wide, dtype=np.float32)[None, :, None] * float(rng.choice((-0.1, 0.1)))
    warmth = np.array([rng.uniform(0.94, 1.04), 1.0, rng.uniform(0.97, 1.05)], np.float32)
    lit = 255 * (turned.astype(np.float32) / 255) ** float(rng.uniform(0.9, 1.1)) * (1 + side) * warmth
    return np.asarray(np.clip(cv2.GaussianBlur(lit, (0, 0), 0.6), 0, 255), np.uint8)


def _save(path: Path, picture: Image) -> Path:
    if not cv2.imwrite(str(path), picture):
        raise InvalidFile(str(path), ("cannot be written",))
    return path

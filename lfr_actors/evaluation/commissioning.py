"""What a camera saw when it was commissioned, as counts, kept by place and camera in `commissioning.json`.

Commissioning is a look at a camera that works as it should, at its place, with its light and its crowd: whatever is
measured of it later is held against that. Counts in bins and nothing else: no score of one person, no name, no
picture.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lfr_actors.errors import StoreError
from lfr_actors.evaluation.drift import LIST_MAY_DIFFER
from lfr_actors.events.codec import decode, encode
from lfr_actors.events.histograms import QUALITY_EDGES, SCORE_EDGES
from lfr_actors.private_file import make_private_folder, write_private

COMMISSIONING_FILE: Final = "commissioning.json"
LEAST_FACES: Final = 545
"""Faces (tracks) that a commissioning has to hold: fewer cannot tell a distance of 0.15 from chance."""
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How faces were looked for and compared; what was measured under another one is not comparable.

    `models` are the SHA-256 (hex) of the pack's model files. `width` and `height` (px) are of the camera's frames,
    None as long as it has not given any.
    """

    pack: str
    detector: str
    embedder: str
    models: Mapping[str, str]
    min_face_px: float
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A camera at its commissioning.

    `faces` are tracks that began, `faces_searched` ended tracks that were searched; `scores` counts the best score
    of each search in `SCORE_EDGES`, `qualities` each face of each frame in `QUALITY_EDGES`. `subjects` were on the
    list.
    Raises `ValueError` for counts that are none.
    """

    location: str
    camera: str
    deployment: str
    measured_at: dt.datetime
    setting: Setting
    subjects: int
    faces: int
    faces_searched: int
    scores: tuple[int, ...] = field(repr=False)
    qualities: tuple[int, ...] = field(repr=False)

    def __post_init__(self) -> None:
        for what, counts, edges in (
            ("scores", self.scores, SCORE_EDGES),
            ("qualities", self.qualities, QUALITY_EDGES),
        ):
            if len(counts) != len(edges) - 1 or any(count < 0 for count in counts):
                raise ValueError(f"{what} are not counts of {len(edges) - 1} bins")


def misfit(baseline: Baseline, setting: Setting) -> str | None:
    """Why a camera cannot be held against its commissioning, in words; None when it can."""
    names = {
        "pack": "pack",
        "detector": "detector",
        "embedder": "embedder",
        "models": "model files",
        "min_face_px": "least face size",
    }
    then = baseline.setting
    other = [words for name, words in names.items() if getattr(then, name) != getattr(setting, name)]
    if setting.width is not None and (then.width, then.height) != (setting.width, setting.height):
        other.append(
            f"frame size ({then.width}×{then.height} px then, {setting.width}×{setting.height} px now)"
        )
    return f"was commissioned with another {' and another '.join(other)}" if other else None


def list_misfit(baseline: Baseline, subjects: int) -> str | None:
    """Why scores against this list cannot be held against those of then, in words; None when they can."""
    if subjects and 1 / LIST_MAY_DIFFER <= baseline.subjects / subjects <= LIST_MAY_DIFFER:
        return None
    return (
        f"was commissioned with {baseline.subjects:,} people on the list and has {subjects:,} now: more of them, "
        "and strangers score higher"
    )


def save_baselines(home: Path, baselines: Mapping[str, Baseline]) -> None:
    """Keep the commissioning of cameras, by id, in place of their earlier ones.

    Raises `StoreError` when what is there is not such a file, `OSError` when it cannot be written.
    """
    known = {(each.location, each.camera): each for each in _read(home)}
    known |= {(each.location, each.camera): each for each in baselines.values()}
    cameras = [encode(known[place]) for place in sorted(known)]
    make_private_folder(home)
    document = {"version": _VERSION, "cameras": cameras}
    write_private(home / COMMISSIONING_FILE, json.dumps(document, separators=(",", ":")) + "\n")


def read_baselines(home: Path, location: str) -> Mapping[str, Baseline]:
    """The commissioning of each camera at a place, by its id. Raises `StoreError` for a file not of ours."""
    return {each.camera: each for each in _read(home) if each.location == location}


def _read(home: Path) -> list[Baseline]:
    path = home / COMMISSIONING_FILE
    try:
        document = json.loads(path.read_bytes())
        if not isinstance(document, dict) or document.get("version") != _VERSION:
            raise ValueError("version")
        return [decode(Baseline, each) for each in document["cameras"]]
    except FileNotFoundError:
        return []
    except (OSError, KeyError, TypeError, ValueError) as error:
        reason = "is not readable as the commissioning of cameras: delete it and commission them again"
        raise StoreError(str(path), reason) from error

"""Verifying a pack: are its files the described ones, do its networks run, do they give what they should."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lfr_actors.vision.packs.pack import Check, LoadedPack, PackInfo, synthetic_chips
from lfr_actors.vision.packs.registry import find_pack
from lfr_actors.vision.packs.session import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was checked of a pack; `provider` is the execution provider that its networks really ran on."""

    info: PackInfo
    provider: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Did everything hold?"""
        return all(check.passed for check in self.checks)


def verify_pack(name: str, *, home: Path, device: Device = "auto") -> Verification:
    """Recompute a pack's checksums, run both networks once, and check what they give.

    Nothing is mended or fetched, but an open pack that was never compiled is. Raises `PackError` or
    `InvalidFile` when a file is missing, altered or cannot be run.
    """
    pack = find_pack(name, home)
    loaded = LoadedPack(pack.describe(), pack.open_detector(device, 1, 640), pack.open_embedder(device, 1))
    checks = (*pack.checks(loaded), _detects(loaded), _embeds(loaded))
    return Verification(info=pack.describe(), provider=loaded.provider, checks=checks)


def _detects(loaded: LoadedPack) -> Check:
    faces = loaded.detector.detect(np.full((360, 640, 3), 128, np.uint8))
    return Check(
        what=f"the detector ran, and found {len(faces)} faces on a grey picture", passed=len(faces) == 0
    )


def _embeds(loaded: LoadedPack) -> Check:
    embedder = loaded.embedder
    chips = synthetic_chips(3, embedder.chip_size)
    together = embedder.embed(chips)
    apart = np.concatenate([embedder.embed(chips[i : i + 1]) for i in range(len(chips))])
    difference = float(np.abs(together - apart).max())
    unit = np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-4)
    return Check(
        what=f"the embedder gave templates of length 1, {embedder.dim} values; alone or in a batch they "
        f"differ by at most {difference:.1e}",
        passed=bool(unit and np.isfinite(together).all() and difference < 1e-3),
    )

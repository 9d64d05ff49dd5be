"""What a pack is: its description, and its parts once they are loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from lfr_actors.errors import PackError
from lfr_actors.vision.models import Detector, Embedder
from lfr_actors.vision.packs.session import Device

Parts = Literal["both", "detector", "embedder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackInfo:
    """A pack in plain, picklable words: shown by `lfr models`, recorded in events.

    `name` is the pack as asked for. `sha256` maps file names to hex digests. `rates` are measured rates in
    words, None when nobody measured. `fit_for_live` is false for packs that are for demonstration, drills and
    development, and for those whose rates nobody measured; `notes` say why. `dim` is 0 while unknown.
    """

    name: str
    detector: str
    embedder: str
    dim: int
    licence: str
    provenance: str
    sha256: dict[str, str] = field(default_factory=dict)
    rates: str | None
    fit_for_live: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was checked, in words, and whether it held."""

    what: str
    passed: bool


class Pack(Protocol):
    """A pack on this machine, not yet loaded."""

    def describe(self) -> PackInfo:
        """Its description, from what is on disk; loads no network and fetches nothing."""

    def prepare(self) -> PackInfo:
        """Compile or fetch what is missing, check every checksum; may be repeated. Raises `PackError`."""

    def open_detector(self, device: Device, threads: int, long_side_px: int) -> Detector:
        """The detector. Raises `PackError` or `DeviceUnavailable`."""

    def open_embedder(self, device: Device, threads: int) -> Embedder:
        """The embedder. Raises `PackError` or `DeviceUnavailable`."""

    def checks(self, loaded: LoadedPack) -> tuple[Check, ...]:
        """What can be said of its files, and of what its own networks compute, once they run."""


class LoadedPack:
    """A pack whose parts run. A part that was not asked for is not loaded, and using it is an error."""

    def __init__(self, info: PackInfo, detector: Detector | None, embedder: Embedder | None) -> None:
        self.info = info
        self._detector = detector
        self._embedder = embedder

    @property
    def detector(self) -> Detector:
        """The detector; raises `PackError` when only the embedder was loaded."""
        if self._detector is None:
            raise PackError(
                self.info.name, "its detector was not loaded: load it with parts both or detector"
            )
        return self._detector

    @property
    def embedder(self) -> Embedder:
        """The embedder; raises `PackError` when only the detector was loaded."""
        if self._embedder is None:
            raise PackError(
                self.info.name, "its embedder was not loaded: load it with parts both or embedder"
            )
        return self._embedder

    @property
    def provider(self) -> str:
        """The execution provider that really runs; both if detector and embedder differ."""
        used = {part.provider for part in (self._detector, self._embedder) if part is not None}
        return " and ".join(sorted(used))


def synthetic_chips(count: int, side: int) -> NDArray[np.uint8]:
    """Chips that are the same on every machine: smooth waves of colour, uint8 (count, side, side, 3)."""
    n, y, x, c = np.indices((count, side, side, 3), dtype=np.float64)
    wave = np.sin(x / (7 + n) + c) + np.cos(y / (11 + n) - c) + np.sin((x + y) / 23)
    chips: NDArray[np.uint8] = np.rint((wave + 3) * (255 / 6)).astype(np.uint8)
    return chips

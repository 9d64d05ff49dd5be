"""YuNet in front of either embedder: `yunet+…`, from a file on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from lfr_actors.errors import PackError
from lfr_actors.vision.detect import DetectorSettings, OnnxDetector
from lfr_actors.vision.models import Detector, Embedder
from lfr_actors.vision.packs.files import sha256_of
from lfr_actors.vision.packs.pack import Check, LoadedPack, Pack, PackInfo
from lfr_actors.vision.packs.session import Device, open_session

VARIABLE = "LFR_YUNET"
THRESHOLD = 0.6


def find_yunet(name: str, home: Path, file: str | None) -> Path:
    """YuNet's file: the one named in the pack, else in `LFR_YUNET`, else the last in `packs/yunet`.

    Raises `PackError` when there is none, with the places where it was looked for.
    """
    named = file or os.environ.get(VARIABLE)
    folder = home / "packs" / "yunet"
    if named:
        path = Path(named).expanduser()
        if path.is_file():
            return path
        where = "the pack's name" if file else VARIABLE
        raise PackError(name, f"there is no file {path}, which {where} says is YuNet")
    found = sorted(folder.glob("*.onnx"))
    if not found:
        raise PackError(
            name,
            f"YuNet's ONNX file is missing: put it into {folder}, or set {VARIABLE} to its path, or name it: "
            "yunet:/path/to/yunet.onnx+open",
        )
    return found[-1]


class YuNetPack:
    """YuNet's detector with the embedder of the pack `behind`."""

    def __init__(self, name: str, file: Path, behind: Pack) -> None:
        self.name = name
        self.file = file
        self.behind = behind

    def describe(self) -> PackInfo:
        """The description of the pack behind, with YuNet and no rates: nobody measured both."""
        return self._info(self.behind.describe())

    def prepare(self) -> PackInfo:
        """Prepare the pack behind."""
        return self._info(self.behind.prepare())

    def _info(self, behind: PackInfo) -> PackInfo:
        return PackInfo(
            name=self.name,
            detector=f"YuNet, {self.file.name}",
            embedder=behind.embedder,
            dim=behind.dim,
            licence=f"YuNet's published weights: MIT; embedder: {behind.licence}",
            provenance=f"detector: {self.file}, supplied by the user; embedder: {behind.provenance}",
            sha256={self.file.name: sha256_of(self.file)} | behind.sha256,
            rates=None,
            fit_for_live=False,
            notes=tuple(dict.fromkeys((*behind.notes, "nobody measured this detector with this embedder"))),
        )

    def open_detector(self, device: Device, threads: int, long_side_px: int) -> Detector:
        """YuNet."""
        session = open_session(self.name, self.file, device=device, threads=threads)
        settings = DetectorSettings(
            family="yunet", long_side_px=long_side_px, channels="bgr", threshold=THRESHOLD
        )
        try:
            return OnnxDetector(session, settings)
        except ValueError as error:
            raise PackError(self.name, f"{self.file} is not YuNet: {error}") from error

    def open_embedder(self, device: Device, threads: int) -> Embedder:
        """The embedder of the pack behind."""
        return self.behind.open_embedder(device, threads)

    def checks(self, loaded: LoadedPack) -> tuple[Check, ...]:
        """Those of the pack behind; YuNet's file comes without a checksum to compare with."""
        told = Check(what=f"{self.file} was read; no checksum of it is described", passed=True)
        return (told, *self.behind.checks(loaded))

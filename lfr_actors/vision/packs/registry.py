"""From a pack's name to the pack.

open                         insightface:NAME     insightface:/folder     /folder-with-pack.toml
yunet+(any of the above)     yunet:/file.onnx+(any of the above)
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from lfr_actors.errors import PackError
from lfr_actors.messages import MAX_MESSAGE_BYTES
from lfr_actors.vision.packs.folder import FolderPack
from lfr_actors.vision.packs.insightface_fetch import library_root
from lfr_actors.vision.packs.insightface_pack import InsightFacePack
from lfr_actors.vision.packs.open_pack import NAME as OPEN
from lfr_actors.vision.packs.open_pack import OpenPack
from lfr_actors.vision.packs.pack import LoadedPack, Pack, PackInfo, Parts
from lfr_actors.vision.packs.session import Device
from lfr_actors.vision.packs.yunet import YuNetPack, find_yunet

_YUNET = re.compile(r"yunet(?::(?P<file>.+?\.onnx))?\+(?P<behind>.+)", re.IGNORECASE)
_INSIGHTFACE = "insightface:"
_LIBRARY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

LARGEST_CHIP_PX = math.isqrt((MAX_MESSAGE_BYTES - 2_000) // 3)
"""The largest chip that fits a message, with 2,000 bytes for what travels beside it."""

KINDS = (
    "open, insightface:NAME, insightface:/folder, yunet+PACK, yunet:/file.onnx+PACK, "
    "or a folder with a pack.toml"
)


def find_pack(name: str, home: Path) -> Pack:
    """The pack of this name, not loaded. Raises `PackError` when there is no such kind or folder."""
    behind_yunet = _YUNET.fullmatch(name)
    if behind_yunet:
        behind = find_pack(behind_yunet["behind"], home)
        return YuNetPack(name, find_yunet(name, home, behind_yunet["file"]), behind)
    if name == OPEN:
        return OpenPack(home)
    if name.startswith(_INSIGHTFACE):
        return _insightface(name, name.removeprefix(_INSIGHTFACE))
    folder = Path(name).expanduser()
    if name and (folder / "pack.toml").is_file():
        return FolderPack(name, folder.resolve())
    if name and folder.is_dir():
        raise PackError(
            name, f"the folder {folder} has no pack.toml; for an InsightFace pack: insightface:{name}"
        )
    raise PackError(name, f"there is no such pack. A pack is one of: {KINDS}")


def _insightface(name: str, rest: str) -> Pack:
    folder = Path(rest).expanduser()
    if rest and ("/" in rest or folder.is_dir()):
        return InsightFacePack(name, folder.resolve())
    if not _LIBRARY_NAME.fullmatch(rest):
        raise PackError(name, "after insightface: comes a pack's name, such as buffalo_l, or a folder")
    return InsightFacePack(name, library_root() / "models" / rest, fetch=rest)


def found_packs(home: Path) -> tuple[str, ...]:
    """The packs on this machine: `open`, those in `home/packs`, and those the library has fetched."""
    names = [OPEN]
    try:
        find_yunet("yunet+open", home, None)
        names.append("yunet+open")
    except PackError:
        pass  # no YuNet here, so no pack with it
    names += [str(path.parent) for path in sorted((home / "packs").glob("*/pack.toml"))]
    fetched = library_root() / "models"
    names += [_INSIGHTFACE + path.name for path in sorted(fetched.glob("[!.]*")) if any(path.glob("*.onnx"))]
    return tuple(names)


def describe_pack(name: str, *, home: Path) -> PackInfo:
    """A pack's description from what is on disk; nothing is loaded or fetched. Raises `PackError`."""
    return find_pack(name, home).describe()


def prepare_pack(name: str, *, home: Path) -> PackInfo:
    """Compile, fetch and check whatever a pack needs, into `home/packs`; may be repeated, also by several.

    A pack with a library's name is fetched here and nowhere else. Raises `PackError`.
    """
    return find_pack(name, home).prepare()


def load_pack(
    name: str,
    *,
    home: Path,
    device: Device,
    threads: int,
    long_side_px: int = 640,
    parts: Parts = "both",
) -> LoadedPack:
    """A pack that runs, on the device asked for, with `threads` threads per network.

    `long_side_px`: the long side of a picture at the detector's input; a `pack.toml` that fixes its own wins.
    `parts`: load only what is used. Compiles the open pack when that was not done; fetches nothing.
    Raises `PackError`, also for chips above `LARGEST_CHIP_PX`; `DeviceUnavailable` when `device` is "cuda" and
    CUDA is not what would run.
    """
    pack = find_pack(name, home)
    detector = pack.open_detector(device, threads, long_side_px) if parts != "embedder" else None
    embedder = pack.open_embedder(device, threads) if parts != "detector" else None
    if embedder is not None and embedder.chip_size > LARGEST_CHIP_PX:
        raise PackError(
            name,
            f"its chips of {embedder.chip_size} px are too large to travel: at most {LARGEST_CHIP_PX} px fit a "
            f"message of {MAX_MESSAGE_BYTES} bytes, beyond which faces could reach a disk",
        )
    return LoadedPack(pack.describe(), detector, embedder)

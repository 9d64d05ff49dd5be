"""What an actor loads of a model pack when it starts, in its own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lfr_actors.vision.models import Detector, Embedder
from lfr_actors.vision.packs import load_pack

if TYPE_CHECKING:
    from lfr_actors.actors.ports import PackUse


def load_detector(use: PackUse) -> Detector:
    """The detector of a pack, in the calling process."""
    return load_pack(
        use.pack,
        home=use.home,
        device=use.device,
        threads=use.threads,
        long_side_px=use.long_side_px,
        parts="detector",
    ).detector


def load_embedder(use: PackUse) -> Embedder:
    """The embedder of a pack, in the calling process."""
    return load_pack(
        use.pack, home=use.home, device=use.device, threads=use.threads, parts="embedder"
    ).embedder

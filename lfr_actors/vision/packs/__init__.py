"""Packs of models: a detector and an embedder with everything needed to run them as they were measured.

registry            a name to a pack: describe_pack, prepare_pack, load_pack
open_pack           CenterFace and dlib's network, compiled once (centerface, dlib_resnet)
insightface_pack    through the insightface library (insightface_fetch)
yunet               YuNet in front of any of them
folder              bring your own, described by a pack.toml
verify              checksums recomputed, networks run, outputs compared
session             ONNX Runtime on the provider asked for, or an error; embedder, files
"""

from lfr_actors.vision.packs.pack import Check, LoadedPack, PackInfo, Parts
from lfr_actors.vision.packs.registry import (
    describe_pack,
    found_packs,
    load_pack,
    prepare_pack,
)
from lfr_actors.vision.packs.session import Device, really_used
from lfr_actors.vision.packs.verify import Verification, verify_pack

__all__ = [
    "Check",
    "Device",
    "LoadedPack",
    "PackInfo",
    "Parts",
    "Verification",
    "describe_pack",
    "found_packs",
    "load_pack",
    "prepare_pack",
    "really_used",
    "verify_pack",
]

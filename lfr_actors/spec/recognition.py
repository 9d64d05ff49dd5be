"""How faces are compared: pack, threshold, corroboration."""

from __future__ import annotations

import datetime as dt
import math
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from lfr_actors.spec.duration import Duration
from lfr_actors.spec.part import Part, Text, base_folder
from lfr_actors.vision.probing import ProbeSettings

_YUNET = re.compile(r"yunet(?::(?P<file>.+?\.onnx))?\+(?P<behind>.+)", re.IGNORECASE)
_INSIGHTFACE = "insightface:"


class Confirm(Part):
    """Corroboration: this many searches of one track must agree within this time."""

    hits: int = Field(default=2, ge=1, le=100)
    within: Duration = Field(default=dt.timedelta(seconds=1), validate_default=True)

    @field_validator("within")  # after `hits`, which is declared before it
    @classmethod
    def _long_enough(cls, value: dt.timedelta, info: ValidationInfo) -> dt.timedelta:
        if not value:
            raise ValueError("leaves no time for a second search; write 1s or more")
        hits = info.data.get("hits", 1)
        least_s = (hits - 1) * ProbeSettings().corroborate_after_s
        if value.total_seconds() < least_s:
            raise ValueError(
                f"leaves no time for {hits} searches of one track, so that no alert could ever be raised; "
                f"write fewer hits, or {math.ceil(2 * least_s)}s or more"
            )
        return value


class Recognition(Part):
    """How faces are compared.

    `threshold`: cosine similarity in (0, 1], without a default, because it belongs to the pack, the list and
    the place. `cooldown`: the same subject raises no second alert on the same camera within it.
    `accepted_rates`: who accepted a pack's measured rates in writing, and where.
    """

    pack: Text
    threshold: float = Field(gt=0, le=1)
    confirm: Confirm = Confirm()
    cooldown: Duration = dt.timedelta(seconds=60)
    min_face_px: int = Field(default=24, ge=8, le=4096)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    detector_long_side_px: int = Field(default=640, ge=64, le=8192)
    accepted_rates: Text | None = None

    @field_validator("pack")
    @classmethod
    def _absolute(cls, value: str, info: ValidationInfo) -> str:
        return resolve_pack(value, base_folder(info))


def resolve_pack(pack: str, base: Path) -> str:
    """The name of a pack with its paths made absolute; a relative one starts from `base`.

    Only the text is looked at: whether the pack is there is asked of the packs. Raises `ValueError` (what is
    wrong; what would be right) for what is neither a known kind nor a folder.
    """
    behind_yunet = _YUNET.fullmatch(pack)
    if behind_yunet:
        file = f":{_absolute(behind_yunet['file'], base)}" if behind_yunet["file"] else ""
        return f"yunet{file}+{resolve_pack(behind_yunet['behind'], base)}"
    if pack.startswith(_INSIGHTFACE):
        rest = pack.removeprefix(_INSIGHTFACE)
        if not rest:
            raise ValueError("ends too early; write insightface:NAME or insightface:FOLDER")
        return _INSIGHTFACE + (_absolute(rest, base) if "/" in rest else rest)
    if pack == "open":
        return pack
    if "/" not in pack:
        raise ValueError(
            "is not a model pack; write open, insightface:NAME, insightface:FOLDER, yunet+PACK, "
            "or ./FOLDER for a folder with a pack.toml"
        )
    return _absolute(pack, base)


def _absolute(text: str, base: Path) -> str:
    return str((base / Path(text).expanduser()).resolve())

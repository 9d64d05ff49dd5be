"""How faces are compared: pack, thresholds, corroboration."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Collection
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from lfr_actors.spec.duration import Duration
from lfr_actors.spec.mistakes import OF_ITEM
from lfr_actors.spec.part import Part, Text, base_folder
from lfr_actors.vision.probing import ProbeSettings
from lfr_actors.watchlist.thresholds import Thresholds
from lfr_actors.watchlist.version import BLUE_LIST, Subject

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


class ScopedThreshold(Part):
    """The threshold of a category or of one subject, who set it and why.

    `set_by` stands in the public log for ever, so it is an account or a reference rather than a name; so does
    `why` for a category. For a subject it is sealed, and erased with the list.
    """

    category: Text | None = None
    subject: Text | None = Field(default=None, repr=False)
    threshold: float = Field(gt=0, le=1)
    set_by: Text
    why: Text

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if (self.category is None) == (self.subject is None):
            raise ValueError("needs either a category or a subject; write one of the two")
        return self

    @field_validator("category")
    @classmethod
    def _measured_as_everybody(cls, value: str | None) -> str | None:
        if value == BLUE_LIST:
            raise ValueError(
                f"is not a category with a threshold of its own: passes of the {BLUE_LIST} measure the threshold "
                "of the others; take this entry out"
            )
        return value


class Recognition(Part):
    """How faces are compared.

    `threshold`: cosine similarity in (0, 1], without a default, because it belongs to the pack, the list and
    the place. `thresholds`: those of categories and of subjects that differ; a subject's own goes before its
    category's. `cooldown`: the same subject raises no second alert on the same camera within it.
    `when_incomplete`: while part of the list cannot be searched, cameras pause, or continue with every result
    marked. `accepted_rates`: who accepted a pack's measured rates in writing, and where.
    """

    pack: Text
    threshold: float = Field(gt=0, le=1)
    thresholds: tuple[ScopedThreshold, ...] = ()
    when_incomplete: Literal["pause", "continue"] = "pause"
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

    @field_validator("thresholds")
    @classmethod
    def _each_scope_once(cls, value: tuple[ScopedThreshold, ...]) -> tuple[ScopedThreshold, ...]:
        seen: set[tuple[str | None, str | None]] = set()
        for item, entry in enumerate(value):
            scope = (entry.category, entry.subject)
            if scope in seen:
                kind = "category" if entry.category is not None else "subject"
                sentence = f"is for a {kind} that has a threshold in this list already; write each once"
                raise PydanticCustomError(OF_ITEM, "{sentence}", {"sentence": sentence, "item": item})
            seen.add(scope)
        return value

    def thresholds_of(self) -> Thresholds:
        """The score that recognises each subject."""
        return Thresholds(
            default=self.threshold,
            by_category={
                entry.category: entry.threshold for entry in self.thresholds if entry.category is not None
            },
            by_subject={
                entry.subject: entry.threshold for entry in self.thresholds if entry.subject is not None
            },
        )

    def thresholds_of_nobody(self, subjects: Collection[Subject]) -> tuple[str, ...]:
        """The thresholds that are for nobody on this list, as sentences; a mistyped one must not go unnoticed."""
        categories = {subject.category for subject in subjects}
        ids = {subject.subject_id for subject in subjects}
        said = []
        for item, entry in enumerate(self.thresholds, start=1):
            if entry.category is not None and entry.category not in categories:
                said.append(
                    f"threshold {item} of recognition.thresholds is for the category {entry.category}, and nobody "
                    "on the list is of it"
                )
            if entry.subject is not None and entry.subject not in ids:
                said.append(
                    f"threshold {item} of recognition.thresholds is for a subject who is not on the list"
                )
        return tuple(said)


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

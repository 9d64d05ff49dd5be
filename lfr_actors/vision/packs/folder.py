"""A folder with `pack.toml`: bring your own models, fully described. What is not described is refused.

licence = "who may use the weights, for what"
provenance = "where they come from"
rates = "what was measured, on which data"      # or "not measured"

[detector]
family = "scrfd"                # centerface | yunet | scrfd
file = "detector.onnx"
sha256 = "…"
long_side_px = 640
channels = "rgb"                # the order that the network was trained with
mean = [127.5, 127.5, 127.5]    # the network gets (x - mean) * scale
scale = 0.0078125
threshold = 0.5
nms_iou = 0.4

[embedder]
file = "embedder.onnx"
sha256 = "…"
size_px = 112
dim = 512
channels = "rgb"
mean = [127.5, 127.5, 127.5]
scale = 0.00784313725
points = [[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]]
mirror = false                  # true: chip and mirror image summed
"""

from __future__ import annotations

import tomllib
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from lfr_actors.errors import InvalidFile, PackError
from lfr_actors.vision.detect import DetectorSettings, OnnxDetector
from lfr_actors.vision.models import Detector, Embedder
from lfr_actors.vision.packs.embedder import EmbedderSettings, OnnxEmbedder
from lfr_actors.vision.packs.files import check_sha256
from lfr_actors.vision.packs.pack import Check, LoadedPack, PackInfo
from lfr_actors.vision.packs.session import Device, open_session

FILE = "pack.toml"
NOT_MEASURED = "not measured"


def _inside(file: str) -> str:
    path = PurePath(file)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError("a file name inside the pack's folder is right")
    return file


Text = Annotated[str, Field(min_length=1)]
InFolder = Annotated[str, Field(min_length=1), AfterValidator(_inside)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
Point = tuple[float, float]
Mean = tuple[float, float, float]
Channels = Literal["rgb", "bgr"]


class _Described(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)


class DetectorDescription(_Described):
    """The `[detector]` of a pack.toml."""

    family: Literal["centerface", "yunet", "scrfd"]
    file: InFolder
    sha256: Digest
    long_side_px: int = Field(ge=64, le=8192)
    channels: Channels
    mean: Mean
    scale: float = Field(gt=0)
    threshold: float = Field(gt=0, lt=1)
    nms_iou: float = Field(gt=0, lt=1)


class EmbedderDescription(_Described):
    """The `[embedder]` of a pack.toml."""

    file: InFolder
    sha256: Digest
    size_px: int = Field(ge=16, le=1024)
    dim: int = Field(ge=2, le=8192)
    channels: Channels
    mean: Mean
    scale: float = Field(gt=0)
    points: tuple[Point, Point, Point, Point, Point]
    mirror: bool


class Description(_Described):
    """A whole pack.toml."""

    licence: Text
    provenance: Text
    rates: Text
    detector: DetectorDescription
    embedder: EmbedderDescription


class FolderPack:
    """The pack that a folder with a `pack.toml` describes."""

    def __init__(self, name: str, folder: Path) -> None:
        """Raises `InvalidFile` with every mistake of the description."""
        self.name = name
        self.folder = folder
        self.description = read_description(folder / FILE)

    def describe(self) -> PackInfo:
        """Its description, as the file has it."""
        told = self.description
        measured = told.rates.strip().lower() != NOT_MEASURED
        return PackInfo(
            name=self.name,
            detector=f"{told.detector.family}, {told.detector.file}",
            embedder=told.embedder.file
            + (", picture and mirror image summed" if told.embedder.mirror else ""),
            dim=told.embedder.dim,
            licence=told.licence,
            provenance=told.provenance,
            sha256={part.file: part.sha256.lower() for part in (told.detector, told.embedder)},
            rates=told.rates if measured else None,
            fit_for_live=measured,
            notes=() if measured else ("its rates are not measured: measure them before a live deployment",),
        )

    def prepare(self) -> PackInfo:
        """Check both files against their checksums."""
        for part in (self.description.detector, self.description.embedder):
            check_sha256(self.name, self.folder / part.file, part.sha256)
        return self.describe()

    def open_detector(self, device: Device, threads: int, long_side_px: int) -> Detector:  # noqa: ARG002
        """The described detector; the `long_side_px` of its description is the one it was measured with."""
        told = self.description.detector
        session = self._session(told, device, threads)
        settings = DetectorSettings(**told.model_dump(exclude={"file", "sha256"}))
        try:
            return OnnxDetector(session, settings)
        except ValueError as error:
            raise PackError(self.name, f"{told.file} is not what {FILE} says it is: {error}") from error

    def open_embedder(self, device: Device, threads: int) -> Embedder:
        """The described embedder, tried once: its output must have the described length."""
        told = self.description.embedder
        session = self._session(told, device, threads)
        values = told.model_dump(exclude={"file", "sha256", "points"})
        embedder = OnnxEmbedder(session, EmbedderSettings(points=np.array(told.points, np.float32), **values))
        try:
            embedder.embed(np.zeros((1, told.size_px, told.size_px, 3), np.uint8))
        except Exception as error:  # ONNX Runtime's exceptions share no base class but this one
            raise PackError(
                self.name,
                f"{told.file} does not take chips of {told.size_px} px and give {told.dim} values, as {FILE} "
                f"says: {error}",
            ) from error
        return embedder

    def checks(self, loaded: LoadedPack) -> tuple[Check, ...]:  # noqa: ARG002
        """Both files were checked when they were opened."""
        return (Check(what=f"both files have the SHA-256 that {FILE} states", passed=True),)

    def _session(self, part: DetectorDescription | EmbedderDescription, device: Device, threads: int) -> Any:
        path = self.folder / part.file
        check_sha256(self.name, path, part.sha256)
        return open_session(self.name, path, device=device, threads=threads)


def read_description(path: Path) -> Description:
    """Read a pack.toml. Raises `InvalidFile` with every mistake: the key, and what would be right."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidFile(str(path), (f"is not TOML: {error}",)) from error
    try:
        return Description.model_validate(content)
    except ValidationError as error:
        raise InvalidFile(str(path), tuple(_problem(item) for item in error.errors())) from error


def _problem(item: Any) -> str:
    key = ".".join(str(part) for part in item["loc"])
    if item["type"] == "missing":
        return f"{key}: is missing, and what is not described is refused"
    if item["type"] == "extra_forbidden":
        return f"{key}: is not a key of a pack.toml"
    if item["loc"][-1] == "sha256":
        return f"{key}: 64 hexadecimal digits are right, as sha256sum prints them"
    return f"{key}: {item['msg']} (it is {item['input']!r})"

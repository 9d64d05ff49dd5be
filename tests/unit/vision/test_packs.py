"""Packs by name: which there are, what each refuses, and what its error says to do."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from lfr_actors.errors import DeviceUnavailable, PackError
from lfr_actors.messages import MAX_MESSAGE_BYTES
from lfr_actors.vision.align import ARCFACE_POINTS
from lfr_actors.vision.packs import (
    describe_pack,
    found_packs,
    insightface_fetch,
    load_pack,
    prepare_pack,
    registry,
    session,
)
from lfr_actors.vision.packs.embedder import EmbedderSettings, OnnxEmbedder


@pytest.fixture(autouse=True)
def no_library_packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The library's folder is an empty one, and YuNet is named by nobody."""
    root = tmp_path / "library"
    monkeypatch.setattr(registry, "library_root", lambda: root)
    monkeypatch.delenv("LFR_YUNET", raising=False)
    return root


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("opne", "there is no such pack. A pack is one of: open, insightface:NAME"),
        ("", "there is no such pack"),
        ("insightface:", "after insightface: comes a pack's name"),
        ("insightface:no/such/folder", "there is no folder"),
        ("insightface:buffalo_l", r"lfr models prepare insightface:buffalo_l.*or copy the pack's folder"),
        ("yunet+open", r"YuNet's ONNX file is missing: put it into .*packs/yunet, or set LFR_YUNET"),
        ("yunet:/no/such.onnx+open", "there is no file /no/such.onnx, which the pack's name says is YuNet"),
        ("yunet+opne", "there is no such pack"),
    ],
)
def test_a_name_that_is_no_pack(name: str, says: str, tmp_path: Path) -> None:
    """Each wrong or missing pack is an error that names it and says what would be right."""
    with pytest.raises(PackError, match=says):
        load_pack(name, home=tmp_path, device="cpu", threads=1)


def test_a_folder_without_a_description(tmp_path: Path) -> None:
    """A folder that has no pack.toml is refused, with the form for an InsightFace pack."""
    with pytest.raises(PackError, match=r"has no pack.toml; for an InsightFace pack: insightface:"):
        describe_pack(str(tmp_path), home=tmp_path)


def test_an_insightface_folder_without_models(tmp_path: Path) -> None:
    """An empty folder is refused by what it lacks."""
    with pytest.raises(PackError, match="holds no face detector"):
        load_pack(f"insightface:{tmp_path}", home=tmp_path, device="cpu", threads=1)


def test_a_broken_onnx_file(tmp_path: Path) -> None:
    """A file that is not ONNX is an error naming the file, for YuNet and for InsightFace folders."""
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"this is not a model")
    with pytest.raises(PackError, match=r"broken.onnx cannot be run by ONNX Runtime"):
        load_pack(f"yunet:{broken}+open", home=tmp_path, device="cpu", threads=1, parts="detector")
    with pytest.raises(PackError, match="holds no face detector"):
        load_pack(f"insightface:{tmp_path}", home=tmp_path, device="cpu", threads=1)


def test_listing_fetches_nothing(
    tmp_path: Path, no_library_packs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on the machine is found; describing a pack that is not says so, and reaches for nothing."""
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was used"))
    (no_library_packs / "models" / "buffalo_x").mkdir(parents=True)
    (no_library_packs / "models" / "buffalo_x" / "det.onnx").touch()
    (tmp_path / "packs" / "mine").mkdir(parents=True)
    (tmp_path / "packs" / "mine" / "pack.toml").touch()
    (tmp_path / "packs" / "yunet").mkdir()
    (tmp_path / "packs" / "yunet" / "yunet.onnx").touch()
    mine = str(tmp_path / "packs" / "mine")
    assert found_packs(tmp_path) == ("open", "yunet+open", mine, "insightface:buffalo_x")
    info = describe_pack("insightface:buffalo_l", home=tmp_path)
    assert info.sha256 == {}
    assert "is not there" in info.notes[0]
    assert "non-commercial" in info.licence
    assert not info.fit_for_live


def test_a_library_pack_without_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fetching without network is one clear error, at once, and leaves no folder that looks like the pack."""
    import requests

    def fail(*_args: object, **_options: object) -> None:
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(requests, "head", fail)
    with pytest.raises(
        PackError, match=r"insightface:buffalo_l: it is not on this machine, and .* cannot be reached"
    ):
        prepare_pack("insightface:buffalo_l", home=tmp_path)
    assert not (tmp_path / "library" / "models" / "buffalo_l").exists()


def test_a_library_pack_that_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that the library does not know is an error with the answer that came."""
    import requests

    monkeypatch.setattr(requests, "head", lambda *_args, **_options: SimpleNamespace(status_code=404))
    with pytest.raises(PackError, match=r"no such pack .*answers 404"):
        prepare_pack("insightface:buffalo_q", home=tmp_path)


def test_a_library_pack_is_fetched_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library works in a folder of its own, which takes its place once it holds a model."""
    script = (
        "import sys, pathlib; p = pathlib.Path(sys.argv[2], 'models', sys.argv[1], sys.argv[1]); "
        "p.mkdir(parents=True); (p / 'det.onnx').write_bytes(b'x')"
    )
    monkeypatch.setattr(insightface_fetch, "_check_reachable", lambda *_: None)
    monkeypatch.setattr(insightface_fetch, "_FETCH", script)
    where = tmp_path / "models" / "some_pack"
    insightface_fetch.fetch("insightface:some_pack", "some_pack", where)
    assert [path.name for path in where.iterdir()] == ["det.onnx"]
    assert [path.name for path in where.parent.iterdir()] == ["some_pack"]


@pytest.mark.parametrize(
    ("script", "says"),
    [("raise SystemExit(3)", "could not fetch it"), ("pass", "holds no ONNX file")],
)
def test_a_library_pack_that_arrives_broken(
    script: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fetch that fails, or brings nothing, is an error and leaves nothing behind."""
    monkeypatch.setattr(insightface_fetch, "_check_reachable", lambda *_: None)
    monkeypatch.setattr(insightface_fetch, "_FETCH", script)
    with pytest.raises(PackError, match=says):
        insightface_fetch.fetch("insightface:x", "x", tmp_path / "models" / "x")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_fetch_that_stalls_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing arrives within the limit the worker is ended and the error says so."""
    monkeypatch.setattr(insightface_fetch, "_check_reachable", lambda *_: None)
    monkeypatch.setattr(insightface_fetch, "_FETCH", "import time; time.sleep(100)")
    monkeypatch.setattr(insightface_fetch, "STALLED_AFTER_S", 0.1)
    with pytest.raises(PackError, match="nothing arrived"):
        insightface_fetch.fetch("insightface:x", "x", tmp_path / "models" / "x")


def test_cuda_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cuda` without the CUDA provider fails at once, and says what is there and what to install."""
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(
        DeviceUnavailable, match=r"offers only CPUExecutionProvider.*onnxruntime-gpu"
    ) as caught:
        load_pack("open", home=tmp_path, device="cuda", threads=1)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_cuda_that_falls_back_is_refused() -> None:
    """A session asked to run on CUDA that started on the CPU is an error; on `auto` it is reported."""
    fallen = SimpleNamespace(get_providers=lambda: ["CPUExecutionProvider"])
    with pytest.raises(DeviceUnavailable, match="ONNX Runtime started on CPUExecutionProvider"):
        session.check_provider("open", "cuda", fallen)
    assert session.check_provider("open", "auto", fallen) == "CPUExecutionProvider"


def test_auto_takes_cuda_when_it_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` asks for CUDA first when it is there, `cpu` never does."""
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    monkeypatch.setattr(session, "_preload_cuda", lambda: None)
    assert session.providers_for("open", "auto")[0] == "CUDAExecutionProvider"
    assert session.providers_for("open", "cpu") == ["CPUExecutionProvider"]


def mean_of_planes(batch: int | str) -> OnnxEmbedder:
    """An embedder whose embedding is the mean of each plane; exported for `batch` chips at a time."""
    planes = helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 3, 8, 8])
    means = helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 3])
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["y"]),
    ]
    graph = helper.make_graph(nodes, "means", [planes], [means])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    running = session.open_session("test", model.SerializeToString(), device="cpu", threads=1)
    return OnnxEmbedder(running, EmbedderSettings(dim=3, size_px=8, points=ARCFACE_POINTS))


@pytest.mark.parametrize("batch", ["n", 1, 4])
def test_batches_of_every_size(batch: int | str) -> None:
    """A network for any number of chips, for one, or for four gives the same templates, in order, RGB."""
    chips = np.random.default_rng(0).integers(0, 256, (70, 8, 8, 3), np.uint8)
    means = (chips.mean(axis=(1, 2))[:, ::-1] - 127.5) / 127.5
    expected = means / np.linalg.norm(means, axis=1, keepdims=True)
    for count in (0, 1, 3, 5, 70):
        np.testing.assert_allclose(mean_of_planes(batch).embed(chips[:count]), expected[:count], atol=1e-5)


def test_chips_that_cannot_travel_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An embedder whose chips are above the size of a message is refused when it is loaded, not when asked."""
    described = SimpleNamespace(describe=lambda: None)
    for side, fits in ((registry.LARGEST_CHIP_PX, True), (224, False)):
        described.open_embedder = lambda *_, side=side: SimpleNamespace(chip_size=side)
        monkeypatch.setattr(registry, "find_pack", lambda *_: described)
        if fits:
            assert load_pack("big", home=tmp_path, device="cpu", threads=1, parts="embedder")
            assert side * side * 3 < MAX_MESSAGE_BYTES
        else:
            with pytest.raises(PackError, match="224 px are too large to travel"):
                load_pack("big", home=tmp_path, device="cpu", threads=1, parts="embedder")


class Keeping:
    """A session that keeps what it is fed and what it gives."""

    def __init__(self, behind: Any) -> None:
        self._behind = behind
        self.kept: list[np.ndarray] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)

    def run(self, names: list[str], feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        self.kept += feed.values()
        outputs = self._behind.run(names, feed)
        self.kept += outputs
        return list(outputs)


@pytest.mark.parametrize("batch", ["n", 1, 4])
@pytest.mark.parametrize("mirror", [False, True])
def test_nothing_of_a_face_is_left_in_between(batch: int | str, mirror: bool) -> None:
    """What the network was fed and gave is overwritten: only the chips and the templates remain."""
    embedder = mean_of_planes(batch)
    keeping = Keeping(embedder._session)
    watched = OnnxEmbedder(keeping, replace(embedder.settings, mirror=mirror))
    chips = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), np.uint8)
    assert watched.embed(chips).any()
    assert len(keeping.kept) >= 2
    assert not any(array.any() for array in keeping.kept)
    assert chips.any()

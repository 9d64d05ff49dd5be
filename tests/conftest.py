"""Shared fixtures: where the optional test data is, and a fresh data folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lfr_actors.vision.packs import LoadedPack, load_pack

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of test data and models (`LFR_TEST_DATA`, else `../shared`); skips without it."""
    folder = Path(os.environ.get("LFR_TEST_DATA", REPOSITORY.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"test data is not at {folder}; set LFR_TEST_DATA to the folder that has it")
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh data folder, also named by `LFR_HOME`."""
    folder = tmp_path / "lfr-home"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("LFR_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def packs_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder shared by the tests that only read packs."""
    return tmp_path_factory.mktemp("packs-home")


@pytest.fixture(scope="session")
def open_pack(packs_home: Path) -> LoadedPack:
    """The open pack, loaded on one thread."""
    return load_pack("open", home=packs_home, device="cpu", threads=1)

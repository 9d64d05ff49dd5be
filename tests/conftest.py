"""Shared fixtures: where the optional test data is, a fresh data folder, and nothing of the site's own keys."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import typer.main
import typer.testing

from lfr_actors.store.vault.kek import FOLDER_VARIABLE, KEK_VARIABLE, NEXT_VARIABLE
from lfr_actors.store.vault.tables import KEYS_URL_VARIABLE
from lfr_actors.vision.packs import LoadedPack, load_pack

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _no_keys_from_outside() -> Iterator[None]:
    """No test meets keys that the environment names."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in (KEK_VARIABLE, NEXT_VARIABLE, FOLDER_VARIABLE, KEYS_URL_VARIABLE):
            patch.delenv(variable, raising=False)
        yield


@pytest.fixture(autouse=True)
def _logs_end_with_their_test() -> Iterator[None]:
    """Where a command sent its logs is closed after its test; the next one must not write there."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def _commands_are_built_once() -> Iterator[None]:
    """Typer's runner would build every command of an application anew for each that it runs: 70 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", functools.cache(typer.main.get_command))
        yield


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

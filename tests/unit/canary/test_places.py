"""Every place of a run is searched once, and under its own name."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lfr_actors.canary.needles import Exact, Needle
from lfr_actors.canary.places import (
    DATABASE,
    HOME,
    KEYS,
    LOGS,
    OPEN,
    RAY,
    TEMPORARY,
    WEBHOOKS,
    Folders,
    ray_folders,
    search_places,
)

MARK = b"\x8a\x17\xe3\x5c\x99\x02\x7d\xf1" * 3
NEEDLES: list[Needle] = [Exact("mark", [MARK])]


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """The folders of a run, with nothing in them but the test's own material."""
    found = Folders(
        home=tmp_path / "home",
        keys=tmp_path / "home" / "keys",
        temporary=tmp_path / "t",
        log=tmp_path / "run.log",
        told=tmp_path / "webhooks",
        material=tmp_path / "film",
    )
    for folder in (found.keys, found.temporary / "ray" / "session_1" / "logs", found.material):
        folder.mkdir(parents=True)
    found.log.write_text("nothing")
    (found.material / "canary.mkv").write_bytes(MARK)
    (found.home / "lfr.db.leases").mkdir()
    return found


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (DATABASE, "home/lfr.db"),
        (DATABASE, "home/lfr.db-wal"),
        (KEYS, "home/keys/keys.db"),
        (HOME, "home/vault/ab/cd.sealed"),
        (HOME, "home/reports/alerts.html"),
        (RAY, "t/ray/session_1/logs/worker.out"),
        (TEMPORARY, "t/scratch"),
        (LOGS, "run.log"),
        (WEBHOOKS, "webhooks"),
    ],
)
def test_a_leftover_is_found_in_its_place_only(
    folders: Folders, tmp_path: Path, place: str, name: str
) -> None:
    """Wherever it lies, it is found once; the film of the test is not searched."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"before" + MARK)
    ray = {folders.temporary / "ray" / "session_1"}
    searched = search_places(folders, ray, (), NEEDLES, None)
    assert [(one.place, find.where) for one in searched for find in one.finds] == [(place, str(path))]


def test_while_a_run_goes_on_only_what_it_wrote_is_searched(folders: Folders) -> None:
    """Models and earlier runs are looked at once, at the end."""
    old = folders.home / "packs" / "model.onnx"
    old.parent.mkdir()
    old.write_bytes(MARK)
    os.utime(old, (1_000_000, 1_000_000))
    assert not any(one.finds for one in search_places(folders, set(), (), NEEDLES, time.time() - 60))
    assert any(one.finds for one in search_places(folders, set(), (), NEEDLES, None))


@pytest.mark.skipif(not Path("/proc/self/fdinfo").exists(), reason="reads /proc as Linux has it")
def test_a_file_without_a_name_that_is_still_open_is_searched(folders: Folders, tmp_path: Path) -> None:
    """Removed from its folder, and yet on the disk."""
    path = tmp_path / "elsewhere"
    with path.open("wb") as file:
        file.write(MARK)
        file.flush()
        path.unlink()
        searched = search_places(folders, set(), [os.getpid()], NEEDLES, None)
    assert {one.place for one in searched if one.finds} == {OPEN}


@pytest.mark.skipif(not Path("/proc/self/fdinfo").exists(), reason="reads /proc as Linux has it")
def test_rays_folders_are_read_from_its_command_line() -> None:
    """The outermost ones; the folder of all shared memory is not Ray's."""
    told = ["--temp_dir=/x/ray", "--session_dir=/x/ray/session_1", "--plasma_directory=/dev/shm"]
    program = [sys.executable, "-c", "print(flush=True); input()", *told]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it runs, so its command line is its own
        found = ray_folders([process.pid])
        process.communicate(b"\n")
    assert found == {Path("/x/ray")}

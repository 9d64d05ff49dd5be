"""Choosing a memory file system, and folders in it that outlive nobody."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lfr_actors.memory_folder import MemoryFolder, MemoryPlace, choose, kind_of, memory_places, sweep

MOUNTS = """\
/dev/vda1 / ext4 rw 0 0
tmpfs /run tmpfs rw 0 0
/dev/vdb /run/media ext4 rw 0 0
tmpfs /dev/shm tmpfs rw 0 0
ramfs /with\\040space ramfs rw 0 0
"""


def place(path: str, *, kind: str = "tmpfs", free: int = 1000, writable: bool = True) -> MemoryPlace:
    """A candidate."""
    return MemoryPlace(path=Path(path), kind=kind, free_bytes=free, writable=writable)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/anna", "ext4"),
        ("/run/user/1000", "tmpfs"),
        ("/run/media/stick", "ext4"),
        ("/dev/shm", "tmpfs"),
        ("/with space/in it", "ramfs"),
    ],
)
def test_the_kind_is_that_of_the_nearest_mount(folder: str, kind: str) -> None:
    """The longest mount point above a folder decides, escapes included; no table, no kind."""
    assert kind_of(Path(folder), MOUNTS) == kind
    assert kind_of(Path(folder), "") == ""


def test_the_first_that_will_do_is_chosen() -> None:
    """On disk, full, closed to us, or too deep for sockets: each is passed over; nothing left is None."""
    good = place("/dev/shm")
    refused = [
        place("/home/run", kind="ext4"),
        place("/run/user/1", free=99),
        place("/run/user/2", writable=False),
        place("/run/user/a-very-long-name-of-a-user"),
    ]
    assert choose([*refused, good, place("/run/user/3")], 100) is good
    assert choose(refused, 100) is None


def test_the_users_own_folder_comes_first(tmp_path: Path) -> None:
    """`XDG_RUNTIME_DIR` is asked first; what is not there is no candidate, and none is listed twice."""
    places = memory_places({"XDG_RUNTIME_DIR": str(tmp_path)}, MOUNTS, usage=lambda _: 7)
    assert (places[0].path, places[0].kind, places[0].free_bytes) == (tmp_path, "ext4", 7)
    assert len({candidate.path for candidate in places}) == len(places)
    relative = memory_places({"XDG_RUNTIME_DIR": "run"}, MOUNTS, usage=lambda _: 7)
    assert all(candidate.path.is_absolute() for candidate in relative)


def test_a_folder_is_ours_alone_and_goes_with_us(tmp_path: Path) -> None:
    """Mode 0700 whatever the umask, kept by a sweep while its owner lives, and gone afterwards."""
    here = place(str(tmp_path))
    before = os.umask(0)
    try:
        folder = MemoryFolder.make(here)
    finally:
        os.umask(before)
    assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "spill").mkdir()
    assert sweep([here], 4e9) == 0
    assert folder.remove()
    assert folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_owner_left_is_swept(tmp_path: Path) -> None:
    """The lock ends with the process: the next start deletes its folder, and nothing else."""
    code = f"""
import os, pathlib
from lfr_actors.memory_folder import MemoryFolder, MemoryPlace
here = MemoryPlace(path=pathlib.Path({str(tmp_path)!r}), kind="tmpfs", free_bytes=1, writable=True)
folder = MemoryFolder.make(here)
(folder.path / "spill").write_bytes(b"left")
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    (left,) = tmp_path.iterdir()
    (tmp_path / "lfr-other").mkdir()
    (tmp_path / "lfr-ray-link").symlink_to(tmp_path / "lfr-other")
    assert sweep([place(str(tmp_path))], 0.0) == 1
    assert not left.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lfr-other", "lfr-ray-link"]


def test_a_folder_in_the_making_is_left_alone_for_a_while(tmp_path: Path) -> None:
    """Between its making and its lock nobody takes a folder for a leftover; a minute later it is one."""
    young = tmp_path / "lfr-ray-0a1b2c3d"
    young.mkdir()
    made_s = young.stat().st_mtime
    assert sweep([place(str(tmp_path))], made_s + 1) == 0
    assert sweep([place(str(tmp_path))], made_s + 61) == 1
    shutil.rmtree(tmp_path)

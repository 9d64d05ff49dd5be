"""A folder in memory for what may not reach a disk, such as Ray's temporary and spill folders.

    place = choose(memory_places(…), need_bytes)          pure: which of the candidates
    folder = MemoryFolder.make(place)                     lfr-ray-<random>, mode 0700, locked while its owner lives
    folder.remove()

An owner that is killed leaves its folder behind; the lock goes with the process, so the next start can tell
a leftover from a folder in use and sweeps it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PREFIX: Final = "lfr-ray-"
NEED_BYTES: Final = 300 * 2**20
"""Room that Ray's folders ask for: its store, should it overflow as much again, and its own logs."""
_LOCK: Final = "owner.lock"
_IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
_LONGEST_PATH: Final = 22
"""Ray puts sockets 64 characters below its folder, whose own name has 21; a socket's path has at most 107."""
_UNFINISHED_S: Final = 60.0
"""A folder without a lock that is older was left while it was being made."""
_REMOVE_TRIES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlace:
    """A folder of the system that might hold ours: the kind of its file system, and room left in it."""

    path: Path
    kind: str
    free_bytes: int
    writable: bool


def memory_places(
    environment: Mapping[str, str], mounts: str, *, usage: Callable[[Path], int] | None = None
) -> tuple[MemoryPlace, ...]:
    """The candidates that are there, best first; `mounts` is the text of /proc/mounts (proc(5)).

    `XDG_RUNTIME_DIR` first, since it is the user's own, then /run/user/UID, then /dev/shm.
    """
    free = usage or (lambda path: shutil.disk_usage(path).free)
    uid = os.getuid()
    named = environment.get("XDG_RUNTIME_DIR")
    wanted = [Path(named)] if named and Path(named).is_absolute() else []
    wanted += [Path(f"/run/user/{uid}"), Path("/dev/shm")]
    return tuple(
        MemoryPlace(
            path=path,
            kind=kind_of(path, mounts),
            free_bytes=free(path),
            writable=os.access(path, os.W_OK | os.X_OK),
        )
        for path in dict.fromkeys(wanted)
        if path.is_dir()
    )


def kind_of(folder: Path, mounts: str) -> str:
    """The kind of the file system that holds a folder, by the longest mount point above it; empty when none."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = Path(fields[1].encode().decode("unicode_escape"))
        if folder.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind


def choose(places: Iterable[MemoryPlace], need_bytes: int) -> MemoryPlace | None:
    """The first that is in memory, may be written, has the room, and whose path leaves room for sockets."""
    for place in places:
        short = len(str(place.path)) <= _LONGEST_PATH
        if place.kind in _IN_MEMORY and place.writable and short and place.free_bytes >= need_bytes:
            return place
    return None


def this_machine() -> tuple[MemoryPlace, ...]:
    """The candidates of this machine; none where the system does not list its mounts."""
    try:
        mounts = Path("/proc/mounts").read_text()
    except OSError:
        return ()
    return memory_places(os.environ, mounts)


class MemoryFolder:
    """A folder of ours, open to nobody else, held by this process until `remove`."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock: int | None = lock

    @classmethod
    def make(cls, place: MemoryPlace) -> MemoryFolder:
        """A new folder in a place. Raises `OSError` when it cannot be made."""
        while True:
            path = place.path / f"{PREFIX}{secrets.token_hex(4)}"
            try:
                path.mkdir(mode=0o700)
                path.chmod(0o700)
                lock = os.open(path / _LOCK, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
            except (FileExistsError, FileNotFoundError):  # the name is taken, or it was swept while made
                continue
            if _locked(lock):
                return cls(path, lock)
            os.close(lock)

    def remove(self) -> bool:
        """Delete it and let go of it; False when something in it is left. Idempotent.

        Daemons that are just ending may still write: it is tried for a while.
        """
        for _ in range(_REMOVE_TRIES):
            shutil.rmtree(self.path, ignore_errors=True)
            if not self.path.exists():
                break
            time.sleep(0.05)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        return not self.path.exists()


def sweep(places: Sequence[MemoryPlace], now_s: float) -> int:
    """Delete our user's folders whose owner is dead; returns how many. `now_s` is the wall clock."""
    swept = 0
    for place in places:
        for path in place.path.glob(f"{PREFIX}*"):
            if _is_ours(path) and _is_left(path, now_s):
                shutil.rmtree(path, ignore_errors=True)
                swept += not path.exists()
    return swept


def _is_ours(path: Path) -> bool:
    """A real folder of this user: another's could be a trap."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()


def _is_left(path: Path, now_s: float) -> bool:
    try:
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        try:
            return now_s - path.lstat().st_mtime > _UNFINISHED_S
        except OSError:
            return False
    except OSError:
        return False
    try:
        return _locked(lock)
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

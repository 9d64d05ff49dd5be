"""Deleting files so that what was in them is not left behind for the next reader of the folder.

A file in clear is overwritten before it is unlinked. On disks that write elsewhere than they are told (flash,
copy-on-write file systems, backups) that promises little; what must not survive is therefore encrypted, and its
key destroyed. Overwriting is for what was in clear by its nature: pages for people, films, an officer's list.

Somebody else may be deleting the same thing: what is gone already is fine.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

_PART = 1 << 20


def unlink_synced(path: Path) -> None:
    """Unlink a file and make that reach the disk; one that is not there is fine. Raises `OSError`."""
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def shred(path: Path) -> None:
    """Overwrite a file with zeros, then unlink it; a folder with everything in it.

    A symbolic link is unlinked, what it points at stays. What is not there is fine. Raises `OSError`.
    """
    with suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            for inner in sorted(path.iterdir()):
                shred(inner)
            path.rmdir()
            _sync_folder(path.parent)
            return
        if stat.S_ISREG(mode):
            if not mode & stat.S_IWUSR:
                path.chmod(stat.S_IMODE(mode) | stat.S_IWUSR)
            _overwrite(path)
    unlink_synced(path)


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        left = os.fstat(file.fileno()).st_size
        while left > 0:
            left -= file.write(bytes(min(left, _PART)))
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

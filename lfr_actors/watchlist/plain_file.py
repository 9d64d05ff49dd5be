"""Reading a file that somebody else named: never a pipe, a device or a folder, and never more than was agreed."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class NotAFile(Exception):
    """A pipe, a device, a socket or a folder."""


class TooLarge(Exception):
    """More bytes than allowed; `size_bytes` says how many."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(size_bytes)
        self.size_bytes = size_bytes


def read_plain_file(path: Path, max_bytes: int, *, follow_link: bool = True) -> bytes:
    """The bytes of a regular file of at most `max_bytes`; waits for nobody.

    Its size is asked before it is read, so that a sparse file of any size costs nothing. Raises `NotAFile`,
    `TooLarge` and `OSError`; also for a link, without `follow_link`.
    """
    # a pipe would wait for a writer without O_NONBLOCK
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow_link else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise NotAFile
        if about.st_size > max_bytes:
            raise TooLarge(about.st_size)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            # no more than it has: for `max_bytes` that many would be allocated, and wiped, for every small file
            return file.read(about.st_size)
    finally:
        os.close(descriptor)

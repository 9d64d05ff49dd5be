"""Files of packs: their checksums, and writing them so that nobody ever reads half of one."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from lfr_actors.errors import PackError


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, lower-case hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_sha256(pack: str, path: Path, expected: str) -> None:
    """Raises `PackError` when the file is missing or its SHA-256 is not `expected`."""
    if not path.is_file():
        raise PackError(pack, f"{path} is missing")
    really = sha256_of(path)
    if really != expected.lower():
        raise PackError(
            pack,
            f"{path} has SHA-256 {really}, not {expected.lower()}: it is not the file that was described. "
            "Fetch it again, and do not use it before its checksum is right",
        )


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it into it: readers see all of it or nothing of it.

    Two processes may do so at once; the later rename wins.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise

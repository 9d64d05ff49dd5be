"""Files and folders that only their owner may read: pictures, reports and whatever else speaks of people."""

from __future__ import annotations

import os
from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter; one that was there keeps its mode."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def partial_of(path: Path) -> Path:
    """Where a file stands while it is being written; left behind when the writer dies."""
    return path.with_name(path.name + ".partial")


def write_private(path: Path, content: bytes | str) -> None:
    """Write a file of mode 0600 in one step: it is there whole or not at all. Text is written as UTF-8.

    Raises `OSError` when it cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    partial = partial_of(path)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)  # also where a partial file was left behind
        file.write(data)
    partial.replace(path)

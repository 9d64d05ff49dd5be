"""Files that only their owner may read."""

from __future__ import annotations

import os
from pathlib import Path

from lfr_actors.private_file import make_private_folder, write_private


def test_files_and_folders_are_private_whatever_the_umask(tmp_path: Path) -> None:
    """Mode 0600 and 0700 under an open umask, also when an open file or partial file was there before."""
    before = os.umask(0)
    try:
        folder = tmp_path / "reports"
        make_private_folder(folder)
        for name in ("page.html", "page.html.partial"):
            (folder / name).write_text("old and longer than what comes")
        write_private(folder / "page.html", "näher")
        write_private(folder / "face.jpg", b"\xff\xd8")
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "page.html").read_text(encoding="utf-8") == "näher"
    assert (folder / "face.jpg").read_bytes() == b"\xff\xd8"
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert sorted(path.name for path in folder.iterdir()) == ["face.jpg", "page.html"]

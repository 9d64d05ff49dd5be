"""Deleting files: overwritten first where they were in clear, and nothing that they point at."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from lfr_actors.retention import shred as shred_module
from lfr_actors.retention.shred import shred, unlink_synced

CONTENT = b"marker-4711 " * 1000


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A file in clear."""
    file = tmp_path / "page.html"
    file.write_bytes(CONTENT)
    return file


def test_a_file_is_overwritten_before_it_is_unlinked(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever still has it open reads zeros, of the same length; also where it takes several parts."""
    monkeypatch.setattr(shred_module, "_PART", 4096)
    with page.open("rb") as kept_open:
        shred(page)
        assert kept_open.read() == bytes(len(CONTENT))
    assert not page.exists()


def test_a_file_that_may_not_be_written_is_overwritten_too(page: Path) -> None:
    """An officer's read-only list is not in the way of its own erasure."""
    page.chmod(0o400)
    with page.open("rb") as kept_open:
        shred(page)
        assert set(kept_open.read()) == {0}
    assert not page.exists()


def test_a_folder_goes_with_everything_in_it(tmp_path: Path, page: Path) -> None:
    """Files in folders in folders, empty ones too; what lies beside stays."""
    folder = tmp_path / "pictures"
    (folder / "deep" / "empty").mkdir(parents=True)
    kept_open = []
    for name in ("a.png", "deep/b.png"):
        (folder / name).write_bytes(CONTENT)
        kept_open.append((folder / name).open("rb"))
    shred(folder)
    for file in kept_open:
        with file:
            assert set(file.read()) == {0}
    assert list(tmp_path.iterdir()) == [page]
    assert page.read_bytes() == CONTENT


@pytest.mark.parametrize("target", ["page.html", "folder", "nothing"])
def test_what_a_link_points_at_stays(tmp_path: Path, page: Path, target: str) -> None:
    """A symbolic link is unlinked, also one to a folder or to nothing."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner").write_bytes(CONTENT)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / target)
    shred(link)
    assert not link.is_symlink()
    assert page.read_bytes() == (tmp_path / "folder" / "inner").read_bytes() == CONTENT


def test_what_is_no_file_is_unlinked(tmp_path: Path) -> None:
    """A pipe holds nothing to overwrite, and nobody waits for its other end."""
    os.mkfifo(tmp_path / "pipe")
    shred(tmp_path / "pipe")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("delete", [shred, unlink_synced])
@pytest.mark.parametrize("name", ["nothing", "no-folder/nothing"])
def test_what_is_not_there_is_fine(tmp_path: Path, delete: object, name: str) -> None:
    """Deleting again changes nothing: a purge that was cut off is taken up so."""
    delete(tmp_path / name)  # type: ignore[operator]
    assert list(tmp_path.iterdir()) == []


def test_two_may_delete_the_same_folder(tmp_path: Path) -> None:
    """Two purges at the same thing hinder each other in nothing."""
    for attempt in range(10):
        folder = tmp_path / str(attempt)
        (folder / "deep").mkdir(parents=True)
        for number in range(20):
            (folder / "deep" / f"{number}.png").write_bytes(CONTENT)
        faults: list[BaseException] = []

        def delete(folder: Path = folder, faults: list[BaseException] = faults) -> None:
            try:
                shred(folder)
            except BaseException as error:  # noqa: BLE001  told by the test
                faults.append(error)

        threads = [threading.Thread(target=delete) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert not folder.exists()


def test_a_sealed_file_is_only_unlinked(page: Path) -> None:
    """Of what is encrypted the key is destroyed: overwriting it would add nothing."""
    with page.open("rb") as kept_open:
        unlink_synced(page)
        assert kept_open.read() == CONTENT
    assert not page.exists()

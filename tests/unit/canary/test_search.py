"""Searching in blocks and in files: nothing is lost at a border, nothing counted twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lfr_actors.canary.needles import OVERLAP_BYTES, Exact, Needle, Vectors
from lfr_actors.canary.search import blocks, files_below, search_content, search_files

BLOCK = 100_000
MARK = b"\x8a\x17\xe3\x5c\x99\x02\x7d\xf1" * 3
NEEDLES: list[Needle] = [Exact("mark", [MARK])]


@pytest.mark.parametrize("at", [0, BLOCK - 24, BLOCK - 1, BLOCK, 2 * BLOCK - 5])
def test_what_lies_across_a_border_is_found_once(at: int) -> None:
    """Before, on and behind the border of two blocks."""
    content = bytearray(2 * BLOCK + 100)
    content[at : at + len(MARK)] = MARK
    assert search_content(content, NEEDLES, BLOCK) == {"mark": 1}


def test_a_template_across_a_border_is_found() -> None:
    """Also what is found by a part of itself."""
    vector = np.random.default_rng(1).normal(0, 1, (1, 512)).astype(np.float32)
    content = bytearray(BLOCK + 5000)
    content[BLOCK - 1001 : BLOCK - 1001 + 2048] = vector.tobytes()
    assert search_content(content, [Vectors(kind="template", samples=vector)], BLOCK)["template"] > 0


def test_blocks_cover_the_content_once() -> None:
    """Their own parts add up, and each sees enough of the next."""
    content = bytes(range(256)) * 1000
    found = list(blocks(content, 100_000))
    assert sum(own for _, own in found) == len(content)
    assert [len(block.content) for block, _ in found] == [100_000 + OVERLAP_BYTES, 156_000, 56_000]
    assert not list(blocks(b""))


@pytest.mark.parametrize("at", [0, BLOCK - 7, BLOCK + 1, 2 * BLOCK - 10, 2 * BLOCK + 9])
def test_files_are_searched_whole(tmp_path: Path, at: int) -> None:
    """Wherever the mark lies in a file of several blocks, it is found once and every byte was read once."""
    content = bytearray(2 * BLOCK + 500)
    content[at : at + len(MARK)] = MARK
    (tmp_path / "leftover.bin").write_bytes(content)
    searched = search_files("home", files_below(tmp_path), NEEDLES, BLOCK)
    assert [(find.kind, find.where, find.count) for find in searched.finds] == [
        ("mark", str(tmp_path / "leftover.bin"), 1)
    ]
    assert (searched.size_bytes, searched.files) == (len(content), 1)


def test_every_file_below_a_folder_is_searched_but_those_left_out(tmp_path: Path) -> None:
    """Hidden ones and those in folders too; links are not followed out of it."""
    for name in ("a.bin", ".hidden", "deep/er/b", "packs/model", "left-out"):
        path = tmp_path / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(MARK)
    (tmp_path / "outside").write_bytes(MARK)
    (tmp_path / "home" / "link").symlink_to(tmp_path / "outside")
    home = tmp_path / "home"
    found = {str(path.relative_to(home)) for path in files_below(home, [home / "packs", home / "left-out"])}
    assert found == {"a.bin", ".hidden", "deep/er/b"}


def test_a_file_that_vanishes_is_passed_over_and_a_folder_is_named(tmp_path: Path) -> None:
    """What could not be searched is said, never counted as searched."""
    searched = search_files("home", [tmp_path / "gone", tmp_path], NEEDLES)
    assert searched.files == 0
    assert len(searched.not_searched) == 1
    assert str(tmp_path) in searched.not_searched[0]

"""Whether the files that a deployment names are there."""

from __future__ import annotations

from pathlib import Path

from lfr_actors.spec import missing_inputs

from .conftest import RIGHT, Load

TEXT = (
    RIGHT
    + """\
  - {id: two, source: "file:films"}
  - {id: three, source: "file:empty.mp4"}
  - {id: four, source: "rtsp://nowhere.invalid/s"}
"""
)


def test_each_missing_input_has_its_line(load: Load, tmp_path: Path) -> None:
    """A missing CSV, a missing film, a folder and an empty file are told by line; streams are not opened."""
    (tmp_path / "films").mkdir()
    (tmp_path / "empty.mp4").touch()
    csv, film, folder, empty = missing_inputs(load(TEXT))
    assert csv.startswith("line 9: watchlist.csv: there is no file")
    assert film.startswith("line 15: cameras[0].source: there is no file")
    assert folder.startswith("line 16: cameras[1].source:")
    assert "is a folder" in folder
    assert empty.startswith("line 17: cameras[2].source:")
    assert "is empty" in empty


def test_nothing_is_missing_when_all_is_there(load: Load, tmp_path: Path) -> None:
    """Files that are there and can be read are no mistakes."""
    (tmp_path / "list").mkdir()
    for name in ("list/watchlist.csv", "bridge-street.mp4"):
        (tmp_path / name).write_text("x")
    assert missing_inputs(load()) == ()


def test_a_sealed_list_is_no_file(load: Load) -> None:
    """Whether a version is in the vault is not asked of the disk."""
    problems = missing_inputs(load(TEXT.replace("{csv: list/watchlist.csv}", "{version: abcdef}")))
    assert not any("watchlist" in problem for problem in problems)

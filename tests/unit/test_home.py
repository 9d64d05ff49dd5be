"""The data folder is made where it was asked for, or the error says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lfr_actors.errors import StoreError
from lfr_actors.home import lfr_home


def test_it_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """A folder that is not there is made with its parents, and nobody else may look into it."""
    folder = lfr_home(tmp_path / "a" / "b")
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_file_in_its_place_is_named(tmp_path: Path) -> None:
    """A file where the folder should be is an error that names it and says what would be right."""
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError, match=r"/home: it is a file; --home and LFR_HOME name a folder"):
        lfr_home(tmp_path / "home")


def test_a_file_on_the_way_is_told(tmp_path: Path) -> None:
    """A path that leads through a file cannot be made, and the error is of the product."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        lfr_home(tmp_path / "file" / "home")

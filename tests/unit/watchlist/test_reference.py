"""Reference faces: one usable picture a person, and nothing of them left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lfr_actors.cli.predicting import read_reference
from lfr_actors.errors import InvalidFile
from lfr_actors.vision.faces import Faces
from lfr_actors.watchlist.reference import predict_for, reference_of
from lfr_actors.watchlist.thresholds import Thresholds
from tests.unit.watchlist.pictures import FakeDetector, FakeEmbedder, faces, save, texture
from tests.unit.watchlist.versions import a_version

FOUND = {0: Faces.none(), 1: faces((100, 100, 90)), 2: faces((100, 100, 90)), 3: Faces.none()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ann, whose first picture shows nobody; Bob with one picture; Cid without a face; and Dan, who is wanted."""
    for name, seed in (("ann", 0), ("ann_2", 1), ("ann_3", 2), ("bob", 2), ("cid", 3), ("Dan_Wanted", 1)):
        save(tmp_path / f"{name}.png", texture(seed, colour=(20 * seed, 0, 10)))
    return tmp_path


def test_each_person_is_searched_once(folder: Path) -> None:
    """The first usable picture of each; who is on the list by name is left out, who has no face is counted."""
    told: list[tuple[int, int]] = []
    with reference_of(
        read_reference(folder),
        ["dan wanted"],
        FakeDetector(FOUND),
        FakeEmbedder(),
        lambda done, every: told.append((done, every)),
    ) as reference:
        assert sorted(reference.people) == ["ann", "bob"]
        assert reference.templates.shape == (2, 3)
        assert reference.unusable == 1
        assert [one.person for one in reference.by_name] == ["Dan_Wanted"]
    assert told[-1] == (3, 3)


def test_their_templates_are_overwritten(folder: Path) -> None:
    """Whatever came of the search."""
    with reference_of(read_reference(folder), [], FakeDetector(FOUND), FakeEmbedder()) as reference:
        assert np.any(reference.templates)
    assert not np.any(reference.templates)


def test_the_list_stays_as_it_was(folder: Path) -> None:
    """What is overwritten after the search is a copy; the sealed version can go on."""
    version = a_version("a", "b", dim=3)
    before = version.templates.copy()
    with reference_of(read_reference(folder), [], FakeDetector(FOUND), FakeEmbedder()) as reference:
        found = predict_for(version, Thresholds(default=0.99), reference, faces=100)
    assert found.unusable == 1
    assert np.array_equal(version.templates, before)


def test_nobody_usable_is_no_error(tmp_path: Path) -> None:
    """It is insufficient data, said by the prediction."""
    save(tmp_path / "cid.png", texture(3))
    with reference_of(read_reference(tmp_path), [], FakeDetector(FOUND), FakeEmbedder()) as reference:
        found = predict_for(a_version("a", dim=3), Thresholds(default=0.5), reference, faces=100)
    assert (found.fpir, found.unusable) == (None, 1)


def test_a_folder_that_is_none_says_what_would_be_right(tmp_path: Path) -> None:
    """Before anything long begins."""
    with pytest.raises(InvalidFile, match="--reference names one"):
        read_reference(tmp_path / "nowhere")
    with pytest.raises(InvalidFile, match="no picture"):
        read_reference(tmp_path)

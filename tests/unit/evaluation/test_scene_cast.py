"""Casts: who is on the list, who walks, and what is refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.evaluation.scenes.cast import Cast, Member, Passer, cast_from_folder, photographs


def _faces(folder: Path, photos_by_person: dict[str, int], *, flat: bool = False) -> Path:
    """Pictures of noise, different for each file, in either layout."""
    rng = np.random.default_rng(0)
    for name, count in photos_by_person.items():
        place = folder if flat else folder / name
        place.mkdir(parents=True, exist_ok=True)
        for number in range(1, count + 1):
            coarse = rng.integers(0, 255, (20, 20, 3)).astype(np.uint8)
            cv2.imwrite(str(place / f"{name}_{number:04d}.png"), cv2.resize(coarse, (60, 60)))
    return folder


def _draw(folder: Path, seed: int = 1, *, targets: int = 3, passers: int = 4, gallery: int = 6) -> Cast:
    return cast_from_folder(
        folder, targets=targets, passers=passers, gallery=gallery, rng=np.random.default_rng(seed)
    )


@pytest.mark.parametrize("flat", [False, True])
def test_both_layouts_of_a_folder_give_the_same_people(tmp_path: Path, flat: bool) -> None:
    """A folder for each person and files side by side are read alike."""
    found = photographs(_faces(tmp_path, {"Ann_Lee": 2, "Bo": 1}, flat=flat))
    assert {name: len(paths) for name, paths in found.items()} == {"Ann_Lee": 2, "Bo": 1}


def test_parts_are_disjoint_and_counted(tmp_path: Path) -> None:
    """Nobody has two parts, the numbers are those asked for, and subject ids are unique."""
    cast = _draw(_faces(tmp_path, {f"P{n:02d}": 1 + n % 2 for n in range(14)}))
    listed, passing = {one.identity for one in cast.listed}, {one.identity for one in cast.passers}
    assert (len(cast.targets), len(passing), len(listed)) == (3, 4, 6)
    assert not listed & passing
    assert len({one.subject_id for one in cast.listed}) == 6
    assert [one.target for one in cast.walkers] == [True] * 3 + [False] * 4


def test_targets_are_never_filmed_from_the_enrolled_photograph(tmp_path: Path) -> None:
    """A target's filmed picture is another one of the same person."""
    folder = _faces(tmp_path, {f"P{n:02d}": 2 for n in range(14)})
    for seed in range(20):
        for one in _draw(folder, seed).targets:
            assert one.filmed is not None
            assert one.filmed not in one.enrolled
            assert one.filmed.parent == one.enrolled[0].parent


def test_the_same_seed_draws_the_same_cast(tmp_path: Path) -> None:
    """Casting is a function of folder, numbers and seed."""
    folder = _faces(tmp_path, {f"P{n:02d}": 2 for n in range(14)})
    assert _draw(folder, 5) == _draw(folder, 5)
    assert _draw(folder, 5) != _draw(folder, 6)


def test_a_photograph_under_two_names_keeps_one_of_them_out(tmp_path: Path) -> None:
    """People who share a photograph are never both in a cast."""
    folder = _faces(tmp_path, {f"P{n:02d}": 1 for n in range(8)})
    twin = folder / "Twin"
    twin.mkdir()
    copy = cv2.imread(str(folder / "P03" / "P03_0001.png"))
    assert copy is not None
    cv2.imwrite(str(twin / "Twin_0001.jpg"), copy, [cv2.IMWRITE_JPEG_QUALITY, 80])
    cast = _draw(folder, targets=0, passers=4, gallery=4)
    names = {one.identity for one in cast.listed} | {one.identity for one in cast.passers}
    assert len(names) == 8
    assert not {"P03", "Twin"} <= names
    with pytest.raises(InvalidFile, match="9 people are needed.*8 found"):
        _draw(folder, targets=0, passers=4, gallery=5)


def test_too_few_people_are_counted_in_the_error(tmp_path: Path) -> None:
    """The error says how many people and how many with two photographs are needed and found."""
    folder = _faces(tmp_path, {"A": 2, "B": 1, "C": 1})
    with pytest.raises(InvalidFile) as caught:
        _draw(folder)
    text = str(caught.value)
    assert "3 people with two photographs are needed" in text
    assert "1 found" in text
    assert "10 people are needed" in text
    assert "3 found" in text


def test_missing_and_empty_folders_are_named(tmp_path: Path) -> None:
    """A folder that is missing or without pictures is a clear error."""
    with pytest.raises(InvalidFile, match="is not a folder"):
        photographs(tmp_path / "nowhere")
    with pytest.raises(InvalidFile, match="holds no pictures"):
        photographs(tmp_path)


def test_contradicting_numbers_are_refused(tmp_path: Path) -> None:
    """More targets than people on the list cannot be."""
    with pytest.raises(ValueError, match="the gallery includes the targets"):
        _draw(tmp_path, targets=3, gallery=2)


def test_a_cast_refuses_a_listed_passer_and_a_filmed_enrolled_picture() -> None:
    """The rules of a cast hold however it was made."""
    one, two = Path("one.jpg"), Path("two.jpg")
    target = Member(identity="A", subject_id="S1", enrolled=(one,), filmed=two)
    with pytest.raises(ValueError, match="also a passer-by"):
        Cast(targets=(target,), passers=(Passer(identity="A", filmed=two),))
    same = Member(identity="A", subject_id="S1", enrolled=(one,), filmed=one)
    with pytest.raises(ValueError, match="enrolled photograph"):
        Cast(targets=(same,), passers=())
    assert Cast(targets=(same,), passers=(), same_photograph=True).walkers[0].subject_id == "S1"

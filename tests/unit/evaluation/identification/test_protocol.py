"""Roles of pictures: who goes on the list, what is searched, what is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lfr_actors.evaluation.identification.looking import Found, Look
from lfr_actors.evaluation.identification.people import LabelledPicture
from lfr_actors.evaluation.identification.protocol import Enrol, assign

FACE, NONE, BROKEN = Found.CLEAR, Found.NO_FACE, Found.UNREADABLE


def _uses(given: list[tuple[str, str, Found]], enrol: Enrol = Enrol.FIRST) -> list[str]:
    """`given`: person, file, what was found; in the order of names."""
    pictures = [
        LabelledPicture(person=person, name=f"{person}/{place}", path=Path("x"))
        for place, (person, _, _) in enumerate(given)
    ]
    looks = [
        Look(found=found, sha256=file, template=np.ones(2, np.float32) if found is FACE else None)
        for _, file, found in given
    ]
    return [str(use) for use in assign(pictures, looks, enrol)]


@pytest.mark.parametrize(
    ("given", "enrol", "uses"),
    [
        ([("a", "1", FACE)], "first", ["non-mated"]),
        ([("a", "1", FACE), ("a", "2", FACE), ("a", "3", FACE)], "first", ["list", "mated", "mated"]),
        ([("a", "1", FACE), ("a", "2", FACE), ("a", "3", FACE)], "all-but-one", ["list", "list", "mated"]),
        ([("a", "1", FACE), ("a", "2", NONE)], "first", ["list", "mated"]),
        ([("a", "1", NONE), ("a", "2", FACE)], "first", ["no-face-for-the-list", "list"]),
        ([("a", "1", NONE), ("a", "2", FACE)], "all-but-one", ["person-without-a-face"] * 2),
        (
            [("a", "1", NONE), ("a", "2", FACE), ("a", "3", NONE)],
            "first",
            ["no-face-for-the-list", "list", "mated"],
        ),
        (
            [("a", "1", NONE), ("a", "2", FACE), ("a", "3", NONE)],
            "all-but-one",
            ["no-face-for-the-list", "list", "mated"],
        ),
        ([("a", "1", NONE), ("a", "2", NONE)], "first", ["person-without-a-face"] * 2),
        ([("a", "1", NONE)], "first", ["non-mated"]),
        ([("a", "1", FACE), ("a", "1", FACE)], "first", ["non-mated", "same-file-again"]),
        ([("a", "", BROKEN), ("a", "2", FACE)], "first", ["unreadable", "non-mated"]),
        (
            [("a", "1", FACE), ("a", "2", FACE), ("b", "2", FACE), ("b", "3", FACE)],
            "first",
            ["non-mated", "same-file-of-two-people", "same-file-of-two-people", "non-mated"],
        ),
    ],
)
def test_roles(given: list[tuple[str, str, Found]], enrol: str, uses: list[str]) -> None:
    """Each case by hand; what a detector finds never turns a search into no search."""
    assert _uses(given, Enrol(enrol)) == uses


def test_two_unreadable_files_do_not_contradict_each_other() -> None:
    """They have no checksum in common, because they have none."""
    assert _uses([("a", "", BROKEN), ("b", "", BROKEN)]) == ["unreadable", "unreadable"]

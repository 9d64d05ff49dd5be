"""Ids that people can tell apart."""

from __future__ import annotations

import pytest

from lfr_actors.watchlist.identity import id_problem, same_but_for_case, same_to_the_eye


@pytest.mark.parametrize(
    "subject_id", ["S1", "Zoë", "Łukasz-7", "Владимир", "李 小龙", "O'Brien", "=1+1", "Ω-7"]
)
def test_names_of_people_are_ids(subject_id: str) -> None:
    """Any alphabet, marks, spaces and punctuation are good."""
    assert id_problem(subject_id) is None


@pytest.mark.parametrize(
    ("subject_id", "words"),
    [
        ("an\u200bn", "ZERO WIDTH SPACE"),
        ("\u202eann", "RIGHT-TO-LEFT OVERRIDE"),
        ("ann\x07", "U+0007"),
        ("an\u00adn", "SOFT HYPHEN"),
        ("\u0430nn", "mixes Cyrillic and Latin letters"),
        ("\u0391nn", "mixes Greek and Latin letters"),
        ("x" * 121, "at most 120 printable"),
        ("a\u00a0b", "printable"),
    ],
)
def test_what_nobody_could_tell_is_named(subject_id: str, words: str) -> None:
    """Hidden characters, mixed alphabets and endless ids are refused, in words that show what cannot be seen."""
    problem = id_problem(subject_id)
    assert problem is not None
    assert words in problem


def test_two_spellings_of_one_look_are_found() -> None:
    """Wide letters, ligatures and composed marks are the same to the eye; capitals are not."""
    pairs = same_to_the_eye(["ann", "Ann", "\uff41nn", "Zoe\u0308", "Zo\u00eb", "bob", "ann"])
    assert list(pairs) == [("\uff41nn", "ann"), ("Zo\u00eb", "Zoe\u0308")]


def test_capitals_are_found_apart() -> None:
    """A difference in capitals only is told once for each spelling."""
    assert list(same_but_for_case(["ann", "Ann", "ANN", "bob"])) == [("Ann", "ann"), ("ANN", "ann")]

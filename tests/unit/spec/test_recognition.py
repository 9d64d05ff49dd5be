"""Thresholds of categories and subjects, and what becomes of an incomplete search, as the file says."""

from __future__ import annotations

import pytest

from lfr_actors.watchlist.version import Subject

from .conftest import RIGHT, Load, Mistakes

BY = "set_by: LFR/2024/031, why: a reason"


def with_thresholds(*entries: str) -> str:
    """The right file with these entries, each on a line of its own from line 13."""
    lines = "".join(f"    - {{{entry}}}\n" for entry in entries)
    return RIGHT.replace("0.955\n", f"0.955\n  thresholds:\n{lines}")


def test_the_nearest_threshold_goes_first(load: Load) -> None:
    """A subject's own goes before its category's, that before the deployment's."""
    recognition = load(
        with_thresholds(
            f"category: safeguarding, threshold: 0.93, {BY}", f"subject: s-7, threshold: 0.97, {BY}"
        )
    ).recognition
    thresholds = recognition.thresholds_of()
    assert thresholds.of("s-1", "warrant") == thresholds.of("s-1", None) == 0.955
    assert thresholds.of("s-1", "safeguarding") == 0.93
    assert thresholds.of("s-7", "safeguarding") == 0.97
    assert "s-7" not in repr(recognition)


def test_a_deployment_pauses_unless_it_says_otherwise(load: Load) -> None:
    """Faces that could not be compared with the whole list are the exception that somebody has to choose."""
    assert load().recognition.when_incomplete == "pause"
    chosen = RIGHT.replace("0.955\n", "0.955\n  when_incomplete: continue\n")
    assert load(chosen).recognition.when_incomplete == "continue"


@pytest.mark.parametrize(
    ("entries", "where", "words"),
    [
        (
            [f"category: warrant, threshold: 0.9, {BY}"] * 2,
            "line 15: recognition.thresholds[1]",
            "a category that has a threshold in this list already; write each once",
        ),
        (
            [f"subject: s-7, threshold: 0.9, {BY}", f"subject: s-7, threshold: 0.8, {BY}"],
            "line 15: recognition.thresholds[1]",
            "a subject that has a threshold in this list already",
        ),
        ([f"threshold: 0.9, {BY}"], "line 14: recognition.thresholds[0]", "either a category or a subject"),
        (
            [f"category: warrant, subject: s-7, threshold: 0.9, {BY}"],
            "line 14: recognition.thresholds[0]",
            "either a category or a subject; write one of the two",
        ),
        (
            [f"category: warrant, threshold: 1.2, {BY}"],
            "line 14: recognition.thresholds[0].threshold",
            "1 or less",
        ),
        (
            ["category: warrant, threshold: 0.9, why: a reason"],
            "line 14: recognition.thresholds[0].set_by",
            "is missing",
        ),
        (
            ["category: warrant, threshold: 0.9, set_by: me"],
            "line 14: recognition.thresholds[0].why",
            "is missing",
        ),
        (
            [f"category: blue-list, threshold: 0.9, {BY}"],
            "line 14: recognition.thresholds[0].category",
            "passes of the blue-list measure the threshold of the others",
        ),
    ],
)
def test_a_threshold_that_cannot_be_meant(
    mistakes: Mistakes, entries: list[str], where: str, words: str
) -> None:
    """Each is refused at its line: said twice, of nobody, of two, beyond a cosine, without who or why."""
    (mistake,) = mistakes(with_thresholds(*entries))
    assert mistake.startswith(where)
    assert words in mistake


def test_a_mistake_about_a_subject_names_nobody(mistakes: Mistakes) -> None:
    """What is said of a file goes to terminals and logs: an id on the list does not."""
    (mistake,) = mistakes(with_thresholds(*[f"subject: s-marker, threshold: 0.9, {BY}"] * 2))
    assert "s-marker" not in mistake


def test_a_threshold_of_nobody_is_told(load: Load) -> None:
    """A mistyped category or id is not ignored in silence; those of people on the list are in order."""
    recognition = load(
        with_thresholds(
            f"category: warant, threshold: 0.93, {BY}",
            f"category: warrant, threshold: 0.93, {BY}",
            f"subject: s-7, threshold: 0.97, {BY}",
            f"subject: s-marker, threshold: 0.97, {BY}",
        )
    ).recognition
    subjects = [Subject(subject_id="s-7"), Subject(subject_id="s-1", category="warrant")]
    said = recognition.thresholds_of_nobody(subjects)
    assert [sentence.split(" is for ")[0] for sentence in said] == [
        "threshold 1 of recognition.thresholds",
        "threshold 4 of recognition.thresholds",
    ]
    assert "warant" in said[0]
    assert "s-marker" not in "".join(said)

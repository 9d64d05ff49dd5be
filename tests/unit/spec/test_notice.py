"""The part of the deployment file about the sign."""

from __future__ import annotations

import pytest

from tests.unit.spec.conftest import RIGHT, Load, Mistakes


def test_what_a_sign_needs(load: Load) -> None:
    """Where to ask is required, the address and Welsh names are not; without the part there is none."""
    assert load().notice is None
    notice = load(RIGHT + "notice: {ask: 101}\n").notice
    assert notice is not None
    assert (notice.ask, notice.record, notice.welsh.force) == ("101", None, None)


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        ("http://www.example.org/lfr", "is not the address of a public page"),
        ("www.example.org/lfr", "is not the address of a public page"),
        ("https://", "is not the address of a public page"),
        ("https://localhost/record", "is not the address of a public page"),
        ("https://user:secret@www.example.org/", "holds a user or a password"),
        ("https://www.example.org/#top", "ends in a fragment"),
        ("https://www.example.org/a b", "characters that an address cannot have"),
        ("https://www.exämple.org/", "characters that an address cannot have"),
        ("https://www.example.org:x/", "is not an address"),
    ],
)
def test_an_address_that_nobody_could_open(record: str, wrong: str, mistakes: Mistakes) -> None:
    """An address that a telephone could not follow, or should not, is refused with what to write."""
    (problem,) = mistakes(RIGHT + f"notice:\n  ask: 101\n  record: '{record}'\n")
    assert problem.startswith("line 18: notice.record: ")
    assert wrong in problem
    assert "https://HOST/PATH" in problem


def test_a_missing_place_to_ask(mistakes: Mistakes) -> None:
    """A sign on which nobody could ask anybody is refused."""
    assert mistakes(RIGHT + "notice: {record: 'https://www.example.org/'}\n") == (
        "line 16: notice.ask: is missing; add it",
    )

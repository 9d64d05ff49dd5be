"""What stands in the way of those who are to join a list."""

from __future__ import annotations

import pytest

from lfr_actors.testing.people import Colour
from lfr_actors.watchlist.joining import beyond_ceilings, find_alike
from lfr_actors.watchlist.policy import ListPolicy
from tests.actors.colours import BLUE, GREEN, RED
from tests.actors.drills import version_of

LISTED = version_of({"ada": RED, "bob": BLUE})


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (ListPolicy(), None),
        (ListPolicy(max_subjects=2, max_pictures=2), None),
        (ListPolicy(max_subjects=1), "the list would have 2 subjects, and this site allows 1"),
        (ListPolicy(max_pictures=1), "the list would have 2 pictures, and this site allows 1"),
    ],
)
def test_a_list_that_grows_keeps_to_the_ceilings(policy: ListPolicy, words: str | None) -> None:
    """What is too much is said as numbers, without a name."""
    assert beyond_ceilings(policy, LISTED) == words


@pytest.mark.parametrize(
    ("people", "leaving", "pairs"),
    [
        ({"new": GREEN}, (), []),
        ({"new": RED, "other": GREEN}, (), [("new", "ada")]),
        ({"new": RED}, ("ada",), []),
        ({"ada": RED}, (), []),
    ],
)
def test_one_person_under_two_ids_is_found(
    people: dict[str, Colour], leaving: tuple[str, ...], pairs: list[tuple[str, str]]
) -> None:
    """Who looks like somebody on the list under another id, unless that one leaves it or is the same subject."""
    found = find_alike(version_of(people), LISTED, 0.95, leaving)
    assert [(each.joining, each.listed) for each in found] == pairs
    assert all(each.score == pytest.approx(1.0, abs=1e-6) for each in found)

"""Choosing subjects from a list that was built."""

from __future__ import annotations

import pytest

from lfr_actors.errors import WatchlistError
from lfr_actors.watchlist.selection import Condition, select
from lfr_actors.watchlist.version import Priority
from tests.unit.watchlist.lists import BUILT_AT, subject, version_of

WHOLE = version_of(
    subject("ann", category="warrant", priority=Priority.RED),
    subject("bob", category="recall-to-prison", priority=Priority.RED),
    subject("cy", category="warrant", priority=Priority.GREEN),
    subject("dee"),
)


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ([], ["ann", "bob", "cy", "dee"]),
        (["category=warrant"], ["ann", "cy"]),
        (["category=warrant,recall-to-prison", "priority=red"], ["ann", "bob"]),
        (["category="], ["dee"]),
        (["subject_id= ann , dee"], ["ann", "dee"]),
    ],
)
def test_every_condition_has_to_hold(where: list[str], left: list[str]) -> None:
    """Values of one condition are alternatives; several conditions all have to hold."""
    chosen = select(WHOLE, [Condition.parse(text) for text in where])
    assert [each.subject_id for each in chosen.subjects] == left
    assert [picture.subject_id for picture in chosen.pictures] == left


def test_choosing_makes_no_list_younger() -> None:
    """The hours within which a list has to be built go on from when its pictures were looked at."""
    chosen = select(WHOLE, [Condition.parse("category=warrant")])
    assert chosen.built_at == BUILT_AT
    assert chosen.version != WHOLE.version


@pytest.mark.parametrize("text", ["category", "categry=warrant", "notes=tall", ""])
def test_what_is_no_condition_is_named(text: str) -> None:
    """A field that is not known is told with those that are."""
    with pytest.raises(ValueError, match="write FIELD=VALUE,VALUE with one of category, priority"):
        Condition.parse(text)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (["category=warant"], "nobody on it has this category; it has '', 'recall-to-prison', 'warrant'"),
        (["subject_id=eve"], "nobody on it has this subject_id$"),
        (["category=recall-to-prison", "priority=green"], "nobody on it meets all the conditions"),
    ],
)
def test_nobody_is_not_a_list(where: list[str], words: str) -> None:
    """A value that nobody has is a mistake, and so are conditions that leave nobody."""
    with pytest.raises(WatchlistError, match=words):
        select(WHOLE, [Condition.parse(text) for text in where])

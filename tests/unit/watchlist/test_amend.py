"""Amending a list: who comes, who goes, who is replaced, and nothing of those who went."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from lfr_actors.errors import WatchlistError
from lfr_actors.watchlist.amend import amended
from lfr_actors.watchlist.version import ListVersion
from tests.unit.watchlist.versions import BUILT_AT, a_version, picture, subject, unit_rows


def ids(version: ListVersion) -> list[str]:
    """Who is on a version."""
    return [each.subject_id for each in version.subjects]


def test_those_removed_are_not_in_the_new_version() -> None:
    """Subject, pictures and templates are gone; the others are as they were; the old version is untouched."""
    before = a_version("a", "b", "c", pictures_each=2)
    after, changes = amended(before, None, {"b"})
    assert ids(after) == ["a", "c"]
    assert (changes.added, changes.removed, changes.replaced, changes.unknown) == ((), ("b",), (), ())
    assert {each.subject_id for each in after.pictures} == {"a", "c"}
    np.testing.assert_array_equal(after.templates, before.templates[[0, 1, 4, 5]])
    assert not np.shares_memory(after.templates, before.templates)
    assert len(before.templates) == 6
    assert before.templates.any(axis=1).all()
    assert after.version != before.version


def test_those_added_are_on_it_as_they_were_enrolled() -> None:
    """With their facts, pictures and templates, in order."""
    before, coming = a_version("a", "c"), a_version("b", seed=7)
    after, changes = amended(before, coming, ())
    assert ids(after) == ["a", "b", "c"]
    assert changes.added == ("b",)
    np.testing.assert_array_equal(after.templates[1], coming.templates[0])


def test_who_is_added_and_on_it_is_replaced() -> None:
    """Whole: facts and pictures are the new ones, also where they were to be removed in the same breath."""
    before = a_version("a", "b", pictures_each=2)
    coming = ListVersion.of(
        pack="open",
        subjects=[subject("b", "recall-to-prison")],
        pictures=[picture("b", 9)],
        templates=unit_rows(1, seed=3),
        built_at=BUILT_AT + dt.timedelta(hours=3),
    )
    for remove in ((), ("b",)):
        after, changes = amended(before, coming, remove)
        assert (changes.added, changes.removed, changes.replaced) == ((), (), ("b",))
        assert after.subjects[1].category == "recall-to-prison"
        assert len(after.templates) == 3


def test_who_is_not_on_it_cannot_be_removed() -> None:
    """That is said, and where nothing else is asked the version stays the same."""
    before = a_version("a")
    after, changes = amended(before, None, {"x", "y"})
    assert after is before
    assert not changes
    assert changes.unknown == ("x", "y")


def test_everybody_may_be_removed() -> None:
    """What is left is a list of nobody."""
    after, _ = amended(a_version("a", "b"), None, {"a", "b"})
    assert (ids(after), after.templates.shape) == ([], (0, 8))


def test_a_list_is_as_old_as_the_oldest_of_it() -> None:
    """Amending makes no list fresh, and a later addition makes none older."""
    before, coming = a_version("a"), a_version("b", seed=1)
    later = ListVersion.of(
        pack="open",
        subjects=coming.subjects,
        pictures=coming.pictures,
        templates=coming.templates,
        built_at=BUILT_AT + dt.timedelta(hours=5),
    )
    assert amended(before, later, ())[0].built_at == BUILT_AT
    assert amended(later, before, ())[0].built_at == BUILT_AT


def test_a_new_version_has_a_salt_of_its_own() -> None:
    """So that a name in the log cannot be tried out by whoever knows the version before."""
    before = a_version("a", "b")
    once, again = (amended(before, None, {"b"})[0] for _ in range(2))
    assert len({before.salt, once.salt, again.salt}) == 3
    assert once.version != again.version


def test_templates_of_another_pack_are_refused() -> None:
    """They cannot be compared; the error names both packs."""
    with pytest.raises(WatchlistError, match=r"pack open, those to add of yunet"):
        amended(a_version("a"), a_version("b", pack="yunet"), ())

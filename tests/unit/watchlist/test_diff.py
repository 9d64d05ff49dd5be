"""What is different between two versions."""

from __future__ import annotations

import datetime as dt

from lfr_actors.watchlist.diff import FieldChange, difference
from lfr_actors.watchlist.version import ListVersion, Priority
from tests.unit.watchlist.versions import BUILT_AT, a_version, picture, subject, unit_rows


def of(*parts: tuple[object, list[object]], seed: int = 0, pack: str = "open") -> ListVersion:
    """A version of subjects with their pictures."""
    pictures = [each for _, some in parts for each in some]
    return ListVersion.of(
        pack=pack,
        subjects=[each for each, _ in parts],  # type: ignore[misc]
        pictures=pictures,  # type: ignore[arg-type]
        templates=unit_rows(len(pictures), seed=seed),
        built_at=BUILT_AT,
    )


def test_who_came_and_who_went() -> None:
    """By their ids, with their facts; the same version twice differs in nothing."""
    before, after = a_version("a", "b"), a_version("b", "c", seed=0)
    found = difference(before, after)
    assert [each.subject_id for each in found.added] == ["c"]
    assert [each.subject_id for each in found.removed] == ["a"]
    same = difference(before, before)
    assert (same.added, same.removed, same.changed, same.unchanged) == ((), (), (), 2)


def test_each_fact_that_changed_is_named() -> None:
    """With what it was and what it is, dates as dates are written."""
    before = of((subject("a", expires=None), [picture("a")]))
    after = of(
        (subject("a", "warrant", priority=Priority.RED, notes=None), [picture("a", image_source="CCTV")])
    )
    (change,) = difference(before, after).changed
    assert change.facts == (
        FieldChange(name="priority", before="amber", after="red"),
        FieldChange(name="expires", before=None, after="2024-12-31"),
        FieldChange(name="notes", before="note-marker-4711", after=None),
        FieldChange(name="image_source", before="custody", after="CCTV"),
    )
    assert (change.pictures_added, change.pictures_removed, change.reenrolled) == ((), (), 0)


def test_pictures_are_told_apart_by_their_files() -> None:
    """One more, one less, and one that was enrolled anew and gave another template."""
    first, second, third = picture("a", 1), picture("a", 2), picture("a", 3)
    before, after = of((subject("a"), [first, second])), of((subject("a"), [second, third]), seed=5)
    (change,) = difference(before, after).changed
    assert change.pictures_added == (third.sha256,)
    assert change.pictures_removed == (first.sha256,)
    assert change.reenrolled == 1
    assert change.facts == ()


def test_another_pack_and_another_day_of_building() -> None:
    """A pack is said; when it was built and its salt make no difference."""
    one, other = a_version("a"), a_version("a", pack="yunet")
    assert difference(one, other).other_pack
    later = ListVersion.of(
        pack="open",
        subjects=one.subjects,
        pictures=one.pictures,
        templates=one.templates,
        built_at=BUILT_AT + dt.timedelta(days=1),
    )
    found = difference(one, later)
    assert (found.changed, found.unchanged, found.other_pack) == ((), 1, False)


def test_it_shows_nobody() -> None:
    """Neither a fact nor an id is in what a log would print of it."""
    before, after = a_version("subject-a"), of((subject("subject-a", notes="other"), [picture("subject-a")]))
    assert "marker" not in repr(difference(before, after))
    assert "subject-a" not in repr(difference(before, after))

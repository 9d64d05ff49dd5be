"""What is different between two versions of a list: who was added, removed or changed, and in what."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from lfr_actors.messages import SubjectId
from lfr_actors.watchlist.version import ListVersion, Picture, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A fact that is another; both as text, None where it is not given."""

    name: str
    before: str | None = field(repr=False)
    after: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectChange:
    """A subject who is on both versions and is not the same.

    `pictures_added` and `pictures_removed` are SHA-256 (hex) of files; `reenrolled` counts files that are on both
    and gave another template.
    """

    subject_id: SubjectId
    facts: tuple[FieldChange, ...] = field(repr=False)
    pictures_added: tuple[str, ...]
    pictures_removed: tuple[str, ...]
    reenrolled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """From one version to another: subjects in order of their ids."""

    before: str
    after: str
    added: tuple[Subject, ...] = field(repr=False)
    removed: tuple[Subject, ...] = field(repr=False)
    changed: tuple[SubjectChange, ...] = field(repr=False)
    unchanged: int
    other_pack: bool


def difference(before: ListVersion, after: ListVersion) -> Difference:
    """What is different in `after`. Facts of pictures count as their subject's; portraits do not count."""
    old = {each.subject_id: each for each in before.subjects}
    new = {each.subject_id: each for each in after.subjects}
    old_rows, new_rows = _rows(before), _rows(after)
    both = [each for each in new if each in old]
    changes = [
        change
        for each in both
        if (change := _change(old[each], new[each], old_rows[each], new_rows[each])) is not None
    ]
    return Difference(
        before=before.version,
        after=after.version,
        added=tuple(new[each] for each in new if each not in old),
        removed=tuple(old[each] for each in old if each not in new),
        changed=tuple(changes),
        unchanged=len(both) - len(changes),
        other_pack=before.pack != after.pack,
    )


_Rows = list[tuple[Picture, bytes]]


def _rows(version: ListVersion) -> dict[SubjectId, _Rows]:
    """Pictures of each subject, with the bytes of their templates."""
    found: dict[SubjectId, _Rows] = {each.subject_id: [] for each in version.subjects}
    for picture, template in zip(version.pictures, version.templates, strict=True):
        found[picture.subject_id].append((picture, template.tobytes()))
    return found


def _change(old: Subject, new: Subject, old_rows: _Rows, new_rows: _Rows) -> SubjectChange | None:
    facts = [
        FieldChange(name=name, before=before, after=after)
        for name in _FACTS
        if (before := _text(getattr(old, name))) != (after := _text(getattr(new, name)))
    ]
    old_files = Counter(picture.sha256 for picture, _ in old_rows)
    new_files = Counter(picture.sha256 for picture, _ in new_rows)
    kept = old_files & new_files
    for name in _PICTURE_FACTS:
        facts += _picture_facts(name, _of_kept(old_rows, kept), _of_kept(new_rows, kept))
    change = SubjectChange(
        subject_id=new.subject_id,
        facts=tuple(facts),
        pictures_added=tuple(sorted((new_files - old_files).elements())),
        pictures_removed=tuple(sorted((old_files - new_files).elements())),
        reenrolled=sum((_templates(new_rows, kept) - _templates(old_rows, kept)).values()),
    )
    same = not (change.facts or change.pictures_added or change.pictures_removed or change.reenrolled)
    return None if same else change


_FACTS = tuple(each.name for each in fields(Subject) if each.name != "subject_id")
_PICTURE_FACTS = ("image", "image_source", "image_taken")


def _of_kept(rows: _Rows, kept: Mapping[str, int]) -> dict[str, Picture]:
    return {picture.sha256: picture for picture, _ in rows if picture.sha256 in kept}


def _picture_facts(name: str, old: Mapping[str, Picture], new: Mapping[str, Picture]) -> list[FieldChange]:
    texts = [(_text(getattr(old[each], name)), _text(getattr(new[each], name))) for each in sorted(old)]
    return [FieldChange(name=name, before=before, after=after) for before, after in texts if before != after]


def _templates(rows: _Rows, kept: Mapping[str, int]) -> Counter[tuple[str, bytes]]:
    return Counter((picture.sha256, template) for picture, template in rows if picture.sha256 in kept)


def _text(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, dt.date) else str(value)

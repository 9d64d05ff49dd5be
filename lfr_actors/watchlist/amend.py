"""A list amended: a new version from an old one. Nobody is marked; who was removed is not in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from lfr_actors.errors import WatchlistError
from lfr_actors.messages import SubjectId
from lfr_actors.overwriting import overwrite
from lfr_actors.watchlist.version import ListVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What an amendment did, as subject ids in their order.

    `replaced` were on the list and are added anew: facts and pictures are those of the addition. `unknown` were to
    be removed and were not on the list.
    """

    added: tuple[SubjectId, ...] = field(default=(), repr=False)
    replaced: tuple[SubjectId, ...] = field(default=(), repr=False)
    removed: tuple[SubjectId, ...] = field(default=(), repr=False)
    unknown: tuple[SubjectId, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.added or self.replaced or self.removed)


def amended(
    version: ListVersion, additions: ListVersion | None, remove: Collection[str]
) -> tuple[ListVersion, Changes]:
    """The version without those removed and with those added, who come after: who is both is replaced.

    It has a salt of its own, shares no memory with the others, and counts as built when the oldest of what is in it
    was. The same version where nothing changes. Raises `WatchlistError` for additions of another model pack.
    """
    added = () if additions is None else tuple(each.subject_id for each in additions.subjects)
    if additions is not None and additions.pack != version.pack:
        reason = (
            f"its templates are of pack {version.pack}, those to add of {additions.pack}: enrol them on that"
        )
        raise WatchlistError(version.version, reason)
    before, coming = {each.subject_id for each in version.subjects}, set(added)
    changes = Changes(
        added=tuple(each for each in added if each not in before),
        replaced=tuple(each for each in added if each in before),
        removed=tuple(sorted((before & {SubjectId(each) for each in remove}) - coming)),
        unknown=tuple(sorted({SubjectId(each) for each in remove} - before - coming)),
    )
    if not changes:
        return version, changes
    gone = {*changes.removed, *changes.replaced}
    kept = [row for row, picture in enumerate(version.pictures) if picture.subject_id not in gone]
    subjects = [each for each in version.subjects if each.subject_id not in gone]
    pictures = [version.pictures[row] for row in kept]
    parts, times = [version.templates[kept]], [version.built_at]
    if additions is not None:
        subjects += additions.subjects
        pictures += additions.pictures
        parts.append(additions.templates)
        times.append(additions.built_at)
    templates = np.concatenate(parts)
    made = ListVersion.of(
        pack=version.pack,
        subjects=subjects,
        pictures=pictures,
        templates=templates,
        built_at=min(times),
    )
    overwrite(parts[0], templates)
    return made, changes

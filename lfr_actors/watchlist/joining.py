"""What stands in the way of those who are to join a list that is in use; pure.

Their own pictures and facts were judged when they were enrolled. Here it is about the list with them on it: its
size, and whether one of them is on it already under another id.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from lfr_actors.messages import SubjectId
from lfr_actors.watchlist.policy import ListPolicy
from lfr_actors.watchlist.version import ListVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A subject who is to join and one who is on the list, whose pictures are of one person by their `score`."""

    joining: SubjectId = field(repr=False)
    listed: SubjectId = field(repr=False)
    score: float


def beyond_ceilings(policy: ListPolicy, version: ListVersion) -> str | None:
    """In what a list is larger than a site allows, without a name; None when it is not."""
    for what, count, most in (
        ("subjects", len(version.subjects), policy.max_subjects),
        ("pictures", len(version.pictures), policy.max_pictures),
    ):
        if most is not None and count > most:
            return f"the list would have {count:,} {what}, and this site allows {most:,}"
    return None


def find_alike(
    additions: ListVersion, listed: ListVersion, limit: float, leaving: Collection[str] = ()
) -> tuple[Alike, ...]:
    """Who is to join and looks like somebody on the list under another id; the most alike pair of each, in order.

    `limit` is a cosine similarity; those who are `leaving` do not count, nor pictures of the same subject.
    """
    if not len(additions.templates) or not len(listed.templates):
        return ()
    scores = additions.templates @ listed.templates.T
    own = np.array([picture.subject_id for picture in listed.pictures], np.object_)
    gone = np.isin(own, list(leaving))
    found: dict[SubjectId, Alike] = {}
    for picture, row in zip(additions.pictures, scores, strict=True):
        row[gone | (own == picture.subject_id)] = -1.0
        most = int(np.argmax(row))
        score = float(row[most])
        known = found.get(picture.subject_id)
        if score >= limit and (known is None or score > known.score):
            found[picture.subject_id] = Alike(joining=picture.subject_id, listed=own[most], score=score)
    return tuple(found[subject_id] for subject_id in sorted(found))

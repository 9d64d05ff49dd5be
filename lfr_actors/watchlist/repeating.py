"""Which searches of an index are done again exactly, and what it means when the two are decided otherwise.

An index that misses somebody is a defect, and one that shows only when it is looked for: one search in
`REPEAT_EVERY` is repeated by the exact search in the background. Only the decision is compared, that is who
would be recognised: the order of those who did not reach their threshold is acted on by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lfr_actors.messages import Candidate, GalleryVersion, SearchResult

REPEAT_EVERY: Final = 100
"""One search in so many is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A decision of the index that is not the exact one, without saying whose.

    The scores are of whom each of the two recognised, beside that subject's threshold; None for nobody.
    """

    gallery_version: GalleryVersion
    exact_score: float | None
    exact_threshold: float | None
    index_score: float | None
    index_threshold: float | None


def row_to_repeat(searched: int, templates: int, every: int = REPEAT_EVERY) -> int | None:
    """The row of the next `templates` searches that is to be repeated, when so many were made before; or None.

    Every `every`-th search is; of a batch that holds several of them, the first. Raises `ValueError` for
    `every` below 1.
    """
    if every < 1:
        raise ValueError(f"every must be at least 1, not {every}")
    row = every - 1 - searched % every
    return row if row < templates else None


def decided(result: SearchResult) -> Candidate | None:
    """Who would be recognised: the first candidate, when it reached its threshold; otherwise nobody."""
    first = result.candidates[0] if result.candidates else None
    return first if first is not None and first.reached else None


def differs(exact: SearchResult, index: SearchResult) -> Disagreement | None:
    """What is different between the decisions of the two; None when they recognise the same person, or nobody.

    Raises `ValueError` when they are of different versions of a list: those may well be decided otherwise.
    """
    if exact.gallery_version != index.gallery_version:
        raise ValueError(f"version {exact.gallery_version} cannot be compared with {index.gallery_version}")
    right, found = decided(exact), decided(index)
    if (right and right.subject_id) == (found and found.subject_id):
        return None
    return Disagreement(
        gallery_version=exact.gallery_version,
        exact_score=None if right is None else right.score,
        exact_threshold=None if right is None else right.threshold,
        index_score=None if found is None else found.score,
        index_threshold=None if found is None else found.threshold,
    )

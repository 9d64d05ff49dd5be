"""Events of the matcher: which part of a list cannot be searched, how often it searched, where an index was wrong.

    matcher.incomplete ─► matcher.complete        search.disagreed · matcher.observed

None of these says who was searched for or found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class MatcherIncomplete:
    """Part of the list cannot be searched: `missing` in words, such as `shard 2 of 4: loading`.

    `policy` is what the deployment does meanwhile: `pause`, no camera takes a frame; `continue`, they go on, and
    every result says what it is without.
    """

    NAME: ClassVar[str] = "matcher.incomplete"
    VERSION: ClassVar[int] = 1

    missing: tuple[str, ...]
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatcherComplete:
    """The whole list is searched again; `after_s` since it was seen to be incomplete."""

    NAME: ClassVar[str] = "matcher.complete"
    VERSION: ClassVar[int] = 1

    after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDisagreed:
    """A search by the index would have been decided otherwise than the exact search: a defect of the index.

    `shard` of `shards`, from 1. `exact_score` and `index_score` are of whom each of the two recognised, against
    the `exact_threshold` and `index_threshold` of that subject; None where it recognised nobody.
    """

    NAME: ClassVar[str] = "search.disagreed"
    VERSION: ClassVar[int] = 1

    shard: int
    shards: int
    gallery_version: str
    exact_score: float | None
    exact_threshold: float | None
    index_score: float | None
    index_threshold: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatcherObserved:
    """What the matcher did since the last of these: counts only, of nobody in particular.

    `searches` counts each template once in every shard that was asked; `repeated` those by an index that were
    done again exactly, `disagreed` those of them that would have been decided otherwise. `indexed` counts the
    shards that search by an index, of `shards`; `templates` and `memory_bytes` are what all hold now.
    """

    NAME: ClassVar[str] = "matcher.observed"
    VERSION: ClassVar[int] = 1

    shards: int
    indexed: int
    templates: int
    memory_bytes: int
    searches: int
    repeated: int
    disagreed: int

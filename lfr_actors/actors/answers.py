"""What a shard answers, as it travels: plain values, which pickle ten times as fast as the results they mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from lfr_actors.messages import Candidate, GalleryVersion, SearchResult, SubjectId

CANDIDATES = 5
"""How many subjects a search returns."""

Row: TypeAlias = tuple[tuple[str, float, float, bool], ...]
"""The candidates for one template: subject id, score, threshold, blue."""


class ShardReply(NamedTuple):
    """The answer of one shard, from one version of the list; or, with `reason`, why there is none.

    `generation` is that of the list; `subjects` how many people of it are in this shard.
    """

    generation: int
    version: str
    subjects: int
    rows: tuple[Row, ...]
    reason: str | None = None

    @classmethod
    def of(cls, results: Sequence[SearchResult], generation: int) -> ShardReply:
        """The reply that means these results, all of one version."""
        if not results:
            return cls(generation, "", 0, ())
        rows = tuple(
            tuple((each.subject_id, each.score, each.threshold, each.is_blue) for each in result.candidates)
            for result in results
        )
        return cls(generation, results[0].gallery_version, results[0].gallery_subjects, rows)

    @classmethod
    def none(cls, reason: str) -> ShardReply:
        """No answer, and why, in a few words that go behind `shard 2 of 4: `."""
        return cls(0, "", 0, (), reason)

    def results(self) -> tuple[SearchResult, ...]:
        """The results, one for each template that was asked about."""
        return tuple(
            SearchResult(
                candidates=tuple(
                    Candidate(subject_id=SubjectId(name), score=score, threshold=threshold, is_blue=is_blue)
                    for name, score, threshold, is_blue in row
                ),
                gallery_version=GalleryVersion(self.version),
                gallery_subjects=self.subjects,
            )
            for row in self.rows
        )

"""What the log hears of the matcher: when part of the list cannot be searched, and what searches came to.

    state of every shard, twice a second ─► matcher.incomplete, matcher.complete, search.disagreed
                                        └─► matcher.observed, every minute and at the end

Pure: time is an argument, and whoever asks writes the events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lfr_actors.actors.ports import Incomplete, MatcherState, ShardState
from lfr_actors.events.matching import MatcherComplete, MatcherIncomplete, MatcherObserved, SearchDisagreed

OBSERVE_EVERY_S: Final = 60.0

Body = MatcherIncomplete | MatcherComplete | SearchDisagreed | MatcherObserved


@dataclass(slots=True)
class _Counts:
    """Counts of a shard since it started, or of all of them in a stretch."""

    searches: int = 0
    repeated: int = 0
    disagreed: int = 0

    def grown(self, now: _Counts) -> _Counts:
        """How much more there is now; a shard that was started again began to count from nothing."""
        if now.searches < self.searches:
            return now
        return _Counts(
            now.searches - self.searches, now.repeated - self.repeated, now.disagreed - self.disagreed
        )

    def add(self, more: _Counts) -> None:
        """Count these too."""
        self.searches += more.searches
        self.repeated += more.repeated
        self.disagreed += more.disagreed


class MatcherWatch:
    """The matcher of one deployment, from one look to the next. `now_s` is of a clock that only goes on."""

    def __init__(self, incomplete: Incomplete) -> None:
        self._policy = incomplete
        self._missing: tuple[str, ...] = ()
        self._missing_since_s = 0.0
        self._last: dict[int, _Counts] = {}
        self._stretch = _Counts()
        self._observed_s = 0.0
        self._state: MatcherState | None = None

    def look(self, state: MatcherState, now_s: float) -> tuple[Body, ...]:
        """What is to be written now that the shards are in this state."""
        bodies: list[Body] = []
        if self._state is None:  # the first stretch begins with the first look
            self._observed_s = now_s
        missing = state.missing
        if missing and missing != self._missing:
            bodies.append(MatcherIncomplete(missing=missing, policy=self._policy))
            if not self._missing:
                self._missing_since_s = now_s
        elif self._missing and not missing:
            bodies.append(MatcherComplete(after_s=round(now_s - self._missing_since_s, 3)))
        self._missing, self._state = missing, state
        for shard in state.shards:
            if shard is not None:
                bodies += self._count(shard)
        if now_s - self._observed_s >= OBSERVE_EVERY_S:
            bodies += self.observed(now_s)
        return tuple(bodies)

    def observed(self, now_s: float) -> tuple[MatcherObserved, ...]:
        """The stretch since the last of these, which ends now; none before the first look."""
        state, stretch = self._state, self._stretch
        if state is None:
            return ()
        self._stretch, self._observed_s = _Counts(), now_s
        there = [shard for shard in state.shards if shard is not None]
        return (
            MatcherObserved(
                shards=len(state.shards),
                indexed=sum(shard.index == "hnsw" for shard in there),
                templates=sum(shard.templates for shard in there),
                memory_bytes=sum(shard.memory_bytes for shard in there),
                searches=stretch.searches,
                repeated=stretch.repeated,
                disagreed=stretch.disagreed,
            ),
        )

    def _count(self, shard: ShardState) -> list[Body]:
        """Add what a shard did since the last look; its disagreements that were not told yet."""
        now = _Counts(shard.searches, shard.repeated, shard.disagreed)
        new = self._last.get(shard.part, _Counts()).grown(now)
        self._last[shard.part] = now
        self._stretch.add(new)
        latest = shard.disagreements[max(0, len(shard.disagreements) - new.disagreed) :]
        return [
            SearchDisagreed(
                shard=shard.part + 1,
                shards=shard.parts,
                gallery_version=str(shard.version),
                exact_score=each.exact_score,
                exact_threshold=each.exact_threshold,
                index_score=each.index_score,
                index_threshold=each.index_threshold,
            )
            for each in latest
        ]

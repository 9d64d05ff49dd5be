"""What the log hears of the matcher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lfr_actors.actors.matcher_watch import OBSERVE_EVERY_S, MatcherWatch
from lfr_actors.actors.ports import MatcherState, ShardState
from lfr_actors.events.matching import MatcherComplete, MatcherIncomplete, MatcherObserved, SearchDisagreed
from lfr_actors.messages import GalleryVersion
from lfr_actors.watchlist.repeating import Disagreement

MISSED = Disagreement(
    gallery_version=GalleryVersion("g1"),
    exact_score=0.96,
    exact_threshold=0.9,
    index_score=None,
    index_threshold=None,
)


def shard(part: int = 0, **changes: Any) -> ShardState:
    """A shard that answers, one of two."""
    fields: Mapping[str, Any] = {
        "part": part,
        "parts": 2,
        "version": "g1",
        "generation": 1,
        "phase": "ready",
        "index": "exact",
        "templates": 10,
        "subjects": 5,
        "memory_bytes": 100,
        "searches": 0,
        "repeated": 0,
        "disagreed": 0,
        "disagreements": (),
        "calibration": "",
    }
    return ShardState(**{**fields, **changes})


def state(*shards: ShardState | None) -> MatcherState:
    """The matcher of these."""
    return MatcherState(shards=shards)


def test_a_part_that_is_missing_is_told_once_and_its_return_too() -> None:
    """What is missing is said when it begins and when it changes; that it is back, with how long it took."""
    watch = MatcherWatch("pause")
    assert watch.look(state(shard(0), shard(1)), 1.0) == ()
    (gone,) = watch.look(state(shard(0), None), 2.0)
    assert gone == MatcherIncomplete(missing=("shard 2 of 2: does not answer",), policy="pause")
    assert watch.look(state(shard(0), None), 2.5) == ()
    (loading,) = watch.look(state(shard(0), shard(1, phase="loading")), 3.0)
    assert loading == MatcherIncomplete(missing=("shard 2 of 2: loading",), policy="pause")
    assert watch.look(state(shard(0), shard(1)), 4.5) == (MatcherComplete(after_s=2.5),)


def test_every_disagreement_is_told_once() -> None:
    """Each is an event with scores and thresholds and nobody's name, also those of a shard that started again."""
    watch = MatcherWatch("pause")
    one = shard(0, searches=200, repeated=2, disagreed=1, disagreements=(MISSED,))
    (told,) = watch.look(state(one, shard(1)), 1.0)
    assert told == SearchDisagreed(
        shard=1,
        shards=2,
        gallery_version="g1",
        exact_score=0.96,
        exact_threshold=0.9,
        index_score=None,
        index_threshold=None,
    )
    assert watch.look(state(one, shard(1)), 2.0) == ()
    again = shard(0, searches=10, repeated=1, disagreed=1, disagreements=(MISSED,))
    assert [type(body) for body in watch.look(state(again, shard(1)), 3.0)] == [SearchDisagreed]


def test_counts_are_told_every_minute_and_lose_nothing_to_a_restart() -> None:
    """A stretch holds what every shard did in it; one that died and began anew counts on."""
    watch = MatcherWatch("continue")
    assert watch.observed(0.0) == ()
    watch.look(state(shard(0, searches=100, repeated=1), shard(1, searches=40, index="hnsw")), 1.0)
    watch.look(state(shard(0, searches=30), shard(1, searches=60, index="hnsw")), 2.0)
    last = state(shard(0, searches=30), shard(1, searches=60, index="hnsw"))
    assert watch.look(last, OBSERVE_EVERY_S) == ()
    (observed,) = watch.look(last, OBSERVE_EVERY_S + 1)
    assert observed == MatcherObserved(
        shards=2, indexed=1, templates=20, memory_bytes=200, searches=190, repeated=1, disagreed=0
    )
    (rest,) = watch.observed(OBSERVE_EVERY_S + 6)
    assert rest.searches == 0

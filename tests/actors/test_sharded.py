"""Searching over shards: one answer of one list, or why there is none; no Ray is started."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from lfr_actors.actors.answers import ShardReply
from lfr_actors.actors.matcher import MatcherShard
from lfr_actors.actors.ports import Incomplete
from lfr_actors.actors.rollout import Rollout
from lfr_actors.actors.sharded import ShardedMatcher
from lfr_actors.errors import NotReady
from lfr_actors.messages import Candidate, GalleryVersion, SearchResult, SubjectId, Vectors
from lfr_actors.testing import template_of
from lfr_actors.testing.cluster import InProcessShard
from lfr_actors.watchlist.sharding import shard_of
from tests.actors.colours import BLUE, GREEN, RED
from tests.actors.lists import FIRST, Vault

PEOPLE = {**FIRST, "green-1": GREEN, "red-2": RED, "red-3": RED, "blue-4": BLUE}
QUERY = template_of(RED)[None]


class SlowShard(InProcessShard):
    """A shard that thinks for `delay_s` before it answers; `asked` counts how often it was."""

    delay_s = 0.0
    asked = 0

    async def search(self, templates: Vectors) -> ShardReply:
        """See `ShardLink.search`."""
        self.asked += 1
        await asyncio.sleep(self.delay_s)
        return await super().search(templates)


async def serving(
    parts: int, incomplete: Incomplete = "pause", **options: Any
) -> tuple[ShardedMatcher, list[SlowShard]]:
    """A matcher of so many shards that answers from `PEOPLE`, as list 1."""
    shards = [SlowShard(part, parts) for part in range(parts)]
    assert await Rollout(shards).hold(Vault().order(PEOPLE, 1)) == ()
    return ShardedMatcher(shards, incomplete=incomplete, **options), shards


@pytest.mark.parametrize("parts", [1, 2, 4])
async def test_shards_together_answer_as_one(parts: int) -> None:
    """However the people are spread, the candidates, scores, version and size of the list are the same."""
    queries = np.stack([template_of(RED), template_of(BLUE), template_of(GREEN)])
    alone = MatcherShard()
    order = Vault().order(PEOPLE, 1)
    await alone.prepare(order)
    await alone.flip(1)
    matcher, _ = await serving(parts)
    results = await matcher.search(queries)
    assert results == (await alone.search(queries)).results()
    assert {(result.gallery_version, result.gallery_subjects, result.missing) for result in results} == {
        (order.version, len(PEOPLE), ())
    }
    assert await matcher.search(queries[:0]) == ()


async def test_with_a_part_missing_nobody_gets_a_result() -> None:
    """By default an incomplete answer is none: which shard is missing, and why, is told."""
    matcher, shards = await serving(2)
    shards[1].die()
    with pytest.raises(NotReady) as caught:
        await matcher.search(QUERY)
    assert (caught.value.who, caught.value.reason) == ("matcher", "incomplete: shard 2 of 2: has no list yet")
    shards[1].die(1)
    with pytest.raises(NotReady, match="incomplete: shard 2 of 2: restarting"):
        await matcher.search(QUERY)


async def test_a_deployment_may_go_on_without_a_part() -> None:
    """Then the rest is searched, and every result says which part is missing."""
    matcher, shards = await serving(2, "continue")
    assert (await matcher.search(QUERY))[0].is_complete
    shards[1].die()
    (result,) = await matcher.search(QUERY)
    assert (result.missing, result.is_complete) == (("shard 2 of 2: has no list yet",), False)
    left = {name for name in PEOPLE if shard_of(name, 2) == 0}
    assert {each.subject_id for each in result.candidates} == left
    assert result.gallery_subjects == len(left) < len(PEOPLE)


@pytest.mark.parametrize("incomplete", ["pause", "continue"])
@pytest.mark.parametrize("parts", [1, 2])
async def test_with_no_part_there_is_no_result(parts: int, incomplete: Incomplete) -> None:
    """When no shard answers it is not a list without anybody, whatever the policy."""
    matcher, shards = await serving(parts, incomplete)
    for shard in shards:
        shard.die()
    with pytest.raises(NotReady, match=f"shard 1 of {parts}: has no list yet"):
        await matcher.search(QUERY)


@pytest.mark.parametrize("parts", [1, 2])
async def test_a_shard_that_is_late_is_missing(parts: int) -> None:
    """Nobody waits beyond the deadline."""
    matcher, shards = await serving(parts, deadline_s=0.02)
    shards[-1].delay_s = 5.0
    with pytest.raises(NotReady, match=f"shard {parts} of {parts}: no answer within 0.02 s"):
        await asyncio.wait_for(matcher.search(QUERY), 2.0)


async def test_shards_of_an_older_list_are_asked_again() -> None:
    """An answer is of one list: whoever has not turned yet is asked until it has, and nobody else is."""
    matcher, shards = await serving(2)
    later = Vault().order({**PEOPLE, "red-4": RED}, 2)
    for shard in shards:
        await shard.prepare(later)
    await shards[0].flip(2)
    searching = asyncio.create_task(matcher.search(QUERY))
    while shards[1].asked < 2:
        await asyncio.sleep(0.001)
    await shards[1].flip(2)
    (result,) = await searching
    assert (result.gallery_version, result.gallery_subjects) == (later.version, len(PEOPLE) + 1)
    assert shards[0].asked == 1


@pytest.mark.parametrize("incomplete", ["pause", "continue"])
async def test_two_lists_are_never_mixed(incomplete: Incomplete) -> None:
    """A shard that does not turn in time is missing, in words."""
    matcher, shards = await serving(2, incomplete, deadline_s=0.05)
    later = Vault().order({**PEOPLE, "red-4": RED}, 2)
    await shards[0].prepare(later)
    await shards[0].flip(2)
    words = "shard 2 of 2: answers from an older list"
    assert (await matcher.state()).missing == (words,)
    if incomplete == "pause":
        with pytest.raises(NotReady, match=words):
            await matcher.search(QUERY)
        return
    (result,) = await matcher.search(QUERY)
    assert (result.gallery_version, result.missing) == (later.version, (words,))


async def test_more_than_a_message_holds_is_refused() -> None:
    """Templates beyond the limit of messages are a fault of the caller, who is told how many fit."""
    matcher, _ = await serving(1)
    with pytest.raises(ValueError, match="100000"):
        await matcher.search(np.zeros((9_000, 3), np.float32))


async def test_a_fault_of_the_caller_is_told() -> None:
    """Templates of another pack are no loss of a shard, with one as with two."""
    for parts in (1, 2):
        matcher, _ = await serving(parts)
        with pytest.raises(ValueError, match=r"\(n, 3\)"):
            await matcher.search(QUERY[:, :2])


def test_a_reply_means_its_results() -> None:
    """What travels in plain values comes back as the results it was made of."""
    results = tuple(
        SearchResult(
            candidates=tuple(
                Candidate(subject_id=SubjectId(f"s{number}"), score=0.5, threshold=0.4, is_blue=number == 1)
                for number in range(count)
            ),
            gallery_version=GalleryVersion("a" * 32),
            gallery_subjects=9,
        )
        for count in (2, 0)
    )
    assert ShardReply.of(results, 3).results() == results
    assert ShardReply.of((), 3).results() == ()

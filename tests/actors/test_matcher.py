"""A shard of the matcher as a plain class."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import numpy as np
import pytest

from lfr_actors.actors import loaded_part, matcher
from lfr_actors.actors.answers import CANDIDATES
from lfr_actors.actors.matcher import MatcherShard
from lfr_actors.actors.ports import GalleryOrder
from lfr_actors.errors import ActorLost, NotReady, WatchlistError
from lfr_actors.messages import Candidate, GalleryVersion, SearchResult, Vectors
from lfr_actors.testing import template_of
from lfr_actors.testing.people import Colour
from lfr_actors.watchlist.search import ExactSearch
from tests.actors.colours import BLUE, GREEN, RED
from tests.actors.lists import FIRST, SECOND, THRESHOLD, Vault


async def hold(shard: MatcherShard, order: GalleryOrder) -> None:
    """Have the shard answer from a list."""
    await shard.prepare(order)
    await shard.flip(order.generation)


async def holding(vault: Vault) -> MatcherShard:
    """A shard that answers from `FIRST`, as list 1."""
    shard = MatcherShard()
    await hold(shard, vault.order(FIRST, 1))
    return shard


async def found(shard: MatcherShard, colour: Colour) -> list[str]:
    """Who is found for a colour, the best first."""
    (result,) = (await shard.search(template_of(colour)[None])).results()
    return [candidate.subject_id for candidate in result.candidates]


async def until(*, asked: Vault) -> None:
    """Wait until a list is being loaded."""
    while not asked.asked.is_set():
        await asyncio.sleep(0.001)


async def test_it_says_why_it_does_not_answer() -> None:
    """Before a list, and while the first is loaded: the reason in place of an answer, and its phase."""
    shard, vault = MatcherShard(), Vault()
    reply = await shard.search(template_of(RED)[None])
    assert (reply.reason, reply.rows, (await shard.state()).phase) == ("has no list yet", (), "empty")
    vault.open.clear()
    preparing = asyncio.create_task(shard.prepare(vault.order(FIRST, 1)))
    await until(asked=vault)
    assert ((await shard.search(template_of(RED)[None])).reason, (await shard.state()).phase) == (
        "loading",
        "loading",
    )
    vault.open.set()
    await preparing
    assert ((await shard.state()).phase, (await shard.state()).version) == ("loading", None)
    await shard.flip(1)
    assert (await shard.state()).phase == "ready"


async def test_an_answer_says_whom_by_what_and_of_which_list() -> None:
    """Score, threshold and blue mark of each candidate, the version and size of the list, one result a row."""
    shard, vault = MatcherShard(), Vault()
    order = vault.order(FIRST, 7)
    await hold(shard, order)
    reply = await shard.search(np.stack([template_of(BLUE), template_of(RED)]))
    first, second = reply.results()
    assert (reply.generation, reply.reason) == (7, None)
    assert [result.candidates[0].subject_id for result in (first, second)] == ["blue-3", "red-1"]
    assert (first.gallery_version, first.gallery_subjects, first.missing) == (order.version, 2, ())
    best = first.candidates[0]
    assert isinstance(best, Candidate)
    assert (best.reached, best.is_blue) == (True, False)
    assert best.threshold == pytest.approx(THRESHOLD)
    assert all(len(result.candidates) <= CANDIDATES for result in (first, second))
    assert (await shard.search(template_of(RED)[None][:0])).results() == ()


async def test_it_holds_its_own_part() -> None:
    """Of two shards each is asked for, and answers from, the people who belong to it."""
    vault = Vault()
    shards = [MatcherShard(part, 2) for part in range(2)]
    people = {f"red-{number}": RED for number in range(5)}
    for shard in shards:
        await hold(shard, vault.order(people, 1))
    everybody = [await found(shard, RED) for shard in shards]
    assert sorted(name for names in everybody for name in names) == sorted(people)
    assert [(await shard.state()).subjects for shard in shards] == [len(each) for each in everybody]


async def test_templates_of_another_pack_are_refused() -> None:
    """A template of another length is a fault of the caller, with both lengths named."""
    shard = await holding(Vault())
    with pytest.raises(ValueError, match=r"\(n, 3\)"):
        await shard.search(template_of(RED)[None, :2])


async def test_the_list_before_answers_until_all_turn() -> None:
    """Between loading and turning the version before goes on, without whom the later one leaves out."""
    vault = Vault()
    shard = await holding(vault)
    later = vault.order(SECOND, 2)
    await shard.prepare(later)
    assert await found(shard, RED) == ["blue-3"]
    assert await found(shard, GREEN) == ["blue-3"]
    (result,) = (await shard.search(template_of(RED)[None])).results()
    assert (result.gallery_version, result.gallery_subjects) == (vault.order(FIRST, 1).version, 1)
    await shard.flip(2)
    assert await found(shard, GREEN) == ["green-1", "blue-3"]
    assert (await shard.state()).version == later.version


async def test_the_list_before_is_overwritten() -> None:
    """After the turn its templates are zeros, and those of the later list are not."""
    vault = Vault()
    shard = await holding(vault)
    await hold(shard, vault.order(SECOND, 2))
    assert [gallery.templates.any() for gallery in vault.given] == [False, True]


async def test_a_search_in_hand_ends_on_the_list_it_began_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn waits for who still searches the list before: zeros are nobody's answer."""
    monkeypatch.setattr(loaded_part, "QUICK_PRODUCTS", 0)
    vault = Vault()
    shard = await holding(vault)
    await shard.prepare(vault.order({**FIRST, "green-1": GREEN}, 2))
    searches = [asyncio.create_task(found(shard, RED)) for _ in range(8)]
    await asyncio.sleep(0)
    await shard.flip(2)
    assert [(await search)[0] for search in searches] == ["red-1"] * 8
    assert [gallery.templates.any() for gallery in vault.given] == [False, True]


async def test_a_search_that_waits_too_long_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its query is overwritten when nobody waits for it any more, and what came of it is not told."""
    monkeypatch.setattr(loaded_part, "QUICK_PRODUCTS", 0)
    monkeypatch.setattr(matcher, "QUERY_LIFETIME_S", 0.0)
    shard = await holding(Vault())
    assert (await shard.search(template_of(RED)[None])).reason == "busy"


async def test_both_phases_may_be_done_again() -> None:
    """Whoever mends calls them of every shard: one that has done them loads nothing and changes nothing."""
    vault = Vault()
    shard = await holding(vault)
    await hold(shard, vault.order(FIRST, 1))
    assert len(vault.given) == 1
    await shard.prepare(vault.order(SECOND, 2))
    await hold(shard, vault.order(SECOND, 2))
    assert len(vault.given) == 2
    assert await found(shard, GREEN) == ["green-1", "blue-3"]


async def test_turning_to_what_was_never_loaded_is_a_loss() -> None:
    """A shard that died after it had loaded a list says so, and is empty."""
    shard = MatcherShard(1, 4)
    with pytest.raises(ActorLost, match="shard 2 of 4"):
        await shard.flip(3)
    assert (await shard.state()).phase == "empty"


async def test_a_list_that_cannot_be_loaded_changes_nothing() -> None:
    """The fault is told; the list before answers, with everybody who is on it."""
    vault = Vault()
    shard = await holding(vault)
    vault.fault = WatchlistError("second", "it was erased")
    with pytest.raises(WatchlistError, match="erased"):
        await shard.prepare(vault.order(SECOND, 2))
    assert await found(shard, RED) == ["red-1", "blue-3"]


async def test_what_is_not_the_list_is_refused() -> None:
    """Templates of another version than was ordered are zeros at once."""
    vault = Vault()
    shard = MatcherShard()
    with pytest.raises(WatchlistError, match="what was loaded"):
        await shard.prepare(replace(vault.order(FIRST, 1), version=GalleryVersion("another")))
    assert [gallery.templates.any() for gallery in vault.given] == [False]


async def test_an_older_list_is_refused() -> None:
    """Nobody can bring back what was replaced."""
    vault = Vault()
    shard = await holding(vault)
    await hold(shard, vault.order(SECOND, 2))
    with pytest.raises(ValueError, match="older"):
        await shard.prepare(vault.order(FIRST, 1))
    assert await found(shard, GREEN) == ["green-1", "blue-3"]


async def test_a_list_that_is_given_up_is_overwritten() -> None:
    """The list before answers with everybody again; what was loaded is zeros, also when a third one comes."""
    vault = Vault()
    shard = await holding(vault)
    await shard.prepare(vault.order(SECOND, 2))
    await shard.abandon(2)
    await shard.abandon(2)
    assert await found(shard, RED) == ["red-1", "blue-3"]
    await shard.prepare(vault.order(SECOND, 3))
    await hold(shard, vault.order({"green-1": GREEN}, 4))
    assert [gallery.templates.any() for gallery in vault.given] == [False, False, False, True]


async def test_it_forgets_when_the_list_is_over() -> None:
    """What answers and what waits are zeros, nobody is answered, and it may be told twice."""
    vault = Vault()
    shard = await holding(vault)
    await shard.prepare(vault.order(SECOND, 2))
    await shard.forget(2)
    await shard.forget(2)
    assert [gallery.templates.any() for gallery in vault.given] == [False, False]
    assert (await shard.search(template_of(RED)[None])).reason == "has no list yet"
    with pytest.raises(NotReady, match="forgotten"):
        await shard.prepare(vault.order(SECOND, 2))
    assert (await shard.state()).phase == "empty"


async def test_forgetting_wins_over_a_list_on_its_way() -> None:
    """What is being loaded while the list ends is zeros when it is there, before forgetting returns."""
    shard, vault = MatcherShard(), Vault()
    vault.open.clear()
    preparing = asyncio.create_task(shard.prepare(vault.order(FIRST, 1)))
    await until(asked=vault)
    forgetting = asyncio.create_task(shard.forget(1))
    await asyncio.sleep(0)
    vault.open.set()
    await forgetting
    assert [gallery.templates.any() for gallery in vault.given] == [False]
    with pytest.raises(NotReady, match="forgotten"):
        await preparing
    assert (await shard.state()).phase == "empty"


async def test_it_gives_zeros_back() -> None:
    """What rinses the buffers of the network comes back as it was."""
    assert await MatcherShard().rinse(bytes(9)) == bytes(9)


async def test_rinsing_searches_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the last query was packed stands somebody who does not exist, in the loop's thread and the other."""
    shard = await holding(Vault())
    searched: list[tuple[str, bool]] = []

    class Spy(ExactSearch):
        def search(self, templates: Vectors, k: int) -> list[SearchResult]:
            searched.append((threading.current_thread().name, bool(np.ptp(templates) == 0)))
            return super().search(templates, k)

    part = shard._active
    assert part is not None
    monkeypatch.setattr(part, "exact", Spy(part.gallery))
    await shard.rinse()
    assert [(name.rstrip("0123456789"), even) for name, even in searched] == [
        ("MainThread", True),
        ("search_", True),
    ]
    assert (await shard.state()).searches == 0


async def test_forgetting_waits_for_the_list_that_a_flip_left_behind() -> None:
    """A list that was replaced and is still being searched is zeros too when `forget` and `flip` return."""
    vault = Vault()
    shard = await holding(vault)
    before = shard._active
    assert before is not None
    with before.used():
        await shard.prepare(vault.order(SECOND, 2))
        waiting = [asyncio.create_task(work) for work in (shard.flip(2), shard.flip(2), shard.forget(2))]
        for _ in range(5):
            await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
    await asyncio.gather(*waiting)
    assert not before.gallery.templates.any()

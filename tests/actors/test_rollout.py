"""Lists given to shards, given again, replaced and taken away; no Ray is started."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lfr_actors.actors import rollout as module
from lfr_actors.actors.rollout import Rollout
from lfr_actors.errors import NotReady, VaultError
from lfr_actors.testing.cluster import InProcessShard
from tests.actors.lists import FIRST, SECOND, Vault


def shards() -> tuple[InProcessShard, InProcessShard]:
    """Two shards that hold nothing."""
    return InProcessShard(0, 2), InProcessShard(1, 2)


async def serving(vault: Vault) -> tuple[Rollout, tuple[InProcessShard, InProcessShard]]:
    """Two shards that answer from `FIRST`, as list 1."""
    both = shards()
    rollout = Rollout(both)
    assert await rollout.hold(vault.order(FIRST, 1)) == ()
    return rollout, both


async def generations(rollout: Rollout) -> list[int | None]:
    """Which list each shard answers from; None for one that is away."""
    return [None if shard is None else shard.generation for shard in (await rollout.state()).shards]


async def test_all_load_before_any_turns() -> None:
    """While one shard still loads, those that have loaded answer from the list before."""
    vault = Vault()
    rollout, _ = await serving(vault)
    vault.open.clear()
    vault.asked.clear()
    holding = asyncio.create_task(rollout.hold(vault.order(SECOND, 2)))
    while not vault.asked.is_set():
        await asyncio.sleep(0.001)
    assert await generations(rollout) == [1, 1]
    vault.open.set()
    assert await holding == ()
    assert await generations(rollout) == [2, 2]
    assert [gallery.templates.any() for gallery in vault.given[:2]] == [False, False]


async def test_a_shard_that_died_loads_the_list_again() -> None:
    """The check says which, the other loads nothing, and the next check has nothing to do."""
    vault = Vault()
    rollout, both = await serving(vault)
    assert await rollout.check() == ()
    both[1].die()
    assert (await rollout.state()).missing == ("shard 2 of 2: has no list yet",)
    (mended,) = await rollout.check()
    assert mended.startswith("shard 2 of 2: ")
    assert vault.order(FIRST, 1).version in mended
    assert (await rollout.state()).is_complete
    assert len(vault.given) == 3
    assert await rollout.check() == ()


async def test_a_shard_that_is_away_is_mended_by_a_later_check() -> None:
    """Dead at any call of the mending, it ends nothing: a later check tries again."""
    for away in range(1, 5):
        rollout, both = await serving(Vault())
        both[0].die(away)
        for _ in range(away + 1):
            await rollout.check()
        assert (await rollout.state()).missing == ()
        await rollout.close()


async def test_a_shard_that_is_away_does_not_answer() -> None:
    """It is missing, in words, and the other is not."""
    rollout, both = await serving(Vault())
    both[1].die(1)
    assert (await rollout.state()).missing == ("shard 2 of 2: does not answer",)


@pytest.mark.parametrize("phase", ["prepare", "flip"])
async def test_a_shard_that_dies_under_a_later_list_comes_back_with_it(
    monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    """The other turns to it, nobody holds the list before, and the check gives the lost one the later list."""
    vault = Vault()
    rollout, both = await serving(vault)
    act = getattr(both[0], phase)

    async def die(*values: Any) -> None:
        monkeypatch.setattr(both[0], phase, act)
        both[0].die(away=phase == "prepare")
        await act(*values)

    monkeypatch.setattr(both[0], phase, die)
    (lost,) = await rollout.hold(vault.order(SECOND, 2))
    assert lost.who == "shard 1 of 2"
    assert await generations(rollout) == [0, 2]
    (mended,) = await rollout.check()
    assert vault.order(SECOND, 2).version in mended
    assert await generations(rollout) == [2, 2]


async def test_a_list_that_cannot_be_loaded_is_given_up_by_all() -> None:
    """Nobody turns, the list before answers and is what a lost shard is given; the same order may come again."""
    vault = Vault()
    rollout, both = await serving(vault)
    load, vault.fault = vault.order(SECOND, 2), VaultError("watchlist", "the vault is away")
    with pytest.raises(VaultError):
        await rollout.hold(load)
    assert await generations(rollout) == [1, 1]
    vault.fault = None
    both[0].die()
    await rollout.check()
    assert await generations(rollout) == [1, 1]
    await rollout.hold(load)
    assert await generations(rollout) == [2, 2]


async def test_what_cannot_be_mended_now_is_mended_later() -> None:
    """A vault that is away is no end: the check says nothing and a later one tries again."""
    vault = Vault()
    rollout, both = await serving(vault)
    both[0].die()
    vault.fault = VaultError("watchlist", "the vault is away")
    assert await rollout.check() == ()
    vault.fault = None
    assert len(await rollout.check()) == 1


async def test_mending_that_takes_long_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check returns while a long list is loaded, and a later one tells when it is there."""
    monkeypatch.setattr(module, "MENDING_PATIENCE_S", 0.01)
    vault = Vault()
    rollout, both = await serving(vault)
    both[0].die()
    vault.open.clear()
    assert await rollout.check() == ()
    assert await rollout.check() == ()
    vault.open.set()
    monkeypatch.setattr(module, "MENDING_PATIENCE_S", 5.0)
    assert len(await rollout.check()) == 1
    assert (await rollout.state()).is_complete


async def test_mending_does_not_bring_back_a_list_that_was_replaced() -> None:
    """A restoring that began before a removal ends before it: the last word is the later list."""
    vault = Vault()
    rollout, both = await serving(vault)
    both[0].die()
    vault.open.clear()
    vault.asked.clear()
    checking = asyncio.create_task(rollout.check())
    while not vault.asked.is_set():
        await asyncio.sleep(0.001)
    holding = asyncio.create_task(rollout.hold(vault.order(SECOND, 2)))
    await asyncio.sleep(0)
    vault.open.set()
    await asyncio.gather(checking, holding)
    assert await generations(rollout) == [2, 2]
    assert await rollout.check() == ()


@pytest.mark.parametrize("act", ["check", "hold"])
async def test_forgetting_wins(act: str) -> None:
    """Whatever is under way when the list is over: no shard holds anything, then or later."""
    vault = Vault()
    rollout, both = await serving(vault)
    both[0].die()
    (dead,) = (gallery for gallery in vault.given if "red-1" in gallery.subject_ids)
    vault.open.clear()
    vault.asked.clear()
    doing: asyncio.Task[Any] = asyncio.create_task(
        rollout.check() if act == "check" else rollout.hold(vault.order(SECOND, 2))
    )
    while not vault.asked.is_set():
        await asyncio.sleep(0.001)
    forgetting = asyncio.create_task(rollout.forget())
    await asyncio.sleep(0)
    vault.open.set()
    await forgetting
    if act == "hold":
        with pytest.raises(NotReady, match="forgotten"):
            await doing
    else:
        assert await doing == ()
    assert not any(gallery.templates.any() for gallery in vault.given if gallery is not dead)
    assert [shard and shard.phase for shard in (await rollout.state()).shards] == ["empty", "empty"]
    assert await rollout.check() == ()
    await rollout.forget()
    with pytest.raises(NotReady, match="forgotten"):
        await rollout.hold(vault.order(FIRST, 3))


async def test_an_older_list_is_refused() -> None:
    """Lists are given in their order only."""
    vault = Vault()
    rollout, _ = await serving(vault)
    await rollout.hold(vault.order(SECOND, 2))
    with pytest.raises(ValueError, match="not later"):
        await rollout.hold(vault.order(FIRST, 1))
    assert await generations(rollout) == [2, 2]


async def test_who_closes_ends_the_mending() -> None:
    """No task is left behind, also when there was none."""
    vault = Vault()
    rollout, both = await serving(vault)
    await rollout.close()
    both[0].die()
    vault.open.clear()
    checking = asyncio.create_task(rollout.check())
    while not rollout._mending:
        await asyncio.sleep(0)
    await rollout.close()
    vault.open.set()
    assert await checking == ()

"""How the faults of Ray become faults of the product; no Ray is started."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ray.exceptions import ActorDiedError, RayTaskError

from lfr_actors.actors import cluster
from lfr_actors.actors.cluster import RayCluster
from lfr_actors.actors.matcher import MatcherShard
from lfr_actors.actors.remote import RayShard
from lfr_actors.errors import ActorLost, LfrError, NotReady, PackError, VaultError
from lfr_actors.testing import template_of
from tests.actors.colours import GREEN, RED
from tests.actors.lists import FIRST, SECOND, Vault


class Dead:
    """A handle on an actor whose constructor failed; it is its own method."""

    @property
    def status(self) -> Dead:
        return self

    async def remote(self) -> None:
        fault = PackError("mine", "no CUDA on this machine")
        way = "".join(f'  File "somewhere.py", line {line}, in somewhere\n' for line in range(40))
        told = f"Traceback (most recent call last):\n{way}lfr_actors.errors.PackError: {fault}"
        raise ActorDiedError(RayTaskError("EmbedderActor.__init__", told, fault))


async def test_an_embedder_that_cannot_start_says_why() -> None:
    """The fault of its constructor is what is told, not the stack above it."""
    with pytest.raises(ActorLost) as caught:
        await cluster._ready(Dead())
    assert caught.value.reason == "lfr_actors.errors.PackError: model pack mine: no CUDA on this machine"


class Handle:
    """A handle on a shard that can die: as Ray starts it again, it is a new one that holds nothing.

    The next `down` calls do not reach it.
    """

    def __init__(self, part: int, parts: int) -> None:
        self._of = part, parts
        self.down = 0
        self.die()

    def die(self) -> None:
        """Lose everything."""
        self.shard = MatcherShard(*self._of)

    def __getattr__(self, method: str) -> Any:
        return Method(self, method)


class Method:
    """One method of the actor behind a handle."""

    def __init__(self, handle: Handle, name: str) -> None:
        self._handle, self._name = handle, name

    async def remote(self, *values: Any) -> Any:
        """Call it, as Ray does: elsewhere, later, and with faults in a coat."""
        await asyncio.sleep(0)
        if self._handle.down:
            self._handle.down -= 1
            raise ActorDiedError()
        try:
            return await getattr(self._handle.shard, self._name)(*values)
        except (LfrError, ValueError) as error:
            raise RayTaskError(self._name, "", error).as_instanceof_cause() from None


async def serving(monkeypatch: pytest.MonkeyPatch, vault: Vault) -> tuple[RayCluster, list[Handle]]:
    """A cluster whose two shards answer from `FIRST`, without Ray."""
    made, handles = RayCluster(), list[Handle]()

    class Wrapped:
        def remote(self, part: int, parts: int, **_: Any) -> Handle:
            handles.append(Handle(part, parts))
            return handles[-1]

    monkeypatch.setattr(cluster, "as_actor", lambda *_, **__: Wrapped())
    await made.start_matcher(vault.order(FIRST, 1), 2, incomplete="pause")
    return made, handles


async def test_a_shard_that_is_away_is_lost_to_whoever_calls() -> None:
    """Every call says so by its name, but for zeros, which nobody misses."""
    handle = Handle(1, 4)
    shard = RayShard("shard 2 of 4", handle)
    for call in (
        lambda: shard.search(template_of(RED)[None]),
        lambda: shard.prepare(Vault().order(FIRST, 1)),
        lambda: shard.flip(1),
        lambda: shard.abandon(1),
        lambda: shard.forget(1),
        shard.state,
    ):
        handle.down = 1
        with pytest.raises(ActorLost, match="shard 2 of 4 was lost"):
            await call()
    handle.down = 1
    await shard.rinse()


async def test_a_fault_of_the_load_is_told_as_it_was() -> None:
    """Whoever ordered the list reads the fault of the product and not the coat that Ray put around it."""
    vault = Vault()
    vault.fault = VaultError("watchlist", "the vault is away")
    with pytest.raises(VaultError) as caught:
        await RayShard("shard 1 of 1", Handle(0, 1)).prepare(vault.order(FIRST, 1))
    assert type(caught.value) is VaultError


async def test_a_matcher_that_dies_at_its_start_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment does not begin with a part of its list missing."""

    class Wrapped:
        def remote(self, part: int, parts: int, **_: Any) -> Handle:
            handle = Handle(part, parts)
            handle.down = part
            return handle

    monkeypatch.setattr(cluster, "as_actor", lambda *_, **__: Wrapped())
    with pytest.raises(NotReady, match="shard 2 of 2"):
        await RayCluster().start_matcher(Vault().order(FIRST, 1), 2, incomplete="continue")


async def test_a_cluster_looks_after_its_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that died is given the list again, all are given a later one, and all forget it."""
    vault = Vault()
    made, handles = await serving(monkeypatch, vault)
    handles[1].die()
    (dead,) = (gallery for gallery in vault.given if "blue-3" in gallery.subject_ids)
    assert (await made.matcher_state()).missing == ("shard 2 of 2: has no list yet",)
    (mended,) = await made.check()
    assert mended.startswith("shard 2 of 2: ")
    handles[0].down = 1
    await made.replace_gallery(vault.order({**SECOND, "green-2": GREEN}, 2))
    await made.check()
    state = await made.matcher_state()
    assert (state.missing, [shard and shard.generation for shard in state.shards]) == ((), [2, 2])
    await made.forget_gallery()
    assert not any(gallery.templates.any() for gallery in vault.given if gallery is not dead)
    assert await made.check() == ()


async def test_without_a_matcher_there_is_none_to_ask() -> None:
    """Before one was started there is nothing to mend or forget, and no list to give."""
    made = RayCluster()
    assert await made.check() == ()
    await made.forget_gallery()
    with pytest.raises(NotReady, match="not started"):
        await made.replace_gallery(Vault().order(FIRST, 1))
    with pytest.raises(NotReady, match="not started"):
        await made.matcher_state()

"""How the faults of Ray become faults of the product; no Ray is started."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ray.exceptions import ActorDiedError, RayTaskError

from lfr_actors.actors import cluster
from lfr_actors.actors.cluster import RayCluster
from lfr_actors.actors.matcher import MatcherShard
from lfr_actors.actors.remote import RayMatcher
from lfr_actors.errors import ActorLost, NotReady, PackError
from lfr_actors.testing import gallery_of, template_of
from lfr_actors.watchlist.gallery import Gallery
from tests.actors.colours import BLUE, GREEN, RED


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
    """A handle on a matcher that can die: as Ray starts it again, it is a new one that holds nothing.

    `dies_at` are the numbers of the calls, from 1, before which it dies; the next `down` calls do not reach it.
    """

    def __init__(self) -> None:
        self.shard = MatcherShard()
        self.calls: list[str] = []
        self.dies_at: set[int] = set()
        self.down = 0

    def __getattr__(self, method: str) -> Any:
        return Method(self, method)


class Method:
    """One method of the actor behind a handle."""

    def __init__(self, handle: Handle, name: str) -> None:
        self._handle, self._name = handle, name

    async def remote(self, *values: Any) -> Any:
        """Call it, as Ray does: elsewhere, and later."""
        handle = self._handle
        handle.calls.append(self._name)
        await asyncio.sleep(0)
        if len(handle.calls) in handle.dies_at:
            handle.shard = MatcherShard()
        if handle.down:
            handle.down -= 1
            raise ActorDiedError()
        return await getattr(handle.shard, self._name)(*values)


LIST, AMENDED = gallery_of({"red-1": RED, "blue-1": BLUE}), gallery_of({"blue-1": BLUE, "green-1": GREEN})


class Vault:
    """What a matcher is restored from."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self.given: list[Gallery] = []

    def open(self) -> Gallery:
        """The list, to overwrite when done."""
        self.given.append(self.gallery.without(()))
        return self.given[-1]


async def serving(monkeypatch: pytest.MonkeyPatch) -> tuple[RayCluster, Handle, Vault]:
    """A cluster whose matcher answers from `LIST`, without Ray."""
    handle, vault, made = Handle(), Vault(LIST), RayCluster()
    monkeypatch.setattr(
        cluster, "_actor", lambda *_, **__: type("Wrapped", (), {"remote": lambda _: handle})()
    )
    await made.start_matcher(LIST, vault.open)
    return made, handle, vault


async def subjects(handle: Handle) -> int:
    """How many people the matcher answers from."""
    (answer,) = await RayMatcher(handle).search(template_of(RED)[None])
    return answer.gallery_subjects


async def test_a_matcher_that_died_is_restored_from_the_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not ready until the next check; then it answers, and the list that was read is overwritten."""
    made, handle, vault = await serving(monkeypatch)
    assert await made.check() == ()
    handle.shard = MatcherShard()
    with pytest.raises(NotReady):
        await subjects(handle)
    (mended,) = await made.check()
    assert LIST.version in mended
    assert await handle.shard.version() == LIST.version
    assert [gallery.templates.any() for gallery in vault.given] == [False]
    assert await made.check() == ()


async def test_a_matcher_that_is_away_is_mended_by_a_later_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dead at any call of the mending, also between two of them, it ends nothing: the next check tries again."""
    made, handle, vault = await serving(monkeypatch)
    for step in range(1, 5):
        handle.shard = MatcherShard()
        handle.dies_at = {len(handle.calls) + step}
        handle.down = 1 if step == 1 else 0
        await made.check()
        await made.check()
        assert await handle.shard.version() == LIST.version
    assert not any(gallery.templates.any() for gallery in vault.given)


@pytest.mark.parametrize("step", [1, 2])
async def test_a_matcher_that_dies_under_a_new_list_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Whoever sends the list is told to ask again, whether it was away or came back with nothing."""
    made, handle, _ = await serving(monkeypatch)
    handle.dies_at = {len(handle.calls) + step}
    handle.down = 1 if step == 1 else 0
    with pytest.raises(NotReady):
        await made.replace_gallery(AMENDED)
    await made.replace_gallery(AMENDED)
    assert await handle.shard.version() == AMENDED.version


async def test_a_check_does_not_bring_back_a_list_that_was_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A restoring that began before a removal ends before it: the last word is the list without the subject."""
    made, handle, vault = await serving(monkeypatch)
    handle.shard = MatcherShard()
    checking = asyncio.create_task(made.check())
    while not vault.given:
        await asyncio.sleep(0)
    vault.gallery = AMENDED
    await made.replace_gallery(AMENDED)
    await checking
    assert await handle.shard.version() == AMENDED.version
    assert await made.check() == ()


async def test_a_forgotten_list_is_not_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the end of a deployment nobody puts the list back."""
    made, handle, vault = await serving(monkeypatch)
    await made.forget_gallery()
    assert await made.check() == ()
    assert await handle.shard.version() is None
    assert vault.given == []

"""How the faults of Ray become faults of the product; no Ray is started."""

from __future__ import annotations

import pytest
from ray.exceptions import ActorDiedError, RayTaskError

from lfr_actors.actors import cluster
from lfr_actors.errors import ActorLost, PackError


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

"""The console actor on a real port: it answers, hears what cameras do, and is there again after a restart."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from lfr_actors.actors.console import ConsoleActor
from lfr_actors.actors.ports import CameraStatus
from lfr_actors.errors import NotReady
from lfr_actors.spec.console import Console
from lfr_actors.store.store import Store

STATUS = CameraStatus.failed_with("east", "it was killed", None)


@pytest.fixture
def settings() -> Console:
    """A console on a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return Console(port=listening.getsockname()[1])


async def test_it_answers_from_ready_to_close(home: Path, settings: Console) -> None:
    """Its address is told once it listens; what it is told it takes; after close nobody answers."""
    actor = ConsoleActor(partial(Store.open, home), settings, "drill-1")
    work = asyncio.create_task(actor.run())
    address = await actor.ready()
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{address}/health") as answer:
            assert answer.status == 200
        assert not (await actor.show([STATUS], ["shard 1 of 2: loading"])).previews
        await actor.preview("east", b"what it sees")
        await actor.close()
        await actor.close()
        await work
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(address)
    again = ConsoleActor(partial(Store.open, home), settings, "drill-1")
    work = asyncio.create_task(again.run())
    assert await again.ready() == address
    await again.close()
    await work


async def test_a_port_that_is_taken_is_told_to_whoever_started_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for it raises the reason, as its work does; closing it then waits for nothing."""
    monkeypatch.setattr("lfr_actors.console.serving.BIND_AGAIN_S", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Console(port=taken.getsockname()[1])
        actor = ConsoleActor(partial(Store.open, home), settings, "drill-1")
        work = asyncio.create_task(actor.run())
        with pytest.raises(NotReady, match="is taken by another process"):
            await actor.ready()
        with pytest.raises(NotReady):
            await work
        await actor.close()

"""Retention on its own: a process, or a Ray job, that lives on when deployments are over and erases on time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from lfr_actors.actors.retention import RetentionActor
from lfr_actors.events.log import StoredEvent
from lfr_actors.store.store import Store

log = structlog.get_logger()


async def serve_retention(
    open_store: Callable[[], Store],
    stop: asyncio.Event,
    on_erased: Callable[[StoredEvent], None] = lambda _: None,
) -> int:
    """Erase what is due, on time, until `stop` is set; how many objects were erased.

    In a Ray job the job's own process is the actor: it is what Ray keeps alive and stops.
    """
    actor = RetentionActor(open_store, on_erased=on_erased)
    work = asyncio.create_task(actor.run(), name="retention")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait([work, stopping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        await actor.close()
    await work
    return (await actor.status()).erased

"""The console actor: it serves the operators' pages and the JSON API of a deployment that runs.

It keeps nothing that matters: sessions, the queue and open decisions are in the store, so that it may be killed at
any moment and serves them again when it is back. What cameras do it is told, and forgets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from lfr_actors.actors.ports import CameraStatus
from lfr_actors.actors.supervised import Wishes
from lfr_actors.console.live import LiveState
from lfr_actors.console.open_console import open_console
from lfr_actors.errors import NotReady
from lfr_actors.spec.console import Console
from lfr_actors.store.store import Store


class ConsoleActor:
    """The console of one deployment. `run` serves until `close`."""

    def __init__(self, open_store: Callable[[], Store], settings: Console, deployment_id: str) -> None:
        self._store = open_store()
        self._live = LiveState()
        self._server = open_console(self._store, settings, live=self._live, deployment_id=deployment_id)
        self._listening: asyncio.Future[str] | None = None
        self._closed = asyncio.Event()
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Serve until `close`. Raises `NotReady` when the port cannot be had or the certificate not be used."""
        listening = self._told_when_listening()
        try:
            await self._server.start()
        except NotReady as error:
            listening.set_exception(error)
            raise
        listening.set_result(self._server.address)
        try:
            await self._closed.wait()
        finally:
            await self._server.close()
            self._live.forget_previews()
            await asyncio.to_thread(self._store.close)
            self._ended.set()

    async def ready(self) -> str:
        """Wait until it answers; at which address. Raises `NotReady` as `run` does."""
        return await asyncio.shield(self._told_when_listening())

    async def show(self, statuses: Sequence[CameraStatus], missing: Sequence[str]) -> Wishes:
        """See `ConsoleLink.show`."""
        self._live.show(statuses, missing)
        return Wishes(previews=self._live.wants_previews())

    async def preview(self, camera_id: str, jpeg: bytes) -> None:
        """See `ConsoleLink.preview`."""
        self._live.preview(camera_id, jpeg)

    async def close(self) -> None:
        """End every connection, and `run`. Idempotent."""
        self._closed.set()
        if self._listening is not None and self._listening.done() and not self._listening.exception():
            await self._ended.wait()

    def _told_when_listening(self) -> asyncio.Future[str]:
        if self._listening is None:
            self._listening = asyncio.get_running_loop().create_future()
        return self._listening

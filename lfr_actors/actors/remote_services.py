"""The calls of console and courier, carried by Ray. Started again when they die, both go on from the store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import ray
import structlog
from ray.exceptions import RayActorError, RayTaskError

from lfr_actors.actors.ports import CameraStatus
from lfr_actors.actors.remote import why
from lfr_actors.actors.supervised import ConsoleLink, CourierLink, Wishes
from lfr_actors.errors import ActorLost, LfrError

log = structlog.get_logger()


class _Serving:
    """An actor that works in its `run` until its `close`; `name` is what it is called when it is lost."""

    def __init__(self, name: str, handle: Any) -> None:
        self._name, self._handle = name, handle
        self._work = asyncio.ensure_future(self._watched(handle.run.remote()))

    async def _watched(self, run: Any) -> None:
        """Its work to its end; a fault that ends it is said once, here."""
        try:
            await run
        except (RayActorError, RayTaskError) as error:
            log.error("service_ended", service=self._name, reason=why(error))

    async def _call(self, method: str, *values: Any) -> Any:
        try:
            return await getattr(self._handle, method).remote(*values)
        except RayActorError as error:
            raise ActorLost(self._name, why(error)) from None
        except RayTaskError as error:
            if isinstance(error.cause, LfrError):
                raise error.cause from None
            raise ActorLost(self._name, f"{type(error.cause).__name__}: {error.cause}") from error

    async def close(self) -> None:
        """End its work in order, then itself. Idempotent."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        try:
            with contextlib.suppress(RayActorError):  # what it had to write it has written as it went
                await handle.close.remote()
                await self._work
        finally:  # also when nobody waits for it any more
            await asyncio.to_thread(ray.kill, handle)


class RayConsole(_Serving, ConsoleLink):
    """The console's calls."""

    def __init__(self, handle: Any) -> None:
        super().__init__("console", handle)

    async def ready(self) -> str:
        """Its address, once it answers. Raises `NotReady` when it cannot be served as asked."""
        address: str = await self._call("ready")
        return address

    async def show(self, statuses: Sequence[CameraStatus], missing: Sequence[str]) -> Wishes:
        """See `ConsoleLink.show`."""
        wishes: Wishes = await self._call("show", tuple(statuses), tuple(missing))
        return wishes

    async def preview(self, camera_id: str, jpeg: bytes) -> None:
        """See `ConsoleLink.preview`."""
        await self._call("preview", camera_id, jpeg)


class RayCourier(_Serving, CourierLink):
    """The courier's calls."""

    def __init__(self, handle: Any) -> None:
        super().__init__("courier", handle)

    async def drain(self, within_s: float) -> int:
        """See `CourierLink.drain`."""
        left: int = await self._call("drain", within_s)
        return left

"""Console and courier of a deployment that runs: started before its cameras, ended after everything else.

Neither keeps the deployment from anything: one that is away, or slow, is said in the log and waited for no longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from lfr_actors.actors.ports import CameraHandle, CameraStatus, MatcherState
from lfr_actors.actors.supervised import Cluster, ConsoleLink, CourierLink
from lfr_actors.console.serving import address_of
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.errors import LfrError
from lfr_actors.spec.deployment import Deployment

log = structlog.get_logger()
SHOW_EVERY_S = 0.5
PATIENCE_S = 2.0
"""How long console or camera may take to answer; they are asked again."""
COURIER_DRAIN_S = 10.0
"""How long the end of a deployment waits for consumers; `lfr webhooks serve` delivers what is left."""


class Services:
    """A deployment's courier to its `endpoints`, and its console; neither is started where there is none to be."""

    def __init__(
        self, deployment: Deployment, endpoints: Sequence[Endpoint], home: Path, cluster: Cluster
    ) -> None:
        self._deployment, self._endpoints = deployment, endpoints
        self._home, self._cluster = home, cluster
        self._console: ConsoleLink | None = None
        self._courier: CourierLink | None = None
        self._latest: tuple[Sequence[CameraStatus], Sequence[str]] = ((), ())

    async def start(self) -> None:
        """Start courier and console. Raises `NotReady` when the console cannot be served as asked."""
        name, console = self._deployment.deployment, self._deployment.console
        if self._endpoints:
            pictures_at = None if console is None else address_of(console)
            self._courier = await self._cluster.start_courier(
                self._home, name, self._endpoints, pictures_at=pictures_at
            )
        if console is not None:
            self._console = await self._cluster.start_console(self._home, name, console)

    def tell(self, statuses: Sequence[CameraStatus], matcher: MatcherState | None) -> None:
        """What cameras and matcher do; `show` hands it on."""
        self._latest = statuses, () if matcher is None else matcher.missing

    async def show(self, cameras: Mapping[str, CameraHandle]) -> None:
        """Have the console show what it was last told, and the cameras' pictures while somebody looks.

        Until it is cancelled. A console that is away comes back by itself.
        """
        while self._console is not None:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    wishes = await self._console.show(*self._latest)
                if wishes.previews:
                    shown = (self._preview(self._console, name, each) for name, each in list(cameras.items()))
                    await asyncio.gather(*shown)
            except (LfrError, TimeoutError) as error:
                log.warning("console_away", reason=str(error) or "no answer", waited_s=PATIENCE_S)
            await asyncio.sleep(SHOW_EVERY_S)

    async def _preview(self, console: ConsoleLink, camera_id: str, camera: CameraHandle) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                jpeg = await camera.preview()
                if jpeg is not None:
                    await console.preview(camera_id, jpeg)
        except (LfrError, TimeoutError):
            return  # whoever runs the camera hears of it; a picture that is late is worth nothing

    async def end(self) -> None:
        """Deliver what can be delivered in time, then answer nobody any more. Idempotent."""
        courier, self._courier = self._courier, None
        console, self._console = self._console, None
        if courier is not None:
            try:
                async with asyncio.timeout(COURIER_DRAIN_S + PATIENCE_S):
                    left = await courier.drain(COURIER_DRAIN_S)
                    await courier.close()
            except (LfrError, TimeoutError) as error:
                log.warning("courier_did_not_drain", reason=str(error) or "no answer")
            else:
                if left:
                    log.warning("webhooks_left", deliveries=left, advice="lfr webhooks serve delivers them")
        if console is not None:
            try:
                async with asyncio.timeout(2 * PATIENCE_S):
                    await console.close()
            except (LfrError, TimeoutError) as error:
                log.warning("console_away", reason=str(error) or "no answer")

"""What the supervisor does about declared bands: it looks at the log, and writes what it finds.

    baselines of the cameras ─► measurement.declared
    every few seconds: new events ─► rate.left_band, rate.returned

What has left and what has returned is said by `evaluation.bands`. What was written is known from the log alone, so
a deployment that is resumed goes on where it was.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from lfr_actors.errors import StoreError
from lfr_actors.evaluation.band_words import left_words
from lfr_actors.evaluation.bands import changes, declaration, outside, readings
from lfr_actors.evaluation.commissioning import Baseline, read_baselines
from lfr_actors.evaluation.live import LiveLog, folded
from lfr_actors.spec.deployment import Deployment
from lfr_actors.store.store import Store

log = structlog.get_logger()
LOOK_EVERY_S = 3.0
"""How often figures are held against their bands."""


class BandWatch:
    """The bands of one deployment, from its start to its end. `out` says in words which figures left theirs."""

    def __init__(self, deployment: Deployment, store: Store, *, now: Callable[[], dt.datetime]) -> None:
        self._deployment, self._store, self._now = deployment, store, now
        self._bands = deployment.measurement.bands()
        self._baselines: Mapping[str, Baseline] = {}
        self._log = LiveLog()
        self._looking = threading.Lock()  # a look that was cancelled goes on in its thread
        self.out: tuple[str, ...] = ()

    def read_baselines(self, home: Path) -> None:
        """Take in what the cameras were commissioned with. Raises `StoreError` for a file that is not readable."""
        if self._bands:
            self._baselines = read_baselines(home, self._deployment.location)

    def declare(self) -> None:
        """Write which bands are watched, once the deployment has begun; and say which camera has no drift."""
        if not self._bands:
            return
        self._catch_up()
        said = declaration(self._log, self._bands, self._baselines)
        for camera, why in said.never_compared.items():
            log.warning("camera_not_compared", camera=camera, reason=why)
        self._store.append(self._deployment.deployment, said)

    async def watch(self) -> None:
        """Look again and again until it is cancelled; at once over where there is nothing to look at."""
        while self._bands:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Hold what the log says by now against the bands, and write what follows.

        A store that does not answer is asked again at the next look: nothing of the log is lost.
        """
        if not self._bands:
            return
        try:
            await asyncio.to_thread(self._look)
        except StoreError as error:
            log.warning("bands_not_looked_at", reason=str(error))

    def _look(self) -> None:
        with self._looking:
            self._catch_up()
            now = self._now()
            seen = readings(self._log, self._baselines, now)
            said = changes(seen, self._log.left, now)
            for body in said:
                log.warning(
                    body.NAME.replace(".", "_"), what=body.what, camera=body.camera, figure=body.figure
                )
            if said:
                self._store.append(self._deployment.deployment, *said)
                self._catch_up()
            self.out = tuple(map(left_words, outside(seen, self._log.left)))

    def _catch_up(self) -> None:
        name = self._deployment.deployment
        folded(self._store.iter_events(after=self._log.seq, deployment_id=name), self._log)

"""In place of the actors that a camera asks: they answer at once, or as a test lays out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import numpy as np

from lfr_actors.events.types import EventBody
from lfr_actors.messages import Alert, Probe, SearchResult, Vectors
from lfr_actors.vision.models import Embedder
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.search import ExactSearch


class FakePool:
    """Embeds in the calling thread. `faults` are raised by the first calls; `expired` of them get None."""

    def __init__(self, embedder: Embedder, faults: Iterable[Exception] = (), expired: int = 0) -> None:
        self._embedder = embedder
        self._faults = list(faults)
        self._expired = expired
        self.probes: list[Probe] = []

    async def embed(self, probe: Probe) -> Vectors | None:
        """See `EmbedderPool.embed`."""
        await asyncio.sleep(0)
        if self._faults:
            raise self._faults.pop(0)
        self.probes.append(probe)
        if len(self.probes) <= self._expired:
            return None
        return np.asarray(self._embedder.embed(probe.chip[None])[0], np.float32)

    async def rinse(self) -> None:
        """See `EmbedderPool.rinse`; nothing travelled."""


class FakeMatcher:
    """Searches a gallery in the calling thread. `faults` are raised by the first calls."""

    def __init__(self, gallery: Gallery, faults: Iterable[Exception] = ()) -> None:
        self._searcher = ExactSearch(gallery)
        self._faults = list(faults)
        self.searches = 0

    async def search(self, templates: Vectors) -> tuple[SearchResult, ...]:
        """See `Matcher.search`."""
        await asyncio.sleep(0)
        self.searches += len(templates)
        if self._faults:
            raise self._faults.pop(0)
        return tuple(self._searcher.search(templates, 5))

    async def rinse(self) -> None:
        """See `Matcher.rinse`; nothing travelled."""


class FakeDesk:
    """Keeps what it is told, in order. `faults` are raised by the first calls; `open` may hold calls back."""

    def __init__(self, faults: Iterable[Exception] = ()) -> None:
        self._faults = list(faults)
        self.open = asyncio.Event()
        self.open.set()
        self.alerts: list[Alert] = []
        self.bodies: list[EventBody] = []
        self.calls = 0

    async def raise_alert(self, alert: Alert) -> bool:
        """See `Desk.raise_alert`."""
        await self._turn()
        if any(known.alert_id == alert.alert_id for known in self.alerts):
            return False
        self.alerts.append(alert)
        return True

    async def record(self, *bodies: EventBody) -> None:
        """See `Desk.record`."""
        await self._turn()
        self.bodies.extend(bodies)

    def of(self, kind: type[EventBody]) -> list[EventBody]:
        """The events of one kind, in order."""
        return [body for body in self.bodies if isinstance(body, kind)]

    async def _turn(self) -> None:
        self.calls += 1
        await self.open.wait()
        if self._faults:
            raise self._faults.pop(0)

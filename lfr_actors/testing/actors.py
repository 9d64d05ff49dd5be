"""In place of the actors that a camera or the supervisor asks: they answer at once, or as a test lays out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from lfr_actors.actors.ports import CameraStatus, MatcherState, ShardState
from lfr_actors.actors.supervised import Wishes
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
    """Searches a gallery in the calling thread. `faults` are raised by the first searches.

    `missing`: what every result says is missing. `loading`: the second of two shards loads until so many times
    somebody asked for the state.
    """

    def __init__(
        self,
        gallery: Gallery,
        faults: Iterable[Exception] = (),
        *,
        missing: tuple[str, ...] = (),
        loading: int = 0,
    ) -> None:
        self._gallery = gallery
        self._searcher = ExactSearch(gallery)
        self._faults = list(faults)
        self._missing = missing
        self.loading = loading
        self.searches = 0

    async def search(self, templates: Vectors) -> tuple[SearchResult, ...]:
        """See `Matcher.search`."""
        await asyncio.sleep(0)
        self.searches += len(templates)
        if self._faults:
            raise self._faults.pop(0)
        results = self._searcher.search(templates, 5)
        return tuple(replace(result, missing=self._missing) for result in results)

    async def state(self) -> MatcherState:
        """See `Matcher.state`."""
        await asyncio.sleep(0)
        self.loading -= 1
        return MatcherState(shards=(self._shard(0, "ready"), self._shard(1, self._phase())))

    def _phase(self) -> Literal["loading", "ready"]:
        return "loading" if self.loading >= 0 else "ready"

    def _shard(self, part: int, phase: Literal["loading", "ready"]) -> ShardState:
        return ShardState(
            part=part,
            parts=2,
            version=self._gallery.version,
            generation=1,
            phase=phase,
            index="exact",
            templates=len(self._gallery),
            subjects=len(self._gallery.subject_ids),
            memory_bytes=self._gallery.templates.nbytes,
            searches=self.searches,
            repeated=0,
            disagreed=0,
            disagreements=(),
            calibration="",
        )

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


class FakeConsole:
    """Keeps what it is told. `previews_wished`: whether somebody looks; `faults` are raised by the first calls."""

    def __init__(self, *, previews_wished: bool = False, faults: Iterable[Exception] = ()) -> None:
        self.previews_wished = previews_wished
        self._faults = list(faults)
        self.shown: list[tuple[tuple[CameraStatus, ...], tuple[str, ...]]] = []
        self.previews: list[tuple[str, bytes]] = []
        self.is_closed = False

    async def show(self, statuses: Sequence[CameraStatus], missing: Sequence[str]) -> Wishes:
        """See `ConsoleLink.show`."""
        await asyncio.sleep(0)
        if self._faults:
            raise self._faults.pop(0)
        self.shown.append((tuple(statuses), tuple(missing)))
        return Wishes(previews=self.previews_wished)

    async def preview(self, camera_id: str, jpeg: bytes) -> None:
        """See `ConsoleLink.preview`."""
        self.previews.append((camera_id, jpeg))

    async def close(self) -> None:
        """See `ConsoleLink.close`."""
        self.is_closed = True


class FakeCourier:
    """Keeps how long it was given each time; `left` deliveries are then left. `faults` are raised by the first."""

    def __init__(self, *, left: int = 0, faults: Iterable[Exception] = ()) -> None:
        self._left = left
        self._faults = list(faults)
        self.drained: list[float] = []
        self.is_closed = False

    async def drain(self, within_s: float) -> int:
        """See `CourierLink.drain`; it takes no time."""
        await asyncio.sleep(0)
        if self._faults:
            raise self._faults.pop(0)
        self.drained.append(within_s)
        return self._left

    async def close(self) -> None:
        """See `CourierLink.close`."""
        self.is_closed = True

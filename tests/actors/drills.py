"""A deployment to run in tests: the supervisor over the real actor classes, in one process and on a real store."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from lfr_actors.actors.camera import OpenCapture
from lfr_actors.actors.plans import GalleryOnPack
from lfr_actors.actors.ports import CameraStatus
from lfr_actors.actors.supervisor import Outcome, Supervisor
from lfr_actors.events.chain import verify
from lfr_actors.retention.policy import DEFAULT_POLICY, RetentionPolicy
from lfr_actors.spec.deployment import Deployment
from lfr_actors.store.store import Store
from lfr_actors.testing import (
    GivenFrames,
    InProcessCluster,
    MeanColourEmbedder,
    Person,
    PlayedDetector,
    gallery_of,
)
from lfr_actors.testing.people import Colour
from lfr_actors.vision.packs import PackInfo
from lfr_actors.watchlist.enrol import Enrolment
from tests.actors.colours import BLUE, RED, film

Body = TypeVar("Body")

SCRIPT: Sequence[Sequence[Person]] = [[Person(colour=RED), Person(colour=BLUE, x=220)]] * 8
WINDOW = (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def deployment(*cameras: tuple[str, str], watchlist: Mapping[str, Any] | None = None) -> Deployment:
    """A deployment of these cameras: id and source."""
    return Deployment.model_validate(
        {
            "deployment": "drill-1",
            "location": "Test street",
            "purposes": ["safeguarding"],
            "authority": {
                "officer": "Inspector, A. Example",
                "reference": "T/1",
                "not_before": WINDOW[0].isoformat(),
                "not_after": WINDOW[1].isoformat(),
            },
            "watchlist": watchlist or {"csv": "list.csv"},
            "recognition": {"pack": "open", "threshold": 0.9},
            "cameras": [
                {"id": name, "source": source, "pace": "max" if source.startswith("file") else "realtime"}
                for name, source in cameras
            ],
        },
        context={"base": Path("/drill")},
    )


def on_pack(people: Mapping[str, Colour]) -> GalleryOnPack:
    """The list of the drill: people by their colour."""
    info = PackInfo(
        name="open",
        detector="played",
        embedder="mean colour",
        dim=3,
        licence="none",
        provenance="painted",
        rates=None,
        fit_for_live=False,
    )
    enrolment = Enrolment(verdicts=(), gallery=gallery_of(people))
    return GalleryOnPack(info=info, provider="MeanColour", embedder=MeanColourEmbedder(), enrolment=enrolment)


@dataclass
class Drill:
    """A deployment on the in-process cluster; `captures` by camera id, a film of the script if not named.

    `listed` is who is on its list.
    """

    store: Store
    home: Path
    cameras: Sequence[tuple[str, str]] = (("east", "file:a.mp4"),)
    captures: dict[str, OpenCapture] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    now: Callable[[], dt.datetime] = lambda: NOON
    listed: Mapping[str, Colour] = field(default_factory=lambda: {"red-1": RED})
    watchlist: Mapping[str, Any] | None = None
    policy: RetentionPolicy = DEFAULT_POLICY
    statuses: list[tuple[CameraStatus, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cluster = InProcessCluster(
            load_detector=lambda _: PlayedDetector(SCRIPT),
            load_embedder=MeanColourEmbedder,
            captures={name: self.captures.get(name, a_film) for name, _ in self.cameras},
            lost=self.lost,
        )
        self.on_pack = on_pack(self.listed)
        self.supervisor = Supervisor(
            deployment(*self.cameras, watchlist=self.watchlist),
            self.on_pack,
            home=self.home,
            store=self.store,
            cluster=self.cluster,
            policy=self.policy,
            on_status=self.statuses.append,
            now=self.now,
        )

    async def run(self) -> Outcome:
        """Run it to its end."""
        async with asyncio.timeout(30):
            return await self.supervisor.run()

    def bodies(self, kind: type[Body] = object) -> list[Body]:  # type: ignore[assignment]
        """The events so far, of one kind or all, in a chain that verifies."""
        verify(self.store.iter_events(), self.store.head())
        return [event.body for event in self.store.iter_events() if isinstance(event.body, kind)]


def a_film(**options: Any) -> GivenFrames:
    """The script as a film."""
    return GivenFrames(film(SCRIPT), **options)


def a_camera(**options: Any) -> GivenFrames:
    """The script, then a street in which nobody passes, until stopped."""
    return GivenFrames(film(SCRIPT), live=True, **options)


async def until(condition: Callable[[], Any]) -> None:
    """Let tasks run until a condition holds."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)

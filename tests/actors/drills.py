"""A deployment to run in tests: the supervisor over the real actor classes, in one process and on a real store."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lfr_actors.actors.camera import OpenCapture
from lfr_actors.actors.list_on_pack import ListOnPack
from lfr_actors.actors.ports import CameraStatus, MatcherState
from lfr_actors.actors.supervisor import Outcome, Supervisor
from lfr_actors.delivery.endpoint import Disclosure, endpoints_of
from lfr_actors.events.chain import verify
from lfr_actors.messages import SubjectId
from lfr_actors.retention.policy import DEFAULT_POLICY, RetentionPolicy
from lfr_actors.spec.deployment import Deployment
from lfr_actors.store.store import Store
from lfr_actors.testing import (
    FakeConsole,
    FakeCourier,
    GivenFrames,
    InProcessCluster,
    MeanColourEmbedder,
    Person,
    PlayedDetector,
    template_of,
)
from lfr_actors.testing.people import Colour
from lfr_actors.vision.packs import PackInfo
from lfr_actors.watchlist.policy import ListPolicy
from lfr_actors.watchlist.version import ListVersion, Picture, Subject
from tests.actors.colours import BLUE, RED, film

Body = TypeVar("Body")

SCRIPT: Sequence[Sequence[Person]] = [[Person(colour=RED), Person(colour=BLUE, x=220)]] * 8
WINDOW = (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def deployment(
    *cameras: tuple[str, str], watchlist: Mapping[str, Any] | None = None, **more: Any
) -> Deployment:
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
            **more,
        },
        context={"base": Path("/drill")},
    )


def version_of(
    people: Mapping[str, Colour], *, pack: str = "colours", built_at: dt.datetime = NOON
) -> ListVersion:
    """A list of people by their colour, each with one picture."""
    return ListVersion.of(
        pack=pack,
        subjects=[Subject(subject_id=SubjectId(name)) for name in people],
        pictures=[
            Picture(
                subject_id=SubjectId(name),
                image=f"{name}.png",
                sha256=hashlib.sha256(name.encode()).hexdigest(),
                quality=0.9,
                portrait_jpeg=f"portrait of {name}".encode(),
            )
            for name in people
        ],
        templates=np.stack([template_of(colour) for colour in people.values()]),
        built_at=built_at,
    )


def on_pack(people: Mapping[str, Colour]) -> ListOnPack:
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
    return ListOnPack(
        info=info,
        provider="MeanColour",
        embedder=MeanColourEmbedder(),
        version=version_of(people),
        pictures=len(people),
        verdicts={"enrolled": len(people)},
        missing_subjects=0,
    )


@dataclass
class Drill:
    """A deployment on the in-process cluster; `captures` by camera id, a film of the script if not named.

    `listed` is who is on its list, `more` what else its file says.
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
    shards: int = 1
    recognition: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    console: FakeConsole = field(default_factory=FakeConsole)
    courier: FakeCourier = field(default_factory=FakeCourier)
    statuses: list[tuple[CameraStatus, ...]] = field(default_factory=list)
    matcher: list[MatcherState | None] = field(default_factory=list)
    out_of_band: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.cluster = InProcessCluster(
            load_detector=lambda _: PlayedDetector(SCRIPT),
            load_embedder=MeanColourEmbedder,
            captures={name: self.captures.get(name, a_film) for name, _ in self.cameras},
            lost=self.lost,
            console=self.console,
            courier=self.courier,
        )
        self.on_pack = on_pack(self.listed)
        asked = deployment(
            *self.cameras,
            watchlist=self.watchlist,
            resources={"matcher_shards": self.shards},
            recognition={"pack": "open", "threshold": 0.9, **self.recognition},
            **self.more,
        )
        self.supervisor = Supervisor(
            asked,
            self.on_pack,
            who="officer",
            home=self.home,
            store=self.store,
            cluster=self.cluster,
            policy=self.policy,
            lists=ListPolicy(),
            endpoints=endpoints_of(asked.webhooks, Disclosure()),
            on_status=self._told,
            now=self.now,
        )

    def _told(
        self, statuses: tuple[CameraStatus, ...], matcher: MatcherState | None, out_of_band: tuple[str, ...]
    ) -> None:
        self.statuses.append(statuses)
        self.matcher.append(matcher)
        self.out_of_band = out_of_band

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

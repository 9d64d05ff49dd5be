"""A camera's footage between recorder and desk: real packets, real files, a faked desk."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import av
import pytest

from lfr_actors.actors import footage
from lfr_actors.actors.camera import CameraActor
from lfr_actors.actors.plans import footage_plan
from lfr_actors.errors import StoreError
from lfr_actors.events.cameras import CameraEnded
from lfr_actors.events.keeping import FootageStopped
from lfr_actors.footage.export import Segment, export
from lfr_actors.footage.plan import FootagePlan
from lfr_actors.footage.segment import SegmentEnd, SegmentKey, SegmentStart
from lfr_actors.footage.span import Span
from lfr_actors.retention.policy import SitePolicy, policy_for
from lfr_actors.spec import load_deployment
from lfr_actors.store.vault.sealing import ObjectKey
from lfr_actors.testing import (
    FakeDesk,
    FakeMatcher,
    FakePool,
    MeanColourEmbedder,
    Person,
    PlayedDetector,
    gallery_of,
)
from tests.actors.colours import RED, film, plan
from tests.unit.footage.takes import pictures, raw_packets
from tests.unit.spec.conftest import RIGHT
from tests.unit.vision.sources.films import film_at

FRAMES = 60


class Desk(FakeDesk):
    """Gives keys and keeps ends. `begins` and `ends` lay out the first calls: faults are raised."""

    def __init__(self, *, begins: tuple[Exception, ...] = (), ends: tuple[Exception, ...] = ()) -> None:
        super().__init__()
        self._begins, self._ends = list(begins), list(ends)
        self.answers = True
        self.starts: list[SegmentStart] = []
        self.ends: list[SegmentEnd] = []
        self.keys: dict[str, ObjectKey] = {}

    async def begin_segment(self, start: SegmentStart) -> SegmentKey:
        await asyncio.sleep(0)
        if not self.answers:
            await asyncio.Event().wait()
        if self._begins:
            raise self._begins.pop(0)
        self.starts.append(start)
        self.keys[start.object_id] = ObjectKey(key_id=os.urandom(16).hex(), secret=os.urandom(32))
        return SegmentKey(object_id=start.object_id, key=self.keys[start.object_id], path=start.path)

    async def end_segment(self, segment: SegmentEnd) -> None:
        await asyncio.sleep(0)
        if self._ends:
            raise self._ends.pop(0)
        self.ends.append(segment)

    def segments(self) -> list[Segment]:
        return [
            Segment(
                object_id=start.object_id,
                path=start.path,
                key=self.keys[start.object_id],
                started_at=start.started_at,
                ended_at=None,
                from_media_s=start.from_media_s,
                to_media_s=None,
            )
            for start in self.starts
        ]


SCRIPT = [[Person(colour=RED)] if 30 <= index <= 33 else [] for index in range(FRAMES)]
"""A subject is seen from 3.0 s to 3.3 s."""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of the script, ten pictures a second, a key frame a second, without any loss."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264rgb", rate=10, options={"qp": "0", "g": "10", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 320, 200, "bgr24"
        for frame in film(SCRIPT):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def camera(source: Path, desk: Desk, folder: Path, **settings: Any) -> CameraActor:
    """A camera that plays the film."""
    told = FootagePlan(**({"mode": "on", "folder": folder, "lifetime_s": 60.0, "segment_s": 2.0} | settings))
    return CameraActor(
        plan(address=film_at(source), footage=told),
        lambda: PlayedDetector(SCRIPT),
        FakePool(MeanColourEmbedder()),
        FakeMatcher(gallery_of({"red-1": RED})),
        desk,
    )


async def test_a_film_is_recorded_while_it_is_searched(source: Path, tmp_path: Path) -> None:
    """Every packet is there when the camera has ended, in segments that the desk knows from beginning to end."""
    desk = Desk()
    status = await camera(source, desk, tmp_path / "c").run()
    assert (status.frames, status.failed) == (FRAMES, False)
    assert [start.from_media_s for start in desk.starts] == pytest.approx([0, 2, 4])
    assert {start.object_id for start in desk.starts} == {end.object_id for end in desk.ends}
    assert all(end.complete for end in desk.ends)
    assert {(start.deployment_id, start.camera_id) for start in desk.starts} == {("drill-1", "east")}
    (exported,) = export(desk.segments(), tmp_path / "out.mp4", Span())
    assert raw_packets(exported.path) == raw_packets(source)
    assert pictures(exported.path) == FRAMES


async def test_a_desk_that_gives_no_key_costs_footage_only(source: Path, tmp_path: Path) -> None:
    """The camera goes on to its end; that footage stopped is an event, and no file was made."""
    desk = Desk(begins=(StoreError("lfr.db", "disk full"),))
    status = await camera(source, desk, tmp_path / "c").run()
    assert status.frames == FRAMES
    assert desk.of(FootageStopped) == [FootageStopped(camera="east", reason="store lfr.db: disk full")]
    assert len(desk.of(CameraEnded)) == 1
    assert not list(tmp_path.rglob("*.sealed"))


async def test_a_desk_that_does_not_answer_costs_footage_only(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while it is said, and the camera goes on."""
    monkeypatch.setattr(footage, "BEGIN_S", 0.05)
    desk = Desk()
    desk.answers = False
    status = await camera(source, desk, tmp_path / "c").run()
    assert status.frames == FRAMES
    (stopped,) = desk.of(FootageStopped)
    assert isinstance(stopped, FootageStopped)
    assert "gave no key" in stopped.reason


async def test_the_end_of_a_segment_is_told_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A desk that could not write an end is asked again; one that never can does not end the camera."""
    monkeypatch.setattr(footage, "END_PAUSES_S", (0.0, 0.0, 0.0))
    busy = StoreError("lfr.db", "locked")
    desk = Desk(ends=(busy, busy))
    await camera(source, desk, tmp_path / "c").run()
    assert len(desk.ends) == 3
    desk = Desk(ends=(busy,) * 12)
    status = await camera(source, desk, tmp_path / "d").run()
    assert desk.ends == []
    assert not status.failed


async def test_alerts_only_records_what_surrounds_the_alert(source: Path, tmp_path: Path) -> None:
    """An alert at about 3 s: one segment around it, from a key frame on."""
    desk = Desk()
    watching = camera(
        source, desk, tmp_path / "c", mode="alerts-only", before_s=1.0, after_s=1.0, segment_s=60.0
    )
    await watching.run()
    (alert,) = desk.alerts
    (start,), (end,) = desk.starts, desk.ends
    assert alert.media_time_s - 2 <= start.from_media_s <= alert.media_time_s - 1
    assert end.to_media_s >= alert.media_time_s + 1
    assert end.packets < FRAMES


def test_the_plan_says_what_is_recorded(tmp_path: Path) -> None:
    """Off: nothing. On and alerts-only: in the camera's own folder, and for as long as the file says."""
    file = tmp_path / "deployment.yaml"
    cameras = [
        f"  - {{id: {mode}, source: 'file:f.mp4', footage: {mode}}}\n"
        for mode in ("off", "on", "alerts-only")
    ]
    file.write_text(
        RIGHT.partition("cameras:")[0] + "retention: {footage: 2d}\ncameras:\n" + "".join(cameras)
    )
    made = load_deployment(file, {})
    policy = policy_for(made.retention, SitePolicy())
    off, on, alerts_only = (footage_plan(made, told, tmp_path, policy) for told in made.cameras)
    assert off is None
    assert on == FootagePlan(
        mode="on", folder=tmp_path / "footage" / "wrexham-2024-09-07" / "on", lifetime_s=2 * 86_400
    )
    assert alerts_only is not None
    assert alerts_only.mode == "alerts-only"

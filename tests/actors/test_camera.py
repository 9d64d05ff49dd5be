"""The camera actor as a plain class: frames it is given, in; alerts and events at the desk, out."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from lfr_actors.actors.camera import CameraActor
from lfr_actors.alerting.rule import RuleSettings
from lfr_actors.errors import NotReady, SourceUnreadable, StoreError
from lfr_actors.events.cameras import CameraEnded, CameraFailed, CameraLost, CameraObserved, CameraOpened
from lfr_actors.events.keeping import NonMatchesForgotten
from lfr_actors.events.marks import BlueListRecognised, CameraPaused, CameraResumed
from lfr_actors.messages import Image
from lfr_actors.spec.source import SourceAddress
from lfr_actors.testing import (
    FakeDesk,
    FakeMatcher,
    FakePool,
    GivenFrames,
    MeanColourEmbedder,
    Person,
    PlayedDetector,
    gallery_of,
    paint,
)
from lfr_actors.testing.captures import STREAM
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.track import TrackSettings
from lfr_actors.watchlist.commitment import commitment
from tests.actors.colours import BLUE, GREEN, RED, film, plan, settings, standing, wall_and_monotonic
from tests.unit.vision.sources.films import FakeClock

GALLERY = gallery_of({"red-1": RED})
THE_EVENTS = [CameraOpened, CameraObserved, NonMatchesForgotten, CameraEnded]
"""What a film says of itself when all goes well, in order."""
RED_PASSES: Sequence[Sequence[Person]] = [[Person(colour=RED)]] * 12


@dataclass
class Stage:
    """A camera with everything around it faked; what a test does not lay out behaves well."""

    script: Sequence[Sequence[Person]] = field(default_factory=lambda: RED_PASSES)
    desk: FakeDesk = field(default_factory=FakeDesk)
    pool: FakePool = field(default_factory=lambda: FakePool(MeanColourEmbedder()))
    matcher: FakeMatcher = field(default_factory=lambda: FakeMatcher(GALLERY))
    then: Exception | None = None
    live: bool = False
    frames: Any = None
    detector: PlayedDetector | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    def camera(self) -> CameraActor:
        frames = film(self.script) if self.frames is None else self.frames
        changes = {"address": STREAM, "pace": "realtime"} if self.live else {}
        return CameraActor(
            plan(**(changes | self.changes)),
            lambda: self.detector or PlayedDetector(self.script),
            self.pool,
            self.matcher,
            self.desk,
            capture=partial(GivenFrames, frames, then=self.then, live=self.live),
        )


async def until(condition: Any) -> None:
    """Let tasks run until a condition holds."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_film_is_processed_to_its_end() -> None:
    """Every frame is taken, one alert is raised, and the events tell it in order with totals that agree."""
    stage = Stage()
    status = await stage.camera().run()
    assert (status.frames, status.faces, status.alerts, status.state) == (12, 1, 1, "ended")
    assert (status.failed, status.unsearched, status.last_frame_age_s) == (False, 0, 0.0)
    (alert,) = stage.desk.alerts
    assert (alert.subject_id, alert.camera_id, alert.track_id, alert.hits) == ("red-1", "east", "1-1", 2)
    assert cv2.imdecode(np.frombuffer(alert.probe_jpeg, np.uint8), cv2.IMREAD_COLOR).size > 0
    assert [type(body) for body in stage.desk.bodies] == THE_EVENTS
    (ended,) = stage.desk.of(CameraEnded)
    assert (ended.totals.frames, ended.totals.alerts) == (12, 1)
    assert ended.totals.latency_p50_ms is not None


async def test_the_same_film_raises_the_same_alert() -> None:
    """A camera that starts again with the same incarnation asks the desk for the same alert, not another."""
    desk = FakeDesk()
    for expected in (1, 0):
        status = await Stage(desk=desk).camera().run()
        assert status.alerts == expected
    assert len(desk.alerts) == 1


async def test_frames_keep_their_order_with_several_workers() -> None:
    """When a later frame's faces are found first, it still waits for its turn."""
    others_done = threading.Event()
    done: list[int] = []

    def slow_first(index: int) -> None:
        if index == 0:
            others_done.wait(10)
        done.append(index)
        if len(done) == 2:
            others_done.set()

    script = [[Person(colour=BLUE, x=60 + 8 * index)] for index in range(8)]
    stage = Stage(script, detector=PlayedDetector(script, slow_first), changes={"workers": 3})
    status = await stage.camera().run()
    assert done[:2] == [1, 2]
    assert status.frames == 8
    times = [probe.media_time_s for probe in stage.pool.probes]
    assert times == sorted(times)
    assert status.faces == 1  # out of order, the walker would have been several


async def test_no_more_frames_are_in_hand_than_workers() -> None:
    """Nothing is read ahead of the detector beyond what the workers look at, so that no face grows old."""
    gate = threading.Event()
    frames = film(RED_PASSES)
    capture: list[GivenFrames] = []

    def opened(**options: Any) -> GivenFrames:
        capture.append(GivenFrames(frames, **options))
        return capture[0]

    detector = PlayedDetector(RED_PASSES, lambda _: gate.wait(10) and None)
    desk = FakeDesk()
    pool, matcher = FakePool(MeanColourEmbedder()), FakeMatcher(GALLERY)
    camera = CameraActor(plan(workers=2), lambda: detector, pool, matcher, desk, capture=opened)
    running = asyncio.create_task(camera.run())
    await until(lambda: capture[0].given == 3)
    for _ in range(20):
        await asyncio.sleep(0)
    assert capture[0].given == 3
    gate.set()
    assert (await running).frames == 12


async def test_stop_commits_the_alert_in_flight() -> None:
    """`run` does not return before the desk has what was raised, however late the desk is."""
    stage = Stage([[Person(colour=RED)]] * 6, live=True)
    camera = stage.camera()
    stage.desk.open.clear()
    running = asyncio.create_task(camera.run())
    await until(lambda: stage.matcher.searches >= 2 and stage.desk.calls)
    await camera.stop()
    await camera.stop()
    for _ in range(50):
        await asyncio.sleep(0)
    assert not running.done()
    stage.desk.open.set()
    status = await asyncio.wait_for(running, 10)
    assert (status.alerts, status.state, len(stage.desk.alerts)) == (1, "ended", 1)
    assert isinstance(stage.desk.bodies[-1], CameraEnded)


async def test_a_desk_that_fails_at_first_loses_nothing() -> None:
    """A store that is locked for a moment is asked again; alert and events arrive, each once."""
    faults = [StoreError("lfr.db", "database is locked") for _ in range(2)]
    stage = Stage(desk=FakeDesk(faults))
    status = await stage.camera().run()
    assert status.alerts == 1
    assert [type(body) for body in stage.desk.bodies] == THE_EVENTS


async def test_a_desk_that_never_commits_ends_the_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alert that cannot be committed is not lost in silence: the camera stops and says why."""
    monkeypatch.setattr("lfr_actors.actors.commits.GIVE_UP_S", 0.0)
    desk = FakeDesk([StoreError("lfr.db", "disk full")] * 1000)
    camera = Stage(desk=desk, live=True).camera()
    with pytest.raises(StoreError, match="disk full"):
        await asyncio.wait_for(camera.run(), 20)


async def test_expired_probes_are_counted() -> None:
    """A probe that the embedder dropped is in the counts of the interval, and the face is tried again."""
    stage = Stage(pool=FakePool(MeanColourEmbedder(), expired=2))
    status = await stage.camera().run()
    (observed,) = stage.desk.of(CameraObserved)
    assert observed.probes_dropped == 2
    assert status.alerts == 1


async def test_a_frame_that_is_too_old_is_not_searched() -> None:
    """What comes back later than a non-match may live is dropped, never searched."""

    def aged(*_: object) -> tuple[dt.datetime, float]:
        return dt.datetime.now(dt.UTC), 0.0  # the monotonic clock began long ago

    stage = Stage(frames=film(RED_PASSES, now=aged))
    await stage.camera().run()
    (observed,) = stage.desk.of(CameraObserved)
    assert (stage.matcher.searches, stage.desk.alerts) == (0, [])
    assert observed.probes_dropped > 0


async def test_a_live_camera_goes_on_without_an_answer() -> None:
    """While an embedder is away, faces count as unsearched; once it is back they are searched."""
    away = [NotReady("embedder", "it is being restarted")]
    stage = Stage(pool=FakePool(MeanColourEmbedder(), away), live=True, script=RED_PASSES)
    camera = stage.camera()
    running = asyncio.create_task(camera.run())
    await until(lambda: stage.desk.alerts)
    await camera.stop()
    status = await running
    assert (status.unsearched, status.alerts) == (1, 1)


LOADING = NotReady("matcher", "incomplete: shard 2 of 2: loading")


async def test_a_live_camera_pauses_while_part_of_the_list_is_missing() -> None:
    """The face in hand goes unsearched and no frame is looked at meanwhile; the status says why, and an event each
    when it pauses and when it goes on.
    """
    stage = Stage(matcher=FakeMatcher(GALLERY, [LOADING], loading=1_000_000), live=True)
    stage.script = RED_PASSES * 2
    camera = stage.camera()
    running = asyncio.create_task(camera.run())
    await until(lambda: stage.desk.of(CameraPaused) and stage.matcher.loading < 999_998)
    paused = await camera.status()
    assert paused.state == "paused: incomplete: shard 2 of 2: loading"
    assert (paused.frames < 12, paused.searches, paused.unsearched, paused.failed) == (True, 0, 1, False)
    stage.matcher.loading = 0
    await until(lambda: camera._recognition.tally.frames == 24)
    await camera.stop()
    status = await running
    assert (status.state, status.alerts, status.unsearched, status.dropped) == ("ended", 1, 1, 0)
    (began,), (over,) = stage.desk.of(CameraPaused), stage.desk.of(CameraResumed)
    assert isinstance(began, CameraPaused)
    assert isinstance(over, CameraResumed)
    assert (began.camera, began.reason) == ("east", "incomplete: shard 2 of 2: loading")
    assert over.after_s > 0


async def test_a_frame_that_comes_while_paused_is_dropped_and_counted() -> None:
    """One that a live camera was waiting for when it paused is overwritten and never looked at."""
    frames = list(film(RED_PASSES))
    comes = asyncio.Event()

    class Waiting(GivenFrames):
        async def get(self) -> Frame | None:
            if self.given == 3:
                await comes.wait()
            return await super().get()

    matcher = FakeMatcher(GALLERY, [LOADING], loading=3)
    stage = Stage(matcher=matcher)
    looked_at: list[int] = []
    camera = CameraActor(
        plan(address=STREAM, pace="realtime"),
        lambda: PlayedDetector(RED_PASSES, looked_at.append),
        stage.pool,
        matcher,
        stage.desk,
        capture=partial(Waiting, iter(frames), live=True),
    )
    running = asyncio.create_task(camera.run())
    await until(lambda: stage.desk.of(CameraPaused) and camera._recognition.tally.frames == 3)
    comes.set()
    await until(lambda: camera._recognition.tally.frames == 11)
    await camera.stop()
    status = await running
    assert (status.dropped, status.frames) == (1, 11)
    assert sorted(looked_at) == [0, 1, 2, *range(4, 12)]
    assert not frames[3].image.any()


async def test_a_paused_camera_can_be_stopped() -> None:
    """It ends at once, though the list never became whole."""
    stage = Stage(matcher=FakeMatcher(GALLERY, [LOADING] * 100, loading=1_000_000), live=True)
    camera = stage.camera()
    running = asyncio.create_task(camera.run())
    await until(lambda: stage.desk.of(CameraPaused))
    await camera.stop()
    status = await asyncio.wait_for(running, 10)
    assert (status.state, stage.desk.of(CameraResumed)) == ("ended", [])


async def test_a_film_that_paused_lost_no_frame() -> None:
    """While part of the list is missing a film waits, says so, and then goes on where it was."""
    stage = Stage(matcher=FakeMatcher(GALLERY, [LOADING] * 2, loading=2))
    status = await stage.camera().run()
    assert (status.frames, status.dropped, status.alerts, status.unsearched) == (12, 0, 1, 0)
    assert len(stage.desk.of(CameraPaused)) == len(stage.desk.of(CameraResumed)) == 1


async def test_an_alert_of_an_incomplete_search_says_so() -> None:
    """Where the deployment continues without part of its list, the alert names what is missing; it is counted."""
    stage = Stage(
        matcher=FakeMatcher(GALLERY, missing=("shard 2 of 2: loading",)),
        changes={"when_incomplete": "continue"},
    )
    status = await stage.camera().run()
    (alert,) = stage.desk.alerts
    assert alert.missing == ("shard 2 of 2: loading",)
    assert status.incomplete == status.searches > 0


async def test_a_pass_of_the_blue_list_reaches_nobody(tmp_path: Path) -> None:
    """A volunteer is written as recognised, once, by commitment; there is no alert, no picture, no footage of one,
    and in the film the face is blurred. A subject beside them raises the alert as always.
    """
    gallery = gallery_of({"red-1": RED, "blue-marker": BLUE}, blue={"blue-marker"})
    red, blue = Person(colour=RED, x=30), Person(colour=BLUE, x=220)
    stage = Stage([[blue, red]] * 12, matcher=FakeMatcher(gallery), changes={"annotate": tmp_path / "e.mp4"})
    status = await stage.camera().run()
    assert [alert.subject_id for alert in stage.desk.alerts] == ["red-1"]
    assert status.alerts == 1
    (body,) = stage.desk.of(BlueListRecognised)
    assert isinstance(body, BlueListRecognised)
    assert body.commitment == commitment(bytes(32), "blue-marker")
    assert (body.camera, body.threshold, body.gallery_version) == (
        "east",
        pytest.approx(0.9),
        gallery.version,
    )
    assert body.score >= body.threshold
    assert not any("blue-marker" in repr(each) for each in stage.desk.bodies)
    with av.open(str(tmp_path / "e.mp4")) as container:
        last = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)][-1]
    assert detail(last, blue) < 0.2 * detail(last, red)


async def test_a_subject_raises_the_alert_though_a_volunteer_is_more_alike() -> None:
    """Who is on the list and looks like a volunteer is not lost behind them."""
    gallery = gallery_of({"blue-1": RED, "red-1": (60, 90, 200)}, blue={"blue-1"})
    stage = Stage(matcher=FakeMatcher(gallery))
    await stage.camera().run()
    assert [alert.subject_id for alert in stage.desk.alerts] == ["red-1"]
    assert len(stage.desk.of(BlueListRecognised)) == 1


@pytest.mark.parametrize("who", ["embedder", "matcher"])
async def test_a_film_waits_for_an_actor_that_is_away(who: str) -> None:
    """Nothing of a film goes unsearched because an embedder or the matcher is being restarted."""
    away = [NotReady(who, "it is being restarted")] * 2
    stage = Stage()
    if who == "embedder":
        stage.pool = FakePool(MeanColourEmbedder(), away)
    else:
        stage.matcher = FakeMatcher(GALLERY, away)
    status = await stage.camera().run()
    assert (status.frames, status.alerts, status.unsearched) == (12, 1, 0)


async def test_stopping_a_film_that_waits() -> None:
    """A film whose embedder never comes back can be stopped; the face in hand counts as unsearched."""
    stage = Stage(pool=FakePool(MeanColourEmbedder(), [NotReady("embedder", "gone")] * 1000))
    camera = stage.camera()
    running = asyncio.create_task(camera.run())
    await until(lambda: len(stage.pool._faults) < 1000)
    await camera.stop()
    status = await asyncio.wait_for(running, 10)
    assert status.unsearched >= 1
    assert not stage.desk.alerts


async def test_a_failing_source_is_told() -> None:
    """Frames before the fault count; the status has failed with its reason, and so says an event."""
    fault = SourceUnreadable("file:given.mp4", "cut off after 1.2 s")
    stage = Stage(then=fault)
    status = await stage.camera().run()
    assert (status.state, status.failed, status.reason) == ("failed", True, "cut off after 1.2 s")
    assert (status.frames, status.alerts) == (12, 1)
    (failed,) = stage.desk.of(CameraFailed)
    assert (failed.error, failed.reason) == ("SourceUnreadable", "cut off after 1.2 s")
    assert isinstance(stage.desk.bodies[-1], CameraEnded)


async def test_a_film_that_is_not_there_fails_by_its_own_capture(tmp_path: Path) -> None:
    """With a real capture in its thread the event and the status arrive as well."""
    missing = SourceAddress(kind="file", location=str(tmp_path / "no.mp4"), shown="file:no.mp4")
    desk = FakeDesk()
    pool, matcher = FakePool(MeanColourEmbedder()), FakeMatcher(GALLERY)
    camera = CameraActor(plan(address=missing), lambda: PlayedDetector([]), pool, matcher, desk)
    status = await asyncio.wait_for(camera.run(), 20)
    assert (status.state, status.failed, status.frames) == ("failed", True, 0)
    assert [type(body) for body in desk.bodies] == [CameraFailed, CameraEnded]


async def test_a_camera_that_was_lost_says_why_after_a_stop() -> None:
    """A camera that gave nothing until it was stopped has ended, and its last status still says why."""
    nobody = SourceAddress(kind="rtsp", location="rtsp://127.0.0.1:1/none", shown="rtsp://127.0.0.1:1/none")
    stage = Stage()
    camera = CameraActor(
        plan(address=nobody, pace="realtime"),
        lambda: PlayedDetector([]),
        stage.pool,
        stage.matcher,
        stage.desk,
    )
    work = asyncio.create_task(camera.run())
    await until(lambda: stage.desk.of(CameraLost))
    await camera.stop()
    status = await work
    assert (status.state, status.failed, status.frames) == ("ended", False, 0)
    assert "connection refused" in (status.reason or "")


async def test_a_fault_of_the_program_ends_the_camera_and_keeps_alerts() -> None:
    """A crash of capture or detector reaches whoever runs the camera, after the alert is committed."""
    stage = Stage(then=ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError, match="a bug"):
        await asyncio.wait_for(stage.camera().run(), 20)
    assert len(stage.desk.alerts) == 1
    assert isinstance(stage.desk.bodies[-1], CameraEnded)

    def crash(index: int) -> None:
        if index == 8:
            raise ZeroDivisionError("another bug")

    stage = Stage(detector=PlayedDetector(RED_PASSES, crash))
    with pytest.raises(ZeroDivisionError, match="another bug"):
        await asyncio.wait_for(stage.camera().run(), 20)
    assert len(stage.desk.alerts) == 1


async def test_cancelling_commits_and_says_so() -> None:
    """A cancelled run still commits what was raised, records its end, and is then cancelled."""
    stage = Stage(live=True)
    running = asyncio.create_task(stage.camera().run())
    await until(lambda: stage.desk.alerts)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: stage.desk.of(CameraEnded))
    (ended,) = stage.desk.of(CameraEnded)
    assert ended.totals.alerts == 1


async def test_templates_die_while_no_frame_comes() -> None:
    """A camera before which nobody passes any more holds no template a second after the last face."""
    stage = Stage([[Person(colour=BLUE)]] * 3, live=True)
    camera = stage.camera()
    running = asyncio.create_task(camera.run())
    await until(lambda: stage.matcher.searches)
    (life,) = camera._recognition._lives.values()
    (living,) = life.templates._living
    assert living.template.any()
    async with asyncio.timeout(5):
        while living.template.any():
            await asyncio.sleep(0.02)
    await camera.stop()
    await running


async def test_probes_are_overwritten_after_use() -> None:
    """No crop is left in the camera once its template is there."""
    stage = Stage()
    await stage.camera().run()
    assert len(stage.pool.probes) >= 2
    assert not any(probe.chip.any() for probe in stage.pool.probes)


def detail(picture: Image, person: Person) -> float:
    """How much fine detail a picture shows where this person's face is."""
    x, y, side = int(person.x), int(person.y), int(person.side_px)
    grey = cv2.cvtColor(picture[y : y + side, x : x + side], cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).std())


async def test_everybody_else_is_blurred_in_the_film(tmp_path: Path) -> None:
    """In the annotated film the alert's face keeps its detail; a passer-by and who is out of focus do not."""
    red, blue = Person(colour=RED, x=30), Person(colour=BLUE, x=220)
    stage = Stage([[red, blue]] * 12, changes={"annotate": tmp_path / "east.mp4"})
    await stage.camera().run()
    with av.open(str(tmp_path / "east.mp4")) as container:
        pictures = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert len(pictures) == 12
    assert (tmp_path / "east.mp4").stat().st_mode & 0o777 == 0o600
    assert all(detail(picture, blue) < 0.2 * detail(pictures[-1], red) for picture in pictures)
    assert detail(pictures[0], red) < 0.2 * detail(pictures[-1], red)  # before the alert, like everybody


def decoded(jpeg: bytes) -> Image:
    """The picture of a JPEG."""
    picture: Image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return picture


async def test_an_alert_shows_nobody_else() -> None:
    """In both pictures of an alert a neighbour is blurred, also one who is new in this very frame."""
    red, green = Person(colour=RED, x=100), Person(colour=GREEN, x=165)
    # green appears only in the frame that completes the corroboration, so is not followed yet
    stage = Stage([[red]] * 3 + [[red, green]] + [[red]] * 2)
    await stage.camera().run()
    (alert,) = stage.desk.alerts
    assert alert.media_time_s == pytest.approx(0.3)
    context = decoded(alert.context_jpeg)
    assert context.shape == (200, 320, 3)
    inner = Person(colour=GREEN, x=180, y=66, side_px=40)  # inside the frame that is drawn about the other
    assert detail(context, inner) < 0.2 * detail(context, red)
    probe = decoded(alert.probe_jpeg)
    assert probe.shape == (300, 240, 3)
    beside, own = Person(colour=GREEN, x=200, y=100, side_px=40), Person(colour=RED, x=90, y=120)
    assert detail(probe, beside) < 0.25 * detail(probe, own)


async def test_who_was_not_found_in_the_frame_of_an_alert_is_blurred_where_expected() -> None:
    """Somebody who is followed and whom the detector misses in this very frame is unrecognisable all the same."""
    red, blue = Person(colour=RED, x=30), Person(colour=BLUE, x=220)
    script = [[red, blue]] * 2 + [[red]] * 8
    stage = Stage(frames=film([[red, blue]] * 10), detector=PlayedDetector(script))
    stage.changes = {"settings": settings(rule=RuleSettings(hits=3, within_s=1.0, cooldown_s=60.0))}
    await stage.camera().run()
    (alert,) = stage.desk.alerts
    assert alert.media_time_s >= 0.2
    picture = decoded(alert.context_jpeg)
    assert detail(picture, blue) < 0.2 * detail(picture, red)


async def asked(camera: CameraActor) -> Image:
    """A preview, asked for until there is one."""
    async with asyncio.timeout(10):
        while (jpeg := await camera.preview()) is None:
            await asyncio.sleep(0.01)
    return decoded(jpeg)


async def test_a_preview_shows_only_alerts() -> None:
    """Made from frames that are looked at, only after somebody asked; gone when the work is over."""
    red, blue = Person(colour=RED, x=30), Person(colour=BLUE, x=220)
    go_on = threading.Event()

    def frames() -> Iterator[Frame]:
        for index in range(400):
            if go_on.is_set() and index > 8:
                return
            yield paint(index, [red, blue], now=wall_and_monotonic)

    script = {index: [red, blue] for index in range(400)}
    stage = Stage(frames=frames(), detector=PlayedDetector(script, lambda _: time.sleep(0.01)))
    camera = stage.camera()
    running = asyncio.create_task(camera.run())
    await until(lambda: stage.desk.alerts)
    assert camera._showing.preview._jpeg is None
    picture = await asked(camera)
    assert picture.shape == (200, 320, 3)
    assert detail(picture, blue) < 0.2 * detail(picture, red)
    go_on.set()
    await running
    assert camera._showing.preview._jpeg is None
    assert await camera.preview() is None


async def test_a_paused_camera_shows_nothing() -> None:
    """While part of the list cannot be searched there is no preview, although one was made before."""
    camera = Stage().camera()
    await camera.preview()
    camera._showing.preview.show(np.full((90, 160, 3), 90, np.uint8), [], [], time.monotonic())
    assert await camera.preview() is not None
    camera._gate.shut(("shard 2 of 2: loading",))
    assert await camera.preview() is None
    assert camera._showing.preview._jpeg is None


async def test_no_frame_is_kept_while_none_comes() -> None:
    """A camera that is lost, or before which nothing moves on, holds no picture of the last who passed."""
    pictures: list[weakref.ref[Image]] = []

    def noted() -> Iterator[Frame]:
        for frame in film(RED_PASSES):
            pictures.append(weakref.ref(frame.image))
            yield frame

    stage = Stage(frames=noted(), live=True)
    camera = stage.camera()
    running = asyncio.create_task(camera.run())
    await until(lambda: len(pictures) == 12 and all(picture() is None for picture in pictures))
    await camera.stop()
    assert (await running).frames == 12


def counted(desk: FakeDesk) -> dict[str, int]:
    """How many things of each kind the events say were overwritten."""
    counts: Counter[str] = Counter()
    for event in desk.of(NonMatchesForgotten):
        assert isinstance(event, NonMatchesForgotten)
        counts.update({kind: sum(bins) for kind, bins in event.ages_histogram.items()})
    return dict(counts)


async def test_every_frame_is_overwritten_after_use() -> None:
    """When a film is over, nothing is left of any frame, and the event counts frames, crops and templates."""
    frames = list(film(RED_PASSES))
    stage = Stage(frames=iter(frames))
    status = await stage.camera().run()
    assert not any(frame.image.any() for frame in frames)
    counts = counted(stage.desk)
    assert (counts["frame"], counts["chip"]) == (12, len(stage.pool.probes))
    assert counts["query"] == stage.matcher.searches
    assert counts["template"] >= counts["chip"]  # what the embedder sent, and what the track kept of it
    assert set(status.longest_s) == {"frame", "chip", "template", "query"}
    assert status.alerts == 1


async def test_ages_are_counted_from_capture() -> None:
    """With a clock that a test turns, the longest life of each kind is exactly what passed since capture."""
    clock = FakeClock()

    def tick(index: int) -> None:
        clock.wait(threading.Event(), 0.25)

    frames = [paint(index, people, now=standing(clock)) for index, people in enumerate(RED_PASSES[:1])]
    stage = Stage()
    camera = CameraActor(
        plan(settings=settings(track=TrackSettings(min_hits=1))),
        lambda: PlayedDetector(RED_PASSES, tick),
        stage.pool,
        stage.matcher,
        stage.desk,
        capture=partial(GivenFrames, iter(frames)),
        monotonic=clock.monotonic,
    )
    status = await camera.run()
    assert status.longest_s == dict.fromkeys(("chip", "frame", "query", "template"), 0.25)


async def test_frames_in_flight_are_overwritten_at_a_cancellation() -> None:
    """Also those that the detector looks at, or that wait for it, when the run is cut off."""
    gate = threading.Event()
    frames = list(film(RED_PASSES))
    stage = Stage(frames=iter(frames), detector=PlayedDetector(RED_PASSES, lambda _: gate.wait(10) and None))
    running = asyncio.create_task(stage.camera().run())
    for _ in range(20):
        await asyncio.sleep(0)
    running.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    taken = counted(stage.desk)["frame"]
    assert taken >= 2
    assert not any(frame.image.any() for frame in frames[:taken])


async def test_a_frame_that_waits_is_overwritten_in_its_time() -> None:
    """A film whose embedder is away holds no face meanwhile: neither frame nor crop outlives its second."""
    frames = list(film(RED_PASSES, now=lambda: (dt.datetime.now(dt.UTC), time.monotonic() - 0.8)))
    away = FakePool(MeanColourEmbedder(), [NotReady("embedder", "gone")] * 10_000)
    camera = Stage(frames=iter(frames), pool=away).camera()
    running = asyncio.create_task(camera.run())
    await until(lambda: len(away._faults) < 10_000)
    await until(lambda: not any(frame.image.any() for frame in frames[:3]))
    assert not running.done()
    await camera.stop()
    status = await running
    assert status.longest_s["frame"] < 0.8 + 5  # not asserted closer: a busy machine may be late
    assert status.alerts == 0

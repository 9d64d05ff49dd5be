"""The supervisor over the real actor classes, in one process and on a real store."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lfr_actors.actors.camera import OpenCapture
from lfr_actors.errors import Refused, SourceUnreadable, StoreError
from lfr_actors.events.cameras import CameraFailed, CameraLost
from lfr_actors.events.deployments import DeploymentClosed, DeploymentStarted, DeploymentStopped
from lfr_actors.store.store import Store
from lfr_actors.testing import GivenFrames
from tests.actors.colours import film
from tests.actors.drills import NOON, SCRIPT, WINDOW, Drill, a_camera, until


async def test_a_deployment_ends_when_its_films_end(store: Store, home: Path) -> None:
    """Everything starts in order, the alert is in the store, the deployment is closed and says its totals."""
    drill = Drill(store, home)
    outcome = await drill.run()
    assert (outcome.closed, outcome.reason, outcome.failed_cameras) == (True, "sources ended", ())
    assert (outcome.totals.frames, outcome.totals.faces_seen, outcome.totals.alerts) == (8, 2, 1)
    assert drill.cluster.started == ["retention", "matcher", "1 embedders of open", "desk", "camera east"]
    assert drill.cluster.ended == ["camera east", "embedders", "desk", "retention"]
    names = [event.name for event in store.iter_events()]
    assert names[:7] == [
        "deployment.started",
        "retention.declared",
        "watchlist.built",
        "watchlist.sealed",
        "bluelist.seeded",
        "threshold.changed",
        "camera.opened",
    ]
    assert names[-4:] == ["camera.ended", "matcher.observed", "deployment.closed", "data.erased"]
    assert names.count("alert.raised") == 1
    (row,) = store.alerts("drill-1")
    assert (row.subject_id, row.camera_id) == ("red-1", "east")
    (started,) = drill.bodies(DeploymentStarted)
    assert (started.incarnation, started.provider) == (1, "MeanColour")


@pytest.mark.parametrize(("moment", "words"), [(WINDOW[1], "is over"), (WINDOW[0], "has not begun")])
async def test_it_refuses_outside_the_window(
    store: Store, home: Path, moment: dt.datetime, words: str
) -> None:
    """Before and after the authorised window nothing is started and nothing is written."""
    at = moment if moment == WINDOW[1] else moment - dt.timedelta(seconds=1)
    drill = Drill(store, home, now=lambda: at)
    with pytest.raises(Refused, match=words):
        await drill.run()
    assert drill.cluster.started == []
    assert drill.bodies() == []


async def test_it_refuses_a_closed_deployment(store: Store, home: Path) -> None:
    """An id that was closed is never used again; nothing but retention is started for it."""
    await Drill(store, home).run()
    again = Drill(store, home)
    before = len(again.bodies())
    with pytest.raises(Refused, match="unique for ever"):
        await again.run()
    assert again.cluster.started == ["retention"]
    assert len(again.bodies()) == before


async def test_one_failing_camera_does_not_stop_the_others(store: Store, home: Path) -> None:
    """A broken film and a camera whose program crashes are given up; the third raises its alert."""
    fault = SourceUnreadable("file:b.mp4", "not a film")
    captures: dict[str, OpenCapture] = {
        "broken": partial(GivenFrames, [], then=fault),
        "crashing": partial(GivenFrames, [], then=ZeroDivisionError("a bug")),
    }
    names = ("broken", "crashing", "east")
    drill = Drill(store, home, [(name, f"file:{name}.mp4") for name in names], captures)
    outcome = await drill.run()
    assert (outcome.closed, outcome.reason) == (False, "a camera failed")
    assert {camera.camera_id for camera in outcome.failed_cameras} == {"broken", "crashing"}
    assert outcome.totals.alerts == 1
    failed = {body.camera: body.reason for body in drill.bodies(CameraFailed)}
    assert failed == {"broken": "not a film", "crashing": "ZeroDivisionError: a bug"}


async def test_a_film_whose_actor_dies_is_not_played_again(store: Store, home: Path) -> None:
    """The killed camera has failed with what was known of it; the other film goes on to its end."""
    drill = Drill(store, home, [("east", "file:a.mp4"), ("west", "file:b.mp4")], {"east": a_camera})
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1") and "east" in drill.cluster.cameras)
    await drill.cluster.cameras["east"].kill()
    outcome = await running
    (failed,) = outcome.failed_cameras
    assert (failed.camera_id, failed.reason) == ("east", "it was killed")
    assert drill.cluster.started.count("camera east") == 1
    assert [body.camera for body in drill.bodies(CameraFailed)] == ["east"]


async def test_a_live_camera_whose_actor_dies_is_started_again(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss is recorded with when it is tried again, and the second actor goes on."""
    monkeypatch.setattr("lfr_actors.actors.camera_keeper.RESTART_AFTER_S", 0.01)
    drill = Drill(store, home, [("east", "rtsp://10.0.0.7/a")], {"east": a_camera}, lost={"east": 1})
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1"))
    drill.supervisor.request_stop("SIGTERM")
    outcome = await running
    assert drill.cluster.started.count("camera east") == 2
    (lost,) = drill.bodies(CameraLost)
    assert (lost.camera, lost.reason) == ("east", "it died at its start")
    assert not outcome.failed_cameras


async def test_a_camera_started_again_raises_other_alerts(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first track is not the first track of the actor that died: the alert it raises is not lost."""
    monkeypatch.setattr("lfr_actors.actors.camera_keeper.RESTART_AFTER_S", 0.01)
    drill = Drill(store, home, [("east", "rtsp://10.0.0.7/a")], {"east": a_camera})
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1"))
    await drill.cluster.cameras["east"].kill()
    await until(lambda: len(store.alerts("drill-1")) == 2)
    drill.supervisor.request_stop("SIGTERM")
    await running
    tracks = [row.track_id for row in store.alerts("drill-1")]
    assert [track.partition("-")[0] for track in tracks] == ["1", "1.1"]


async def test_a_stop_drains_and_is_recorded(store: Store, home: Path) -> None:
    """Asked to stop, twice, it lets the camera finish, keeps the alert, and may be resumed."""
    drill = Drill(store, home, [("east", "rtsp://10.0.0.7/a")], {"east": a_camera})
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1"))
    drill.supervisor.request_stop("SIGTERM")
    drill.supervisor.request_stop("SIGINT")
    outcome = await running
    assert (outcome.closed, outcome.reason, outcome.totals.alerts) == (False, "SIGTERM", 1)
    names = [event.name for event in store.iter_events()]
    assert names[-4:] == ["camera.ended", "matcher.observed", "deployment.stopped", "data.erased"]


async def test_a_stop_while_the_actors_start(store: Store, home: Path) -> None:
    """Asked before any camera is there, it starts none and records the stop."""
    drill = Drill(store, home)
    drill.supervisor.request_stop("SIGTERM")
    outcome = await drill.run()
    assert (outcome.closed, outcome.reason, outcome.cameras) == (False, "SIGTERM", ())
    assert "camera east" not in drill.cluster.started
    assert isinstance(drill.bodies()[-2], DeploymentStopped)


async def test_a_stop_while_a_camera_starts(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A camera that comes up after the request still hears of it, and does not wait to be killed."""
    drill = Drill(store, home, [("east", "rtsp://10.0.0.7/a")], {"east": a_camera})
    start = drill.cluster.start_camera

    async def slowly(*values: Any) -> Any:
        drill.supervisor.request_stop("SIGTERM")
        await asyncio.sleep(0.05)
        return await start(*values)

    monkeypatch.setattr(drill.cluster, "start_camera", slowly)
    async with asyncio.timeout(10):
        outcome = await drill.run()
    assert (outcome.reason, len(outcome.cameras)) == ("SIGTERM", 1)


async def test_a_camera_that_does_not_drain_is_killed(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A camera that hangs keeps the deployment from stopping for so long and no longer, and has failed."""

    class Deaf(GivenFrames):
        def stop(self) -> None:
            """Hear nothing."""

    monkeypatch.setattr("lfr_actors.actors.camera_keeper.DRAIN_S", 0.05)
    monkeypatch.setattr("lfr_actors.actors.camera.CLOSE_S", 0.05)
    cameras = {"east": partial(Deaf, film(SCRIPT), live=True)}
    drill = Drill(store, home, [("east", "rtsp://10.0.0.7/a")], cameras)
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1"))
    drill.supervisor.request_stop("SIGTERM")
    outcome = await running
    assert outcome.reason == "SIGTERM"
    assert [camera.reason for camera in outcome.failed_cameras] == ["it was killed"]
    assert drill.bodies(CameraLost) == []
    assert isinstance(drill.bodies()[-2], DeploymentStopped)


async def test_a_second_run_resumes(store: Store, home: Path) -> None:
    """After a stop the same file runs again: incarnation 2, another track id, another alert."""
    first = Drill(store, home, [("east", "rtsp://10.0.0.7/a")], {"east": a_camera})
    running = asyncio.create_task(first.run())
    await until(lambda: store.alerts("drill-1"))
    first.supervisor.request_stop("SIGTERM")
    await running
    second = Drill(store, home, [("east", "rtsp://10.0.0.7/a")], {"east": a_camera})
    running = asyncio.create_task(second.run())
    await until(lambda: len(store.alerts("drill-1")) == 2)
    second.supervisor.request_stop("SIGTERM")
    await running
    starts = second.bodies(DeploymentStarted)
    assert [body.incarnation for body in starts] == [1, 2]
    assert len({row.alert_id for row in store.alerts("drill-1")}) == 2


async def test_live_cameras_stop_when_the_window_ends(store: Store, home: Path) -> None:
    """At the end of the authorised window the cameras go off and the deployment is closed."""
    moments = [NOON, NOON]

    def now() -> dt.datetime:
        return moments.pop(0) if moments else WINDOW[1]

    drill = Drill(store, home, [("east", "rtsp://10.0.0.7/a")], {"east": a_camera}, now=now)
    outcome = await drill.run()
    assert (outcome.closed, outcome.reason) == (True, "window closed")
    assert isinstance(drill.bodies()[-2], DeploymentClosed)


async def test_films_outlast_the_window(store: Store, home: Path) -> None:
    """A film has no business with the wall clock: once begun, it is played to its end."""
    moments = [NOON]
    drill = Drill(store, home, now=lambda: moments.pop(0) if moments else WINDOW[1])
    outcome = await drill.run()
    assert (outcome.reason, outcome.totals.frames) == ("sources ended", 8)


async def test_the_status_is_told_while_it_runs(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever watches hears what each camera does, and the shared actors are looked after."""
    monkeypatch.setattr("lfr_actors.actors.supervisor.WATCH_EVERY_S", 0.01)
    drill = Drill(store, home, [("east", "rtsp://10.0.0.7/a")], {"east": a_camera})
    running = asyncio.create_task(drill.run())
    await until(lambda: drill.statuses and drill.statuses[-1] and drill.statuses[-1][0].alerts == 1)
    drill.supervisor.request_stop("SIGTERM")
    await running
    (status,) = drill.statuses[-1]
    assert (status.camera_id, status.frames) == ("east", 8)
    assert drill.cluster.checks > 0


async def test_a_fault_stops_everything_and_is_raised_as_itself(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault outside any camera ends the run: recorded as stopped, actors ended, no group around it."""
    drill = Drill(store, home, [("east", "rtsp://10.0.0.7/a")], {"east": a_camera})

    async def broken() -> Sequence[str]:
        raise StoreError("lfr.db", "disk full")

    monkeypatch.setattr(drill.cluster, "check", broken)
    with pytest.raises(StoreError, match="disk full"):
        await drill.run()
    assert drill.cluster.ended[-3:] == ["embedders", "desk", "retention"]
    (stopped,) = drill.bodies(DeploymentStopped)
    assert stopped.reason == "fault: StoreError"

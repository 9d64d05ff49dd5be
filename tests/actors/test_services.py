"""Console and courier beside a deployment that runs, and stops that are asked for through the log."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lfr_actors.actors.services import COURIER_DRAIN_S
from lfr_actors.actors.stopping import StopListener
from lfr_actors.errors import ActorLost, Refused, StoreError
from lfr_actors.events.deployments import DeploymentStopped
from lfr_actors.events.people import StopRequested
from lfr_actors.store.stop_request import request_stop
from lfr_actors.store.store import Store
from lfr_actors.testing import FakeConsole, FakeCourier
from tests.actors.drills import Drill, a_camera, until

SERVED = {
    "console": {"port": 8440},
    "webhooks": [{"name": "hook", "url": "https://example.org/h", "secret": "whsec_" + "A" * 43 + "="}],
}
LIVE = [("east", "rtsp://10.0.0.7/a")]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lfr_actors.actors.services.SHOW_EVERY_S", 0.01)
    monkeypatch.setattr("lfr_actors.actors.supervisor.WATCH_EVERY_S", 0.01)
    monkeypatch.setattr("lfr_actors.actors.stopping.LISTEN_EVERY_S", 0.01)


async def test_they_start_before_the_cameras_and_end_last(store: Store, home: Path) -> None:
    """Desk, courier, console, cameras; the courier is drained when the end is written, the console closed last."""
    drill = Drill(store, home, more=SERVED)
    await drill.run()
    started = drill.cluster.started
    assert started[-4:] == [
        "desk",
        "courier to 1, pictures at http://127.0.0.1:8440",
        "console on 8440",
        "camera east",
    ]
    assert drill.cluster.served == (home, "drill-1")
    assert (drill.courier.drained, drill.courier.is_closed) == ([COURIER_DRAIN_S], True)
    assert drill.console.is_closed


async def test_nothing_is_started_that_the_file_does_not_name(store: Store, home: Path) -> None:
    """Without console and webhooks there is neither actor."""
    drill = Drill(store, home)
    await drill.run()
    assert drill.cluster.served is None


async def test_the_console_is_told_and_pictures_only_while_somebody_looks(store: Store, home: Path) -> None:
    """Statuses come all the time; previews from when they are wished, each of the camera that made it."""
    drill = Drill(store, home, LIVE, {"east": a_camera}, more=SERVED)
    running = asyncio.create_task(drill.run())
    await until(lambda: any(statuses for statuses, _ in drill.console.shown))
    assert drill.console.previews == []
    shown = asyncio.create_task(_preview(drill))
    drill.console.previews_wished = True
    await until(lambda: drill.console.previews)
    shown.cancel()
    drill.supervisor.request_stop("SIGTERM")
    await running
    (statuses, missing), pictures = drill.console.shown[-1], set(drill.console.previews)
    assert ([each.camera_id for each in statuses], missing) == (["east"], ())
    assert pictures == {("east", b"what it sees")}


async def _preview(drill: Drill) -> None:
    """Have the drill's camera give a picture."""
    await until(lambda: drill.cluster.cameras)

    async def picture() -> bytes:
        return b"what it sees"

    drill.cluster.cameras["east"].preview = picture  # type: ignore[method-assign]


async def test_a_console_that_is_away_stops_nothing(store: Store, home: Path) -> None:
    """It is told again when it is back, and the deployment goes on meanwhile."""
    away = FakeConsole(faults=[ActorLost("console", "it was killed")] * 3)
    drill = Drill(store, home, LIVE, {"east": a_camera}, more=SERVED, console=away)
    running = asyncio.create_task(drill.run())
    await until(lambda: away.shown)
    drill.supervisor.request_stop("SIGTERM")
    assert (await running).reason == "SIGTERM"


async def test_a_courier_that_is_lost_does_not_hold_the_end_up(store: Store, home: Path) -> None:
    """What it did not deliver is in the log; the deployment ends, and the console is closed all the same."""
    lost = FakeCourier(faults=[ActorLost("courier", "it was killed")])
    drill = Drill(store, home, more=SERVED, courier=lost)
    assert (await drill.run()).closed
    assert drill.console.is_closed


async def test_a_stop_in_the_log_stops_it(store: Store, home: Path) -> None:
    """Whoever writes the request: the cameras are stopped, and the end says who asked."""
    drill = Drill(store, home, LIVE, {"east": a_camera})
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1"))
    request_stop(store, "drill-1", who="anna", why="rain")
    outcome = await running
    assert (outcome.closed, outcome.reason) == (False, "stopped by anna")
    assert [body.reason for body in drill.bodies(DeploymentStopped)] == ["stopped by anna"]


async def test_a_stop_before_the_cameras_open_opens_none(store: Store, home: Path) -> None:
    """Asked for while the actors start, it lets no camera look at anybody."""
    drill = Drill(store, home, LIVE, {"east": a_camera})
    start = drill.cluster.start_desk

    async def slowly(*values: object) -> object:
        request_stop(store, "drill-1", who="anna", why="rain")
        return await start(*values)  # type: ignore[arg-type]

    drill.cluster.start_desk = slowly  # type: ignore[assignment]
    outcome = await drill.run()
    assert (outcome.reason, outcome.cameras) == ("stopped by anna", ())


async def test_an_older_stop_does_not_end_the_next_run(store: Store, home: Path) -> None:
    """A deployment that was stopped through the log runs again."""
    first = Drill(store, home, LIVE, {"east": a_camera})
    running = asyncio.create_task(first.run())
    await until(lambda: store.alerts("drill-1"))
    request_stop(store, "drill-1", who="anna", why="rain")
    await running
    second = Drill(store, home, LIVE, {"east": a_camera})
    running = asyncio.create_task(second.run())
    await until(lambda: len(store.alerts("drill-1")) == 2)
    second.supervisor.request_stop("SIGTERM")
    assert (await running).reason == "SIGTERM"


async def test_a_store_that_does_not_answer_is_asked_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was requested stays in the log, so that a fault of the database loses no stop."""
    heard: list[str] = []
    listener = StopListener(store, "drill-1", after=0, request_stop=heard.append)
    store.append("drill-1", StopRequested(who="anna", why="rain"))
    store.append("drill-2", StopRequested(who="ben", why="rain"))
    with monkeypatch.context() as broken:

        def head() -> None:
            raise StoreError("lfr.db", "disk full")

        broken.setattr(store, "head", head)
        assert not await listener.look()
    assert await listener.look()
    assert heard == ["stopped by anna"]
    assert not await listener.look()


async def test_only_what_runs_can_be_stopped_and_with_a_reason(store: Store, home: Path) -> None:
    """One that has ended, and one without a reason, are refused; one that never began is unknown."""
    await Drill(store, home).run()
    with pytest.raises(Refused, match="does not run: it is closed"):
        request_stop(store, "drill-1", who="anna", why="rain")
    with pytest.raises(Refused, match="needs a reason"):
        request_stop(store, "drill-1", who="anna", why="  ")
    with pytest.raises(StoreError, match="never began"):
        request_stop(store, "drill-2", who="anna", why="rain")

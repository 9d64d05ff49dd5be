"""Declared bands under the supervisor: declared in the log, alarmed once, told while it runs, kept at a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lfr_actors.errors import StoreError
from lfr_actors.evaluation.commissioning import COMMISSIONING_FILE
from lfr_actors.events.measuring import MeasurementDeclared, RateLeftBand, RateReturned
from lfr_actors.store.store import Store
from tests.actors.drills import Drill, a_camera, until
from tests.unit.evaluation.live_logs import seen

BANDS = {"measurement": {"never_searched": {"at_most": 0.5}, "drift": {"quality": 0.15}}}
CAMERA = (("east", "rtsp://10.0.0.7/a"),)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lfr_actors.actors.band_watch.LOOK_EVERY_S", 0.02)


def running(store: Store, home: Path) -> Drill:
    """A deployment of one live camera with bands."""
    return Drill(store, home, CAMERA, {"east": a_camera}, more=BANDS)


async def test_a_band_that_is_left_is_written_and_told_once(store: Store, home: Path) -> None:
    """The alarm is in the log while cameras look, in what the run tells, and in its outcome."""
    drill = running(store, home)
    run = asyncio.create_task(drill.run())
    await until(lambda: drill.bodies(MeasurementDeclared))
    (declared,) = drill.bodies(MeasurementDeclared)
    assert [band.what for band in declared.bands] == ["never-searched", "quality-drift"]
    assert set(declared.never_compared) == {"east"}
    store.append("drill-1", seen(80, searched=8, camera="east"))
    await until(lambda: drill.out_of_band)
    assert "tracks never searched: 9" in drill.out_of_band[0]
    drill.supervisor.request_stop("enough")
    outcome = await run
    assert len(drill.bodies(RateLeftBand)) == 1
    (words,) = outcome.out_of_band  # as it was at the end, with the faces of the film
    assert "of 82 tracks that ended" in words


async def test_a_restart_goes_on_where_it_was(store: Store, home: Path) -> None:
    """What was outside when it stopped is so yet, without a second alarm, and returns in the second run."""
    first = running(store, home)
    run = asyncio.create_task(first.run())
    await until(lambda: first.bodies(MeasurementDeclared))
    store.append("drill-1", seen(80, searched=8, camera="east"))
    first.supervisor.request_stop("enough")  # the last look, after the cameras, writes it
    assert len((await run).out_of_band) == 1
    second = running(store, home)
    run = asyncio.create_task(second.run())
    await until(lambda: second.out_of_band)
    store.append("drill-1", seen(900, camera="east"))
    await until(lambda: second.bodies(RateReturned))
    second.supervisor.request_stop("enough")
    assert (await run).out_of_band == ()
    assert len(second.bodies(RateLeftBand)) == 1


async def test_a_commissioning_that_is_not_readable_stops_the_start(store: Store, home: Path) -> None:
    """Where drift was to be watched and cannot be, no camera is opened and nothing is begun."""
    (home / COMMISSIONING_FILE).write_text("not ours")
    drill = running(store, home)
    with pytest.raises(StoreError, match="commission them again"):
        await drill.run()
    assert drill.bodies() == []
    assert not any(what.startswith("camera") for what in drill.cluster.started)

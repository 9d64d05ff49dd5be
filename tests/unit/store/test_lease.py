"""Who runs a deployment: one process at a time; one that was killed is found, and its end is when it last spoke."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from lfr_actors.errors import Refused
from lfr_actors.events.cameras import CameraOpened
from lfr_actors.events.deployments import DeploymentLost
from lfr_actors.retention.erasure import Eraser
from lfr_actors.store import Store
from lfr_actors.store import lease as lease_module
from lfr_actors.store.lease import vacant_lease
from tests.unit.events.samples import NOON, started
from tests.unit.store.conftest import OpenStore
from tests.unit.store.samples import (
    CLOSED,
    DAY,
    HOUR,
    Clock,
    alert,
    begin_segment,
    clear_file,
    decide,
    end_of,
)
from tests.unit.store.test_crash import python

RUNNER = """
import sys
from pathlib import Path
from lfr_actors.store import Store
from tests.unit.events.samples import started
from tests.unit.store.samples import Clock, alert, begin_segment
with Store.open(Path(sys.argv[1]), sys.argv[2], clock=Clock()) as store, store.lease("drill-1"):
    store.begin_deployment("drill-1", started())
    store.raise_alert(alert())
    begin_segment(store)
    print("running", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is refused a lease is refused at once."""
    monkeypatch.setattr(lease_module, "_WAIT_S", 0.0)


@pytest.fixture
def runner(home: Path, database: str, store: Store) -> subprocess.Popen[str]:
    """A process that runs a deployment, with an alert and a segment that it is still writing."""
    process = python(RUNNER, str(home), database)
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL: nothing of the process runs any more."""
    process.kill()
    process.communicate(timeout=60)


def is_running(store: Store) -> bool:
    """Whether somebody holds the lease of the sample deployment."""
    with vacant_lease(store._engine, "drill-1") as vacant:
        return not vacant


def freed(engine_of: Store) -> bool:
    """Whether the lease is free; a server of PostgreSQL needs a moment to see that its client is gone."""
    return any(not is_running(engine_of) for _ in range(10_000))


def test_a_second_runner_is_refused_until_the_first_is_killed(
    store: Store, runner: subprocess.Popen[str]
) -> None:
    """While one process runs a deployment no other can; `kill -9` frees it, and another deployment is free."""
    with pytest.raises(Refused, match="drill-1: is running in another process"), store.lease("drill-1"):
        pass
    with pytest.raises(Refused, match="drill-1: is running in another process"):
        store.require_open("drill-1")  # before a list is enrolled for it
    with store.lease("drill-2"):
        pass
    kill(runner)
    assert freed(store)
    with store.lease("drill-1"):
        assert store.begin_deployment("drill-1", started()) == 2


def test_a_lease_is_given_back(open_store: OpenStore) -> None:
    """At its end, also by an error, the lease is free at once; meanwhile not even its own process gets another."""
    store, other = open_store(), open_store()
    for _ in range(3):
        with suppress(ZeroDivisionError), store.lease("drill-1"):
            assert is_running(other)
            with pytest.raises(Refused), store.lease("drill-1"):
                pass
            raise ZeroDivisionError
        assert not is_running(other)


def test_a_moment_of_looking_refuses_nobody(open_store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks for the dead holds a lease for a moment; a runner that comes then tries again and gets it."""
    store, looker = open_store(), open_store()
    looking = lease_module.vacant_lease(looker._engine, "drill-1")
    assert looking.__enter__()
    waits: list[float] = []

    def look_away(seconds: float) -> None:
        waits.append(seconds)
        looking.__exit__(None, None, None)

    with lease_module.lease(store._engine, "drill-1", look_away):
        assert is_running(looker)
    assert len(waits) == 1


def test_a_child_that_was_forked_does_not_keep_the_lease(home: Path) -> None:
    """On SQLite a forked child has the descriptor too; giving back frees the lease all the same."""
    ours, theirs = os.pipe()
    with Store.open(home) as store:
        with store.lease("drill-1"):
            child = os.fork()
            if child == 0:
                os.close(theirs)
                os.read(ours, 1)  # until the parent lets go
                os._exit(0)
        try:
            assert not is_running(store)
        finally:
            os.close(theirs)
            os.close(ours)
            os.waitpid(child, 0)


def test_a_killed_deployment_is_found_and_its_clocks_start(
    store: Store, runner: subprocess.Popen[str], clock: Clock
) -> None:
    """While it lives it is not lost. Killed, it ended with its last own event, its footage with the last write."""
    clock.now += HOUR
    assert store.retained.mark_lost() == []
    (segment,) = store.retained.segments()
    assert segment.path is not None
    written_at = NOON + dt.timedelta(seconds=40)
    os.utime(store.home / segment.path, (written_at.timestamp(), written_at.timestamp()))
    store.append("drill-1", CameraOpened(camera="a", width=1, height=1, source_kind="file"))
    kill(runner)
    assert freed(store)
    clock.now += 5 * HOUR
    decide(store, "c0ffee", "true")  # hours later, and not by the deployment
    assert store.retained.mark_lost() == ["drill-1"]
    assert store.retained.mark_lost() == []
    (row,) = store.deployments()
    assert (row.state, row.ended_at) == ("stopped", NOON + HOUR)
    due = {record.object_id.partition(":")[0]: record.due_at for record in store.retained.records()}
    assert due == {"alert": NOON + HOUR + DAY, "footage": written_at + 31 * DAY}
    (segment,) = store.retained.segments()
    assert (segment.ended_at, segment.complete, segment.to_media_s) == (written_at, False, 40.0)
    assert segment.size_bytes == (store.home / str(segment.path)).stat().st_size
    lost = [event.body for event in store.iter_events() if event.name == DeploymentLost.NAME]
    assert lost == [DeploymentLost(last_event_at=NOON + HOUR)]
    with store.lease("drill-1"):
        assert store.begin_deployment("drill-1", started()) == 2, "it may be resumed"


def _no_file(file: Path) -> None:
    file.unlink()


def _no_permission(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("damage", [_no_file, _no_permission])
def test_a_lost_segment_without_a_readable_file_stops_nothing(
    store: Store, clock: Clock, damage: Callable[[Path], None]
) -> None:
    """It ended as it began and holds nothing; the deployment is lost all the same."""
    store.begin_deployment("drill-1", started())
    damage(begin_segment(store).path)
    clock.now += HOUR
    assert store.retained.mark_lost() == ["drill-1"]
    (segment,) = store.retained.segments()
    assert (segment.ended_at, segment.size_bytes) == (NOON, 0)


def test_a_file_from_the_future_does_not_lengthen_its_life(store: Store, clock: Clock) -> None:
    """A segment's file that seems to be written tomorrow ended now at the latest."""
    store.begin_deployment("drill-1", started())
    path = begin_segment(store).path
    os.utime(path, ((NOON + DAY).timestamp(),) * 2)
    clock.now += HOUR
    store.retained.mark_lost()
    assert store.retained.segments()[0].ended_at == NOON + HOUR


def test_a_clock_that_was_ahead_does_not_lengthen_a_life(store: Store, clock: Clock) -> None:
    """A deployment that died under a clock a month ahead, since put right, ended when it was found."""
    clock.now = NOON + 31 * DAY
    store.begin_deployment("drill-1", started())
    store.raise_alert(alert())
    clock.now = NOON
    assert store.retained.mark_lost() == ["drill-1"]
    (row,) = store.deployments()
    assert row.ended_at == NOON
    (record,) = store.retained.records()
    assert record.due_at == NOON + DAY


def test_a_look_that_dies_between_its_steps_is_taken_up_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Segments are ended before the deployment is written as lost: whoever dies in between comes back."""
    store.begin_deployment("drill-1", started())
    begin_segment(store)
    with monkeypatch.context() as patch:
        patch.setattr("lfr_actors.store.deployments.lose", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            store.retained.mark_lost()
    assert store.retained.mark_lost() == ["drill-1"]
    names = [event.name for event in store.iter_events()]
    assert names.count("footage.recorded") == 1


def test_what_ended_well_is_not_lost(store: Store, home: Path, clock: Clock) -> None:
    """A closed deployment stays as it is, and a lost one's list is erased by the first catch-up."""
    store.begin_deployment("drill-1", started())
    store.retained.end_segment(end_of(begin_segment(store)))
    store.end_deployment("drill-1", CLOSED)
    assert store.retained.mark_lost() == []
    store.begin_deployment("drill-2", started("drill-2"))
    store.raise_alert(alert("a2", "drill-2"))
    store.retained.add(clear_file(home / "list.bin", deployment_id="drill-2", lifetime=0 * DAY))
    (receipt,) = Eraser(store, clock=clock).catch_up().erased
    assert receipt.public["object_id"] == "file:1"

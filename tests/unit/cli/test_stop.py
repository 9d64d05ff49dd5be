"""`lfr stop`: asked for in the log, waited for, and refused for what does not run."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import stop
from lfr_actors.errors import Refused, StoreError
from lfr_actors.events.cameras import CameraEnded
from lfr_actors.events.people import StopRequested
from lfr_actors.store import Store
from tests.unit.events.samples import TOTALS, started
from tests.unit.store.samples import STOPPED


def lfr(*arguments: str) -> Result:
    """Run the command."""
    app = typer.Typer()
    app.callback()(lambda: None)
    stop.register(app)
    structlog.reset_defaults()
    return CliRunner().invoke(app, ["stop", *arguments])


@contextmanager
def running(home: Path, *, obeys: bool = True) -> Iterator[Store]:
    """A deployment that runs in another thread, and stops when the log asks it to."""
    with Store.open(home) as store, store.lease("drill-1"):
        store.begin_deployment("drill-1", started("drill-1"))
        over = threading.Event()

        def run() -> None:
            while not over.wait(0.01):
                if store.events(deployment_id="drill-1", name=StopRequested.NAME):
                    store.append("drill-1", CameraEnded(camera="east", totals=TOTALS))
                    store.end_deployment("drill-1", STOPPED)
                    return

        thread = threading.Thread(target=run)
        if obeys:
            thread.start()
        try:
            yield store
        finally:
            over.set()
            if obeys:
                thread.join()


def test_it_asks_and_waits(home: Path) -> None:
    """The request is in the log with who and why; the answer says when the cameras were off."""
    with running(home) as store:
        result = lfr("drill-1", "--why", "rain", "--home", str(home), "--json")
        assert result.exit_code == 0, (result.exception, result.stderr)
        document = json.loads(result.stdout)
        (asked,) = store.events(deployment_id="drill-1", name=StopRequested.NAME)
        body = asked.body
    assert isinstance(body, StopRequested)
    assert (body.why, document["state"], document["seq"]) == ("rain", "stopped", asked.seq)
    assert 0 <= document["cameras_off_s"] <= document["stopped_s"] < 60


def test_people_read_when_the_cameras_were_off(home: Path) -> None:
    """Without --json two lines say it."""
    with running(home):
        result = lfr("drill-1", "--why", "rain", "--home", str(home))
    assert "cameras off after" in result.stdout
    assert "drill-1 stopped after" in result.stdout


def test_one_that_does_not_stop_is_a_failure(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the wait it exits with 1; without waiting it says that it asked."""
    monkeypatch.setattr(stop, "WAIT_S", 0.0)
    with running(home, obeys=False):
        result = lfr("drill-1", "--why", "rain", "--home", str(home))
        assert (result.exit_code, "has not stopped yet" in result.stdout) == (1, True)
        result = lfr("drill-1", "--why", "rain", "--no-wait", "--home", str(home))
        assert result.exit_code == 0


def test_what_does_not_run_cannot_be_stopped(home: Path) -> None:
    """One whose process died is found to have, an unknown one is unknown, and a reason is needed."""
    with Store.open(home) as store:
        store.begin_deployment("drill-1", started("drill-1"))
    assert isinstance(lfr("drill-1", "--why", "rain", "--home", str(home)).exception, Refused)
    assert isinstance(lfr("drill-2", "--why", "rain", "--home", str(home)).exception, StoreError)
    assert lfr("drill-1", "--home", str(home)).exit_code == 2

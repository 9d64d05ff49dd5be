"""`lfr evaluate live` and `commission`: figures and bands of a deployment, and what its cameras are kept with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import evaluate, evaluate_live
from lfr_actors.errors import StoreError
from lfr_actors.evaluation.bands import changes, readings
from lfr_actors.evaluation.commissioning import COMMISSIONING_FILE
from lfr_actors.evaluation.live import folded
from lfr_actors.store import Store
from tests.unit.evaluation.live_logs import (
    QUALITY,
    SEARCHED,
    TPIR,
    alert,
    began,
    decided,
    declared,
    list_of,
    opened,
    passes,
    seen,
)
from tests.unit.events.samples import NOON
from tests.unit.store.samples import STOPPED

DRILL = "drill-1"


def lfr(*arguments: str) -> Result:
    """Run the command; errors of the product are the result's exception."""
    structlog.reset_defaults()
    app = typer.Typer()
    evaluate.register(app)
    evaluate_live.register(app)
    return CliRunner().invoke(app, ["evaluate", *arguments])


@pytest.fixture
def measured(home: Path) -> Path:
    """A deployment of two cameras that ended, with bands, one of which it left."""
    with Store.open(home) as store:
        store.begin_deployment(DRILL, began())
        store.append(
            DRILL, list_of(500), declared(SEARCHED, TPIR, QUALITY), opened(), opened("bridge-street")
        )
        store.append(DRILL, seen(600, searched=580), seen(300, searched=20, camera="bridge-street"))
        store.append(DRILL, alert(1), alert(2), decided(1, "false"), *passes([True, True, False]))
        log = folded(store.iter_events(deployment_id=DRILL))
        store.append(DRILL, *changes(readings(log, {}, NOON), log.left, NOON))
        store.end_deployment(DRILL, STOPPED)
    return home


def document(*arguments: str) -> Any:
    """What a command that succeeds prints with `--json`: one document and nothing else."""
    result = lfr(*arguments, "--json")
    assert result.exit_code == 0, (result.exception, result.stderr)
    return json.loads(result.stdout)


def test_the_document_has_every_figure(measured: Path) -> None:
    """Rates by camera and altogether, each with both intervals; null without data; bands and their state."""
    said = document("live", DRILL)
    assert (said["deployment"], said["subjects"], said["volunteers"]) == (DRILL, 500, 1)
    total, (bridge, station) = said["total"], said["cameras"]
    assert (total["faces_seen"], total["alerts"], total["decided"], total["false"]) == (900, 2, 1, 1)
    false = total["rates"]["false-alert-rate-over-faces"]
    assert (false["hits"], false["trials"]) == (1, 900)
    assert false["whenever_looked"]["low"] < false["low"] < false["high"] < false["whenever_looked"]["high"]
    assert bridge["rates"]["tpir"] is None
    assert (station["rates"]["tpir"]["hits"], station["rates"]["tpir"]["trials"]) == (2, 3)
    assert bridge["rates"]["never-searched"]["rate"] == pytest.approx(280 / 300)
    drift = station["drift"]["quality-drift"]
    assert drift["distance"] is None
    assert "never commissioned" in drift["insufficient"]
    outside = {(band["what"], band["camera"]) for band in said["bands"] if band["outside_since"] is not None}
    assert outside == {("never-searched", "bridge-street")}


def test_people_read_figures_bands_and_reasons(measured: Path) -> None:
    """The tables name what is outside and why something cannot be told; without bands that is said."""
    shown = " ".join(lfr("live", DRILL).output.split())
    assert "OUTSIDE since" in shown
    assert "insufficient data" in shown
    assert "at least 80 %" in shown
    with Store.open(measured) as store:
        store.begin_deployment("drill-2", replace(began(["station"]), deployment="drill-2"))
    assert "no bands were declared" in lfr("live", "drill-2").output


def test_it_follows_until_the_deployment_ends(measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One document on each line, the last one with what was written meanwhile."""
    with Store.open(measured) as store:
        store.begin_deployment("drill-2", replace(began(["station"]), deployment="drill-2"))

        def pause(_seconds: float) -> None:
            store.append("drill-2", seen(7))
            store.end_deployment("drill-2", STOPPED)

        monkeypatch.setattr("lfr_actors.cli.evaluate_live.time.sleep", pause)
        with store.lease("drill-2"):  # else its process is taken for dead
            result = lfr("live", "drill-2", "--follow", "--json")
    faces = [json.loads(line)["total"]["faces_seen"] for line in result.stdout.splitlines()]
    assert faces == [0, 7]


def test_cameras_are_commissioned_that_saw_enough(measured: Path) -> None:
    """One is kept, one refused with the reason and status 1; the next deployment here is held against it."""
    result = lfr("commission", DRILL, "--json")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert [(each["camera"], each["faces"]) for each in said["commissioned"]] == [("station", 600)]
    assert [each["camera"] for each in said["refused"]] == ["bridge-street"]
    assert "holds 300 faces (tracks)" in result.stderr
    assert "bridge" not in (measured / COMMISSIONING_FILE).read_text()
    again = lfr("commission", DRILL, "--camera", "station")
    assert again.exit_code == 0
    assert "600 faces seen (tracks), 580 of them searched, against a list of 500" in again.stdout
    drift = document("live", DRILL)["cameras"][1]["drift"]["quality-drift"]
    assert drift == {
        "distance": 0.0,
        "faces": 600,
        "against": "its commissioning by drill-1",
        "insufficient": None,
    }


def test_what_cannot_be_asked_for_is_named(measured: Path) -> None:
    """A camera or a deployment that is not there, and a folder without a database."""
    wrong = lfr("commission", DRILL, "--camera", "moon")
    assert wrong.exit_code == 2
    assert "has no camera moon" in wrong.stderr
    assert isinstance(lfr("live", "nobody").exception, StoreError)
    assert lfr("live", DRILL, "--home", str(measured / "empty")).exit_code == 1

"""`lfr run` on a real Ray inside its own process: to the end, stopped, and with actors killed."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from lfr_actors.events.alerts import AlertRaised
from lfr_actors.events.cameras import CameraFailed, CameraOpened
from lfr_actors.events.deployments import DeploymentClosed, DeploymentStopped
from lfr_actors.events.keeping import DataErased
from lfr_actors.store.objects import PROOF_KIND
from lfr_actors.store.store import Store
from tests.cluster.conftest import WriteDeployment
from tests.cluster.runs import Run, events, lfr, wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]


def lists_erased(home: Path) -> list[bool]:
    """Of each list that was sealed in a run that is over, whether its erasure was the last that was heard of it."""
    with Store.open(home) as store:
        kept = {row.path for row in store.retained.objects(PROOF_KIND).values()}
    assert set((home / "vault").iterdir()) == kept, "nothing but what proves who was on the lists"
    bodies = events(home)
    ended = next(i for i, body in enumerate(bodies) if isinstance(body, DeploymentStopped | DeploymentClosed))
    return [
        place > ended
        for place, body in enumerate(bodies)
        if isinstance(body, DataErased) and body.kind == "watchlist"
    ]


def test_a_film_raises_its_alert(home: Path, write_deployment: WriteDeployment) -> None:
    """From the file to `lfr alerts list`: one alert for the subject who passed, in a chain that verifies."""
    with Run(write_deployment("max", east="film.mp4"), home) as run:
        run.wait_for_event(CameraOpened)
        status, document = run.finish()
        assert (status, document["state"], document["reason"]) == (0, "closed", "sources ended")
        assert (document["frames"], document["dropped"], document["alerts"]) == (72, 0, 1)
        wait_for("the end of every process", lambda: not run.left())
    assert lists_erased(home) == [True]
    (alert,) = lfr(home, "alerts", "list")
    assert (alert["subject_id"], alert["camera"], alert["state"]) == ("DEMO-01", "east", "raised")
    assert 2.0 < alert["media_time_s"] < 4.0
    assert lfr(home, "events", "verify")["verified"] is True


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.study)])
def test_a_signal_stops_it_in_order(
    home: Path, write_deployment: WriteDeployment, number: signal.Signals
) -> None:
    """Stopped in the middle of a film: the alert is kept, the stop is recorded, and nothing runs on."""
    with Run(write_deployment("realtime", east="long.mp4"), home) as run:
        run.wait_for_event(AlertRaised)
        run.signal(number)
        status, document = run.finish()
        assert (status, document["state"], document["reason"]) == (0, "stopped", number.name)
        assert (document["alerts"], document["cameras"][0]["state"]) == (1, "ended")
        wait_for("the end of every process", lambda: not run.left())
        assert len(run.seen) > 4
    bodies = events(home)
    (stopped,) = [body for body in bodies if isinstance(body, DeploymentStopped)]
    assert stopped.reason == number.name
    assert stopped.totals.frames < 12 * 40
    assert lists_erased(home) == [True]
    assert lfr(home, "events", "verify")["verified"] is True


def test_actors_may_be_killed(home: Path, write_deployment: WriteDeployment) -> None:
    """Embedder, matcher, retention and one of two cameras die: that camera has failed, the other goes to its end.

    It finds its man, or says that faces waited for longer than they may be kept. The matcher is given its list
    again out of the vault; and erasing goes on: no list is left at the end.
    """
    with Run(write_deployment("max", east="film.mp4", west="film.mp4"), home) as run:
        cameras = [run.actor("CameraActor", place) for place in range(2)]
        killed = [run.actor(name) for name in ("EmbedderActor", "MatcherShard", "RetentionActor")]
        for process in (*killed, cameras[0]):
            process.kill()
        wait_for("another retention actor", lambda: run.actor("RetentionActor") not in killed)
        status, document = run.finish()
        assert status == 1
        assert (document["state"], document["reason"]) == ("stopped", "a camera failed")
        failed, well = sorted(document["cameras"], key=lambda camera: not camera["failed"])
        assert (failed["state"], well["state"]) == ("failed", "ended")
        assert well["frames"] == 72
        assert "loaded again out of the vault" in run.log
        wait_for("the end of every process", lambda: not run.left())
    assert lists_erased(home) == [True]
    found = [
        alert["subject_id"] for alert in lfr(home, "alerts", "list") if alert["camera"] == well["camera"]
    ]
    assert found == ["DEMO-01"] or (found == [] and well["unsearched"] > 0)
    assert any(isinstance(body, CameraFailed) and body.camera == failed["camera"] for body in events(home))
    assert lfr(home, "events", "verify")["verified"] is True

"""The same command as a Ray job on a running head, stopped by `ray job stop`."""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lfr_actors.events.alerts import AlertRaised
from lfr_actors.events.deployments import DeploymentStopped
from lfr_actors.events.keeping import DataErased
from tests.cluster.conftest import WriteDeployment
from tests.cluster.runs import (
    LFR,
    PATIENCE_S,
    Process,
    descendants,
    environment,
    events,
    lfr,
    recorded,
    wait_for,
)

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

RAY = str(Path(sys.executable).parent / "ray")
ACTORS = ("CameraActor", "EmbedderActor", "MatcherShard", "AlertDesk")


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody uses now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Head:
    """A Ray head with token authentication, its dashboard on loopback."""

    def __init__(self, folder: Path) -> None:
        port, dashboard, agent = free_ports(3)
        self.address = f"http://127.0.0.1:{dashboard}"
        self.environment = environment(
            folder,
            RAY_AUTH_MODE="token",
            RAY_AUTH_TOKEN=secrets.token_hex(32),
            RAY_USAGE_STATS_ENABLED="0",
            RAY_agent_register_timeout_ms="120000",
        )
        self._log = (folder / "head.log").open("w")
        self._process = subprocess.Popen(
            [
                *(RAY, "start", "--head", "--block", "--port", str(port), "--temp-dir", str(folder)),
                *("--dashboard-host", "127.0.0.1", "--dashboard-port", str(dashboard)),
                *("--dashboard-agent-listen-port", str(agent), "--object-store-memory", "100000000"),
            ],
            env=self.environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.seen: set[Process] = set()
        wait_for("the dashboard", self._listens)

    def _listens(self) -> bool:
        assert self._process.poll() is None, Path(self._log.name).read_text()
        port = int(self.address.rpartition(":")[2])
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def look(self) -> set[Process]:
        """Its processes now."""
        now = set(descendants(self._process.pid))
        self.seen |= now
        return now

    def ours(self) -> list[Process]:
        """Those of its processes that are ours: actors, and the driver with the command."""
        return [p for p in self.look() if "lfr run" in p.name or any(name in p.name for name in ACTORS)]

    def job(self, command: str, *rest: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`ray job …`, as operations staff type it."""
        return subprocess.run(
            [RAY, "job", command, "--address", self.address, *rest],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    def close(self) -> None:
        """End the head and everything below it."""
        self.look()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE_S)
        finally:
            for process in (p for p in self.seen if p.alive):
                process.kill()
            self._log.close()


@pytest.fixture(scope="module")
def head() -> Iterator[Head]:
    """A Ray head of our own. Its folder has a short name, since names of sockets are limited."""
    folder = Path(tempfile.mkdtemp(prefix="lfr-ray-"))
    head = Head(folder)
    try:
        yield head
    finally:
        head.close()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_job_is_stopped_in_order(home: Path, head: Head, write_deployment: WriteDeployment) -> None:
    """Stopped just after an alert: it is committed, the stop is recorded, and no actor is left."""
    file = write_deployment("realtime", east="long.mp4")
    folder = file.parent / "job"
    folder.mkdir()
    file = file.rename(folder / file.name)
    runtime = json.dumps({"env_vars": {"RAY_JOB_STOP_WAIT_TIME_S": "60", "LFR_HOME": str(home)}})
    options = ["--working-dir", str(folder), "--runtime-env-json", runtime, "--submission-id", "drill"]

    def submitted() -> bool:
        """Ray takes jobs a moment after its dashboard is there."""
        done = head.job("submit", *options, "--no-wait", "--", LFR, "run", file.name, "--quiet")
        assert done.returncode == 0 or "No available agent" in done.stderr, done.stderr
        return done.returncode == 0

    wait_for("an agent that takes the job", submitted)

    wait_for("the alert", lambda: recorded(home, AlertRaised))
    assert len(head.ours()) >= 5
    stopped = head.job("stop", "drill")
    assert "was stopped" in stopped.stdout, stopped.stdout + stopped.stderr
    wait_for("the end of every actor", lambda: not head.ours())
    body, erased = events(home)[-2:]
    assert isinstance(body, DeploymentStopped)
    assert isinstance(erased, DataErased)
    assert erased.kind == "watchlist", "the list goes with the deployment"
    assert (body.reason, body.totals.alerts) == ("SIGTERM", 1)
    (alert,) = lfr(home, "alerts", "list")
    assert alert["subject_id"] == "DEMO-01"
    assert lfr(home, "events", "verify")["verified"] is True


def test_a_job_without_the_token_is_refused(head: Head) -> None:
    """Who does not know the token can neither submit nor stop."""
    refused = head.job("list", RAY_AUTH_TOKEN=secrets.token_hex(32))
    assert refused.returncode != 0
    assert "auth" in (refused.stdout + refused.stderr).lower()

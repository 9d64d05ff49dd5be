"""The deployment that is hunted through: its file, its process, and what its log says while it runs."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from lfr_actors.canary.film import WITNESS_S, CanaryFilm
from lfr_actors.canary.places import Folders
from lfr_actors.delivery.secrets import new_secret
from lfr_actors.errors import NotReady
from lfr_actors.private_file import write_private
from lfr_actors.store.elsewhere import ELSEWHERE

PATIENCE_S = 180.0
"""Longer than a deployment takes to start on a small, busy machine."""
STOPPING_S = 30.0
_NOT_KEPT = ("RAY_", *ELSEWHERE)
"""Its own Ray, and the data folder's own database and keys, which can be searched and are nobody else's."""
WHAT = "the canary's deployment"


def write_deployment(
    path: Path,
    name: str,
    film: CanaryFilm,
    crowds: Sequence[Path],
    *,
    pack: str,
    threshold: float,
    webhooks_to: str,
) -> Path:
    """Write the deployment file, in JSON, which is YAML: the canary's camera, with footage, and the crowds'.

    A console is served, and every event that is ever delivered is told to the loopback address `webhooks_to`.
    """
    cameras = [{"id": "canary", "source": f"file:{film.film}", "pace": "realtime", "footage": "on"}]
    cameras += [
        {"id": f"crowd-{number}", "source": f"file:{crowd}", "pace": "realtime"}
        for number, crowd in enumerate(crowds, start=1)
    ]
    document = {
        "deployment": name,
        "location": "A composed street",
        "purposes": ["safeguarding"],
        "authority": {
            "officer": "nobody, this is a test",
            "reference": "CANARY",
            "not_before": "2020-01-01T00:00:00Z",
            "not_after": "2100-01-01T00:00:00Z",
        },
        "watchlist": {"csv": str(film.watchlist)},
        "recognition": {"pack": pack, "threshold": threshold, "device": "cpu"},
        "cameras": cameras,
        "console": {"port": _free_port()},
        "webhooks": [
            {
                "name": "canary",
                "url": webhooks_to,
                "allow": ["127.0.0.1"],
                "events": ["*"],
                "secret": new_secret().text,
            }
        ],
    }
    write_private(path, json.dumps(document, indent=1))
    return path


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def running(file: Path, name: str, folders: Folders, seed: int) -> Iterator[WatchedRun]:
    """The deployment as a process of its own; whatever happens, it does not outlive the context.

    What it writes to the temporary folder lands in one of its own, where it can be searched.
    """
    kept = {variable: value for variable, value in os.environ.items() if not variable.startswith(_NOT_KEPT)}
    environment = kept | {"LFR_HOME": str(folders.home), "TMPDIR": str(folders.temporary)}
    command = [sys.executable, "-m", "lfr_actors.canary.driver", str(file), str(folders.home), str(seed)]
    with folders.log.open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            yield WatchedRun(process, name, folders)
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(STOPPING_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            if process.stdout is not None:
                process.stdout.close()


class WatchedRun:
    """A running deployment, seen from another process."""

    def __init__(self, process: subprocess.Popen[str], name: str, folders: Folders) -> None:
        self._process, self._name, self._folders = process, name, folders

    @property
    def pid(self) -> int:
        """The driver; every other process of the deployment is below it."""
        return self._process.pid

    def find_beginning(self) -> tuple[float, str]:
        """When the film began on the wall clock, and what says so: the listed person's alert.

        Without an alert, the moment at which the camera said that it gives frames: later than its first was
        captured, so that nothing is looked at too early. Raises `NotReady` when no frame comes.
        """
        opened = self._event("camera.opened", PATIENCE_S)
        if opened is None:
            raise NotReady(WHAT, f"no frame came within {PATIENCE_S:.0f} s: {self._last_words()}")
        opened_s = dt.datetime.fromisoformat(opened["written_at"]).timestamp()
        alert = self._event("alert.raised", WITNESS_S[1] - (time.time() - opened_s))
        if alert is None:
            return opened_s, "the first frame, since no alert was raised for the listed person"
        captured_s = dt.datetime.fromisoformat(alert["captured_at"]).timestamp()
        return captured_s - float(alert["media_time_s"]), "the alert for the listed person"

    def wait_until(self, at_s: float) -> None:
        """Wait until a moment of the wall clock. Raises `NotReady` when the run ends before."""
        while (left_s := at_s - time.time()) > 0:
            self._require_running()
            time.sleep(min(left_s, 0.5))

    def outcome(self) -> dict[str, object]:
        """Wait for the end, and return what `lfr run --json` says. Raises `NotReady` when it does not end well."""
        try:
            output, _ = self._process.communicate(timeout=PATIENCE_S)
            document: dict[str, object] = json.loads(output)
        except subprocess.TimeoutExpired:
            raise NotReady(WHAT, f"it did not end within {PATIENCE_S:.0f} s: {self._last_words()}") from None
        except json.JSONDecodeError:
            raise NotReady(WHAT, f"it failed: {self._last_words()}") from None
        return document

    def _event(self, kind: str, patience_s: float) -> dict[str, Any] | None:
        """The first event of a kind, waited for; None when it does not come."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            self._require_running()
            found = _first_event(self._folders.home / "lfr.db", self._name, kind)
            if found is not None:
                return found
            time.sleep(0.1)
        return None

    def _require_running(self) -> None:
        if self._process.poll() is not None:
            raise NotReady(WHAT, f"it ended too early: {self._last_words()}")

    def _last_words(self) -> str:
        lines = self._folders.log.read_text(errors="replace").strip().splitlines()
        return " ".join(lines[-6:]) or "it said nothing"


def _first_event(database: Path, deployment: str, name: str) -> dict[str, Any] | None:
    """The public part of an event in a database that is being written, and when it was; None before it."""
    if not database.is_file():
        return None
    query = (
        "SELECT public_json, written_at FROM events WHERE deployment_id = ? AND name = ? ORDER BY seq LIMIT 1"
    )
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute(query, (deployment, name)).fetchone()
        except sqlite3.OperationalError:  # its tables are being made, or it is being written
            return None
    return None if row is None else {**json.loads(row[0]), "written_at": row[1]}

"""`lfr run` in a process of its own, and what it leaves behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lfr_actors.events.types import KnownBody
from lfr_actors.store.store import Store

LFR = str(Path(sys.executable).parent / "lfr")
PATIENCE_S = 150.0
"""Longer than any step takes on a small machine that is busy with something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process, told apart from a later one of the same number by when it started."""

    pid: int
    started: str
    name: str = field(compare=False)

    @property
    def alive(self) -> bool:
        """Whether it still runs; one that ended and was not waited for does not."""
        found = _stat(self.pid)
        return found is not None and found[2] == self.started and found[1] != "Z"

    def kill(self) -> None:
        """End it without a chance to clean up."""
        os.kill(self.pid, signal.SIGKILL)


def descendants(pid: int) -> Iterator[Process]:
    """The processes below this one, at this moment."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (found := _stat(int(entry.name))) is not None:
            children.setdefault(found[0], []).append(int(entry.name))
    waiting = list(children.get(pid, ()))
    while waiting:
        child = waiting.pop()
        waiting += children.get(child, ())
        found = _stat(child)
        if found is not None:
            yield Process(pid=child, started=found[2], name=_name(child))


def _stat(pid: int) -> tuple[int, str, str] | None:
    """Parent, state and start time of a process; None when there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[1]), fields[0], fields[19]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def wait_for(what: str, condition: Callable[[], Any]) -> Any:
    """The first true value of a condition; fails loudly when it does not come."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.25)
    raise AssertionError(f"{what} did not come within {PATIENCE_S:.0f} s")


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a run: its own data folder, no cluster but its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return kept | {"LFR_HOME": str(home), "COLUMNS": "120"} | more


def lfr(home: Path, *arguments: str) -> Any:
    """The JSON document that a command prints."""
    done = subprocess.run(
        [LFR, *arguments, "--json"],
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return json.loads(done.stdout)


def recorded(home: Path, kind: type[KnownBody]) -> bool:
    """Whether the log of a run that goes on holds an event of this kind; costs it nothing."""
    if not (home / "lfr.db").is_file():
        return False
    with contextlib.closing(sqlite3.connect(f"file:{home / 'lfr.db'}?mode=ro", uri=True)) as database:
        try:
            query = "SELECT count(*) FROM events WHERE name = ?"
            return bool(database.execute(query, (kind.NAME,)).fetchone()[0])
        except sqlite3.OperationalError:  # its tables are being made
            return False


def events(home: Path) -> list[Any]:
    """The bodies of all events of a run that is over."""
    with Store.open(home) as store:
        return [event.body for event in store.iter_events()]


class Run:
    """A running `lfr run FILE --json`; a context, so that a failing test leaves nothing running."""

    def __init__(self, file: Path, home: Path) -> None:
        self.home = home
        self._log = (home / "run.log").open("w+")
        self._process = subprocess.Popen(
            [LFR, "run", str(file), "--json"],
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        self.seen: set[Process] = set()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.look()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for process in self.left():
            process.kill()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    @property
    def log(self) -> str:
        """What it wrote to stderr."""
        return Path(self._log.name).read_text()

    def look(self) -> set[Process]:
        """Its processes now; remembered, to ask later what is left of them."""
        now = set(descendants(self._process.pid))
        self.seen |= now
        return now

    def actor(self, name: str, number: int = 0) -> Process:
        """The process of an actor class, when it is there."""

        def found() -> Process | None:
            own = sorted((p for p in self.look() if p.name.startswith(f"ray::{name}")), key=lambda p: p.pid)
            return own[number] if len(own) > number else None

        process: Process = wait_for(f"actor {name}", found)
        return process

    def wait_for_event(self, kind: type[KnownBody]) -> None:
        """Wait until the log holds an event of this kind; fails when the run ends before."""

        def there() -> bool:
            found = recorded(self.home, kind)
            assert found or self._process.poll() is None, f"the run ended before any {kind}:\n{self.log}"
            return found

        wait_for(f"event {kind.__name__}", there)
        self.look()

    def signal(self, number: signal.Signals) -> None:
        """Send the run itself a signal, as a terminal or a service manager does."""
        self.look()
        self._process.send_signal(number)

    def finish(self) -> tuple[int, Any]:
        """Wait for its end: exit status and JSON document."""
        out, _ = self._process.communicate(timeout=2 * PATIENCE_S)
        return self._process.returncode, json.loads(out)

    def left(self) -> list[Process]:
        """Those of its processes that still run."""
        return [process for process in self.seen if process.alive]

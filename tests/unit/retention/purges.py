"""Purges to kill: a process that has imported everything forks one for each moment at which one shall die.

    python -m tests.unit.retention.purges HOME steps                one death after each step
    python -m tests.unit.retention.purges HOME random 90 50 SEED   50 deaths at random moments in 90 hours

Each purge takes place an hour after the one before, when more is due, and takes up what that one left. The last
is left alone. What happened is printed as JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from lfr_actors.events.chain import verify
from lfr_actors.retention import erasure
from lfr_actors.retention.erasure import Eraser
from lfr_actors.store import Store
from tests.unit.events.samples import NOON

HOUR = dt.timedelta(hours=1)
FIRST_DUE = NOON + 24 * HOUR

Sabotage = Callable[[Store], None]


def die(*_: object, **__: object) -> None:
    """As `kill -9` does it: nothing of this process runs any more."""
    os.kill(os.getpid(), signal.SIGKILL)


def dies_after_statement(beginning: str, *, keys: bool = False, nth: int = 1) -> Sabotage:
    """Die when a statement that begins so was executed for the nth time, inside its transaction."""

    def prepare(store: Store) -> None:
        seen = 0

        def look(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            nonlocal seen
            seen += statement.startswith(beginning)
            if seen == nth:
                die()

        engine = store.keys._engine if keys else store._engine
        sa.event.listen(engine, "after_cursor_execute", look)

    return prepare


def dies_around(where: Callable[[Store], object], name: str, *, before: bool = False) -> Sabotage:
    """Die when this function is called, or when it has returned."""

    def prepare(store: Store) -> None:
        owner = where(store)
        real = getattr(owner, name)

        def wrapped(*arguments: Any, **named: Any) -> Any:
            if before:
                die()
            real(*arguments, **named)
            die()

        setattr(owner, name, wrapped)

    return prepare


def _retained(store: Store) -> object:
    return store.retained


def _keys(store: Store) -> object:
    return store.keys


def _erasure(_: Store) -> object:
    return erasure


STEPS: dict[str, Sabotage] = {
    "in the claim": dies_after_statement("UPDATE objects SET erasing_at"),
    "in the claim of the third": dies_after_statement("UPDATE objects SET erasing_at", nth=3),
    "after the claim": dies_around(_retained, "claim"),
    "in the destruction of keys": dies_after_statement("DELETE FROM object_keys", keys=True),
    "after the destruction of keys": dies_around(_keys, "destroy"),
    "before a sealed file goes": dies_around(_erasure, "unlink_synced", before=True),
    "after a sealed file went": dies_around(_erasure, "unlink_synced"),
    "before a file in clear goes": dies_around(_erasure, "shred", before=True),
    "after a file in clear went": dies_around(_erasure, "shred"),
    "before the rows are blank": dies_around(_retained, "finish", before=True),
    "when the first is marked": dies_after_statement("UPDATE objects SET path"),
    "when its pictures are gone": dies_after_statement("DELETE FROM alert_pictures"),
    "when its row is blank": dies_after_statement("UPDATE alerts SET"),
    "when its receipt is written": dies_after_statement("INSERT INTO events"),
    "when the head has moved": dies_after_statement("UPDATE log_head", nth=2),
    "after the receipts": dies_around(_retained, "finish"),
    "before the logs are emptied": dies_around(_retained, "scrub", before=True),
    "after the logs are emptied": dies_around(_retained, "scrub"),
}
"""Every step of an erasure, and how to die there."""


def purge(home: Path, now: dt.datetime, told: int, sabotage: Sabotage | None) -> None:
    """Check the log and erase what is due; `told` is a pipe that hears of the beginning."""
    with Store.open(home, clock=lambda: now) as store:
        verify(store.iter_events(), store.head())
        if sabotage is not None:
            sabotage(store)
        os.write(told, b"!")
        caught = Eraser(store, clock=lambda: now).catch_up()
    if caught.overdue:
        raise RuntimeError(f"overdue: {caught.overdue}")


def forked(
    home: Path, now: dt.datetime, sabotage: Sabotage | None = None, delay_s: float | None = None
) -> tuple[int, float]:
    """Purge in a child, killed `delay_s` after it began; its exit status (-9: killed) and how long it took (s)."""
    hears, told = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(hears)
            purge(home, now, told, sabotage)
            status = 0
        except BaseException as error:  # noqa: BLE001  the child ends here whatever happened
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        finally:
            os._exit(status)
    os.close(told)
    os.read(hears, 1)
    began_s = time.monotonic()
    if delay_s is not None:
        select.select([hears], [], [], delay_s)  # ends early when the child does
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(hears)
    return os.waitstatus_to_exitcode(status), time.monotonic() - began_s


def main(home: Path, mode: str, *rest: str) -> dict[str, Any]:
    """Purge again and again; what came of it."""
    now = FIRST_DUE
    statuses: dict[str, int] = {}
    if mode == "steps":
        for name, sabotage in STEPS.items():
            statuses[name], _ = forked(home, now, sabotage)
            now += HOUR
    else:
        hours, wanted, chosen = int(rest[0]), int(rest[1]), random.Random(int(rest[2]))
        _, whole_s = forked(home, now)
        while hours > len(statuses) and list(statuses.values()).count(-signal.SIGKILL) < wanted:
            now += HOUR
            status, took_s = forked(home, now, delay_s=chosen.uniform(0.0, whole_s))
            statuses[str(len(statuses))] = status
            # How long a whole purge takes changes with the load of the machine.
            whole_s = 1.05 * whole_s if status else 0.9 * min(took_s, whole_s)
    last, _ = forked(home, now)
    return {"statuses": statuses, "last": last, "now": now.isoformat()}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), *sys.argv[2:])))  # noqa: T201

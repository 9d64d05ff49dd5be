"""Several processes at once, and processes that die in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lfr_actors.events.chain import verify
from lfr_actors.store import Store
from tests.unit.events.samples import BODIES, started
from tests.unit.store.conftest import OpenStore
from tests.unit.store.samples import alert

REPOSITORY = Path(__file__).resolve().parents[3]

APPENDER = """
import sys
from pathlib import Path
from lfr_actors.events import CameraOpened
from lfr_actors.store import Store
from tests.unit.store.samples import alert
home, url, who = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
with Store.open(home, url) as store:
    for number in range(20):
        store.append(who, CameraOpened(camera=str(number), width=1, height=1, source_kind="file"))
        if store.raise_alert(alert(f"alert-{number}")):
            print(number)
"""

CRASHER = """
import os, sys
from pathlib import Path
import sqlalchemy as sa
from lfr_actors.store import Store
from tests.unit.events.samples import started
from tests.unit.store.samples import alert
store = Store.open(Path(sys.argv[1]), sys.argv[2])
die_after = sys.argv[3]
def die(connection, cursor, statement, *rest):
    if statement.startswith(die_after):
        os._exit(9)
sa.event.listen(store._engine, "after_cursor_execute", die)
if sys.argv[4] == "alert":
    store.raise_alert(alert())
else:
    store.begin_deployment("drill-2", started("drill-2"))
"""


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a Python process on some code."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def test_processes_that_write_at_once_never_fork_the_chain(
    home: Path, database: str, open_store: OpenStore
) -> None:
    """Three processes append and raise the same alerts: nothing is lost or doubled, the chain holds."""
    store = open_store()
    store.begin_deployment("drill-1", started())
    writers = [python(APPENDER, str(home), database, f"writer-{number}") for number in range(3)]
    outputs = [writer.communicate(timeout=120)[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert verify(store.iter_events(), store.head()).events == 2 + 3 * 20 + 20
    counts = Counter(event.deployment_id for event in store.iter_events())
    assert counts == {"writer-0": 20, "writer-1": 20, "writer-2": 20, "drill-1": 22}
    assert sorted(int(number) for output in outputs for number in output) == list(range(20))
    for number in range(3):
        mine = [event.public["camera"] for event in store.iter_events(deployment_id=f"writer-{number}")]
        assert mine == [str(place) for place in range(20)], "each writer's events are in its order"


def test_processes_that_open_a_new_database_at_once_all_succeed(home: Path, database: str) -> None:
    """Three processes make the tables at the same time; one does, the others wait."""
    code = "import sys; from pathlib import Path; from lfr_actors.store import Store; "
    code += "Store.open(Path(sys.argv[1]), sys.argv[2]).close()"
    openers = [python(code, str(home), database) for _ in range(3)]
    for opener in openers:
        opener.communicate(timeout=120)
    assert [opener.returncode for opener in openers] == [0, 0, 0]


@pytest.mark.parametrize(
    ("die_after", "what"),
    [
        ("INSERT INTO events", "alert"),
        ("UPDATE log_head", "alert"),
        ("INSERT INTO alerts", "alert"),
        ("INSERT INTO alert_pictures", "alert"),
        ("INSERT INTO objects", "alert"),
        ("INSERT INTO deployments", "deployment"),
        ("INSERT INTO events", "deployment"),
    ],
)
def test_a_crash_between_two_writes_leaves_neither(
    home: Path, database: str, open_store: OpenStore, die_after: str, what: str
) -> None:
    """A process killed after any of the writes leaves no state without its event and no event without it."""
    store = open_store()
    store.begin_deployment("drill-1", started())
    before = store.head()
    crasher = python(CRASHER, str(home), database, die_after, what)
    crasher.communicate(timeout=120)
    assert crasher.returncode == 9, "the process died where it was told to"
    assert store.head() == before
    assert store.alerts() == []
    assert store.retained.records() == []
    assert [row.deployment_id for row in store.deployments()] == ["drill-1"]
    assert store.raise_alert(alert()), "the retry succeeds"
    assert verify(store.iter_events(), store.head()).events == 3


def test_threads_of_one_store_write_in_turn(store: Store) -> None:
    """Many threads of one process append through one store; the chain holds."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: store.append(f"d{number % 3}", BODIES[2], BODIES[3]), range(40)))
    assert verify(store.iter_events(), store.head()).events == 80

"""`kill -9` in the middle of a purge, at every step and at random: nothing is lost, and nothing kept."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lfr_actors.events.chain import verify
from lfr_actors.events.keeping import OverdueErasure
from lfr_actors.retention.erasure import Eraser
from lfr_actors.retention.receipts import receipts_in
from lfr_actors.store import Store
from lfr_actors.store.rows import SegmentRow
from lfr_actors.store.vault.stream import SealedReader
from tests.unit.events.samples import NOON, started
from tests.unit.retention.purges import FIRST_DUE, HOUR, STEPS
from tests.unit.store.samples import (
    CLOSED,
    DAY,
    SUBJECT,
    Clock,
    alert,
    begin_segment,
    clear_file,
    decide,
    end_of,
)

REPOSITORY = Path(__file__).resolve().parents[3]
FAR = NOON + 10_000 * HOUR
KILLS = 50
HOURS = 90
"""How many purges there may be: some end before they are killed."""


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a database nor keys that the environment names."""
    for variable in ("LFR_DATABASE_URL", "LFR_KEYS_URL", "LFR_KEYS", "LFR_KEK", "LFR_KEK_NEXT"):
        monkeypatch.delenv(variable, raising=False)


def fill(store: Store, clock: Clock, hours: int) -> set[str]:
    """Deployments that end an hour apart, with alerts (false, held, both), footage and pages; what is held."""
    held: set[str] = set()
    for hour in range(hours):
        name, clock.now = f"d{hour}", NOON + hour * HOUR
        store.begin_deployment(name, started(name))
        for letter in "abc":
            store.raise_alert(alert(f"{name}{letter}", name, probe_jpeg=f"{name}{letter} ".encode() * 300))
        if hour % 4 == 0:
            held |= {f"alert:{name}b", f"alert:{name}c"}
        for object_id in sorted(held & {f"alert:{name}b", f"alert:{name}c"}):
            review_on = dt.date(2024, 12, 1)
            store.retained.place_hold(
                object_id, reason="evidence", authority="EX/1", review_on=review_on, who="officer1"
            )
        segment = begin_segment(
            store, hour, deployment_id=name, started_at=clock.now, lifetime_s=DAY.total_seconds()
        )
        store.retained.end_segment(end_of(segment, clock.now))
        page = store.home / "reports" / f"{name}.html"
        store.retained.add(clear_file(page, f"file:{name}", deployment_id=name))
        store.end_deployment(name, CLOSED)
    for hour in range(hours):  # decided on the next day, when each hour's data is due
        clock.now = FIRST_DUE + hour * HOUR
        if hour % 2 == 0:
            decide(store, f"d{hour}c", "false")
    clock.now = NOON
    store.begin_deployment("running", started("running"))
    for number in range(5):
        store.raise_alert(alert(f"r{number}", "running"))
    return held


def killed_purges(home: Path, *arguments: str) -> dict[str, Any]:
    """Run the process that forks the purges; what it says."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.unit.retention.purges", str(home), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["last"] == 0, done.stderr
    assert set(said["statuses"].values()) <= {0, -signal.SIGKILL}, done.stderr
    return said


def require_exactly_what_was_due(store: Store, expected: set[str], everything: set[str]) -> None:
    """What was due is gone, with one receipt each and none early; everything else is there and can be read."""
    receipts = list(receipts_in(store.iter_events()))
    counts = Counter(receipt.object_id for receipt in receipts)
    assert counts == dict.fromkeys(expected, 1)
    assert min(receipt.lateness_s for receipt in receipts) >= 0
    assert not any(receipt.simulated for receipt in receipts)
    assert [event for event in store.iter_events() if event.name == OverdueErasure.NAME] == []
    records = store.retained.records()
    assert {record.object_id for record in records} == everything - expected
    assert not any(record.claimed for record in records)
    assert verify(store.iter_events(), store.head())
    for row in store.alerts():
        gone = f"alert:{row.alert_id}" in expected
        assert (row.subject_id, row.erased_at is not None) == (None if gone else SUBJECT, gone)
        if not gone:
            assert len(store.picture(row.alert_id)) > 10
    for segment in store.retained.segments():
        require_segment(store, segment, gone=segment.object_id in expected)
    for object_id in everything:
        kind, _, name = object_id.partition(":")
        if kind == "file":
            assert (store.home / "reports" / f"{name}.html").exists() == (object_id not in expected)
    with store._engine.connect() as connection:
        left = connection.exec_driver_sql("SELECT alert_id FROM alert_pictures").scalars()
        assert {f"alert:{alert_id}" for alert_id in left} & expected == set()
        gone_keys = connection.exec_driver_sql(
            "SELECT key_id FROM objects WHERE erased_at IS NOT NULL"
        ).scalars()
        assert store.keys.known(*(str(key_id) for key_id in gone_keys)) == set()


def require_segment(store: Store, segment: SegmentRow, *, gone: bool) -> None:
    """A segment's file is gone, or can be read to its end."""
    path = store.home / "footage" / f"{segment.object_id.partition(':')[2]}.sealed"
    assert path.exists() != gone
    if not gone:
        with path.open("rb") as file:
            reader = SealedReader(file, store.keys.get(str(segment.key_id)), segment.object_id)
            assert reader.read().startswith(b"footage-marker")
            assert not reader.cut_short


def purged_and_checked(home: Path, hours: int, *arguments: str) -> dict[str, Any]:
    """Fill a data folder, purge it under fire, and look at everything that is left."""
    clock = Clock()
    with Store.open(home, clock=clock) as store, store.lease("running"):
        held = fill(store, clock, hours)
        everything = {record.object_id for record in store.retained.records()}
        orphan = store.keys.create("alert")
        said = killed_purges(home, *arguments)
        clock.now = dt.datetime.fromisoformat(said["now"])
        due = whose_hour_has_come(everything, clock) - held
        assert len(due) > 3 * len(said["statuses"])
        require_exactly_what_was_due(store, due, everything)
        assert store.keys.known(orphan.key_id) == set()
        assert (home / "keys" / "keys.db-wal").stat().st_size == 0
        clock.now = FAR
        for hold in store.retained.holds():
            store.retained.release_hold(hold.hold_id, who="officer2")
        assert Eraser(store, clock=clock).catch_up().overdue == ()
        running = {object_id for object_id in everything if object_id.startswith("alert:r")}
        require_exactly_what_was_due(store, everything - running, everything)
    return said


def whose_hour_has_come(everything: set[str], clock: Clock) -> set[str]:
    """What is due of what `fill` made, by what it did and not by what the database says now."""
    hours = int((clock.now - FIRST_DUE) / HOUR)
    names = {f"d{hour}" for hour in range(hours + 1)}

    def has_come(object_id: str) -> bool:
        kind, _, name = object_id.partition(":")
        return int(name, 16) <= hours if kind == "footage" else name.rstrip("abc") in names

    return {object_id for object_id in everything if has_come(object_id)}


def test_a_purge_that_is_killed_after_any_step_is_finished_by_the_next(home: Path) -> None:
    """One death after each step that there is; the next purge takes up what it left, and gets further."""
    said = purged_and_checked(home, len(STEPS) + 2, "steps")
    assert said["statuses"] == dict.fromkeys(STEPS, -signal.SIGKILL), "each died where it was told to"


@pytest.mark.e2e
def test_fifty_kills_at_random_moments_lose_and_keep_nothing(home: Path) -> None:
    """`kill -9` fifty times during purges: nothing lost that was not due, nothing kept that was."""
    said = purged_and_checked(home, HOURS + 2, "random", str(HOURS), str(KILLS), "4711")
    assert list(said["statuses"].values()).count(-signal.SIGKILL) >= KILLS

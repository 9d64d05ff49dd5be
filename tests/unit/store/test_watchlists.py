"""Lists in the vault: sealed before a byte is written, readable while they are retained, and then never again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lfr_actors.errors import Erased, StoreError, Tampered
from lfr_actors.events.types import DeploymentClosed, DeploymentStopped, Totals
from lfr_actors.retention.erasure import Eraser
from lfr_actors.retention.policy import ClockStart, DataClass
from lfr_actors.store import Store, watchlists
from lfr_actors.store.watchlists import KIND, SealedWatchlist, open_watchlist, seal_watchlist
from lfr_actors.watchlist.gallery import Gallery
from tests.unit.events.samples import started
from tests.unit.watchlist.test_gallery import templates

TOTALS = Totals(
    frames=1,
    dropped=0,
    faces_seen=0,
    searches=0,
    alerts=0,
    elapsed_s=1.0,
    latency_p50_ms=None,
    latency_p99_ms=None,
)
NAMES = ("subject-marker-4711", "subject-marker-4712")


@pytest.fixture
def running(home: Path) -> Iterator[Store]:
    """A store in which a deployment runs."""
    with Store.open(home) as store, store.lease("drill-1"):
        store.begin_deployment("drill-1", started("drill-1"))
        yield store


def a_list(seed: int = 0) -> Gallery:
    """A list of two people with three templates."""
    return Gallery.of([NAMES[0], NAMES[1], NAMES[0]], templates(3, 128, seed), pack="p")


def sealed(store: Store) -> SealedWatchlist:
    """The list in the vault."""
    return seal_watchlist(store, "drill-1", a_list())


def test_what_was_sealed_can_be_opened(running: Store, home: Path) -> None:
    """The same list, also through another process's store."""
    made = sealed(running)
    with Store.open(home) as other:
        for store in (running, other):
            opened = open_watchlist(store, made)
            assert opened.version == made.version == a_list().version
            np.testing.assert_array_equal(opened.templates, a_list().templates)


def test_two_lists_have_two_keys(running: Store) -> None:
    """The same list sealed again is another object, under another key, and other bytes."""
    first, second = sealed(running), sealed(running)
    assert first.key_id != second.key_id
    assert first.object_id != second.object_id
    assert first.path.read_bytes()[100:200] != second.path.read_bytes()[100:200]


def test_nothing_of_it_is_in_clear(running: Store, home: Path) -> None:
    """Not a name, not a template, in the file or anywhere in the data folder; nobody else may read the file."""
    made = sealed(running)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.path.parent.stat().st_mode & 0o777 == 0o700
    everything = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for name in NAMES:
        assert name.encode() not in everything
    for row in a_list().templates:
        assert row.tobytes() not in everything
        assert row[:16].tobytes() not in everything


def test_it_follows_the_rule_of_lists(running: Store) -> None:
    """Retained as a list: no clock runs while the deployment does, and it counts what is in it."""
    made = sealed(running)
    (record,) = [item for item in running.retained.records() if item.object_id == made.object_id]
    assert record.data_class is DataClass.WATCHLIST
    assert record.clock_started_at is None
    rule = running.policy_of("drill-1").rule_of(DataClass.WATCHLIST)
    assert (rule.clock, record.lifetime) == (ClockStart.DEPLOYMENT_END, rule.lifetime)
    assert Eraser(running).catch_up().erased == ()


@pytest.mark.parametrize("end", [DeploymentClosed, DeploymentStopped])
def test_it_is_gone_at_the_end(running: Store, end: type[DeploymentClosed] | type[DeploymentStopped]) -> None:
    """Closed or stopped: file and key are gone, and a copy of the file is worth nothing."""
    made = sealed(running)
    copy = made.path.read_bytes()
    running.end_deployment("drill-1", end(reason="over", totals=TOTALS))
    (receipt,) = Eraser(running).catch_up().erased
    assert receipt.public["object_id"] == made.object_id
    assert receipt.public["items"] == {"subjects": 2, "templates": 3}
    assert receipt.public["key_id"] == made.key_id
    assert not made.path.exists()
    made.path.write_bytes(copy)
    with pytest.raises(Erased):
        open_watchlist(running, made)


def test_a_list_that_is_not_needed_goes_at_once(running: Store) -> None:
    """While the deployment goes on; the other list stays."""
    old, new = sealed(running), sealed(running)
    running.retained.end_now(old.object_id)
    assert [event.public["object_id"] for event in Eraser(running).catch_up().erased] == [old.object_id]
    assert open_watchlist(running, new).version == new.version


def test_a_held_list_stays(running: Store) -> None:
    """A hold keeps it over the end of the deployment; released, it is due at once."""
    made = sealed(running)
    today = dt.datetime.now(dt.UTC).date()
    hold = running.retained.place_hold(
        made.object_id, reason="court-order", authority="C/1", review_on=today, who="officer"
    )
    running.end_deployment("drill-1", DeploymentClosed(reason="over", totals=TOTALS))
    assert Eraser(running).catch_up().erased == ()
    assert open_watchlist(running, made).version == made.version
    running.retained.release_hold(hold.hold_id, who="officer")
    assert len(Eraser(running).catch_up().erased) == 1


def test_an_altered_file_is_refused(running: Store) -> None:
    """A changed byte anywhere, a file cut short anywhere, and the file of another list are not opened."""
    made, other = sealed(running), sealed(running)
    whole = made.path.read_bytes()
    size = len(whole)
    for place in (0, 30, size // 2, size - 1):
        made.path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(Tampered):
            open_watchlist(running, made)
    for length in (0, 10, 40, size // 2, size - 1):
        made.path.write_bytes(whole[:length])
        with pytest.raises(Tampered):
            open_watchlist(running, made)
    made.path.write_bytes(other.path.read_bytes())
    with pytest.raises(Tampered):
        open_watchlist(running, made)
    made.path.write_bytes(whole)
    assert open_watchlist(running, made).version == made.version


def test_a_missing_file_is_said(running: Store) -> None:
    """The key is there and the list is not: that is a fault of the store, with the file's name."""
    made = sealed(running)
    made.path.unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        open_watchlist(running, made)


def test_a_list_that_could_not_be_written_is_retained(
    running: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full half way: what is there of it goes with the deployment's list, key and all."""

    def full(_gallery: Gallery, out: object) -> None:
        out.write(b"half")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(watchlists, "write_snapshot", full)
    with pytest.raises(StoreError, match="No space left"):
        sealed(running)
    (object_id,) = running.retained.object_ids("drill-1", KIND)
    (file,) = (running.home / "vault").iterdir()
    running.end_deployment("drill-1", DeploymentStopped(reason="fault", totals=TOTALS))
    assert [event.public["object_id"] for event in Eraser(running).catch_up().erased] == [object_id]
    assert not file.exists()

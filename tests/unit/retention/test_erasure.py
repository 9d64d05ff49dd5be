"""Erasing: exactly what is due, key first, with receipts; and what is left in the files afterwards: nothing."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lfr_actors.errors import StoreError, VaultError
from lfr_actors.events.chain import verify
from lfr_actors.events.keeping import OverdueErasure
from lfr_actors.events.types import SITE
from lfr_actors.private_file import partial_of
from lfr_actors.retention import erasure
from lfr_actors.retention.erasure import CaughtUp, Eraser, Overdue
from lfr_actors.retention.policy import DataClass
from lfr_actors.retention.receipts import Receipt, receipts_in
from lfr_actors.retention.shred import unlink_synced
from lfr_actors.store import Store
from lfr_actors.store.objects import NewObject
from lfr_actors.store.vault import scrub as scrub_module
from lfr_actors.store.vault.audit import SealedAudit
from lfr_actors.store.vault.stream import SealedWriter
from tests.unit.events.samples import NOON, started
from tests.unit.store.samples import (
    CLOSED,
    DAY,
    HOUR,
    MONTH,
    PICTURE,
    SECOND,
    SUBJECT,
    Clock,
    alert,
    begin_segment,
    clear_file,
    decide,
    end_of,
)

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def clock() -> Clock:
    """The clock of the store and its eraser."""
    return Clock()


@pytest.fixture
def store(home: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store of its own, in which a deployment runs."""
    for variable in ("LFR_DATABASE_URL", "LFR_KEYS_URL", "LFR_KEYS", "LFR_KEK", "LFR_KEK_NEXT"):
        monkeypatch.delenv(variable, raising=False)
    with Store.open(home, clock=clock) as opened, opened.lease("drill-1"):
        opened.begin_deployment("drill-1", started())
        yield opened


@pytest.fixture
def eraser(store: Store, clock: Clock) -> Eraser:
    """An eraser with the same clock."""
    return Eraser(store, clock=clock)


def erased(caught: CaughtUp) -> list[str]:
    """The ids of what was erased, in order."""
    return [receipt.object_id for receipt in receipts_in(caught.erased)]


def every_receipt(store: Store) -> dict[str, Receipt]:
    """Receipts by object; each has one."""
    found = list(receipts_in(store.iter_events()))
    assert max(Counter(receipt.object_id for receipt in found).values(), default=1) == 1
    return {receipt.object_id: receipt for receipt in found}


def watchlist(store: Store) -> NewObject:
    """A sealed list in the vault, retained as the policy of its deployment says."""
    key = store.keys.create("watchlist")
    path = store.home / "vault" / "list.sealed"
    path.parent.mkdir()
    with path.open("wb") as file:
        writer = SealedWriter(file, key, "watchlist:1")
        writer.write(b"template-marker-4711 " * 500)
        writer.close()
    rule = store.policy_of("drill-1").rule_of(DataClass.WATCHLIST)
    return NewObject(
        object_id="watchlist:1",
        data_class=rule.data_class,
        kind="watchlist",
        deployment_id="drill-1",
        clock=rule.clock,
        lifetime=rule.lifetime,
        policy_version=1,
        key=key,
        path=path,
        items={"subjects": 500},
    )


def test_the_five_wordings(store: Store, eraser: Eraser, clock: Clock) -> None:
    """24 hours, 31 days, straight away, at the end, within a second: each at its moment, and nothing else."""
    first, second = begin_segment(store, 1), begin_segment(store, 2)
    store.retained.add(watchlist(store))
    for name in ("a1", "a2", "a3"):
        store.raise_alert(alert(name))
    store.deployment_secret("drill-1")
    (secret,) = store.retained.object_ids("drill-1", "deployment-secret")
    store.retained.end_segment(end_of(first, NOON + MINUTE))
    store.retained.end_segment(end_of(second, NOON + 2 * MINUTE))

    clock.now = NOON + HOUR  # it runs: nothing is due but, in a month, its footage
    caught = eraser.catch_up()
    assert (caught.erased, caught.overdue, caught.next_due_at) == ((), (), NOON + MINUTE + MONTH)

    decide(store, "a2", "false")  # "deleted straight away"
    receipt = eraser.erase("alert:a2")
    assert receipt is not None
    assert receipt.public["rule"] == "false-alert: at once when a person decides that the alert is false"
    assert store.alert("a2").subject_id is None
    assert eraser.catch_up().erased == ()

    closed_at = clock.now = NOON + 6 * HOUR
    store.end_deployment("drill-1", CLOSED)  # the list: "immediately after"
    caught = eraser.catch_up()
    assert (erased(caught), caught.next_due_at) == (["watchlist:1"], closed_at + DAY)
    assert not (store.home / "vault" / "list.sealed").exists()

    clock.now = closed_at + DAY - SECOND
    assert eraser.catch_up().erased == ()
    clock.now = closed_at + DAY  # "all alerts deleted within 24 hours at the end of the operation"
    caught = eraser.catch_up()
    assert erased(caught) == ["alert:a1", "alert:a3", secret]
    assert caught.next_due_at == NOON + MINUTE + MONTH

    clock.now = NOON + MINUTE + MONTH - SECOND
    assert eraser.catch_up().erased == ()
    clock.now = NOON + MINUTE + MONTH  # "footage kept for up to 31 days", each segment its own
    assert erased(eraser.catch_up()) == [first.object_id]
    assert (first.path.exists(), second.path.exists()) == (False, True)
    clock.now += MINUTE
    caught = eraser.catch_up()
    assert (erased(caught), caught.next_due_at) == ([second.object_id], None)

    receipts = every_receipt(store)
    assert len(receipts) == 7
    assert {receipt.lateness_s for receipt in receipts.values()} == {0.0}
    # "within a second": data of non-matches dies in the camera's memory, so that there is never an object of it
    assert DataClass.NON_MATCH not in {receipt.data_class for receipt in receipts.values()}
    assert store.policy_of("drill-1").rule_of(DataClass.NON_MATCH).lifetime == SECOND
    assert store.keys.counts() == {}
    assert store.retained.records() == []
    assert verify(store.iter_events(), store.head())
    audit = SealedAudit(lambda: store.keys)
    for event in store.iter_events():
        audit.look(event)
    assert (audit.result().holds, audit.result().readable) == (True, 0)


def test_a_receipt_says_what_and_why_and_nothing_of_a_person(
    store: Store, eraser: Eraser, clock: Clock
) -> None:
    """Class, items, rule, times, key; never who it was."""
    store.raise_alert(alert())
    key_id = store.events(after=2)[0].key_id
    fingerprint = store.keys.get(str(key_id)).fingerprint
    store.end_deployment("drill-1", CLOSED)
    clock.now += DAY + HOUR
    (event,) = eraser.catch_up().erased
    assert event.public == {
        "object_id": "alert:c0ffee00c0ffee00",
        "data_class": "alert",
        "kind": "alert",
        "items": {"pictures": 2, "identities": 1},
        "rule": "alert: 24 hours after the end of the deployment",
        "policy_version": 1,
        "clock_started_at": "2024-09-07T12:00:00.000000Z",
        "due_at": "2024-09-08T12:00:00.000000Z",
        "done_at": "2024-09-08T13:00:00.000000Z",
        "lateness_s": 3600.0,
        "key_id": key_id,
        "key_fingerprint": fingerprint,
        "simulated": False,
    }
    assert event.sealed is None


def test_a_clock_set_by_hand_is_said(store: Store, clock: Clock) -> None:
    """`lfr purge --now` writes receipts that nobody takes for real ones."""
    store.raise_alert(alert())
    store.end_deployment("drill-1", CLOSED)
    later = Clock(NOON + 2 * DAY)
    (receipt,) = receipts_in(Eraser(store, clock=later, simulated=True).catch_up().erased)
    assert (receipt.simulated, receipt.done_at) == (True, NOON + 2 * DAY)
    assert Eraser(store, clock=clock).catch_up().erased == ()


def test_many_are_erased_in_batches_with_progress(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than a batch; progress is told after each."""
    monkeypatch.setattr(erasure, "BATCH", 4)
    for number in range(10):
        store.raise_alert(alert(f"a{number}"))
    store.end_deployment("drill-1", CLOSED)
    clock.now += DAY
    told: list[tuple[int, int]] = []
    eraser = Eraser(store, clock=clock, on_progress=lambda done, total: told.append((done, total)))
    assert len(eraser.catch_up().erased) == 10
    assert told == [(4, 10), (8, 10), (10, 10)]


# --- order and faults -------------------------------------------------------------------------------------


def test_the_key_goes_first(
    store: Store, eraser: Eraser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a file is deleted its key is gone already, and the receipt is not written yet."""
    segment = begin_segment(store)
    (row,) = store.retained.segments()
    store.retained.end_segment(end_of(segment))
    seen: list[object] = []

    def look(path: Path) -> None:
        seen.append((path, store.keys.known(str(row.key_id)), every_receipt(store)))
        unlink_synced(path)

    monkeypatch.setattr(erasure, "unlink_synced", look)
    clock.now += MONTH + MINUTE
    assert len(eraser.catch_up().erased) == 1
    assert seen == [(segment.path, set(), {})]


def test_a_file_that_cannot_be_deleted_is_overdue_and_finished_later(
    store: Store, eraser: Eraser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are erased; it is told once in the log, unreadable from then on, and done when it can be."""
    stuck, other = begin_segment(store, 1), begin_segment(store, 2)
    for segment in (stuck, other):
        store.retained.end_segment(end_of(segment))
    page = store.home / "report.html"
    store.retained.add(clear_file(page))
    store.end_deployment("drill-1", CLOSED)
    (key_id,) = {str(row.key_id) for row in store.retained.segments() if row.object_id == stuck.object_id}

    def refuse(path: Path) -> None:
        if path in (stuck.path, page):
            raise PermissionError(1, "Operation not permitted", str(path))
        unlink_synced(path)

    with monkeypatch.context() as patch:
        patch.setattr(erasure, "unlink_synced", refuse)
        patch.setattr(erasure, "shred", refuse)
        clock.now = due_at = NOON + MINUTE + MONTH
        caught = eraser.catch_up()
        reason = "its file cannot be deleted: Operation not permitted"
        assert erased(caught) == [other.object_id]
        assert [(item.object_id, item.due_at) for item in caught.overdue] == [
            ("file:1", NOON + DAY),
            (stuck.object_id, due_at),
        ]
        assert caught.overdue[1] == Overdue(
            object_id=stuck.object_id, data_class=DataClass.FOOTAGE, due_at=due_at, reason=reason
        )
        assert caught.next_due_at is None, "what is overdue is told apart from what comes next"
        assert store.keys.known(key_id) == set()
        clock.now += HOUR
        assert len(eraser.catch_up().overdue) == 2
        with pytest.raises(VaultError, match=r"file:1: could not be erased: .*not permitted"):
            eraser.erase("file:1")
    told = [event for event in store.iter_events() if event.name == OverdueErasure.NAME]
    assert [event.public["object_id"] for event in told] == ["file:1", stuck.object_id]
    assert {event.deployment_id for event in told} == {SITE}
    caught = eraser.catch_up()
    assert (erased(caught), caught.overdue) == (["file:1", stuck.object_id], ())
    assert every_receipt(store)[stuck.object_id].lateness_s == HOUR.total_seconds()
    assert not stuck.path.exists()
    assert not page.exists()


def test_a_folder_that_is_not_mounted_is_told_without_its_name_in_the_log(
    store: Store, eraser: Eraser, clock: Clock, tmp_path: Path
) -> None:
    """Whoever mends it reads which folder; the log of events, which is kept, does not: it may name a person."""
    picture = tmp_path / "john-marker-4711" / "1.jpg"
    store.retained.add(clear_file(picture))
    away = picture.parent.rename(tmp_path / "unmounted")
    store.end_deployment("drill-1", CLOSED)
    clock.now += DAY
    (overdue,) = eraser.catch_up().overdue
    assert overdue.reason.endswith(f": {picture.parent}")
    (told,) = [event for event in store.iter_events() if event.name == OverdueErasure.NAME]
    assert "its folder is not there" in told.public["reason"]
    assert "marker" not in told.public_json
    away.rename(picture.parent)
    assert erased(eraser.catch_up()) == ["file:1"]
    assert not picture.exists()


def test_what_a_dead_writer_left_of_a_file_goes_with_it(store: Store, eraser: Eraser, clock: Clock) -> None:
    """Half a page, beside the page that was never finished or in place of it."""
    page = store.home / "page.html"
    store.retained.add(clear_file(page))
    page.rename(partial_of(page))
    store.end_deployment("drill-1", CLOSED)
    clock.now += DAY
    assert erased(eraser.catch_up()) == ["file:1"]
    assert list(store.home.glob("page*")) == []


def test_a_file_in_another_data_folder_is_not_taken_for_erased(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database apart from the data, opened with another data folder: no receipt for what is still there."""
    for variable in ("LFR_DATABASE_URL", "LFR_KEYS_URL", "LFR_KEYS", "LFR_KEK", "LFR_KEK_NEXT"):
        monkeypatch.delenv(variable, raising=False)
    url = f"sqlite:///{tmp_path / 'apart' / 'lfr.db'}"
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    with Store.open(here, url, clock=clock) as store, store.lease("drill-1"):
        store.begin_deployment("drill-1", started())
        page = here / "reports" / "page.html"
        store.retained.add(clear_file(page))
        store.end_deployment("drill-1", CLOSED)
    clock.now += DAY
    with Store.open(elsewhere, url, clock=clock) as store:
        caught = Eraser(store, clock=clock).catch_up()
        assert (erased(caught), [item.object_id for item in caught.overdue]) == ([], ["file:1"])
    assert page.exists()
    with Store.open(here, url, clock=clock) as store:
        assert erased(Eraser(store, clock=clock).catch_up()) == ["file:1"]
    assert not page.exists()


def test_keys_that_cannot_be_destroyed_now_are_destroyed_later(
    store: Store, eraser: Eraser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the key store makes everything overdue and loses nothing."""
    store.raise_alert(alert())
    store.end_deployment("drill-1", CLOSED)
    clock.now += DAY

    def fail(*_: str) -> int:
        raise StoreError("keys.db", "the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store.keys, "destroy", fail)
        caught = eraser.catch_up()
    assert [item.reason for item in caught.overdue] == ["store keys.db: the disk is full"]
    assert store.alert("c0ffee").subject_id == SUBJECT
    assert erased(eraser.catch_up()) == ["alert:c0ffee00c0ffee00"]


def test_without_keys_what_needs_none_is_erased(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files in clear go also where the key-encryption key is missing; the rest waits, unclaimed."""
    store.raise_alert(alert())
    page = store.home / "report.html"
    store.retained.add(clear_file(page))
    store.end_deployment("drill-1", CLOSED)
    clock.now += DAY
    monkeypatch.setenv("LFR_KEK", "22" * 32)
    with Store.open(store.home, clock=clock) as other:
        caught = Eraser(other, clock=clock).catch_up()
        assert erased(caught) == ["file:1"]
        assert [item.object_id for item in caught.overdue] == ["alert:c0ffee00c0ffee00"]
        assert [record.claimed for record in other.retained.records()] == [False]
        with pytest.raises(VaultError, match="could not be erased"):
            Eraser(other, clock=clock).erase("alert:c0ffee00c0ffee00")
    assert not page.exists()


def test_no_key_store_is_made_for_what_needs_none(home: Path, store: Store, clock: Clock) -> None:
    """Erasing a page in a folder that has never sealed anything makes no keys."""
    store.retained.add(clear_file(home / "report.html"))
    store.end_deployment("drill-1", CLOSED)
    clock.now += DAY
    assert erased(Eraser(store, clock=clock).catch_up()) == ["file:1"]
    assert not (home / "keys").exists()


# --- nothing left -----------------------------------------------------------------------------------------


def windows(data: bytes, count: int = 8, length: int = 20) -> list[bytes]:
    """Short stretches from all over these bytes; without the id of the key, which the log keeps."""
    data = data[32:] if data.startswith(b"LFR") else data
    step = max(1, (len(data) - length) // count)
    return [data[at : at + length] for at in range(0, len(data) - length + 1, step)]


def every_file(home: Path) -> dict[str, bytes]:
    """The content of every file of the data folder but the key file."""
    return {path.name: path.read_bytes() for path in home.rglob("*") if path.is_file() and path.name != "kek"}


def secrets_of(store: Store, object_ids: set[str]) -> list[bytes]:
    """Everything there is of these objects but the sealed parts in the log: ciphertext and wrapped keys."""
    found: list[bytes] = []
    with store._engine.connect() as connection:
        for object_id, key_id, path in connection.exec_driver_sql(
            "SELECT object_id, key_id, path FROM objects"
        ):
            if object_id not in object_ids:
                continue
            kind, _, name = object_id.partition(":")
            if path is not None:
                found.append((store.home / path).read_bytes())
            if kind == "alert":
                for table in ("alerts", "alert_pictures"):
                    query = f"SELECT sealed FROM {table} WHERE alert_id = '{name}'"
                    found += connection.exec_driver_sql(query).scalars()
            if key_id is not None:
                with store.keys._engine.connect() as keys:
                    query = f"SELECT wrapped FROM object_keys WHERE key_id = '{key_id}'"
                    found.append(keys.exec_driver_sql(query).scalar_one())
    return found


def test_no_byte_of_what_was_erased_is_left_in_any_file(store: Store, eraser: Eraser, clock: Clock) -> None:
    """Ciphertext, wrapped keys and files of what was erased are nowhere; what was not due is all there."""
    store.begin_deployment("drill-2", started("drill-2"))
    chosen = random.Random(4711)
    pictures = {f"a{number}": chosen.randbytes(chosen.randrange(200, 9_000)) for number in range(120)}
    for name, picture in pictures.items():
        store.raise_alert(alert(name, chosen.choice(["drill-1", "drill-2"]), probe_jpeg=picture))
    for number in range(1, 9):
        segment = begin_segment(store, number, lifetime_s=HOUR.total_seconds() if number % 2 else 1e9)
        store.retained.end_segment(end_of(segment))
    store.retained.add(watchlist(store), clear_file(store.home / "report.html"))
    store.deployment_secret("drill-1")
    store.deployment_secret("drill-2")
    with store.lease("drill-2"):
        for name in list(pictures)[::7]:
            decide(store, name, "false", why="other ears")
        store.end_deployment("drill-1", CLOSED)
        clock.now += DAY
        due = {item.object_id for item in eraser.due()}
        gone = [part for secret in secrets_of(store, due) for part in windows(secret)]
        kept = secrets_of(store, {record.object_id for record in store.retained.records()} - due)
        assert len(gone) > 500
        before = every_file(store.home).values()
        there = sum(any(part in content for content in before) for part in gone)
        assert there > 0.9 * len(gone), "the search works; a few windows lie across two pages"
        assert set(erased(eraser.catch_up())) == due
        left = [
            (name, part)
            for name, content in every_file(store.home).items()
            for part in [*gone, SUBJECT.encode(), *(windows(p)[0] for p in pictures.values())]
            if part in content
        ]
        assert left == []
        assert (store.home / "lfr.db-wal").stat().st_size == 0
        assert (store.home / "keys" / "keys.db-wal").stat().st_size == 0
        files = every_file(store.home).values()
        assert all(any(secret[:400] in content for content in files) for secret in kept)
        for row in store.alerts():
            assert (row.subject_id is None) == (f"alert:{row.alert_id}" in due)
            if row.subject_id is not None:
                assert store.picture(row.alert_id) == pictures[row.alert_id]


def test_a_busy_log_is_emptied_the_next_time(
    store: Store, eraser: Eraser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program's long read delays nothing but the truncation, which is done when it has ended."""
    monkeypatch.setattr(scrub_module, "_TRIES", 1)
    monkeypatch.setattr(scrub_module, "_WAIT_MS", 1)
    log = store.home / "lfr.db-wal"
    store.raise_alert(alert())
    store.end_deployment("drill-1", CLOSED)
    clock.now += DAY
    reader = sqlite3.connect(store.home / "lfr.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()
    assert erased(eraser.catch_up()) == ["alert:c0ffee00c0ffee00"]
    assert log.stat().st_size > 0
    reader.close()
    assert eraser.catch_up().erased == ()
    assert log.stat().st_size == 0


def test_what_a_crash_left_in_the_log_is_emptied_by_the_next_eraser(store: Store, clock: Clock) -> None:
    """Whoever died between the receipt and the truncation is followed by one that does it, with nothing due."""
    store.raise_alert(alert())
    store.end_deployment("drill-1", CLOSED)
    clock.now += DAY
    claims = store.retained.claim(["alert:c0ffee00c0ffee00"], clock.now)
    store.keys.destroy(*(str(claim.key_id) for claim in claims))
    store.retained.finish(claims, clock.now)
    assert (store.home / "keys" / "keys.db-wal").stat().st_size > 0
    assert Eraser(store, clock=clock).catch_up().erased == ()
    assert (store.home / "keys" / "keys.db-wal").stat().st_size == 0
    assert PICTURE not in (store.home / "lfr.db").read_bytes()

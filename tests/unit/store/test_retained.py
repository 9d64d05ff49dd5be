"""What is retained: clocks by class, holds, claims and receipts; on SQLite and PostgreSQL alike."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from lfr_actors.errors import Erased, KeyRefused, Refused, StoreError, Tampered
from lfr_actors.events.chain import verify
from lfr_actors.events.types import SITE
from lfr_actors.retention.erasure import ORPHAN_AGE, Eraser
from lfr_actors.retention.policy import ClockStart, DataClass
from lfr_actors.retention.receipts import receipts_in
from lfr_actors.retention.schedule import Record
from lfr_actors.store import Store
from lfr_actors.store.objects import NewObject
from tests.unit.events.samples import NOON, started
from tests.unit.store.conftest import OpenStore
from tests.unit.store.samples import (
    CLOSED,
    DAY,
    HOUR,
    PICTURE,
    SECOND,
    STOPPED,
    SUBJECT,
    Clock,
    alert,
    begin_segment,
    clear_file,
    decide,
    end_of,
)
from tests.unit.store.test_crash import python

ALERT = "alert:c0ffee00c0ffee00"

ERASER = """
import datetime as dt, sys
from pathlib import Path
from lfr_actors.retention.erasure import Eraser
from lfr_actors.store import Store
now = dt.datetime.fromisoformat(sys.argv[3])
with Store.open(Path(sys.argv[1]), sys.argv[2], clock=lambda: now) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    print(len(Eraser(store, clock=lambda: now).catch_up().erased))
"""


@pytest.fixture
def raised(store: Store) -> Store:
    """A store with a running deployment and one alert."""
    store.begin_deployment("drill-1", started())
    store.raise_alert(alert())
    return store


def record_of(store: Store, object_id: str = ALERT) -> Record:
    """The record of an object that is not erased."""
    return next(record for record in store.retained.records() if record.object_id == object_id)


def hold(store: Store, object_id: str = ALERT, note: str | None = None) -> str:
    """Place a hold; its id."""
    review_on = dt.date(2024, 10, 1)
    placed = store.retained.place_hold(
        object_id, reason="evidence", authority="EX/1", review_on=review_on, who="officer1", note=note
    )
    return placed.hold_id


def receipts(store: Store) -> Counter[str]:
    """How many receipts there are of each object."""
    return Counter(receipt.object_id for receipt in receipts_in(store.iter_events()))


# --- clocks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [STOPPED, CLOSED])
def test_the_clock_of_an_alert_starts_with_the_end_of_its_deployment(
    raised: Store, clock: Clock, end: object
) -> None:
    """No clock runs while the deployment does; a stop or a close starts it."""
    assert record_of(raised).clock_started_at is None
    clock.now += HOUR
    raised.end_deployment("drill-1", end)  # type: ignore[arg-type]
    record = record_of(raised)
    assert (record.clock_started_at, record.lifetime) == (NOON + HOUR, DAY)
    assert (record.data_class, record.claimed) == (DataClass.ALERT, False)


def test_a_resumed_deployment_stops_the_clock_again(raised: Store, clock: Clock) -> None:
    """What was not due at the resumption waits for the next end."""
    raised.end_deployment("drill-1", STOPPED)
    clock.now += 23 * HOUR
    raised.begin_deployment("drill-1", started())
    assert record_of(raised).clock_started_at is None
    clock.now += 2 * HOUR
    assert raised.retained.claim([ALERT], clock.now) == []
    raised.end_deployment("drill-1", CLOSED)
    assert record_of(raised).clock_started_at == NOON + 25 * HOUR


def test_a_claim_outlives_a_resumption(raised: Store, clock: Clock) -> None:
    """An alert whose erasure has begun is finished although its deployment runs again; its receipt is not early."""
    raised.end_deployment("drill-1", STOPPED)
    clock.now += DAY + HOUR
    raised.retained.claim([ALERT], clock.now)
    clock.now += HOUR
    raised.begin_deployment("drill-1", started())
    caught = Eraser(raised, clock=clock).catch_up()
    (receipt,) = receipts_in(caught.erased)
    assert (receipt.due_at, receipt.done_at) == (NOON + DAY + HOUR, NOON + DAY + 2 * HOUR)
    assert receipt.lateness_s == HOUR.total_seconds()


def test_a_claim_outlives_another_end(raised: Store, clock: Clock) -> None:
    """Resumed and ended again, a claimed alert is still due: its key may be gone."""
    raised.end_deployment("drill-1", STOPPED)
    clock.now += DAY
    (claim,) = raised.retained.claim([ALERT], clock.now)
    raised.begin_deployment("drill-1", started())
    clock.now += HOUR
    raised.end_deployment("drill-1", CLOSED)
    (again,) = raised.retained.claim([ALERT], clock.now)
    assert (again.due_at, again.claimed_at) == (claim.due_at, claim.claimed_at) == (NOON + DAY, NOON + DAY)


def test_clocks_of_other_classes(raised: Store, home: Path, clock: Clock) -> None:
    """Footage runs from its end and not while it is recorded; what is made, from its making."""
    start = begin_segment(raised)
    assert record_of(raised, start.object_id).clock_started_at is None
    ended_at = NOON + dt.timedelta(minutes=1)
    clock.now += HOUR
    assert raised.retained.end_segment(end_of(start, ended_at))
    assert not raised.retained.end_segment(end_of(start, ended_at + HOUR)), "told once"
    assert record_of(raised, start.object_id).clock_started_at == ended_at
    made = clear_file(home / "page.html", clock=ClockStart.MADE, deployment_id=None, lifetime=HOUR)
    raised.retained.add(made)
    assert record_of(raised, "file:1").clock_started_at == NOON + HOUR
    (segment,) = raised.retained.segments("drill-1", "bridge-street", to=NOON)
    assert (segment.ended_at, segment.packets, segment.complete) == (ended_at, 1500, True)
    assert raised.retained.segments(from_=ended_at + SECOND) == []


def test_a_lists_own_files_wait_a_day_for_a_resumption(raised: Store, home: Path, clock: Clock) -> None:
    """After a stop they stay 24 hours, because the deployment may be resumed; once it is closed they go."""
    raised.retained.add(
        clear_file(home / "list.csv", clock=ClockStart.DEPLOYMENT_CLOSE, lifetime=dt.timedelta(0))
    )
    assert record_of(raised, "file:1").clock_started_at is None
    raised.end_deployment("drill-1", STOPPED)
    assert record_of(raised, "file:1").due_at == NOON + DAY
    clock.now += HOUR
    raised.end_deployment("drill-1", CLOSED)
    assert record_of(raised, "file:1").due_at == NOON + HOUR


@pytest.mark.parametrize(
    ("clock_start", "deployment_id"),
    [
        (ClockStart.DEPLOYMENT_END, None),
        (ClockStart.DEPLOYMENT_CLOSE, None),
        (ClockStart.ADJUDICATION, "drill-1"),
        (ClockStart.CAPTURE, None),
    ],
)
def test_what_would_be_kept_for_ever_is_refused(clock_start: ClockStart, deployment_id: str | None) -> None:
    """An object whose clock nothing could ever start is a mistake of the caller."""
    with pytest.raises(ValueError, match="file:1"):
        NewObject(
            object_id="file:1",
            data_class=DataClass.ALERT,
            kind="page",
            deployment_id=deployment_id,
            clock=clock_start,
            lifetime=DAY,
            policy_version=1,
        )


def test_what_is_kept_is_never_claimed(raised: Store, home: Path, clock: Clock) -> None:
    """Counts and the log have no rule: nothing erases them, not even when it is asked to by name."""
    kept = clear_file(home / "counts.json", clock=ClockStart.MADE, data_class=DataClass.KEPT)
    raised.retained.add(kept)
    clock.now += 1000 * DAY
    assert raised.retained.claim(["file:1"], clock.now) == []
    assert Eraser(raised, clock=clock).erase("file:1") is None


def test_the_site_has_objects_too(raised: Store, home: Path, clock: Clock) -> None:
    """What belongs to no deployment is erased by its own clock, and its receipt stands with the site's events."""
    raised.retained.add(
        clear_file(home / "sheet.png", clock=ClockStart.MADE, deployment_id=None, lifetime=HOUR)
    )
    clock.now += HOUR
    caught = Eraser(raised, clock=clock).catch_up()
    assert [event.deployment_id for event in caught.erased] == [SITE]
    assert not (home / "sheet.png").exists()


# --- adjudication -----------------------------------------------------------------------------------------


def test_a_false_alert_is_due_from_the_decision(raised: Store, clock: Clock) -> None:
    """Its class and clock change with the verdict, while its deployment runs on; erased, only counts are left."""
    clock.now += HOUR
    decide(raised, "c0ffee", "false", why="other ears")
    assert record_of(raised).due_at == clock.now
    receipt = Eraser(raised, clock=clock).erase(ALERT)
    assert receipt is not None
    assert receipt.public["data_class"] == "false-alert"
    assert receipt.public["lateness_s"] == 0
    row = raised.alert("c0ffee")
    assert (row.subject_id, row.state, row.erased_at, row.score) == (None, "false", clock.now, 0.971)
    with pytest.raises(Erased, match="was erased at"):
        raised.picture(row.alert_id)
    with pytest.raises(StoreError, match="no alert|no probe"):
        raised.picture("another")


def test_a_verdict_on_what_is_being_erased_keeps_its_rule(raised: Store, clock: Clock) -> None:
    """An alert that was claimed is erased under the rule of the claim, whatever is decided meanwhile."""
    raised.end_deployment("drill-1", CLOSED)
    clock.now += DAY
    raised.retained.claim([ALERT], clock.now)
    clock.now += HOUR
    decide(raised, "c0ffee", "false")
    (receipt,) = receipts_in(Eraser(raised, clock=clock).catch_up().erased)
    assert (receipt.data_class, receipt.due_at) == (DataClass.ALERT, NOON + DAY)


# --- holds ------------------------------------------------------------------------------------------------


def test_a_held_alert_outlives_everything_and_then_goes_at_once(raised: Store, clock: Clock) -> None:
    """While a hold is active nothing erases it, however overdue; released, it is due from when it was."""
    hold_id = hold(raised, note="note-marker")
    raised.end_deployment("drill-1", CLOSED)
    clock.now += 100 * DAY
    eraser = Eraser(raised, clock=clock)
    assert eraser.catch_up().erased == ()
    assert eraser.erase(ALERT) is None
    assert raised.alert("c0ffee").subject_id == SUBJECT
    released = raised.retained.release_hold(hold_id[:6], who="officer2", why="case closed")
    assert (released.released_at, released.released_by) == (clock.now, "officer2")
    assert raised.retained.holds() == []
    assert len(raised.retained.holds(active_only=False)) == 1
    caught = eraser.catch_up()
    (receipt,) = receipts_in(caught.erased)
    assert (receipt.object_id, receipt.due_at) == (ALERT, NOON + DAY)
    names = [event.name for event in raised.iter_events()]
    assert [name for name in names if name.startswith("hold.")] == ["hold.placed", "hold.released"]
    with pytest.raises(Refused, match="was released at"):
        raised.retained.release_hold(hold_id, who="officer2")


def test_a_false_alert_may_be_held(raised: Store, clock: Clock) -> None:
    """A complaint about a wrong match keeps it; it goes when the hold does, and both holds must go."""
    first, second = hold(raised), hold(raised)
    decide(raised, "c0ffee", "false")
    eraser = Eraser(raised, clock=clock)
    assert eraser.erase(ALERT) is None
    assert raised.picture("c0ffee00c0ffee00") == PICTURE
    clock.now += HOUR
    raised.retained.release_hold(first, who="officer2")
    assert eraser.catch_up().erased == ()
    raised.retained.release_hold(second, who="officer2")
    (receipt,) = receipts_in(eraser.catch_up().erased)
    assert (receipt.data_class, receipt.lateness_s) == (DataClass.FALSE_ALERT, HOUR.total_seconds())


def test_what_is_being_erased_or_gone_cannot_be_held(raised: Store, clock: Clock) -> None:
    """Once its erasure has begun a hold comes too late; and nothing can be held that never was."""
    raised.end_deployment("drill-1", CLOSED)
    clock.now += DAY
    raised.retained.claim([ALERT], clock.now)
    with pytest.raises(Refused, match="is being erased"):
        hold(raised, note="too late")
    Eraser(raised, clock=clock).catch_up()
    with pytest.raises(Refused, match="was erased at"):
        hold(raised)
    with pytest.raises(StoreError, match="nothing is kept under the id 'alert:none'"):
        hold(raised, "alert:none")
    with pytest.raises(StoreError, match="no hold has an id that begins with 'ff'"):
        raised.retained.release_hold("ff", who="officer1")


def test_a_note_needs_a_key_to_be_sealed_under(raised: Store, home: Path) -> None:
    """A file in clear has no key: a note on its hold would stand in clear, and is refused."""
    raised.retained.add(clear_file(home / "page.html"))
    with pytest.raises(Refused, match="no key of its own"):
        hold(raised, "file:1", note="note-marker")
    assert raised.retained.holds() == []
    assert hold(raised, "file:1")


# --- claims and receipts ----------------------------------------------------------------------------------


def test_nothing_is_claimed_before_it_is_due(raised: Store, clock: Clock) -> None:
    """Not while its clock stands, not a microsecond early, and never what is unknown."""
    assert raised.retained.claim([ALERT, "alert:none"], clock.now + 1000 * DAY) == []
    raised.end_deployment("drill-1", CLOSED)
    assert raised.retained.claim([ALERT], NOON + DAY - dt.timedelta(microseconds=1)) == []
    (claim,) = raised.retained.claim([ALERT], NOON + DAY)
    assert (claim.object_id, claim.due_at, claim.items) == (
        ALERT,
        NOON + DAY,
        {"pictures": 2, "identities": 1},
    )
    assert record_of(raised).claimed


def test_finishing_writes_one_receipt(raised: Store, clock: Clock) -> None:
    """Finishing again, by the same or another claim, writes nothing; finishing nothing neither."""
    raised.end_deployment("drill-1", CLOSED)
    clock.now += DAY
    first = raised.retained.claim([ALERT], clock.now)
    second = raised.retained.claim([ALERT], clock.now)
    assert first == second, "whoever died is followed by another"
    before = raised.head()
    assert raised.retained.finish([], clock.now) == []
    assert raised.head() == before
    assert [event.name for event in raised.retained.finish(first, clock.now)] == ["data.erased"]
    assert raised.retained.finish(second, clock.now) == []
    assert raised.retained.claim([ALERT], clock.now) == []
    assert verify(raised.iter_events(), raised.head()).events == before.seq + 1


def test_a_clock_set_back_makes_no_early_receipt(raised: Store, clock: Clock) -> None:
    """Between claim and finish the clock jumps back: the receipt is of the moment of the claim."""
    raised.end_deployment("drill-1", CLOSED)
    clock.now = NOON + DAY + HOUR
    claims = raised.retained.claim([ALERT], clock.now)
    clock.now = NOON
    (again,) = raised.retained.claim([ALERT], clock.now)
    assert again.due_at == NOON + DAY
    (receipt,) = receipts_in(raised.retained.finish(claims, clock.now))
    assert (receipt.done_at, receipt.lateness_s) == (NOON + DAY + HOUR, HOUR.total_seconds())


def test_a_claim_by_a_clock_set_by_hand_stays_marked(raised: Store, clock: Clock) -> None:
    """Who finishes a simulated purge after a crash, by the real clock, does not pass it off as real."""
    raised.end_deployment("drill-1", CLOSED)
    raised.retained.claim([ALERT], NOON + 7 * DAY, simulated=True)
    (receipt,) = receipts_in(Eraser(raised, clock=clock).catch_up().erased)
    assert (receipt.simulated, receipt.due_at, receipt.done_at) == (True, NOON + DAY, NOON + 7 * DAY)


def many_due(store: Store, clock: Clock, count: int = 24) -> set[str]:
    """Alerts and segments and files, all of them due; their ids."""
    store.begin_deployment("drill-1", started())
    for number in range(count):
        store.raise_alert(alert(f"a{number}"))
    for number in range(1, 5):
        store.retained.end_segment(end_of(begin_segment(store, number)))
    for number in range(4):
        store.retained.add(clear_file(store.home / "reports" / f"{number}.html", f"file:{number}"))
    store.end_deployment("drill-1", CLOSED)
    clock.now += 40 * DAY
    return {record.object_id for record in store.retained.records()}


def test_erasers_at_the_same_time_write_each_receipt_once(open_store: OpenStore, clock: Clock) -> None:
    """Threads with stores of their own erase the same things: each is erased, and has one receipt."""
    store = open_store()
    expected = many_due(store, clock)
    erasers = [Eraser(open_store(), clock=clock) for _ in range(3)]
    together = Barrier(len(erasers))

    def erase(eraser: Eraser) -> int:
        together.wait()
        caught = eraser.catch_up()
        assert caught.overdue == ()
        return len(caught.erased)

    with ThreadPoolExecutor(len(erasers)) as pool:
        counts = list(pool.map(erase, erasers))
    assert sum(counts) == len(expected)
    assert receipts(store) == dict.fromkeys(expected, 1)
    assert store.retained.records() == []
    assert verify(store.iter_events(), store.head())


def test_eraser_processes_at_the_same_time_write_each_receipt_once(
    open_store: OpenStore, home: Path, database: str, clock: Clock
) -> None:
    """The same for processes."""
    store = open_store()
    expected = many_due(store, clock)
    erasers = [python(ERASER, str(home), database, clock.now.isoformat()) for _ in range(2)]
    for eraser in erasers:
        assert eraser.stdout is not None
        assert eraser.stdout.readline() == "ready\n"
    for eraser in erasers:
        assert eraser.stdin is not None
        eraser.stdin.write("go\n")
        eraser.stdin.flush()
    counts = [int(eraser.communicate(timeout=60)[0].split()[-1]) for eraser in erasers]
    assert sum(counts) == len(expected)
    assert receipts(store) == dict.fromkeys(expected, 1)
    assert verify(store.iter_events(), store.head())


# --- keys -------------------------------------------------------------------------------------------------


def test_a_deployments_secret_is_made_once_and_retained(raised: Store, clock: Clock) -> None:
    """Every call gives the same 32 bytes until it is erased with the alerts; then another one is made."""
    secret = raised.deployment_secret("drill-1")
    assert len(secret) == 32
    assert raised.deployment_secret("drill-1") == secret
    (object_id,) = raised.retained.object_ids("drill-1", "deployment-secret")
    raised.end_deployment("drill-1", STOPPED)
    assert record_of(raised, object_id).due_at == NOON + DAY
    clock.now += DAY
    assert receipts(raised) == {}
    Eraser(raised, clock=clock).catch_up()
    assert receipts(raised) == {ALERT: 1, object_id: 1}
    raised.begin_deployment("drill-1", started())
    assert raised.deployment_secret("drill-1") != secret
    with pytest.raises(StoreError, match="drill-2 never began"):
        raised.deployment_secret("drill-2")
    assert raised.keys.named("deployment:drill-2") is None, "nothing was made for it"


def test_a_secret_whose_maker_died_is_retained_all_the_same(raised: Store) -> None:
    """The key was made and its maker died before it was retained: the next caller does that."""
    key = raised.keys.named_or_create("deployment:drill-1", "deployment-secret")
    assert raised.deployment_secret("drill-1") == key.secret
    assert raised.retained.object_ids("drill-1", "deployment-secret") == [f"secret:{key.key_id}"]


def test_orphaned_keys_are_swept_and_live_ones_never(raised: Store, clock: Clock) -> None:
    """A key without an object is destroyed after ten minutes; keys of objects, old or held, stay."""
    begin_segment(raised)
    raised.deployment_secret("drill-1")
    old = raised.keys.create("alert")
    clock.now += HOUR
    young = raised.keys.create("alert")
    Eraser(raised, clock=clock).catch_up()
    assert raised.keys.known(old.key_id, young.key_id) == {young.key_id}
    assert raised.alert("c0ffee").subject_id == SUBJECT
    assert raised.keys.counts() == {"alert": 2, "deployment-secret": 1, "footage": 1}


def test_a_retried_alert_leaves_no_key(raised: Store) -> None:
    """Raising again makes no key that stays."""
    assert not raised.raise_alert(alert())
    assert raised.keys.counts() == {"alert": 1}


def test_an_altered_sealed_part_is_refused(raised: Store) -> None:
    """One bit of an alert's row is changed: who it is about is not told wrongly, but refused."""
    with raised._engine.begin() as connection:
        (sealed,) = connection.exec_driver_sql("SELECT sealed FROM alerts").one()
        altered = bytes(sealed)[:-1] + bytes([bytes(sealed)[-1] ^ 1])
        mark = "?" if raised._engine.dialect.name == "sqlite" else "%s"
        connection.exec_driver_sql(f"UPDATE alerts SET sealed = {mark}", (altered,))
    with pytest.raises(Tampered, match="not what was sealed"):
        raised.alert("c0ffee")


def test_another_key_store_is_refused(
    open_store: OpenStore, raised: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database knows its key store: another one's keys are not used, and the right ones still work."""
    raised.close()
    monkeypatch.setenv("LFR_KEYS", str(tmp_path / "elsewhere"))
    (tmp_path / "other-home").mkdir()
    with Store.open(tmp_path / "other-home") as other:
        assert other.keys.store_id
    with pytest.raises(KeyRefused, match=r"was sealed with .*set LFR_KEYS"):
        open_store().alert("c0ffee")
    monkeypatch.delenv("LFR_KEYS")
    assert open_store().alert("c0ffee").subject_id == SUBJECT


def test_a_key_store_serves_one_database(
    home: Path, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another database would find the keys to be nobody's, and sweep them: it is refused, and none is lost."""
    monkeypatch.setenv("LFR_KEYS", str(tmp_path / "keys"))
    with Store.open(home, clock=clock) as store:
        store.begin_deployment("drill-1", started())
        store.raise_alert(alert())
        with Store.open(tmp_path / "other", clock=clock) as other, other.lease("drill-2"):
            other.begin_deployment("drill-2", started("drill-2"))
            for _ in range(2):
                with pytest.raises(KeyRefused, match="keys of another database"):
                    other.raise_alert(alert("beef", "drill-2"))
            clock.now += ORPHAN_AGE + dt.timedelta(seconds=1)
            Eraser(other, clock=clock).catch_up()
            assert not other.retained.has_keys()
        assert store.alert("c0ffee").subject_id == SUBJECT


def test_a_missing_key_store_is_refused_and_none_is_made(
    open_store: OpenStore, raised: Store, home: Path, clock: Clock
) -> None:
    """Keys that are gone are not made anew; nothing is claimed, what is due is overdue, and holds still work."""
    raised.end_deployment("drill-1", CLOSED)
    raised.close()
    (home / "keys").rename(home / "away")
    store = open_store()
    clock.now += DAY
    with pytest.raises(KeyRefused, match="is not there"):
        store.alert("c0ffee")
    (overdue,) = Eraser(store, clock=clock).catch_up().overdue
    assert (overdue.object_id, overdue.due_at) == (ALERT, NOON + DAY)
    assert "is not there" in overdue.reason
    assert not (home / "keys").exists()
    assert not record_of(store).claimed
    hold(store)
    (home / "away").rename(home / "keys")
    assert store.alert("c0ffee").subject_id == SUBJECT


def test_a_wrong_key_encryption_key_is_refused_and_nothing_harmed(
    home: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Database and key store are byte for byte what they were, whatever is tried with the wrong key."""
    monkeypatch.setenv("LFR_KEK", "11" * 32)
    with Store.open(home, clock=clock) as store:
        store.begin_deployment("drill-1", started())
        store.raise_alert(alert())
        store.end_deployment("drill-1", CLOSED)
    files = [home / "lfr.db", home / "keys" / "keys.db"]
    before = [file.read_bytes() for file in files]
    monkeypatch.setenv("LFR_KEK", "22" * 32)
    clock.now += DAY
    with Store.open(home, clock=clock) as store:
        for attempt in (
            lambda: store.alert("c0ffee"),
            lambda: store.picture("c0ffee00c0ffee00"),
            lambda: store.raise_alert(alert("another")),
            lambda: decide(store, "c0ffee", "false", why="reason"),
            lambda: hold(store, note="note"),
            lambda: store.deployment_secret("drill-1"),
        ):
            with pytest.raises(KeyRefused):
                attempt()
    assert [file.read_bytes() for file in files] == before
    with Store.open(home, clock=clock) as store:
        assert "KEK" in Eraser(store, clock=clock).catch_up().overdue[0].reason
        assert not record_of(store).claimed
    monkeypatch.setenv("LFR_KEK", "11" * 32)
    with Store.open(home, clock=clock) as store:
        assert store.alert("c0ffee").subject_id == SUBJECT
        assert [event.name for event in Eraser(store, clock=clock).catch_up().erased] == ["data.erased"]


def test_the_keys_of_a_copy_without_keys_are_asked_for(raised: Store, home: Path, tmp_path: Path) -> None:
    """A copy of the data alone tells nobody who an alert is about."""
    if raised._engine.dialect.name != "sqlite":
        pytest.skip("a copy of a file")
    raised.close()
    shutil.copy(home / "lfr.db", tmp_path / "lfr.db")
    assert SUBJECT.encode() not in (tmp_path / "lfr.db").read_bytes()
    with Store.open(tmp_path) as copy, pytest.raises(KeyRefused):
        copy.alerts()
    assert not (tmp_path / "keys").exists()

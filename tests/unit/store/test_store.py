"""The store: state and event together, once, in order; on SQLite and PostgreSQL alike."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from lfr_actors.errors import Refused, StoreError
from lfr_actors.events.alerts import AlertRaised
from lfr_actors.events.cameras import CameraOpened
from lfr_actors.events.chain import ORIGIN, Head, verify
from lfr_actors.events.sealed import key_id_of
from lfr_actors.store import Store
from lfr_actors.store.append import event_context
from lfr_actors.store.vault.sealing import unseal
from tests.unit.events.samples import BODIES, UNKNOWN, started
from tests.unit.store.conftest import OpenStore
from tests.unit.store.samples import CLOSED, PICTURE, STOPPED, SUBJECT, alert, decide


def test_an_empty_store_is_empty(store: Store) -> None:
    """Nothing is there, and the log stands at its beginning."""
    assert store.events() == []
    assert store.alerts() == []
    assert store.deployments() == []
    assert store.head() == ORIGIN


def test_events_come_back_in_order(store: Store) -> None:
    """Every kind of body is written and read, numbered from 1 without a gap, and the chain verifies."""
    written = store.append("drill-1", *BODIES, UNKNOWN)
    assert store.events() == list(written)
    assert [event.body for event in store.events()] == [*BODIES, UNKNOWN]
    assert [event.seq for event in written] == list(range(1, len(BODIES) + 2))
    assert verify(store.iter_events(), store.head()).head == Head(seq=written[-1].seq, hash=written[-1].hash)


def test_appending_nothing_writes_nothing(store: Store) -> None:
    """No body, no event."""
    assert store.append("drill-1") == ()
    assert store.head() == ORIGIN


def test_events_are_read_from_a_place_and_of_a_deployment(store: Store) -> None:
    """`after`, `deployment_id` and `limit` choose; the newest come in order too."""
    for number in range(6):
        camera = CameraOpened(camera=str(number), width=1, height=1, source_kind="file")
        store.append("even" if number % 2 == 0 else "odd", camera)
    assert [event.seq for event in store.events(after=2, limit=3)] == [3, 4, 5]
    assert [event.seq for event in store.events(deployment_id="odd")] == [2, 4, 6]
    assert [event.seq for event in store.last_events(2)] == [5, 6]
    assert [event.seq for event in store.last_events(2, deployment_id="even")] == [3, 5]
    assert [event.seq for event in store.iter_events(after=4)] == [5, 6]


def test_long_logs_are_read_in_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches join without a gap or a repeat."""
    monkeypatch.setattr("lfr_actors.store.store._BATCH", 3)
    store.append("drill-1", *BODIES[1:8])
    assert [event.seq for event in store.iter_events()] == [1, 2, 3, 4, 5, 6, 7]


def test_a_body_that_cannot_be_written_writes_nothing(store: Store) -> None:
    """One bad body refuses the whole call; the log goes on after it."""
    bad = CameraOpened(camera="a", width="wide", height=1, source_kind="file")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"CameraOpened\.width"):
        store.append("drill-1", BODIES[2], bad)
    assert store.events() == []
    store.append("drill-1", BODIES[2])
    assert verify(store.iter_events()).events == 1


def test_times_are_of_the_clock(home: Path, database: str) -> None:
    """Events carry the injected clock's time, in UTC."""
    noon = dt.datetime(2024, 9, 7, 13, 0, 0, 7, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    with Store.open(home, database, clock=lambda: noon) as store:
        (event,) = store.append("drill-1", BODIES[2])
    assert event.at == noon
    assert event.written_at == "2024-09-07T12:00:00.000007Z"


def test_a_deployment_is_resumed_until_it_is_closed(store: Store) -> None:
    """Each start after a stop or a crash is another incarnation; after closing the id is refused for ever."""
    assert store.begin_deployment("drill-1", started()) == 1
    assert store.end_deployment("drill-1", STOPPED)
    assert store.begin_deployment("drill-1", started()) == 2
    assert store.begin_deployment("drill-1", started()) == 3, "after a crash nobody wrote a stop"
    assert store.end_deployment("drill-1", CLOSED)
    before = store.head()
    with pytest.raises(Refused, match="was closed"):
        store.require_open("drill-1")
    with pytest.raises(Refused, match="was closed"):
        store.begin_deployment("drill-1", started())
    assert store.head() == before
    names = [event.name for event in store.events()]
    assert names == [
        "deployment.started",
        "retention.declared",
        "deployment.stopped",
        "deployment.started",
        "retention.declared",
        "deployment.started",
        "retention.declared",
        "deployment.closed",
    ]
    starts = [event for event in store.events() if event.name == "deployment.started"]
    incarnations = [event.public["incarnation"] for event in starts]
    assert incarnations == [1, 2, 3]
    (row,) = store.deployments()
    assert (row.state, row.incarnation, row.location) == ("closed", 3, "Wrexham city centre")
    assert row.ended_at is not None


def test_ending_twice_writes_once(store: Store) -> None:
    """Ending is idempotent; a stopped deployment may still be closed, a closed one not stopped."""
    store.begin_deployment("drill-1", started())
    assert [
        store.end_deployment("drill-1", body) for body in (STOPPED, STOPPED, CLOSED, CLOSED, STOPPED)
    ] == [
        True,
        False,
        True,
        False,
        False,
    ]
    assert len(store.events()) == 4


def test_what_never_began_cannot_end_or_alert(store: Store) -> None:
    """An unknown deployment is named, and nothing is written."""
    with pytest.raises(StoreError, match="drill-1 never began"):
        store.end_deployment("drill-1", CLOSED)
    with pytest.raises(StoreError, match="drill-1 never began"):
        store.raise_alert(alert())
    assert store.head() == ORIGIN


def test_a_start_under_another_name_is_refused(store: Store) -> None:
    """The event and the state speak of the same deployment."""
    with pytest.raises(ValueError, match="drill-2"):
        store.begin_deployment("drill-1", started("drill-2"))


def test_an_alert_is_raised_once(store: Store) -> None:
    """The first call writes state, picture and event; a retry writes nothing."""
    store.begin_deployment("drill-1", started())
    assert store.raise_alert(alert())
    before = store.head()
    assert not store.raise_alert(alert(score=0.99))
    assert store.head() == before
    (row,) = store.alerts()
    assert (row.alert_id, row.subject_id, row.score, row.state) == (
        "c0ffee00c0ffee00",
        SUBJECT,
        0.971,
        "raised",
    )
    assert store.picture(row.alert_id) == PICTURE
    (event,) = store.events(after=2)
    assert event.seq == row.event_seq
    assert isinstance(event.body, AlertRaised)
    assert event.body.alert_id == row.alert_id


def test_an_alert_with_numpy_numbers_is_not_lost(store: Store) -> None:
    """Scores straight out of an array are written."""
    store.begin_deployment("drill-1", started())
    numbers = {"score": np.float32(0.96), "media_time_s": np.float64(1.5), "hits": np.int64(2)}
    assert store.raise_alert(alert(**numbers))
    assert store.alerts()[0].score == pytest.approx(0.96)


def test_an_alert_in_flight_is_kept_after_the_stop(store: Store) -> None:
    """An alert that arrives after its deployment ended is still committed."""
    store.begin_deployment("drill-1", started())
    store.end_deployment("drill-1", STOPPED)
    assert store.raise_alert(alert())


def test_alerts_are_listed_and_found(store: Store) -> None:
    """Alerts come in order, by deployment, and by any unique beginning of their id."""
    for deployment in ("drill-1", "drill-2"):
        store.begin_deployment(deployment, started(deployment))
    for alert_id, deployment in (("b1", "drill-2"), ("a1", "drill-1"), ("a12", "drill-1")):
        store.raise_alert(alert(alert_id, deployment))
    assert [row.alert_id for row in store.alerts()] == ["b1", "a1", "a12"]
    assert [row.alert_id for row in store.alerts("drill-1")] == ["a1", "a12"]
    assert store.alert("b").alert_id == "b1"
    assert store.alert("a1").alert_id == "a1", "a whole id wins over a beginning"
    with pytest.raises(StoreError, match="several alerts"):
        store.alert("a")
    for unknown in ("", "x", "%", "_", "B1"):
        with pytest.raises(StoreError, match="no alert"):
            store.alert(unknown)
    with pytest.raises(StoreError, match="no list-0 picture"):
        store.picture("a1", "list-0")


def test_who_an_alert_is_about_is_sealed_in_its_event(store: Store) -> None:
    """Neither subject nor picture is in clear in the log; with the key the subject can be read."""
    store.begin_deployment("drill-1", started())
    store.raise_alert(alert())
    decide(store, "c0ffee", "true", why="reason-marker")
    for event in store.iter_events():
        assert "marker" not in event.public_json
        assert "marker" not in repr(event.to_json())
        assert b"marker" not in (event.sealed or b"")
    raised, decided = store.events(after=2)
    for event, spoken in ((raised, {"subject_id": SUBJECT}), (decided, {"why": "reason-marker"})):
        assert event.sealed is not None
        key = store.keys.get(key_id_of(event.sealed))
        assert event.key_id == key.key_id
        assert json.loads(unseal(key, event.sealed, event_context(event.event_id))) == spoken


@pytest.mark.parametrize("closed", [False, True])
def test_nothing_that_speaks_of_a_person_is_in_any_file(home: Path, closed: bool) -> None:
    """Subject, picture and reason are in clear in no file of the data folder, while it is open and after."""
    with Store.open(home) as store:
        store.begin_deployment("drill-1", started())
        store.raise_alert(alert())
        decide(store, "c0ffee", "cannot-tell", why="reason-marker")
        store.retained.place_hold(
            "alert:c0ffee00c0ffee00",
            reason="evidence",
            authority="EX/1",
            review_on=dt.date(2024, 10, 1),
            who="officer1",
            note="note-marker",
        )
        if not closed:
            _no_marker_in(home)
        assert store.alert("c0ffee").subject_id == SUBJECT
        assert store.picture("c0ffee00c0ffee00") == PICTURE
    _no_marker_in(home)


def _no_marker_in(home: Path) -> None:
    files = {path.name: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert {"lfr.db", "keys.db", "kek"} <= set(files)
    assert [name for name, content in files.items() if b"marker" in content] == []


def test_everything_is_there_after_reopening(open_store: OpenStore) -> None:
    """Another store on the same database sees what was committed."""
    first = open_store()
    first.begin_deployment("drill-1", started())
    first.raise_alert(alert())
    first.close()
    first.close()
    second = open_store()
    assert len(second.alerts()) == 1
    assert not second.raise_alert(alert())
    assert second.alerts()[0].subject_id == SUBJECT
    assert verify(second.iter_events(), second.head()).events == 3


@pytest.mark.parametrize("statement", ["UPDATE events SET name = 'x'", "DELETE FROM events"])
def test_the_log_refuses_changes(store: Store, statement: str) -> None:
    """A mistake of ours cannot alter the log: the database refuses."""
    store.append("drill-1", BODIES[2])
    with pytest.raises(sa.exc.DBAPIError, match="only be appended"), store._engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert verify(store.iter_events(), store.head()).events == 1

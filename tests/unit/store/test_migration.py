"""From the version that kept subjects and pictures in clear: they go, the log stays as it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from lfr_actors.errors import Erased
from lfr_actors.events.chain import verify
from lfr_actors.store import Store
from lfr_actors.store.append import append_events
from lfr_actors.store.database import database_url, open_engine, writing
from lfr_actors.store.migrate import _config
from tests.unit.events.samples import NOON, started
from tests.unit.store.conftest import OpenStore
from tests.unit.store.samples import CLOSED, PICTURE, SUBJECT, Clock, alert

ALERTS = 60


def old_database(home: Path, url: str) -> int:
    """A database as the first step made it, with alerts in clear; how many events its log has."""
    engine = open_engine(database_url(home, url))
    with writing(engine) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with writing(engine) as connection:
        append_events(connection, "drill-1", [started()], NOON)
        at = "2024-09-07T12:00:00.000000Z"
        connection.exec_driver_sql(
            "INSERT INTO deployments (deployment_id, location, state, incarnation, started_at) "
            f"VALUES ('drill-1', 'Wrexham', 'running', 1, '{at}')"
        )
        for number in range(ALERTS):
            _old_alert(connection, f"a{number}", at)
    engine.dispose()
    return 1 + ALERTS


def _old_alert(connection: sa.Connection, alert_id: str, at: str) -> None:
    from lfr_actors.store.alerts import alert_raised

    (event,) = append_events(connection, "drill-1", [alert_raised(alert(alert_id), None)], NOON)
    connection.execute(
        sa.text(
            "INSERT INTO alerts VALUES (:id, 'drill-1', 'bridge-street', '1-7', :subject, :at, :at, 12.48, 0.971, "
            "0.955, 2, 'g1', 500, 'open', 'raised', :seq, NULL, NULL)"
        ),
        {"id": alert_id, "subject": SUBJECT, "at": at, "seq": event.seq},
    )
    connection.execute(
        sa.text("INSERT INTO alert_pictures VALUES (:id, 'probe', :jpeg)"),
        {"id": alert_id, "jpeg": PICTURE * 100},
    )


def test_an_old_database_is_cleaned(home: Path, database: str, open_store: OpenStore, clock: Clock) -> None:
    """Subjects and pictures are gone, counts and scores are there, the log verifies, and it goes on."""
    events = old_database(home, database)
    store = open_store()
    assert verify(store.iter_events(), store.head()).events == events
    rows = store.alerts()
    assert len(rows) == ALERTS
    assert {(row.subject_id, row.score, row.state) for row in rows} == {(None, 0.971, "raised")}
    assert all(row.erased_at is not None and row.erased_at > row.raised_at for row in rows)
    with pytest.raises(Erased):
        store.picture("a7")
    assert store.policy_of("drill-1").version == 1
    store.raise_alert(alert("new"))
    assert store.alert("new").subject_id == SUBJECT
    assert store.end_deployment("drill-1", CLOSED)


def test_what_was_decided_before_still_counts(home: Path, database: str, open_store: OpenStore) -> None:
    """Until there were steps the state was the verdict; an alert that nobody decided has none."""
    old_database(home, database)
    engine = open_engine(database_url(home, database))
    with writing(engine) as connection:
        for alert_id, state in (("a1", "true"), ("a2", "false"), ("a3", "cannot-tell")):
            change = sa.text("UPDATE alerts SET state = :state WHERE alert_id = :id")
            connection.execute(change, {"state": state, "id": alert_id})
    engine.dispose()
    verdicts = {row.alert_id: row.verdict for row in open_store().alerts()}
    assert [verdicts[f"a{number}"] for number in range(4)] == [None, "true", "false", "cannot-tell"]


def test_nothing_of_them_is_left_in_any_file(home: Path) -> None:
    """From the moment it is opened, no file of the data folder has a subject or a picture in it."""
    url = f"sqlite:///{home / 'lfr.db'}"
    old_database(home, url)
    assert b"marker" in (home / "lfr.db").read_bytes()
    with Store.open(home):
        for file in home.iterdir():
            assert b"marker" not in file.read_bytes(), file.name
    assert b"marker" not in (home / "lfr.db").read_bytes()


def test_a_step_that_fails_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in the middle leaves the old database, and the next opening succeeds."""
    url = f"sqlite:///{home / 'lfr.db'}"
    events = old_database(home, url)
    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_table", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            Store.open(home)
    with sqlite3.connect(home / "lfr.db") as old:
        assert old.execute("SELECT count(*) FROM alert_pictures WHERE jpeg IS NOT NULL").fetchone() == (
            ALERTS,
        )
    old.close()
    with Store.open(home) as store:
        assert verify(store.iter_events(), store.head()).events == events

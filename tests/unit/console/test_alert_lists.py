"""The alerts of a deployment are read once for everybody, and never shown as they stood before a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from lfr_actors.alerting.case import Acknowledge, Adjudicate, State, Verdict
from lfr_actors.console import alert_lists
from lfr_actors.console.alert_lists import AlertLists
from lfr_actors.people import Person, Role
from lfr_actors.store import Store
from lfr_actors.store.adjudicating import act, queue
from lfr_actors.store.rows import AlertRow
from tests.unit.events.samples import started
from tests.unit.store.samples import alert

OPERATOR = Person(name="b.hughes", role=Role.OPERATOR)


def test_what_was_decided_is_listed_at_once(home: Path) -> None:
    """After each step, and after the erasure of a false one, the list is as the store has it."""
    lists = AlertLists()
    with Store.open(home) as store:
        store.begin_deployment("drill-1", started("drill-1"))
        one = alert()
        store.raise_alert(one)
        assert [row.state for row in lists.of(store, one.deployment_id)] == [State.RAISED]
        act(store, one.alert_id, Acknowledge(), OPERATOR)
        assert [row.state for row in lists.of(store, one.deployment_id)] == [State.SEEN]
        act(store, one.alert_id, Adjudicate(verdict=Verdict.FALSE, why=None), OPERATOR)
        (erased,) = lists.of(store, one.deployment_id)
        assert erased.erased_at is not None
        assert [erased] == queue(store, one.deployment_id)


def test_the_store_is_asked_again_only_after_an_event(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many look, an unchanged list is read once."""
    reads: list[str] = []

    def counted(store: Store, deployment_id: str) -> list[AlertRow]:
        reads.append(deployment_id)
        return queue(store, deployment_id)

    monkeypatch.setattr(alert_lists, "queue", counted)
    lists = AlertLists()
    with Store.open(home) as store:
        store.begin_deployment("drill-1", started("drill-1"))
        deployment_id = alert().deployment_id
        for _ in range(3):
            assert lists.of(store, deployment_id) == ()
        assert len(reads) == 1
        store.raise_alert(alert())
        assert len(lists.of(store, deployment_id)) == 1
        assert len(reads) == 2

"""Deciding alerts in a store: rows, events, sealed parts and erasure together, also when several people act."""

from __future__ import annotations

import datetime as dt
import json
import threading
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from lfr_actors.alerting.adjudication import (
    Acknowledge,
    Act,
    Confirm,
    Engage,
    Opinion,
    RecordOutcome,
    State,
    Undo,
    possible,
)
from lfr_actors.alerting.outcomes import Outcome
from lfr_actors.errors import Erased, KeyRefused, Refused, StoreError, VaultError
from lfr_actors.events.chain import verify
from lfr_actors.messages import SubjectId, Wanted, WantedPicture
from lfr_actors.people import Person
from lfr_actors.retention.erasure import Eraser
from lfr_actors.store import Store, schema
from lfr_actors.store.adjudicating import (
    act,
    carry_out,
    case_of,
    escalate_due,
    opinions,
    queue,
    steps,
    waiting_opinions,
)
from lfr_actors.store.vault.keys import Keys
from tests.unit.alerting.cases import ANNA, AUDITOR, BEN, CARA, SAM, SUE, says
from tests.unit.events.samples import NOON, started
from tests.unit.store.conftest import OpenStore
from tests.unit.store.samples import CLOSED, CONTEXT, DAY, PICTURE, SECOND, SUBJECT, Clock, alert

A = "c0ffee00c0ffee00"


@pytest.fixture
def raised(store: Store) -> Store:
    """A running deployment with an alert that one person decides."""
    store.begin_deployment("drill-1", started())
    store.raise_alert(alert())
    return store


@pytest.fixture
def two(store: Store) -> Store:
    """A running deployment with an alert that two people decide."""
    store.begin_deployment("drill-1", replace(started(), two_person=True))
    store.raise_alert(alert())
    return store


def names(store: Store) -> list[str]:
    """What was written of alerts, in order."""
    about = ("alert.", "outcome.", "data.")
    return [event.name for event in store.iter_events() if event.name.startswith(about)]


def all_of(store: Store, *acts: tuple[Act, Person]) -> None:
    """Carry out acts, one after the other."""
    for what, person in acts:
        act(store, A, what, person)


def test_the_whole_way(raised: Store, clock: Clock) -> None:
    """From seen to the outcome, each with its event in the same log, and the history tells it."""
    assert case_of(raised, A).state is State.RAISED
    for what in (
        Acknowledge(),
        says("true", "same scar"),
        Engage(engaged=True),
        Confirm(same_person=True, why="passport"),
        RecordOutcome(outcome=Outcome.ARREST, offence="theft", note="shop"),
    ):
        clock.now += SECOND
        row = act(raised, A, what, ANNA)
    assert (row.state, row.verdict, row.outcome, row.subject_id) == (
        "confirmed-true",
        "true",
        "arrest",
        SUBJECT,
    )
    assert (row.seen_by, row.seen_at) == ("anna", NOON + SECOND)
    told = [(step.who, step.what, step.why) for step in steps(raised, A)]
    assert told == [
        (None, "raised", None),
        ("anna", "seen", None),
        ("anna", "decided: true", "same scar"),
        ("anna", "engaged", None),
        ("anna", "confirmed true", "passport"),
        ("anna", "outcome: arrest (theft)", "shop"),
    ]
    assert [step.at - NOON for step in steps(raised, A)] == [SECOND * n for n in range(6)]
    verify(raised.iter_events(), raised.head())


def test_a_false_alert_is_gone_before_anybody_is_told(raised: Store) -> None:
    """The row that comes back is erased, its receipt is there; when, who and what stay, the reason does not."""
    acted = carry_out(raised, A, says("false", "other ears"), ANNA)
    assert (acted.row.state, acted.row.subject_id) == ("false", None)
    assert acted.row.erased_at is not None
    assert [event.name for event in (*acted.written, *acted.receipts)] == ["alert.adjudicated", "data.erased"]
    assert raised.picture_kinds(A) == ()
    for gone in (lambda: raised.picture(A), lambda: raised.wanted(A)):
        with pytest.raises(Erased):
            gone()
    assert [(step.what.partition(":")[0], step.why) for step in steps(raised, A)] == [
        ("raised", None),
        ("decided", None),
        ("erased", None),
    ]
    before = raised.head()
    assert act(raised, A, says("false"), BEN) == acted.row, "the same again writes nothing"
    with pytest.raises(Refused, match="nothing left to decide"):
        act(raised, A, says("true"), BEN)
    assert raised.head() == before


def test_an_erasure_that_failed_is_done_by_the_same_act(
    raised: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict is written and the erasure fails: whoever decided learns it, and the next try erases."""

    def failing_disk(*_: object) -> int:
        raise StoreError("keys.db", "the disk failed")

    with monkeypatch.context() as patch:
        patch.setattr(Keys, "destroy", failing_disk)
        with pytest.raises(VaultError, match="the disk failed"):
            act(raised, A, says("false"), ANNA)
    assert raised.alert(A).erased_at is None
    again = carry_out(raised, A, says("false"), BEN)
    assert (again.written, len(again.receipts)) == ((), 1)
    assert names(raised) == ["alert.raised", "alert.adjudicated", "data.erased"]


def test_after_engagement_somebody_else_is_erased_too(raised: Store) -> None:
    """Confirmed false: erased as a false alert, and its outcome is still recorded, without a note."""
    all_of(raised, (says("true"), ANNA), (Engage(engaged=True), ANNA), (Confirm(same_person=False), ANNA))
    row = raised.alert(A)
    assert (row.state, row.verdict, row.subject_id) == ("confirmed-false", "true", None)
    (receipt,) = [event.public for event in raised.iter_events() if event.name == "data.erased"]
    assert receipt["data_class"] == "false-alert"
    with pytest.raises(Refused, match="without one"):
        act(raised, A, RecordOutcome(outcome=Outcome.MISIDENTIFICATION, note="sorry"), ANNA)
    assert (
        act(raised, A, RecordOutcome(outcome=Outcome.MISIDENTIFICATION), ANNA).outcome == "misidentification"
    )


def test_what_its_time_erased_is_decided_no_more(raised: Store, clock: Clock) -> None:
    """After the 24 hours there is nothing to look at; an outcome that comes late is counted all the same."""
    all_of(raised, (says("true"), ANNA), (Engage(engaged=False), ANNA))
    raised.end_deployment("drill-1", CLOSED)
    clock.now += DAY
    Eraser(raised, clock=clock).catch_up()
    with pytest.raises(Refused, match="was erased"):
        act(raised, A, Engage(engaged=True), ANNA)
    assert act(raised, A, RecordOutcome(outcome=Outcome.NO_ACTION), ANNA).outcome == "no-further-action"


@pytest.mark.parametrize("what", [says("true", "scar"), Engage(engaged=True), Undo(), Acknowledge()])
def test_who_is_refused_writes_nothing(raised: Store, what: Act) -> None:
    """Neither an auditor nor an alert that is not there moves anything."""
    before = raised.head()
    with pytest.raises(Refused):
        act(raised, A, what, AUDITOR)
    for unknown in ("c0ffee", "", "%", "zz"):
        with pytest.raises(StoreError, match="there is no alert"):
            act(raised, unknown, what, ANNA)
    assert raised.head() == before


def test_an_offence_is_one_of_the_site(raised: Store) -> None:
    """Free text never reaches the log; a site's own list replaces the product's."""
    all_of(raised, (says("true"), ANNA), (Engage(engaged=True), ANNA), (Confirm(same_person=True), ANNA))
    with pytest.raises(Refused, match="'John Smith' is not a category of offences"):
        act(raised, A, RecordOutcome(outcome=Outcome.ARREST, offence="John Smith"), ANNA)
    (raised.home / "site.yaml").write_text("outcomes: {offences: [hare-coursing]}\n")
    with pytest.raises(Refused, match="known are hare-coursing"):
        act(raised, A, RecordOutcome(outcome=Outcome.ARREST, offence="theft"), ANNA)
    act(raised, A, RecordOutcome(outcome=Outcome.ARREST, offence="hare-coursing"), ANNA)
    assert steps(raised, A)[-1].what == "outcome: arrest (hare coursing)"


def test_without_keys_nothing_is_decided(raised: Store, home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A false alert that could not be erased is not even written as such; what is not sealed can still be read."""
    before = raised.head()
    monkeypatch.setenv("LFR_KEK", "ab" * 32)
    with Store.open(home, raised._engine.url.render_as_string(hide_password=False)) as other:
        with pytest.raises(KeyRefused):
            act(other, A, says("false"), ANNA)
        assert other.head() == before
        assert case_of(other, A).state is State.RAISED
        (row,) = queue(other, "drill-1")
        assert (row.alert_id, row.subject_id) == (A, None)


# --- two people -------------------------------------------------------------------------------------------


def test_two_opinions_are_blind_until_both_are_given(two: Store) -> None:
    """The first is sealed in row and event, and shown to nobody but its giver; then both are shown to all."""
    act(two, A, says("true", "scar-marker"), ANNA)
    assert case_of(two, A).opinions == (Opinion(ordinal=1, who="anna", verdict=None),)
    for other in (BEN, SUE, AUDITOR):
        assert [each.verdict for each in opinions(two, A, other)] == [None]
    (own,) = opinions(two, A, ANNA)
    assert (own.verdict, own.why) == ("true", "scar-marker")
    assert [(step.what, step.why) for step in steps(two, A)][1:] == [("first opinion", None)]
    assert waiting_opinions(two, "drill-1") == {A: "anna"}
    assert two.alert(A).verdict is None
    act(two, A, says("true"), BEN)
    assert waiting_opinions(two, "drill-1") == {}
    assert [(each.who, each.verdict, each.why) for each in opinions(two, A, AUDITOR)] == [
        ("anna", "true", "scar-marker"),
        ("ben", "true", None),
    ]
    assert [(step.who, step.what) for step in steps(two, A)][1:] == [
        ("anna", "first opinion: true"),
        ("ben", "second opinion: true"),
        ("anna and ben", "decided: true"),
    ]
    for event in two.iter_events():
        assert "marker" not in event.public_json


def test_two_who_agree_on_false_erase_it_with_what_they_said(two: Store) -> None:
    """Nothing of either opinion can be read afterwards; that they were given stays."""
    all_of(two, (says("false", "nose"), ANNA), (says("false", "ears"), BEN))
    assert two.alert(A).subject_id is None
    assert [(each.who, each.verdict, each.why) for each in opinions(two, A, SUE)] == [
        ("anna", None, None),
        ("ben", None, None),
    ]
    with two.decisions._engine.connect() as connection:
        assert connection.execute(sa.select(schema.alert_opinions.c.sealed)).scalars().all() == [None, None]


def test_a_dispute_goes_to_a_supervisor(two: Store) -> None:
    """Two who differ decide nothing; the supervisor's word does, and both opinions are there to be read."""
    all_of(two, (says("true"), ANNA), (says("false"), BEN))
    assert two.alert(A).state == "disputed"
    assert two.alert(A).subject_id == SUBJECT
    with pytest.raises(Refused, match="only supervisor may"):
        act(two, A, says("true"), CARA)
    assert [each.verdict for each in opinions(two, A, SUE)] == ["true", "false"]
    assert act(two, A, says("true"), SUE).state == "true"
    assert names(two)[1:] == [
        "alert.opinion_given",
        "alert.opinion_given",
        "alert.disputed",
        "alert.adjudicated",
    ]


def test_the_length_of_a_sealed_opinion_says_nothing(two: Store) -> None:
    """Whatever was decided, row and event have as many bytes as for another verdict."""
    lengths = set()
    for verdict in ("true", "false", "cannot-tell"):
        act(two, A, says(verdict), ANNA)
        with two._engine.connect() as connection:
            (row,) = connection.execute(sa.select(schema.alert_opinions.c.sealed)).scalars()
        event = two.last_events(1)[0]
        lengths.add((event.name, len(row), len(event.sealed or b"")))
        act(two, A, Undo(), ANNA)
    assert len(lengths) == 1


def test_an_opinion_taken_back_is_never_read(two: Store) -> None:
    """Withdrawn, it is in no row, and its sealed event is shown to nobody before both have decided."""
    all_of(two, (says("false"), ANNA), (Undo(), ANNA))
    case = case_of(two, A)
    assert (case.state, case.opinions, case.opinions_given) == ("seen", (), 0)
    assert [step.what for step in steps(two, A)][1:] == [
        "first opinion",
        "taken back: one-opinion, it is seen again",
    ]
    all_of(two, (says("true"), ANNA), (says("true"), BEN))
    assert two.alert(A).state == "true"


def test_cannot_tell_may_be_decided_by_two_others(two: Store) -> None:
    """A second round has its own pair of opinions; those of the first are not mixed up with them."""
    all_of(two, (says("cannot-tell"), ANNA), (says("cannot-tell"), BEN))
    act(two, A, says("true"), CARA)
    assert [(each.ordinal, each.who) for each in case_of(two, A).opinions] == [(3, "cara")]
    act(two, A, says("true"), ANNA)
    assert [each.verdict for each in opinions(two, A, BEN)] == ["true", "true"]
    assert two.alert(A).state == "true"


# --- several at once --------------------------------------------------------------------------------------


def test_what_somebody_else_decided_meanwhile_is_not_overwritten(raised: Store) -> None:
    """Whoever decides on what is no longer so is told to look again; who says the same is not."""
    act(raised, A, says("true"), ANNA, expects=State.RAISED)
    with pytest.raises(Refused, match="somebody else decided at this moment: look again, it is true"):
        act(raised, A, says("false"), BEN, expects=State.SEEN)
    assert act(raised, A, says("true"), BEN, expects=State.SEEN).state == "true"
    assert act(raised, A, Acknowledge(), BEN, expects=State.RAISED).state == "true"
    assert act(raised, A, says("cannot-tell"), BEN, expects=State.TRUE).state == "cannot-tell"


def test_of_many_at_one_moment_one_decides(raised: Store, open_store: OpenStore) -> None:
    """Eight threads on two stores: one verdict is written, and everybody else is told."""
    other, start = open_store(), threading.Barrier(8)
    answers: list[str] = []

    def decide(number: int) -> None:
        start.wait()
        person = replace(ANNA, name=f"p{number}")
        verdict = ("true", "cannot-tell")[number % 2]
        store = (raised, other)[number // 2 % 2]
        try:
            answers.append(act(store, A, says(verdict), person, expects=State.RAISED).state)
        except Refused as refused:
            answers.append(refused.reason[:12])

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    decided = raised.alert(A).state
    assert names(raised) == ["alert.raised", "alert.adjudicated"]
    assert sorted(answers) == sorted([str(decided)] * 4 + ["somebody els"] * 4)


def test_two_at_one_moment_are_two_opinions(two: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two people decide, an opinion that lost the race is taken as the second; with a third it is refused."""
    write, raced = two.decisions.write, []

    def beaten(*arguments: Any) -> Any:
        if not raced:
            raced.append(True)
            act(two, A, says("true"), BEN)
        return write(*arguments)

    monkeypatch.setattr(two.decisions, "write", beaten)
    assert act(two, A, says("true"), ANNA).state == "true"
    assert [each.who for each in opinions(two, A, SUE)] == ["ben", "anna"]
    with pytest.raises(Refused, match="look again"):
        act(two, A, says("false"), SUE, expects=State.SEEN)


def test_an_undo_brings_everything_back(raised: Store, clock: Clock) -> None:
    """Row and case are as before; after ten seconds it is too late, for another person at once."""
    act(raised, A, Acknowledge(), ANNA)
    before = case_of(raised, A)
    act(raised, A, says("true"), ANNA)
    clock.now += 10 * SECOND
    assert "undo" in [each.name for each in possible(case_of(raised, A), ANNA, clock.now)]
    with pytest.raises(Refused, match="that of anna"):
        act(raised, A, Undo(), BEN)
    act(raised, A, Undo(), ANNA)
    assert case_of(raised, A) == before
    act(raised, A, says("true"), ANNA)
    clock.now += 10 * SECOND + dt.timedelta(microseconds=1)
    with pytest.raises(Refused, match="more than 10 s ago"):
        act(raised, A, Undo(), ANNA)


# --- escalation and the queue -----------------------------------------------------------------------------


def test_what_nobody_acknowledged_escalates_once(raised: Store, clock: Clock) -> None:
    """At thirty seconds and not before; acknowledged, decided and erased ones never."""
    for name in ("aa", "ab", "ac"):
        raised.raise_alert(alert(name))
    act(raised, "aa", Acknowledge(), ANNA)
    act(raised, "ab", says("cannot-tell"), ANNA)
    clock.now += 30 * SECOND
    assert escalate_due(raised, "drill-1", clock.now - dt.timedelta(microseconds=1)) == []
    assert escalate_due(raised, "drill-1", clock.now) == [A, "ac"]
    head = raised.head()
    assert escalate_due(raised, "drill-1", clock.now) == []
    assert raised.head() == head
    assert raised.alert(A).escalated_at == clock.now
    assert steps(raised, A)[-1].what == "escalated: nobody acknowledged it within 30 s"
    assert act(raised, A, Acknowledge(), SAM).state == "seen"


def test_the_queue_opens_nothing(raised: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows without who it is, in the order in which they were raised; no key is asked for."""
    monkeypatch.setattr(Keys, "get", lambda *_: pytest.fail("a key was asked for"))
    (row,) = queue(raised, "drill-1")
    assert (row.alert_id, row.subject_id, row.state) == (A, None, State.RAISED)


# --- what the list said -----------------------------------------------------------------------------------

WANTED = Wanted(
    subject_id=SubjectId(SUBJECT),
    category="warrant",
    priority="red",
    legal_basis="court warrant",
    date_of_birth=dt.date(1980, 2, 29),
    notes="notes-marker",
    pictures=(
        WantedPicture(image_source="custody-marker", image_taken=dt.date(2020, 1, 1)),
        WantedPicture(image_source=None, image_taken=None),
    ),
)


def test_what_the_list_says_is_sealed_with_the_alert(store: Store) -> None:
    """Category and priority are in clear, for the queue; everything else, and the pictures, go with the alert."""
    store.begin_deployment("drill-1", started())
    portraits = [b"\xff\xd8portrait-marker-%d" % n for n in range(7)]
    assert store.raise_alert(alert(), WANTED, [portraits[0], b"", *portraits[2:]])
    assert store.wanted(A) == WANTED
    assert store.picture_kinds(A) == ("probe", "context", "list-0", "list-2", "list-3", "list-4", "list-5")
    assert [store.picture(A, kind) for kind in ("probe", "context", "list-2")] == [
        PICTURE,
        CONTEXT,
        portraits[2],
    ]
    row = store.alert(A)
    assert (row.category, row.priority, row.subject_id) == ("warrant", "red", SUBJECT)
    (event,) = store.events(name="alert.raised")
    assert (event.public["category"], event.public["priority"]) == ("warrant", "red")
    assert "marker" not in event.public_json
    for file in store.home.rglob("*"):
        assert not file.is_file() or b"marker" not in file.read_bytes()
    acted = carry_out(store, A, says("false"), ANNA)
    assert json.loads(acted.receipts[0].public_json)["items"] == {"pictures": 7, "identities": 1}
    assert (acted.row.category, acted.row.priority) == ("warrant", "red"), "counts stay"


def test_an_alert_whose_list_could_not_be_read_is_not_lost(raised: Store) -> None:
    """It is raised without what the list says, and says so."""
    assert raised.wanted(A) is None
    assert raised.alert(A).subject_id == SUBJECT
    assert raised.picture_kinds(A) == ("probe", "context")
    with pytest.raises(StoreError, match="there is no alert"):
        raised.wanted("another")

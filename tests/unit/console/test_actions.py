"""What people do on the pages: forms that decide alerts and stop deployments, and what is refused of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from lfr_actors.console import forms
from lfr_actors.console.csrf import session_csrf
from lfr_actors.errors import Erased, KeyRefused, VaultError
from lfr_actors.events.people import StopRequested
from lfr_actors.people import Role
from lfr_actors.retention import erasure
from lfr_actors.store import Store
from lfr_actors.store.stop_request import request_stop
from tests.unit.console.console_site import DEPLOYMENT, ConsoleSite, console_site
from tests.unit.events.samples import started
from tests.unit.store.samples import SECOND, STOPPED

ALERT = "c0ffee00c0ffee00"
PAGE = f"/alerts/{ALERT}"


@pytest.fixture
async def site(home: Path) -> AsyncIterator[ConsoleSite]:
    """A console in which one operator decides."""
    async with console_site(home) as found:
        found.raise_alert(ALERT)
        yield found


async def test_a_whole_decision_by_plain_forms(site: ConsoleSite) -> None:
    """Acknowledged, true, engaged, confirmed, outcome: each form leads back to the alert, each step names who."""
    ann = site.person("ann")
    posted = (
        ("acknowledge", {}),
        ("adjudicate", {"verdict": "true", "why": "the scar"}),
        ("engage", {"engaged": "yes", "why": ""}),
        ("confirm", {"same_person": "yes"}),
        ("outcome", {"outcome": "arrest", "offence": "theft", "note": "calm"}),
    )
    for act, fields in posted:
        answer = await ann.post(f"{PAGE}/{act}", fields)
        assert (answer.status, answer.headers["Location"]) == (303, PAGE), act
    row = site.store.alert(ALERT)
    assert (row.state, row.outcome, row.seen_by) == ("confirmed-true", "arrest", "ann")
    page = await ann.text(PAGE)
    assert "the scar" in page
    assert "calm" in page
    (outcome,) = site.events("outcome.recorded")
    assert (outcome.public["offence"], outcome.public["who"]) == ("theft", "ann")


async def test_false_is_gone_before_the_answer(site: ConsoleSite) -> None:
    """It asks first; confirmed, the pictures and the key are gone when the answer comes, which says so."""
    ann = site.person("ann")
    asked = await ann.post(f"{PAGE}/adjudicate", {"verdict": "false"}, X_Fragment="1")
    assert asked.status == 400
    assert "confirm" in await asked.text()
    assert site.store.picture(ALERT)
    answer = await ann.post(f"{PAGE}/adjudicate", {"verdict": "false", "confirm": "yes"}, X_Fragment="1")
    with pytest.raises(Erased):
        site.store.picture(ALERT)
    assert answer.status == 200
    assert site.store.alert(ALERT).subject_id is None
    assert "receipt" in (await answer.text()).lower()


async def test_a_false_alert_that_cannot_be_erased_is_said_to_be(
    site: ConsoleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision stands, the answer says that it is not gone yet, and nothing of it is shown any more."""

    def fail(*_: object) -> None:
        raise VaultError("key store", "the disk is read-only")

    ann = site.person("ann")
    fields = {"verdict": "false", "confirm": "yes"}
    with monkeypatch.context() as patch:
        patch.setattr(erasure.Eraser, "erase", fail)
        answer = await ann.post(f"{PAGE}/adjudicate", fields, X_Fragment="1")
    assert answer.status == 503
    assert "could not be erased" in await answer.text()
    assert "custody" not in await ann.text(PAGE)
    assert (await ann.get(f"{PAGE}/pictures/probe")).status == 410


async def test_nothing_is_said_to_be_written_that_is_not(
    site: ConsoleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the keys nothing is decided, and the answer does not speak of a decision that waits for erasure."""

    def refuse(_: object) -> None:
        raise KeyRefused("LFR_KEK", "is another key")

    ann = site.person("ann")
    await ann.text(PAGE)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "keys", property(refuse))
        answer = await ann.post(f"{PAGE}/adjudicate", {"verdict": "false", "confirm": "yes"}, X_Fragment="1")
    assert answer.status == 503
    assert "written down as false" not in await answer.text()
    assert site.store.alert(ALERT).state == "seen"


@pytest.mark.parametrize("charset", ["utf-7", "nosuch", "zlib"])
async def test_what_is_no_text_is_refused(site: ConsoleSite, charset: str) -> None:
    """No note, reason or password in another encoding gets in: half a character would spoil pages for ever."""
    sue = site.person("sue", Role.SUPERVISOR)
    form = f"application/x-www-form-urlencoded; charset={charset}"
    headers = {"Cookie": f"lfr={sue.token}", "X-CSRF-Token": session_csrf(sue.token), "Content-Type": form}
    fields = "verdict=true&why=+2AA-&csrf=x&name=sue&password=+2AA-"
    for path in (f"{PAGE}/adjudicate", f"/d/{DEPLOYMENT}/stop", "/sign-in"):
        answer = await site.client.post(path, data=fields, headers=headers, allow_redirects=False)
        assert answer.status == 400
    await sue.text(PAGE)
    await sue.text(f"/d/{DEPLOYMENT}/log")
    (event,) = site.store.append(DEPLOYMENT, StopRequested(who="sue", why="file \udcff"))
    assert event.public["why"] == "file ?"
    await sue.text(f"/d/{DEPLOYMENT}/log")


async def test_a_form_that_does_not_come_whole_is_not_waited_for(
    site: ConsoleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody holds a connection by beginning to send something."""
    monkeypatch.setattr(forms, "_BODY_S", 0.05)

    async def drip() -> AsyncIterator[bytes]:
        yield b"csrf="
        await asyncio.Event().wait()

    headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "900"}
    answer = await asyncio.wait_for(site.client.post("/sign-in", data=drip(), headers=headers), 10)
    assert answer.status == 408


async def test_undo_within_ten_seconds(site: ConsoleSite) -> None:
    """The button counts down and works; afterwards it is not there, and refused."""
    ann, bob = site.person("ann"), site.person("bob")
    await ann.post(f"{PAGE}/adjudicate", {"verdict": "true"})
    site.clock.now += 4 * SECOND
    assert 'data-act="undo"' in await ann.fragment(PAGE)
    assert 'data-act="undo"' not in await bob.fragment(PAGE)
    assert (await bob.post(f"{PAGE}/undo")).status == 403
    assert (await ann.post(f"{PAGE}/undo")).status == 303
    assert site.store.alert(ALERT).state == "seen"
    await ann.post(f"{PAGE}/adjudicate", {"verdict": "true"})
    site.clock.now += 11 * SECOND
    assert 'data-act="undo"' not in await ann.fragment(PAGE)
    assert (await ann.post(f"{PAGE}/undo")).status == 403


async def test_who_may_not_decide_is_refused(site: ConsoleSite) -> None:
    """Auditors and administrators change nothing, and get no button; an operator reaches no supervisor's act."""
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        who = site.person(role.value, role)
        assert "data-act" not in await who.text(PAGE)
        for act in ("acknowledge", "adjudicate", "engage", "confirm", "outcome", "undo"):
            assert (await who.post(f"{PAGE}/{act}", {"verdict": "true"})).status == 403
    assert site.store.alert(ALERT).state == "raised"
    ann = site.person("ann")
    for act, fields in (("adjudicate", {"verdict": "true"}), ("engage", {"engaged": "no"})):
        await ann.post(f"{PAGE}/{act}", fields)
    assert (await ann.post(f"{PAGE}/outcome", {"outcome": "no-further-action"})).status == 303
    again = await ann.post(f"{PAGE}/outcome", {"outcome": "no-further-action", "note": "again"})
    assert again.status in (303, 403)
    assert len(site.events("outcome.recorded")) == 1
    assert (await ann.post(f"/d/{DEPLOYMENT}/stop", {"why": "I want to"})).status == 403


async def test_forms_without_their_token_do_nothing(site: ConsoleSite) -> None:
    """A form that another page sends, without the token or with another one's, is refused."""
    ann, bob = site.person("ann"), site.person("bob")
    for token in ("", "x", session_csrf(bob.token)):
        answer = await ann.post(f"{PAGE}/adjudicate", {"verdict": "true", "csrf": token})
        assert answer.status == 403
    other = await ann.post(f"{PAGE}/adjudicate", {"verdict": "true"}, Origin="https://evil.example")
    assert other.status == 403
    assert site.store.alert(ALERT).state == "raised"


async def test_a_decision_on_a_page_that_is_out_of_date_is_refused(site: ConsoleSite) -> None:
    """Who decided on what is not so any more is told, and nothing is decided on top of it."""
    ann, bob = site.person("ann"), site.person("bob")
    await ann.post(f"{PAGE}/adjudicate", {"verdict": "cannot-tell"})
    late = await bob.post(f"{PAGE}/adjudicate", {"verdict": "true", "state": "seen"}, X_Fragment="1")
    assert late.status == 409
    assert "somebody else decided" in await late.text()
    assert site.store.alert(ALERT).state == "cannot-tell"


async def test_two_decide_at_once_and_one_is_told(site: ConsoleSite) -> None:
    """Of two different verdicts at the same moment one is written; the other is refused, never both."""
    ann, bob = site.person("ann"), site.person("bob")
    await ann.text(PAGE)
    answers = await asyncio.gather(
        ann.post(f"{PAGE}/adjudicate", {"verdict": "true", "state": "seen"}),
        bob.post(f"{PAGE}/adjudicate", {"verdict": "cannot-tell", "state": "seen"}),
    )
    assert sorted(answer.status for answer in answers) == [303, 409]
    assert len(site.events("alert.adjudicated")) == 1


async def test_fields_that_mean_nothing_are_refused(site: ConsoleSite) -> None:
    """Each wrong field is named with what would be right; nothing is written."""
    ann = site.person("ann")
    wrong = (
        ("adjudicate", {}, "verdict"),
        ("adjudicate", {"verdict": "perhaps"}, "verdict"),
        ("adjudicate", {"verdict": "true", "state": "gone"}, "state"),
        ("engage", {"engaged": "maybe"}, "engaged"),
        ("confirm", {"same_person": ""}, "same_person"),
        ("outcome", {"outcome": "prize"}, "outcome"),
    )
    for act, fields, named in wrong:
        answer = await ann.post(f"{PAGE}/{act}", fields, X_Fragment="1")
        assert answer.status == 400, act
        assert named in await answer.text()
    too_long = await ann.post(f"{PAGE}/adjudicate", {"verdict": "true", "why": "x" * 3_000})
    assert too_long.status == 403
    too_large = await ann.post(f"{PAGE}/adjudicate", {"verdict": "true", "why": "x" * 70_000})
    assert too_large.status == 413
    assert site.store.alert(ALERT).state == "raised"


async def test_a_note_is_inert_on_the_page(site: ConsoleSite) -> None:
    """Markup in a note is text in the history."""
    ann = site.person("ann")
    await ann.post(f"{PAGE}/adjudicate", {"verdict": "true", "why": "<img src=x onerror=alert(1)>"})
    page = await ann.text(PAGE)
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


async def test_stop_is_a_supervisors_and_wants_a_reason(site: ConsoleSite) -> None:
    """A stop is asked for once, with who and why; without a reason, or of what does not run, it is refused."""
    sue = site.person("sue", Role.SUPERVISOR)
    address = f"/d/{DEPLOYMENT}/stop"
    assert (await sue.post(address, {"why": "  "})).status == 403
    answer = await sue.post(address, {"why": "the crowd is too dense"})
    assert (answer.status, answer.headers["Location"]) == (303, f"/d/{DEPLOYMENT}")
    (asked,) = site.events("deployment.stop_requested")
    assert asked.public == {"who": "sue", "why": "the crowd is too dense"}
    assert "sue asked for a stop" in await sue.fragment(f"/d/{DEPLOYMENT}/header")
    site.store.end_deployment(DEPLOYMENT, STOPPED)
    assert "asked for a stop" not in await sue.fragment(f"/d/{DEPLOYMENT}/header")
    assert (await sue.post(address, {"why": "again"})).status == 403
    site.store.begin_deployment(DEPLOYMENT, replace(started(DEPLOYMENT)))
    assert "asked for a stop" not in await sue.fragment(f"/d/{DEPLOYMENT}/header")
    request_stop(site.store, DEPLOYMENT, who="sue", why="now")
    assert "asked for a stop" in await sue.fragment(f"/d/{DEPLOYMENT}/header")

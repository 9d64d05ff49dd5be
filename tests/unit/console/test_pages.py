"""The pages of the console, asked for without a browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from lfr_actors.console.app import end_old_sessions, escalate
from lfr_actors.errors import StoreError
from lfr_actors.evaluation.reference_scores import ReferenceScores, save_reference_scores
from lfr_actors.events.cameras import CameraObserved
from lfr_actors.events.matching import SearchDisagreed
from lfr_actors.events.measuring import Band, MeasurementDeclared, RateLeftBand
from lfr_actors.people import Role
from tests.unit.console.console_site import DEPLOYMENT, NOTES, ConsoleSite, Somebody, console_site
from tests.unit.console.test_live import status
from tests.unit.events.samples import BODIES, started
from tests.unit.store.samples import PICTURE, SECOND, STOPPED, SUBJECT

ALERT = "c0ffee00c0ffee00"
OTHER = "c0ffee00c0ffee01"
VIEWED = "access.viewed"


@pytest.fixture
async def site(home: Path) -> AsyncIterator[ConsoleSite]:
    """A console in which one operator decides."""
    async with console_site(home) as found:
        yield found


@pytest.fixture
async def pair(home: Path) -> AsyncIterator[ConsoleSite]:
    """A console in which two operators decide."""
    async with console_site(home, two_person=True) as found:
        yield found


async def test_pages_show_the_deployment_its_queue_and_an_alert(site: ConsoleSite) -> None:
    """An operator is led from the front page to the deployment, and finds place, queue and alert there."""
    site.raise_alert(ALERT)
    ann = site.person("ann")
    front = await ann.get("/")
    assert (front.status, front.headers["Location"]) == (303, f"/d/{DEPLOYMENT}")
    page = await ann.text(f"/d/{DEPLOYMENT}")
    assert "Wrexham city centre" in page
    assert f'data-alert="{ALERT}"' in page
    opened = await ann.text(f"/alerts/{ALERT}")
    for said in (
        SUBJECT,
        "court warrant",
        "custody",
        "2022-03-04",
        "1980-01-02",
        "0.971",
        "Is it the same person?",
    ):
        assert said in opened
    assert f"/alerts/{ALERT}/pictures/probe" in opened
    assert f"/alerts/{ALERT}/pictures/list-1" in opened
    assert "insufficient data" in opened
    for path in ("/deployments", f"/d/{DEPLOYMENT}/cameras"):
        assert "<!doctype html>" in await ann.text(path)


async def test_the_header_says_which_rate_left_its_band(site: ConsoleSite) -> None:
    """A figure outside its declared band stands above every page while the deployment runs, and in the fragment."""
    band = Band(what="never-searched", at_most=0.5)
    left = RateLeftBand(
        what=band.what,
        camera="bridge-street",
        figure=0.9,
        hits=72,
        trials=80,
        low=0.75,
        high=0.98,
        confidence=0.95,
        at_least=None,
        at_most=0.5,
        against="the declared band",
    )
    ann = site.person("ann")
    declared = MeasurementDeclared(bands=(band,), confidence=0.95, commissioned={}, never_compared={})
    site.store.append(DEPLOYMENT, declared)
    assert "declared band" not in await ann.text(f"/d/{DEPLOYMENT}")
    site.store.append(DEPLOYMENT, left)
    for page in (await ann.text(f"/d/{DEPLOYMENT}"), await ann.fragment(f"/d/{DEPLOYMENT}/header")):
        assert "Outside its declared band: tracks never searched, camera bridge-street: 90 %" in page
    site.store.end_deployment(DEPLOYMENT, STOPPED)
    assert "Outside its declared band" not in await ann.text(f"/d/{DEPLOYMENT}")


async def test_the_front_page_leads_to_what_runs(site: ConsoleSite) -> None:
    """The deployment beside this console first; once it is over, another that runs; else the list of all."""
    ann = site.person("ann")

    async def leads_to() -> str:
        return (await ann.get("/")).headers["Location"]

    site.store.begin_deployment("drill-2", started("drill-2"))
    assert await leads_to() == f"/d/{DEPLOYMENT}"
    site.store.end_deployment(DEPLOYMENT, STOPPED)
    assert await leads_to() == "/d/drill-2"
    site.store.end_deployment("drill-2", STOPPED)
    assert await leads_to() == "/deployments"
    assert "drill-2" in await ann.text("/deployments")
    assert "The deployment does not run" in await ann.text(f"/d/{DEPLOYMENT}/cameras")


async def test_queue_names_nobody_and_shows_no_picture(site: ConsoleSite) -> None:
    """The queue, and every page without an opened alert, holds no subject, no note and no address of a picture."""
    site.raise_alert(ALERT)
    ann = site.person("ann")
    for path in (f"/d/{DEPLOYMENT}", f"/d/{DEPLOYMENT}/queue", f"/d/{DEPLOYMENT}/header"):
        page = await ann.text(path)
        assert SUBJECT not in page
        assert "/pictures/" not in page
    assert not site.events(VIEWED)


async def test_what_a_list_says_is_inert_on_the_page(site: ConsoleSite) -> None:
    """Markup in a subject's id or notes is text on the page, never a script."""
    hostile = '"><script>alert(1)</script>'
    site.raise_alert(ALERT, subject_id=hostile, camera_id=hostile)
    ann = site.person("ann")
    for page in (await ann.text(f"/alerts/{ALERT}"), await ann.text(f"/d/{DEPLOYMENT}/cameras")):
        assert "<script>alert" not in page
    assert "&lt;script&gt;" in await ann.fragment(f"/alerts/{ALERT}")
    assert NOTES not in await ann.fragment(f"/alerts/{ALERT}")


async def test_looking_is_written_before_and_once_a_minute(site: ConsoleSite) -> None:
    """Page, fragment and pictures of an alert are one look a minute for each account, whoever it is."""
    site.raise_alert(ALERT)
    ann, aud = site.person("ann"), site.person("aud", Role.AUDITOR)
    await ann.text(f"/alerts/{ALERT}")
    await ann.fragment(f"/alerts/{ALERT}")
    await ann.get(f"/alerts/{ALERT}/pictures/probe")
    await aud.text(f"/alerts/{ALERT}")
    looks = [event.public for event in site.events(VIEWED)]
    assert looks == [{"what": f"alert:{ALERT}", "who": who, "why": None} for who in ("ann", "aud")]
    site.clock.now += 61 * SECOND
    await ann.get(f"/alerts/{ALERT}/pictures/probe")
    assert len(site.events(VIEWED)) == 3


async def test_nothing_is_shown_when_the_look_cannot_be_written(
    site: ConsoleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the log cannot be written, neither the page nor a picture is given."""
    site.raise_alert(ALERT)
    ann = site.person("ann")

    def full(*_: object, **__: object) -> None:
        raise StoreError("lfr.db", "no space left")

    monkeypatch.setattr(site.store, "append", full)
    for path in (f"/alerts/{ALERT}", f"/alerts/{ALERT}/pictures/probe"):
        answer = await ann.get(path)
        body = await answer.read()
        assert answer.status == 503
        assert SUBJECT.encode() not in body
        assert PICTURE not in body


async def test_opening_is_seeing_for_those_who_decide(site: ConsoleSite) -> None:
    """An auditor who opens an alert leaves it as it was; an operator has seen it, once."""
    site.raise_alert(ALERT)
    aud, ann, bob = site.person("aud", Role.AUDITOR), site.person("ann"), site.person("bob")
    await aud.text(f"/alerts/{ALERT}")
    assert site.store.alert(ALERT).state == "raised"
    await ann.text(f"/alerts/{ALERT}")
    await bob.text(f"/alerts/{ALERT}")
    assert site.store.alert(ALERT).seen_by == "ann"
    assert len(site.events("alert.seen")) == 1


async def test_auditors_and_administrators_get_no_picture(site: ConsoleSite) -> None:
    """They see the alert without pictures, are told why, and cannot fetch any; nor previews."""
    site.raise_alert(ALERT)
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        who = site.person(role.value, role)
        page = await who.text(f"/alerts/{ALERT}")
        assert SUBJECT in page
        assert "/pictures/" not in page
        assert "Pictures are for operators and supervisors." in page
        for kind in ("probe", "context", "list-0"):
            answer = await who.get(f"/alerts/{ALERT}/pictures/{kind}")
            assert answer.status == 403
            assert PICTURE not in await answer.read()
        assert (await who.get(f"/d/{DEPLOYMENT}/cameras/bridge-street/preview.jpg")).status == 403


async def test_pictures_are_of_a_fixed_list(site: ConsoleSite) -> None:
    """A picture is fetched by a known kind of a known alert; every other address leads nowhere, written nowhere."""
    site.raise_alert(ALERT)
    ann = site.person("ann")
    answer = await ann.get(f"/alerts/{ALERT}/pictures/probe")
    assert (answer.status, answer.content_type, await answer.read()) == (200, "image/jpeg", PICTURE)
    assert answer.headers["Cache-Control"] == "no-store"
    looks = len(site.events(VIEWED))
    wrong = (
        "list-2",
        "list-9",
        "PROBE",
        "..",
        "..%2f..%2flfr.db",
        "%2e%2e%2fprobe",
        "probe%00",
        "probe/",
        "list-0.jpg",
    )
    for kind in wrong:
        answer = await ann.get(f"/alerts/{ALERT}/pictures/{kind}")
        assert answer.status == 404, kind
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/"):
        assert (await ann.get(path)).status in (403, 404), path
    assert len(site.events(VIEWED)) == looks


async def test_ids_cannot_be_guessed_or_completed(site: ConsoleSite) -> None:
    """The beginning of an id, another one, and hostile ones all find the same nothing, on every address."""
    site.raise_alert(ALERT)
    sue = site.person("sue", Role.SUPERVISOR)
    said = set()
    for wrong in (
        ALERT[:8],
        "c",
        "%25",
        "..%2f..",
        "c0ffee00c0ffee0",
        OTHER,
        ALERT.upper(),
        "%27%20OR%201=1",
    ):
        for path in (f"/alerts/{wrong}", f"/alerts/{wrong}/pictures/probe"):
            answer = await sue.get(path, X_Fragment="1")
            assert answer.status == 404, path
            said.add(await answer.text())
        for act in ("acknowledge", "adjudicate", "outcome"):
            answer = await sue.post(f"/alerts/{wrong}/{act}", {"verdict": "true"})
            assert answer.status == 404, act
    assert len(said) == 1
    for path in ("/d/nobody", "/d/nobody/queue", "/d/nobody/cameras", "/d/nobody/log", "/d/nobody/stream"):
        assert (await sue.get(path)).status == 404, path
    assert (await sue.post("/d/nobody/stop", {"why": "no reason"})).status == 404
    assert (await sue.post(f"/alerts/{ALERT}/resurrect")).status == 404


async def test_nobody_is_told_nothing(site: ConsoleSite) -> None:
    """Without a session no address tells whether anything is there."""
    site.raise_alert(ALERT)
    for path in (f"/alerts/{ALERT}", f"/alerts/{OTHER}", "/d/nobody", f"/d/{DEPLOYMENT}/queue", "/"):
        answer = await site.client.get(path, headers={"X-Fragment": "1"}, allow_redirects=False)
        assert answer.status == 401
    health = await site.client.get("/health")
    assert (health.status, await health.json()) == (200, {"status": "ok"})


async def test_a_score_is_hidden_everywhere_until_both_decided(pair: ConsoleSite) -> None:
    """With two people, no queue, page, history, fragment or log shows it to those who decide; then all do."""
    pair.raise_alert(ALERT, score=0.987123)
    ann, bob = pair.person("ann"), pair.person("bob")
    sue = pair.person("sue", Role.SUPERVISOR)
    paths = (f"/d/{DEPLOYMENT}", f"/d/{DEPLOYMENT}/queue", f"/alerts/{ALERT}", f"/alerts/{ALERT}")

    async def told(who: Somebody) -> bool:
        said = [await who.text(path) for path in paths]
        said.append(await who.fragment(f"/alerts/{ALERT}"))
        api = ("alerts/" + ALERT, f"deployments/{DEPLOYMENT}/alerts", f"deployments/{DEPLOYMENT}/events")
        for path in (f"/d/{DEPLOYMENT}/log", *(f"/api/v1/{each}" for each in api)):
            said.append(await (await who.get(path)).text())
        return any("0.987" in each for each in said)

    searches = [body for body in BODIES if isinstance(body, CameraObserved | SearchDisagreed)]
    pair.store.append(DEPLOYMENT, *searches)
    assert not any([await told(who) for who in (ann, bob, sue)])
    log = await (await sue.get(f"/api/v1/deployments/{DEPLOYMENT}/events?limit=1000")).json()
    told_of = [
        each["data"] for each in log["events"] if each["name"] in ("camera.observed", "search.disagreed")
    ]
    assert [each.get("score_histogram", each.get("exact_score")) for each in told_of] == [None] * len(
        searches
    )
    assert "Hidden until both" in await ann.fragment(f"/alerts/{ALERT}")
    answer = await ann.post(f"/alerts/{ALERT}/adjudicate", {"verdict": "true"}, X_Fragment="1")
    assert answer.status == 200
    assert "0.987" not in await answer.text()
    assert not any([await told(who) for who in (ann, bob, sue)])
    assert (await bob.post(f"/alerts/{ALERT}/adjudicate", {"verdict": "true"})).status == 303
    for who in (ann, bob, sue):
        assert "0.987" in await who.text(f"/alerts/{ALERT}")
    assert "0.987" in await sue.text(f"/d/{DEPLOYMENT}/log")


async def test_an_opinion_is_blind_until_the_other_is_given(pair: ConsoleSite) -> None:
    """The second operator sees that one was given, neither which nor why; a dispute is a supervisor's."""
    pair.raise_alert(ALERT)
    ann, bob, sue = pair.person("ann"), pair.person("bob"), pair.person("sue", Role.SUPERVISOR)
    note = "the ears are alike"
    await ann.post(f"/alerts/{ALERT}/adjudicate", {"verdict": "true", "why": note})
    for who in (bob, sue):
        page = await who.fragment(f"/alerts/{ALERT}")
        assert note not in page
        assert 'data-state="one-opinion"' in page
    assert "waiting for the other" in await ann.fragment(f"/d/{DEPLOYMENT}/queue")
    assert "waiting for the other" not in await bob.fragment(f"/d/{DEPLOYMENT}/queue")
    await bob.post(f"/alerts/{ALERT}/adjudicate", {"verdict": "cannot-tell"})
    disputed = await sue.fragment(f"/alerts/{ALERT}")
    assert 'data-state="disputed"' in disputed
    assert note in disputed
    refused = await ann.post(f"/alerts/{ALERT}/adjudicate", {"verdict": "true"})
    assert refused.status == 403
    assert (await sue.post(f"/alerts/{ALERT}/adjudicate", {"verdict": "true"})).status == 303
    assert site_state(pair) == "true"


def site_state(site: ConsoleSite) -> str:
    """How the alert stands."""
    return str(site.store.alert(ALERT).state)


async def test_erased_alert_says_when_and_by_which_receipt(site: ConsoleSite) -> None:
    """The page of a false alert has its receipt, and neither a name, nor a picture, nor a note."""
    site.raise_alert(ALERT)
    ann = site.person("ann")
    await ann.post(
        f"/alerts/{ALERT}/adjudicate", {"verdict": "false", "confirm": "yes", "why": "another man"}
    )
    (receipt,) = [
        event for event in site.events("data.erased") if event.public["object_id"] == f"alert:{ALERT}"
    ]
    page = await ann.text(f"/alerts/{ALERT}")
    assert receipt.hash[:8] in page
    assert str(receipt.seq) in page
    for gone in (SUBJECT, "another man", "/pictures/", "court warrant"):
        assert gone not in page
    answer = await ann.get(f"/alerts/{ALERT}/pictures/probe")
    assert answer.status == 410
    assert SUBJECT not in await ann.fragment(f"/d/{DEPLOYMENT}/queue")


async def test_log_is_for_those_who_may_read_it(site: ConsoleSite) -> None:
    """A supervisor and an auditor page through the log; an operator is refused; nothing sealed is in it."""
    for number in range(3):
        site.raise_alert(f"a{number}", captured_at=site.clock.now)
    sue, ann = site.person("sue", Role.SUPERVISOR), site.person("ann")
    page = await sue.text(f"/d/{DEPLOYMENT}/log")
    assert "alert.raised" in page
    assert SUBJECT not in page
    assert "deployment.started" not in await sue.text(f"/d/{DEPLOYMENT}/log?after=2")
    assert "alert.raised" not in await sue.text(f"/d/{DEPLOYMENT}/log?before=2")
    assert (await sue.get(f"/d/{DEPLOYMENT}/log?before=x")).status == 400
    assert (await ann.get(f"/d/{DEPLOYMENT}/log")).status == 403


async def test_score_is_shown_with_what_such_scores_meant(site: ConsoleSite) -> None:
    """Decided alerts with a score like this, and people of a reference set above it, are counted on the page."""
    ann = site.person("ann")
    for number, verdict in enumerate(("true", "true", "false")):
        alert_id = site.raise_alert(f"b{number}", score=0.9705)
        fields = {"verdict": verdict, "confirm": "yes"}
        assert (await ann.post(f"/alerts/{alert_id}/adjudicate", fields)).status == 303
    best = np.array([0.5] * 98 + [0.98, 0.99])
    save_reference_scores(
        site.store.home, "open", ReferenceScores.of(best, subjects=500, measured_at=site.clock.now)
    )
    site.raise_alert(ALERT, score=0.971)
    page = await ann.fragment(f"/alerts/{ALERT}")
    assert "3 decided alerts scored like this" in page
    assert "2 were true: 66.7 %" in page
    assert "2 of 100 people who are not on the list" in page


async def test_cameras_show_figures_and_previews_only_while_fresh(site: ConsoleSite) -> None:
    """A tile has its figures; a preview is wanted while the page is looked at, given once, and gone after 2 s."""
    ann = site.person("ann")
    assert not site.live.wants_previews()
    site.live.show([status(frames=10)])
    site.monotonic.now_s += 2.0
    site.live.show([status(frames=30, last_frame_age_s=0.1)], ("shard 2 of 4: loading",))
    page = await ann.fragment(f"/d/{DEPLOYMENT}/cameras")
    assert "10.0" in page
    assert site.live.wants_previews()
    address = f"/d/{DEPLOYMENT}/cameras/bridge-street/preview.jpg"
    assert (await ann.get(address)).status == 204
    site.live.preview("bridge-street", b"\xff\xd8small\xff\xd9")
    answer = await ann.get(address)
    assert (answer.status, await answer.read()) == (200, b"\xff\xd8small\xff\xd9")
    assert [event.public["what"] for event in site.events(VIEWED)] == ["camera:bridge-street"]
    site.monotonic.now_s += 2.1
    assert (await ann.get(address)).status == 204
    for wrong in (
        f"/d/{DEPLOYMENT}/cameras/nowhere/preview.jpg",
        f"/d/{DEPLOYMENT}/cameras/..%2f/preview.jpg",
    ):
        assert (await ann.get(wrong)).status == 404
    assert "shard 2 of 4: loading" in await ann.fragment(f"/d/{DEPLOYMENT}/header")


async def test_escalation_is_written_for_deployments_that_run(site: ConsoleSite) -> None:
    """An alert that nobody acknowledged in time escalates once, and the queue says so."""
    site.raise_alert(ALERT)
    site.clock.now += 31 * SECOND
    escalate(site.context)
    escalate(site.context)
    assert len(site.events("alert.escalated")) == 1
    ann = site.person("ann")
    assert "escalated" in await ann.fragment(f"/d/{DEPLOYMENT}/queue")
    assert json.loads(site.events("alert.escalated")[0].public_json)["alert_id"] == ALERT


async def test_sessions_of_browsers_that_never_come_back_end(site: ConsoleSite) -> None:
    """Twelve hours after they were opened, each with its event, and not before."""
    site.person("ann")
    site.clock.now += 12 * 3_600 * SECOND - SECOND
    end_old_sessions(site.context)
    assert site.events("account.signed_out") == []
    site.clock.now += SECOND
    end_old_sessions(site.context)
    end_old_sessions(site.context)
    assert [event.public for event in site.events("account.signed_out")] == [
        {"account": "ann", "why": "expired"}
    ]

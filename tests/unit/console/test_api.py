"""The JSON API over a real store: what each role gets, what it decides, and its own description."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from openapi_spec_validator import validate

from lfr_actors.alerting.adjudication import Adjudicate
from lfr_actors.alerting.case import Verdict
from lfr_actors.console.live import LiveState
from lfr_actors.console.open_console import console_app
from lfr_actors.console.picture_links import PATH, PictureLinks
from lfr_actors.console.sessions import new_token, token_hash
from lfr_actors.errors import VaultError
from lfr_actors.events.people import StopRequested
from lfr_actors.events.types import AccessViewed
from lfr_actors.messages import SubjectId, Wanted, WantedPicture
from lfr_actors.people import Person, Role
from lfr_actors.retention.false_alert import erase_false
from lfr_actors.spec.console import Console
from lfr_actors.store import Store
from lfr_actors.store.adjudicating import act
from lfr_actors.store.api_tokens import TOKEN_PREFIX
from tests.unit.events.samples import started
from tests.unit.store.samples import CONTEXT, PICTURE, STOPPED, SUBJECT, alert, decide

ALERT = "c0ffee00c0ffee00"
LISTED = b"\xff\xd8listed-marker\xff\xd9"
WANTED = Wanted(
    subject_id=SubjectId(SUBJECT),
    category="recall-to-prison",
    priority="red",
    legal_basis="warrant",
    date_of_birth=dt.date(1980, 2, 3),
    notes='<script>alert("x")</script>',
    pictures=(WantedPicture(image_source="custody", image_taken=None),),
)
OF_ALERT = f"/api/v1/alerts/{ALERT}"
OF_DEPLOYMENT = "/api/v1/deployments/drill-1"
ANN, BOB = (Person(name=name, role=Role.OPERATOR) for name in ("ann", "bob"))
FALSE = {"act": "adjudicate", "verdict": "false"}

Client = TestClient[web.Request, web.Application]


class Api:
    """A program that asks, with the tokens of four integrations."""

    def __init__(self, client: Client, store: Store) -> None:
        self._client, self.store = client, store
        self._tokens = {role: self._token(role) for role in Role}

    def _token(self, role: Role) -> str:
        token = TOKEN_PREFIX + new_token()
        self.store.people.tokens.issue(role, token_hash(token), role, dt.timedelta(days=1), who="root")
        return token

    async def get(self, path: str, role: Role | None = Role.OPERATOR) -> tuple[int, Any]:
        """Status and answer: JSON or bytes."""
        async with self._client.get(path, headers=self._signed(role)) as answer:
            return answer.status, await _content(answer)

    async def post(self, path: str, body: object, role: Role | None = Role.OPERATOR) -> tuple[int, Any]:
        """Status and answer of a JSON body."""
        async with self._client.post(path, json=body, headers=self._signed(role)) as answer:
            return answer.status, await _content(answer)

    async def send(self, path: str, body: bytes, content_type: str) -> tuple[int, Any]:
        """Status and answer of anything."""
        headers = {**self._signed(Role.OPERATOR), "Content-Type": content_type}
        async with self._client.post(path, data=body, headers=headers) as answer:
            return answer.status, await _content(answer)

    def _signed(self, role: Role | None) -> dict[str, str]:
        return {} if role is None else {"Authorization": f"Bearer {self._tokens[role]}"}


async def _content(answer: Any) -> Any:
    is_json = answer.content_type.endswith("json")
    return await answer.json(content_type=None) if is_json else await answer.read()


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """A store with one alert of a deployment that runs."""
    with Store.open(home, f"sqlite:///{home / 'lfr.db'}") as store:
        store.begin_deployment("drill-1", started("drill-1"))
        store.raise_alert(alert(ALERT), WANTED, [LISTED])
        yield store


@asynccontextmanager
async def serving(store: Store) -> AsyncIterator[Api]:
    """The API of a store's console."""
    app = console_app(store, Console(port=8440), live=LiveState(), deployment_id="drill-1")
    async with TestServer(app) as server, TestClient(server) as client:
        yield Api(client, store)


@pytest.fixture
async def api(store: Store) -> AsyncIterator[Api]:
    """The API."""
    async with serving(store) as api:
        yield api


def looks(store: Store) -> list[tuple[str, str]]:
    """Who looked at what, in order."""
    bodies = [event.body for event in store.events(name=AccessViewed.NAME)]
    return [(body.who, body.what) for body in bodies if isinstance(body, AccessViewed)]


async def test_its_description_is_valid_and_complete(api: Api) -> None:
    """OpenAPI 3.1, served to anybody, with every address of the API in it."""
    status, document = await api.get("/api/v1/openapi.json", None)
    assert (status, document["openapi"]) == (200, "3.1.0")
    validate(document)
    app = console_app(api.store, Console(port=8440))
    served = {route.resource.canonical for route in app.router.routes() if route.resource is not None}
    described = set(document["paths"])
    assert {path for path in served if path.startswith("/api/v1/")} == described | {"/api/v1/openapi.json"}


async def test_nobody_gets_anything(api: Api) -> None:
    """Without a token every address but the description and a link is a problem document with 401."""
    for path in ("/api/v1/me", OF_DEPLOYMENT, OF_ALERT, f"{OF_ALERT}/pictures/probe"):
        status, problem = await api.get(path, None)
        assert (status, problem["status"]) == (401, 401)
    assert (await api.post(f"{OF_ALERT}/actions", FALSE, None))[0] == 401


async def test_me_says_who_asks(api: Api) -> None:
    """The integration's own name in the log, its role and what it may do."""
    _, me = await api.get("/api/v1/me", Role.AUDITOR)
    assert me == {"name": "api:auditor", "role": "auditor", "permissions": ["view", "log"]}


async def test_deployments_their_header_cameras_and_queue(api: Api) -> None:
    """The same figures as on the pages; the queue names nobody and shows nothing."""
    _, listed = await api.get("/api/v1/deployments")
    assert [each["deployment_id"] for each in listed["deployments"]] == ["drill-1"]
    _, header = await api.get(OF_DEPLOYMENT)
    assert (header["state"], header["alerts"], header["open"]) == ("running", 1, 1)
    _, cameras = await api.get(f"{OF_DEPLOYMENT}/cameras")
    assert (cameras["live"], cameras["words"] is None) == (False, False)
    _, queue = await api.get(f"{OF_DEPLOYMENT}/alerts")
    (queued,) = queue["alerts"]
    assert (queued["alert_id"], queued["priority"], queued["state"]) == (ALERT, "red", "raised")
    assert SUBJECT not in str(queue)
    assert looks(api.store) == []


async def test_an_alert_with_whom_and_what_may_be_done(api: Api) -> None:
    """Its facts, addresses of its pictures, and bodies to post; the look is written, and not as an officer's."""
    status, shown = await api.get(OF_ALERT)
    assert (status, shown["subject"]["subject_id"], shown["subject"]["notes"]) == (200, SUBJECT, WANTED.notes)
    assert [each["kind"] for each in shown["pictures"]] == ["probe", "list-0", "context"]
    assert {"act": "adjudicate", "verdict": "true"} in [each["body"] for each in shown["possible"]]
    assert looks(api.store) == [("api:operator", f"alert:{ALERT}")]
    assert (shown["state"], shown["score"]["score"]) == ("raised", 0.971)


async def test_pictures_are_for_those_who_may_see_them(api: Api) -> None:
    """Operators get the picture that is asked for; auditors and administrators see the rest of the alert."""
    for kind, jpeg in (("probe", PICTURE), ("context", CONTEXT), ("list-0", LISTED)):
        assert await api.get(f"{OF_ALERT}/pictures/{kind}") == (200, jpeg)
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        status, shown = await api.get(OF_ALERT, role)
        assert (status, shown["pictures"], shown["possible"]) == (200, [], [])
        assert (await api.get(f"{OF_ALERT}/pictures/probe", role))[0] == 403
    for kind in ("list-1", "list-9", "..%2F..%2Flfr.db", "probe%00"):
        assert (await api.get(f"{OF_ALERT}/pictures/{kind}"))[0] == 404


async def test_an_alert_is_decided_step_by_step(api: Api) -> None:
    """What is offered can be posted as it is, up to the outcome; every step is somebody's."""
    done = [
        {"act": "adjudicate", "verdict": "true", "why": "the scar"},
        {"act": "engage", "engaged": True},
        {"act": "confirm", "same_person": True},
        {"act": "outcome", "outcome": "arrest", "offence": "recall-to-prison"},
    ]
    for body in done:
        _, before = await api.get(OF_ALERT)
        plain = {
            key: value for key, value in body.items() if key in ("act", "verdict", "engaged", "same_person")
        }
        assert plain in [each["body"] for each in before["possible"]]
        status, after = await api.post(f"{OF_ALERT}/actions", body)
        assert status == 200, after
    assert (after["state"], after["outcome"]) == ("confirmed-true", "arrest")
    assert {step["who"] for step in after["steps"]} >= {"api:operator"}


async def test_false_asks_and_is_gone_before_the_answer(api: Api) -> None:
    """Unconfirmed it is refused and nothing changes; confirmed, picture and subject are erased."""
    status, problem = await api.post(f"{OF_ALERT}/actions", FALSE)
    assert (status, "confirm" in problem["detail"]) == (400, True)
    assert api.store.alert(ALERT).state == "raised"
    status, shown = await api.post(f"{OF_ALERT}/actions", {**FALSE, "confirm": True})
    assert (status, shown["state"], shown["subject"], shown["pictures"]) == (200, "false", None, [])
    assert shown["erased"]["receipt_seq"] is not None
    assert (await api.get(f"{OF_ALERT}/pictures/probe"))[0] == 410


async def test_one_that_could_not_be_erased_is_said_to_be_there(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict stands, nobody is told that it is gone, and nothing of it is shown any more."""

    def failing(*_: object) -> None:
        raise VaultError("key store", "is away")

    monkeypatch.setattr("lfr_actors.store.adjudicating.erase_false", failing)
    status, problem = await api.post(f"{OF_ALERT}/actions", {**FALSE, "confirm": True})
    assert (status, "could not be erased" in problem["detail"]) == (503, True)
    assert api.store.alert(ALERT).state == "false"
    assert (await api.get(f"{OF_ALERT}/pictures/probe"))[0] == 410


async def test_what_was_seen_otherwise_is_not_decided(api: Api) -> None:
    """With `expects` a decision on an alert that somebody else decided meanwhile is refused."""
    decide(api.store, ALERT, "true")
    body = {"act": "adjudicate", "verdict": "cannot-tell", "expects": "raised"}
    status, problem = await api.post(f"{OF_ALERT}/actions", body)
    assert (status, "somebody else" in problem["detail"]) == (409, True)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "body"),
        (b"[]", "body"),
        (b'{"act": "shoot"}', "act"),
        (b'{"act": "adjudicate"}', "verdict"),
        (b'{"act": "adjudicate", "verdict": "secret-4711"}', "verdict"),
        (b'{"act": "undo", "verdct": "true"}', "verdct"),
        (b'{"act": "outcome", "outcome": "arrest", "note": "' + b"x" * 3_000 + b'"}', "note"),
    ],
)
async def test_what_cannot_be_understood_is_named(api: Api, body: bytes, words: str) -> None:
    """Each mistake by its field, without repeating what was sent; nothing happens."""
    status, problem = await api.send(f"{OF_ALERT}/actions", body, "application/json")
    assert (status, words in problem["detail"], "4711" in str(problem)) == (400, True, False)
    assert api.store.alert(ALERT).state == "raised"


async def test_only_json_is_taken(api: Api) -> None:
    """A form, as any page on the network could send, is refused; so is more than it takes."""
    assert (await api.send(f"{OF_ALERT}/actions", b"act=undo", "application/x-www-form-urlencoded"))[0] == 415
    assert (await api.send(f"{OF_ALERT}/actions", b'"' + b"x" * 10**6, "application/json"))[0] == 413


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
async def test_who_may_not_decide_does_not(api: Api, role: Role) -> None:
    """Whoever only watches is refused, whatever the alert: unknown ones look the same."""
    for alert_id in (ALERT, "unknown"):
        path = f"/api/v1/alerts/{alert_id}/actions"
        assert (await api.post(path, {"act": "acknowledge"}, role))[0] == 403


async def test_ids_cannot_be_guessed_by_beginnings(api: Api) -> None:
    """Only the whole id finds an alert; there is nothing else, and nobody has looked at anything."""
    for alert_id in (ALERT[:6], "c0ffee00c0ffee01", "%25", "_" * 16, "..%2F.."):
        assert (await api.get(f"/api/v1/alerts/{alert_id}"))[0] == 404
    assert (await api.get("/api/v1/deployments/drill-2"))[0] == 404
    assert looks(api.store) == []


async def test_a_stop_is_the_supervisors(api: Api) -> None:
    """With a reason it is in the log under the integration's name; operators are refused, and so is no reason."""
    why = {"why": "rain"}
    assert (await api.post(f"{OF_DEPLOYMENT}/stop", why, Role.OPERATOR))[0] == 403
    assert (await api.post(f"{OF_DEPLOYMENT}/stop", {"why": ""}, Role.SUPERVISOR))[0] == 400
    status, ordered = await api.post(f"{OF_DEPLOYMENT}/stop", why, Role.SUPERVISOR)
    (asked,) = api.store.events(name=StopRequested.NAME)
    assert (status, ordered["seq"]) == (202, asked.seq)
    assert asked.body == StopRequested(who="api:supervisor", why="rain")
    api.store.end_deployment("drill-1", STOPPED)
    status, problem = await api.post(f"{OF_DEPLOYMENT}/stop", why, Role.SUPERVISOR)
    assert (status, "does not run" in problem["detail"]) == (403, True)


async def test_the_log_page_by_page(api: Api) -> None:
    """Auditors read the public part of every event, each once, in order; operators do not."""
    assert (await api.get(f"{OF_DEPLOYMENT}/events", Role.OPERATOR))[0] == 403
    names, after = [], 0
    while True:
        _, page = await api.get(f"{OF_DEPLOYMENT}/events?after={after}&limit=1", Role.AUDITOR)
        if not page["events"]:
            break
        names += [event["name"] for event in page["events"]]
        after = page["next_after"]
    assert names == ["deployment.started", "retention.declared", "alert.raised"]
    assert page["next_after"] == page["head_seq"] >= after
    assert SUBJECT not in str(page)
    assert (await api.get(f"{OF_DEPLOYMENT}/events?after=-1", Role.AUDITOR))[0] == 400


async def test_a_link_brings_one_picture_and_is_written_down(api: Api) -> None:
    """Without a token, as the endpoint that it was made for; changed, or for nothing here, it opens nothing."""
    links = PictureLinks("drill-1", api.store.deployment_secret("drill-1"), "")
    now = dt.datetime.now(dt.UTC)
    url = links.picture_link(ALERT, "probe", "c2", now).url
    assert await api.get(url, None) == (200, PICTURE)
    assert looks(api.store) == [("webhook:c2", f"alert:{ALERT}")]
    old = links.picture_link(ALERT, "probe", "c2", now - dt.timedelta(minutes=6)).url
    of_nowhere = PictureLinks("drill-9", bytes(32), "").picture_link(ALERT, "probe", "c2", now).url
    for refused in (url[:-4] + "AAAA", old, of_nowhere, f"{PATH}x"):
        status, problem = await api.get(refused, None)
        assert (status, problem["status"]) == (403, 403)
    missing = links.picture_link(ALERT, "list-5", "c2", now).url
    assert (await api.get(missing, None))[0] == 404
    decide(api.store, ALERT, "false")
    erase_false(api.store, api.store.alert(ALERT))
    assert (await api.get(url, None))[0] == 410


async def test_the_score_is_hidden_from_two_who_decide(home: Path) -> None:
    """With two people, neither queue nor alert tells the score, and a program gives none of the two opinions."""
    with Store.open(home, f"sqlite:///{home / 'two.db'}") as store:
        store.begin_deployment("drill-1", dataclasses.replace(started("drill-1"), two_person=True))
        store.raise_alert(alert(ALERT), WANTED, [LISTED])
        async with serving(store) as api:
            order = {"act": "adjudicate", "verdict": "true"}
            refused, problem = await api.post(f"{OF_ALERT}/actions", order)
            assert (refused, "program" in problem["detail"]) == (403, True)
            act(store, ALERT, Adjudicate(verdict=Verdict.TRUE), ANN)
            _, shown = await api.get(OF_ALERT)
            _, queue = await api.get(f"{OF_DEPLOYMENT}/alerts")
            assert (shown["state"], shown["score"], shown["score_hidden"]) == ("one-opinion", None, True)
            assert queue["alerts"][0]["score"] is None
            act(store, ALERT, Adjudicate(verdict=Verdict.TRUE), BOB)
            _, after = await api.get(OF_ALERT)
            assert (after["state"], after["score"]["score"]) == ("true", 0.971)

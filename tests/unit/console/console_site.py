"""A console on a real store, served on loopback, and people who use it without a browser."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, CookieJar
from aiohttp.test_utils import TestClient, TestServer

from lfr_actors.console.app import make_app
from lfr_actors.console.context import ConsoleContext
from lfr_actors.console.csrf import session_csrf
from lfr_actors.console.live import LiveState
from lfr_actors.console.security import Security
from lfr_actors.console.sessions import new_token, token_hash
from lfr_actors.events.log import StoredEvent
from lfr_actors.messages import SubjectId, Wanted, WantedPicture
from lfr_actors.people import Role
from lfr_actors.spec.console import Console
from lfr_actors.store import Store
from lfr_actors.store.sessions import Entrance
from tests.unit.events.samples import started
from tests.unit.store.samples import Clock, alert

DEPLOYMENT = "drill-1"
LISTED = b"\xff\xd8listed-marker-4711\xff\xd9"
NOTES = "<script>alert('notes')</script>"
COOKIE = "lfr"


class Monotonic:
    """A clock in seconds that stands until it is set."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@dataclass(slots=True)
class Somebody:
    """Somebody who is signed in, and asks without a browser."""

    client: TestClient[Any, Any]
    name: str
    token: str = field(repr=False)

    async def get(self, path: str, **headers: str) -> ClientResponse:
        """GET, following nothing."""
        return await self.client.get(path, headers=self._headers(headers), allow_redirects=False)

    async def text(self, path: str, **headers: str) -> str:
        """What a page says; it must be there."""
        answer = await self.get(path, **headers)
        assert answer.status == 200, f"{path}: {answer.status} {await answer.text()}"
        return await answer.text()

    async def fragment(self, path: str) -> str:
        """What a fragment says."""
        return await self.text(path, X_Fragment="1")

    async def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> ClientResponse:
        """POST a form with its token, following nothing."""
        data = {"csrf": session_csrf(self.token), **(fields or {})}
        return await self.client.post(path, data=data, headers=self._headers(headers), allow_redirects=False)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Cookie": f"{COOKIE}={self.token}", **named}


class ConsoleSite:
    """A store with a deployment that runs, its console, and the people of it."""

    def __init__(self, store: Store, clock: Clock, *, two_person: bool = False) -> None:
        self.store, self.clock, self.monotonic = store, clock, Monotonic()
        self.live = LiveState(self.monotonic)
        settings = Console(port=8440)
        self.security = Security(store, settings)
        self.context = ConsoleContext(
            store=store,
            live=self.live,
            security=self.security,
            settings=settings,
            deployment_id=DEPLOYMENT,
            now=clock,
        )
        store.begin_deployment(DEPLOYMENT, replace(started(DEPLOYMENT), two_person=two_person))
        self.app = make_app(self.context)
        self.client: TestClient[Any, Any] = TestClient(
            TestServer(self.app), cookie_jar=CookieJar(unsafe=True)
        )

    def person(self, name: str, role: Role = Role.OPERATOR) -> Somebody:
        """Make an account and sign it in."""
        self.store.people.accounts.add(name, role, None, who="test")
        token = new_token()
        self.store.people.sessions.open(name, token_hash(token), Entrance.PASSWORD)
        return Somebody(client=self.client, name=name, token=token)

    def raise_alert(self, alert_id: str, *, priority: str | None = "red", **changes: Any) -> str:
        """Raise an alert whose subject has two pictures on the list."""
        raised = alert(alert_id, DEPLOYMENT, **changes)
        wanted = Wanted(
            subject_id=SubjectId(raised.subject_id),
            category="warrant",
            priority=priority,
            legal_basis="court warrant",
            date_of_birth=dt.date(1980, 1, 2),
            notes=NOTES,
            pictures=(
                WantedPicture(image_source="custody", image_taken=dt.date(2022, 3, 4)),
                WantedPicture(image_source=None, image_taken=None),
            ),
        )
        assert self.store.raise_alert(raised, wanted, (LISTED, LISTED))
        return alert_id

    def events(self, name: str) -> list[StoredEvent]:
        """The events of this name."""
        return self.store.events(name=name)


@cache
def _empty_database() -> bytes:
    """A database with its tables and nothing in them; making them takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        Store.open(Path(folder)).close()
        return (Path(folder) / "lfr.db").read_bytes()


@asynccontextmanager
async def console_site(home: Path, *, two_person: bool = False) -> AsyncIterator[ConsoleSite]:
    """A console that is served while the block runs."""
    clock = Clock()
    (home / "lfr.db").write_bytes(_empty_database())
    with Store.open(home, f"sqlite:///{home / 'lfr.db'}", clock=clock) as store:
        site = ConsoleSite(store, clock, two_person=two_person)
        await site.client.start_server()
        try:
            yield site
        finally:
            await site.client.close()

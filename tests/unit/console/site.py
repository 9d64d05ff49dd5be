"""A console of the security alone: routes to get at, people who may sign in, browsers, a clock that stands."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientResponse, ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher
from yarl import URL

from lfr_actors.console.access import csrf_token, needs, passive, person_of
from lfr_actors.console.passwords import Passwords
from lfr_actors.console.security import Security, install, still_open
from lfr_actors.people import Permission, Role
from lfr_actors.spec.console import Console
from lfr_actors.store import Store
from lfr_actors.store.database import DATABASE_NAME

PASSWORD: Final = "correct horse battery"
OTHER_PASSWORD: Final = "staple of another kind"
QUICK: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PEOPLE: Final = {
    "olga": Role.OPERATOR,
    "sven": Role.SUPERVISOR,
    "aude": Role.AUDITOR,
    "anna": Role.ADMINISTRATOR,
}
NOON: Final = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@dataclass
class Clock:
    """Stands until it is moved on."""

    now: dt.datetime = NOON

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        """Let time pass, as `timedelta` takes it."""
        self.now += dt.timedelta(**span)


@dataclass
class Site:
    """One console, running. `done` is what its handlers did."""

    store: Store
    clock: Clock
    settings: Console
    server: TestServer
    done: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """The origin of its own pages."""
        return f"http://127.0.0.1:{self.server.port}"

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        """A browser of its own: its own cookies."""
        async with ClientSession(self.origin, cookie_jar=CookieJar(unsafe=True)) as session:
            yield Browser(self, session)

    def names_of_events(self) -> list[str]:
        """The names of all events, in order."""
        return [event.name for event in self.store.events()]

    def events_of(self, name: str) -> list[dict[str, Any]]:
        """The public parts of the events of a name."""
        return [dict(event.public) for event in self.store.events(name=name)]


class Browser:
    """Does what a browser does: keeps cookies, sends its origin, fills in what forms hold."""

    def __init__(self, site: Site, session: ClientSession) -> None:
        self.site, self.session = site, session

    async def get(self, path: str, **headers: str) -> ClientResponse:
        """Ask for something, and follow nowhere."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.session.get(path, headers=sent, allow_redirects=False)

    async def post(
        self, path: str, fields: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> ClientResponse:
        """Send a form as it is given."""
        sent = {"Origin": self.site.origin} | (headers or {})
        return await self.session.post(path, data=fields or {}, headers=sent, allow_redirects=False)

    async def form_token(self, path: str) -> str:
        """The token in the forms of a page."""
        return token_in(await (await self.get(path)).text())

    async def submit(self, page: str, action: str, **fields: str) -> ClientResponse:
        """Open a page and send one of its forms."""
        return await self.post(action, {"csrf": await self.form_token(page)} | fields)

    async def sign_in(self, name: str, password: str = PASSWORD, wanted: str = "/where") -> ClientResponse:
        """Sign in by the form."""
        return await self.submit("/sign-in", "/sign-in", name=name, password=password, next=wanted)

    def cookie(self, name: str) -> str | None:
        """What the browser holds."""
        return next((each.value for each in self.session.cookie_jar if each.key == name), None)

    def set_cookie(self, name: str, value: str) -> None:
        """Have it hold something, as an attacker near by might."""
        self.session.cookie_jar.update_cookies({name: value}, URL(self.site.origin))


def token_in(html: str) -> str:
    """The token of the first form of a page."""
    found = re.search(r'name="csrf" value="([^"]*)"', html)
    assert found, html
    return found[1]


def open_store(home: Path, clock: Clock) -> Store:
    """The store of a data folder, by this clock."""
    return Store.open(home, f"sqlite:///{home / DATABASE_NAME}", clock=clock)


def add_people(store: Store) -> None:
    """An account of each role; every password is the same."""
    hashed = QUICK.hash(PASSWORD)
    for name, role in PEOPLE.items():
        store.people.accounts.add(name, role, hashed, who="root")


@asynccontextmanager
async def serving(
    store: Store,
    clock: Clock,
    extra: Callable[[web.Application], None] = lambda _: None,
    **settings: Any,
) -> AsyncIterator[Site]:
    """A console on a free port of the loopback interface."""
    console = Console.model_validate({"port": 8440} | settings)
    app = web.Application()
    site = Site(store=store, clock=clock, settings=console, server=TestServer(app))
    for path, permission in _ROUTES.items():
        app.router.add_get(path, _shows(permission))
        app.router.add_post(path, _does(site, path, permission))
    app.router.add_get("/stream", _streams)
    extra(app)
    install(app, Security(store, console, passwords=Passwords(QUICK)))
    async with site.server:
        yield site


_ROUTES: Final = {
    "/where": Permission.VIEW,
    "/pictures": Permission.PICTURES,
    "/decide": Permission.DECIDE,
    "/stop": Permission.STOP,
    "/log": Permission.LOG,
    "/api/v1/where": Permission.VIEW,
    "/api/v1/decide": Permission.DECIDE,
    "/api/v1/stop": Permission.STOP,
}

_Answers = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _shows(permission: Permission) -> _Answers:
    @needs(permission)
    async def handler(request: web.Request) -> web.Response:
        person = person_of(request)
        hidden = f'<input name="csrf" value="{csrf_token(request)}">'
        return web.Response(text=f"{person.name} {person.role} {hidden}", content_type="text/html")

    return handler


def _does(site: Site, path: str, permission: Permission) -> _Answers:
    @needs(permission)
    async def handler(request: web.Request) -> web.Response:
        site.done.append(f"{person_of(request).name} {path}")
        return web.Response(text="done")

    return handler


@passive
@needs(Permission.VIEW)
async def _streams(request: web.Request) -> web.Response:
    return web.Response(text="open" if await still_open(request) else "over")

"""Who may come in: everything that stands before the handlers of the console.

    refusals ─► host and origin ─► public? ─► who is it ─► locked? ─► forged? ─► permitted? ─► the handler
                                              token, proxy, session

`install(app, security)` puts it there, adds the pages of sign-in, and sees to it that every route says who may ask.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from aiohttp import web
from aiohttp.web_urldispatcher import StaticResource, SystemRoute

from lfr_actors.console import account_pages, csrf, people_pages, sign_in_pages
from lfr_actors.console.access import (
    SIGNED_IN,
    Access,
    Entry,
    access_of,
    csrf_token,
    even_locked,
    needs,
    passive,
    person_of,
    person_or_none,
    public,
)
from lfr_actors.console.admission import Admission
from lfr_actors.console.forms import text_field
from lfr_actors.console.headers import set_headers
from lfr_actors.console.origin import SAFE_METHODS, fetch_refusal, host_refusal, is_secure
from lfr_actors.console.passwords import Passwords
from lfr_actors.console.refusals import Handler, HTTPLocked, refusals, wants_page
from lfr_actors.console.sessions import Standing
from lfr_actors.console.sign_in import SignIn
from lfr_actors.spec.console import Console
from lfr_actors.store import Store

__all__ = [
    "Security",
    "Standing",
    "csrf_token",
    "even_locked",
    "install",
    "needs",
    "passive",
    "person_of",
    "person_or_none",
    "public",
    "still_open",
]

_NOT_FORGED: Final = "The form is not good any more: reload the page and do it again."


class Security:
    """The security of one console over one store. The time is the store's."""

    def __init__(self, store: Store, settings: Console, *, passwords: Passwords | None = None) -> None:
        self.people = store.people
        self.settings = settings
        self.sign_in = SignIn(store.people, passwords or Passwords())
        self.admission = Admission(store.people, settings)

    async def standing(self, request: web.Request) -> Standing:
        """How the one who asked stands by now: streams ask again and again, and end unless it is `OPEN`."""
        return await self.admission.standing(request)

    async def admit(self, request: web.Request, access: Access) -> None:
        """Let a request come as far as its handler, or raise the refusal; notes who it is on the request."""
        signed_in = await self.admission.who(request)
        if signed_in is None:
            raise _to("/sign-in", request) if wants_page(request) else _unauthorized()
        request[SIGNED_IN] = signed_in
        if signed_in.is_locked and access.entry is not Entry.EVEN_LOCKED:
            if wants_page(request) and request.method in SAFE_METHODS:
                raise _to("/unlock", request)
            raise HTTPLocked(text="The session is locked: unlock it with your password.")
        if request.method not in SAFE_METHODS and signed_in.session is not None:
            given = request.headers.get(csrf.HEADER) or await text_field(request, csrf.FIELD)
            if not csrf.is_same(signed_in.csrf, given):
                raise web.HTTPForbidden(text=_NOT_FORGED)
        if access.permission is not None:
            signed_in.person.require(access.permission)
        if not access.passive and request.headers.get("X-Background") != "1":
            await self.admission.note_activity(signed_in)


SECURITY: Final = web.AppKey("security", Security)


def install(app: web.Application, security: Security) -> None:
    """Put the security in front of an application's handlers; before it starts, whatever is added to it later."""
    app[SECURITY] = security
    for place, middleware in enumerate((_hand_over, refusals, _admission)):
        app.middlewares.insert(place, middleware)
    app.on_response_prepare.append(_prepare)
    app.on_startup.append(_check_routes)
    app.on_cleanup.append(_close)
    sign_in_pages.add_routes(app, security)
    account_pages.add_routes(app, security)
    people_pages.add_routes(app, security)


async def still_open(request: web.Request) -> bool:
    """Whether the one who asked is still signed in and not locked: for answers that go on for long."""
    return await request.app[SECURITY].standing(request) is Standing.OPEN


@web.middleware
async def _admission(request: web.Request, handler: Handler) -> web.StreamResponse:
    security = request.app[SECURITY]
    host = request.headers.get("Host", "")
    if reason := host_refusal(host, security.settings):
        raise web.HTTPMisdirectedRequest(text=reason)
    scheme = "https" if is_secure(host, security.settings) else "http"
    if reason := fetch_refusal(request.method, request.headers, scheme=scheme, host=host):
        raise web.HTTPForbidden(text=f"The request is refused: {reason}.")
    route = request.match_info.route
    if isinstance(route, SystemRoute) or isinstance(route.resource, StaticResource):
        return await handler(request)  # no such address, or a file that everybody may have
    access = access_of(request.match_info.handler)
    if access.entry is not Entry.PUBLIC:
        await security.admit(request, access)
    return await handler(request)


@web.middleware
async def _hand_over(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The cookie of a new session goes with whatever is answered, a redirection too."""
    admission = request.app[SECURITY].admission
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        admission.hand_over(request, answer)
        raise
    admission.hand_over(request, response)
    return response


async def _prepare(request: web.Request, response: web.StreamResponse) -> None:
    settings = request.app[SECURITY].settings
    set_headers(request, response, over_tls=settings.tls is not None)


async def _check_routes(app: web.Application) -> None:
    """No route may be forgotten: one that does not say who may ask keeps the console from starting."""
    for route in app.router.routes():
        if not isinstance(route.resource, StaticResource):
            access_of(route.handler)


async def _close(app: web.Application) -> None:
    app[SECURITY].sign_in.passwords.close()


def _to(page: str, request: web.Request) -> web.HTTPSeeOther:
    """To a page that leads back here."""
    wanted = request.path_qs if request.method in SAFE_METHODS else "/"
    return web.HTTPSeeOther(page if wanted == "/" else f"{page}?next={quote(wanted, safe='/')}")


def _unauthorized() -> web.HTTPUnauthorized:
    return web.HTTPUnauthorized(text="Nobody is signed in.", headers={"WWW-Authenticate": "Bearer"})

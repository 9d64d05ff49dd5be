"""The pages on which people sign in, unlock their session and sign out."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from lfr_actors.console.access import SIGNED_IN, even_locked, needs, public
from lfr_actors.console.cookies import FORM, SESSION, Cookie
from lfr_actors.console.csrf import FIELD, form_csrf, is_same
from lfr_actors.console.forms import local_path, text_field
from lfr_actors.console.page import page
from lfr_actors.console.sessions import new_token
from lfr_actors.console.sign_in import seconds_words
from lfr_actors.people import Permission
from lfr_actors.store.sessions import Ending, SessionRow

if TYPE_CHECKING:
    from lfr_actors.console.security import Security

_WRONG: Final = "That name and password do not go together, or the account is disabled."
_WRONG_PASSWORD: Final = "That is not the password of this account."
_STALE: Final = "The form had grown old, or cookies are off. Please sign in again."


def add_routes(app: web.Application, security: Security) -> None:
    """Add the pages."""
    pages = SignInPages(security)
    app.router.add_get("/sign-in", pages.show)
    app.router.add_post("/sign-in", pages.sign_in)
    app.router.add_get("/unlock", pages.show_unlock)
    app.router.add_post("/unlock", pages.unlock)
    app.router.add_post("/sign-out", pages.sign_out)
    app.router.add_post("/active", note_active)


@needs(Permission.VIEW)
async def note_active(_request: web.Request) -> web.StreamResponse:
    """Somebody moved a hand: scripts say so every 20 seconds at most, and the session locks later."""
    return web.Response(status=HTTPStatus.NO_CONTENT)


class SignInPages:
    """Handlers of one console."""

    def __init__(self, security: Security) -> None:
        self._security, self._sign_in = security, security.sign_in
        self._session, self._form = Cookie(SESSION, security.settings), Cookie(FORM, security.settings)

    @public
    async def show(self, request: web.Request) -> web.StreamResponse:
        """The form; whoever is signed in already goes on at once."""
        wanted = local_path(request.query.get("next", "/"))
        if self._security.settings.proxy is None:
            if await self._security.admission.who(request) is not None:
                raise web.HTTPSeeOther(wanted)
            if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
                # The cookie is strict: it does not come along when a link is followed from elsewhere, nor where
                # that leads on to. A page of ours asks once more, and then it does.
                return page(request, "once_more.html.j2", wanted=wanted)
        return await self._form_page(request, wanted)

    @public
    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Try a name and a password."""
        if self._security.settings.proxy is not None:
            raise web.HTTPForbidden(text="People sign in at the proxy in front of this console.")
        wanted = local_path(await text_field(request, "next"))
        form = self._form.get(request)
        if form is None or not is_same(form_csrf(form), await text_field(request, FIELD)):
            return await self._form_page(request, wanted, HTTPStatus.FORBIDDEN, _STALE)
        name, password = await text_field(request, "name"), await text_field(request, "password")
        attempt = await self._sign_in.enter(
            name.strip().lower(),
            password,
            request.remote or "",
            in_place_of=self._session.get(request),
        )
        if attempt.token is None and attempt.wait_s:
            error = f"Too many failed attempts. Try again in {seconds_words(attempt.wait_s)}."
            held = await self._form_page(request, wanted, HTTPStatus.TOO_MANY_REQUESTS, error)
            held.headers["Retry-After"] = str(attempt.wait_s)
            return held
        if attempt.token is None:
            return await self._form_page(request, wanted, HTTPStatus.UNAUTHORIZED, _WRONG)
        response = web.HTTPSeeOther(wanted)
        self._session.set(request, response, attempt.token)
        self._form.drop(request, response)
        raise response

    @even_locked
    async def show_unlock(self, request: web.Request) -> web.StreamResponse:
        """The form that asks for the password again."""
        wanted = local_path(request.query.get("next", "/"))
        if not request[SIGNED_IN].is_locked:
            raise web.HTTPSeeOther(wanted)
        return await self._unlock_page(request, wanted)

    @even_locked
    async def unlock(self, request: web.Request) -> web.StreamResponse:
        """Try the password; where a proxy signs people in and there is none, its word is enough."""
        session, wanted = _session_of(request), local_path(await text_field(request, "next"))
        if await self._asks_password(session):
            if not await self._sign_in.unlock(session, await text_field(request, "password")):
                if await asyncio.to_thread(self._security.people.sessions.get, session.token_hash) is None:
                    raise web.HTTPSeeOther("/sign-in")
                return await self._unlock_page(request, wanted, HTTPStatus.UNAUTHORIZED, _WRONG_PASSWORD)
        else:
            await asyncio.to_thread(self._security.people.sessions.unlock, session.token_hash)
        raise web.HTTPSeeOther(wanted)

    @even_locked
    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """End the session."""
        session = _session_of(request)
        await asyncio.to_thread(self._security.people.sessions.end, session.token_hash, Ending.ASKED)
        response = web.HTTPSeeOther("/sign-in")
        self._session.drop(request, response)
        raise response

    async def _form_page(
        self, request: web.Request, wanted: str, status: int = HTTPStatus.OK, error: str = ""
    ) -> web.Response:
        token = self._form.get(request) or new_token()
        response = page(
            request,
            "sign_in.html.j2",
            status=status,
            csrf=form_csrf(token),
            wanted=wanted,
            error=error,
            by_proxy=self._security.settings.proxy is not None,
            has_accounts=await asyncio.to_thread(self._security.people.accounts.any_enabled),
        )
        self._form.set(request, response, token)
        return response

    async def _unlock_page(
        self, request: web.Request, wanted: str, status: int = HTTPStatus.OK, error: str = ""
    ) -> web.Response:
        session = _session_of(request)
        return page(
            request,
            "unlock.html.j2",
            status=status,
            wanted=wanted,
            error=error,
            account=session.person.name,
            asks_password=await self._asks_password(session),
        )

    async def _asks_password(self, session: SessionRow) -> bool:
        account = await asyncio.to_thread(self._security.people.accounts.get, session.person.name)
        has_none = account is None or account.password_hash is None
        return self._security.settings.proxy is None or not has_none


def _session_of(request: web.Request) -> SessionRow:
    """The session of one who has one; integrations have none, and no form."""
    session = request[SIGNED_IN].session
    if session is None:
        raise web.HTTPForbidden(text="This is for people who signed in, not for tokens.")
    return session

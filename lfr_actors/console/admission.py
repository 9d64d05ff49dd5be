"""Who asks: an integration by its token, or a person by a session, which a proxy may have opened."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from lfr_actors.console.access import SIGNED_IN, SignedIn
from lfr_actors.console.cookies import SESSION, Cookie
from lfr_actors.console.csrf import session_csrf
from lfr_actors.console.proxy import named_by
from lfr_actors.console.refusals import is_api, wants_page
from lfr_actors.console.sessions import Standing, is_to_be_touched, new_token, standing, token_hash
from lfr_actors.spec.console import Console
from lfr_actors.store.people import People
from lfr_actors.store.sessions import Ending, Entrance, SessionRow

_BEARER: Final = "bearer "
_NEW_SESSION: Final = web.RequestKey("new_session", str)


class Admission:
    """Finds out who asks. Nothing is kept from one request to the next: what the database says holds at once."""

    def __init__(self, people: People, settings: Console) -> None:
        self._people, self._settings = people, settings
        self._cookie = Cookie(SESSION, settings)

    async def who(self, request: web.Request) -> SignedIn | None:
        """Who asks; None for nobody we know.

        Raises `HTTPUnauthorized` for a token that is not good, `HTTPBadRequest` and `HTTPForbidden` for a proxy's
        header that cannot be believed or names nobody who may come in.
        """
        header = request.headers.get("Authorization", "")
        if is_api(request) and header[: len(_BEARER)].lower() == _BEARER:
            return await self._by_token(header[len(_BEARER) :].strip())
        if self._settings.proxy is None:
            return await self._by_session(request, None)
        values = request.headers.getall(self._settings.proxy.user_header, [])
        named = named_by(self._settings.proxy, values, request.remote)
        if named.refusal is not None:
            raise web.HTTPBadRequest(text=named.refusal)
        if named.account is None:
            return None
        signed_in = await self._by_session(request, named.account)
        return signed_in or await self._by_proxy(request, named.account)

    async def standing(self, request: web.Request) -> Standing:
        """How the one who asked stands by now."""
        before = request[SIGNED_IN]
        if before.session is None:
            again = await self.who(request)
            return Standing.ENDED if again is None else Standing.OPEN
        row = await asyncio.to_thread(self._people.sessions.get, before.session.token_hash)
        return Standing.ENDED if row is None else self._standing(row)

    async def note_activity(self, signed_in: SignedIn) -> None:
        """Somebody is there: the session locks later."""
        session = signed_in.session
        if session is not None and is_to_be_touched(session, self._people.now()):
            await asyncio.to_thread(self._people.sessions.touch, session.token_hash)

    def hand_over(self, request: web.Request, response: web.StreamResponse) -> None:
        """Give the browser the session that the proxy's word opened, with the answer to its first request."""
        token = request.get(_NEW_SESSION)
        if token is not None and not response.prepared:
            self._cookie.set(request, response, token)

    def _standing(self, row: SessionRow) -> Standing:
        return standing(row, self._people.now(), self._settings.idle_lock)

    async def _by_token(self, token: str) -> SignedIn:
        row = await asyncio.to_thread(self._people.tokens.get, token_hash(token))
        if row is None or not row.is_good(self._people.now()):
            reason = "The token is not known."
            if row is not None:
                reason = "The token was revoked." if row.revoked_at else "The token has expired."
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise web.HTTPUnauthorized(text=reason, headers=headers)
        return SignedIn(person=row.person, session=None, csrf="")

    async def _by_session(self, request: web.Request, account: str | None) -> SignedIn | None:
        """By the cookie; where a proxy named an account, only by a session of that account."""
        token = self._cookie.get(request)
        if token is None:
            return None
        row = await asyncio.to_thread(self._people.sessions.get, token_hash(token))
        if row is None:
            return None
        stands = self._standing(row)
        if stands is Standing.ENDED:
            await asyncio.to_thread(self._people.sessions.end, row.token_hash, Ending.EXPIRED)
            return None
        if account is not None and row.person.name != account:
            await asyncio.to_thread(self._people.sessions.end, row.token_hash, Ending.ASKED)
            return None
        if stands is Standing.LOCKED and row.locked_at is None:
            await asyncio.to_thread(self._people.sessions.lock, row.token_hash)
        return SignedIn(
            person=row.person, session=row, csrf=session_csrf(token), is_locked=stands is Standing.LOCKED
        )

    async def _by_proxy(self, request: web.Request, name: str) -> SignedIn | None:
        """Open a session on the proxy's word, with a page; what scripts ask for needs one already."""
        account = await asyncio.to_thread(self._people.accounts.get, name)
        if account is None or not account.is_enabled:
            raise web.HTTPForbidden(
                text=f"{name} has no account here that may sign in; ask an administrator."
            )
        if not wants_page(request) or request.method != "GET":
            return None
        token = new_token()
        if not await asyncio.to_thread(self._people.sessions.open, name, token_hash(token), Entrance.PROXY):
            return None
        row = await asyncio.to_thread(self._people.sessions.get, token_hash(token))
        if row is None:
            return None
        request[_NEW_SESSION] = token
        return SignedIn(person=row.person, session=row, csrf=session_csrf(token))

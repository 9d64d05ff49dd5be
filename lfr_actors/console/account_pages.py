"""The page of one's own account: who one is, and another password."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from lfr_actors.console.access import SIGNED_IN, needs, person_of
from lfr_actors.console.cookies import SESSION, Cookie
from lfr_actors.console.forms import text_field
from lfr_actors.console.page import page
from lfr_actors.console.passwords import SHORTEST, check_password
from lfr_actors.errors import Refused
from lfr_actors.people import Permission

if TYPE_CHECKING:
    from lfr_actors.console.security import Security


def add_routes(app: web.Application, security: Security) -> None:
    """Add the page."""
    pages = AccountPages(security)
    app.router.add_get("/account", pages.show)
    app.router.add_post("/account/password", pages.change_password)


class AccountPages:
    """Handlers of one console."""

    def __init__(self, security: Security) -> None:
        self._security, self._cookie = security, Cookie(SESSION, security.settings)

    @needs(Permission.VIEW)
    async def show(self, request: web.Request) -> web.StreamResponse:
        """Who one is."""
        return await self._page(
            request, notice="Your password is changed." if "changed" in request.query else ""
        )

    @needs(Permission.VIEW)
    async def change_password(self, request: web.Request) -> web.StreamResponse:
        """Change one's own password: every other session of the account ends, and this one gets another token."""
        session = request[SIGNED_IN].session
        if session is None:
            raise web.HTTPForbidden(text="This is for people who signed in, not for tokens.")
        new, again = await text_field(request, "new"), await text_field(request, "again")
        try:
            check_password(new, session.person.name)
        except Refused as error:
            return await self._page(request, HTTPStatus.BAD_REQUEST, f"The password {error.reason}.")
        if new != again:
            return await self._page(request, HTTPStatus.BAD_REQUEST, "The two new passwords differ.")
        if not await self._security.sign_in.confirm(session, await text_field(request, "current")):
            return await self._page(request, HTTPStatus.FORBIDDEN, "The present password is another one.")
        token = await self._security.sign_in.change(session, new)
        response = web.HTTPSeeOther("/account?changed")
        if token is not None:
            self._cookie.set(request, response, token)
        raise response

    async def _page(
        self, request: web.Request, status: int = HTTPStatus.OK, error: str = "", notice: str = ""
    ) -> web.Response:
        account = await asyncio.to_thread(self._security.people.accounts.get, person_of(request).name)
        return page(
            request,
            "account.html.j2",
            status=status,
            here="account",
            error=error,
            notice=notice,
            has_password=account is not None and account.password_hash is not None,
            shortest=SHORTEST,
        )

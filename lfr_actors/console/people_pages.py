"""The page on which an administrator makes accounts, disables them, and gives them roles and passwords."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from lfr_actors.console.access import needs, person_of
from lfr_actors.console.forms import text_field
from lfr_actors.console.page import page
from lfr_actors.console.passwords import SHORTEST, check_password
from lfr_actors.errors import Refused
from lfr_actors.people import Permission, Role, account_name
from lfr_actors.store.accounts import AccountRow

if TYPE_CHECKING:
    from lfr_actors.console.security import Security

ROLE_WORDS: Final = {
    Role.OPERATOR: "decides alerts",
    Role.SUPERVISOR: "decides alerts and disputes, stops deployments, reads the log",
    Role.AUDITOR: "sees everything but pictures, decides nothing",
    Role.ADMINISTRATOR: "manages accounts, sees no picture, decides nothing",
}


def add_routes(app: web.Application, security: Security) -> None:
    """Add the page."""
    pages = PeoplePages(security)
    app.router.add_get("/people", pages.show)
    app.router.add_post("/people/add", pages.add)
    app.router.add_post("/people/role", pages.set_role)
    app.router.add_post("/people/disable", pages.disable)
    app.router.add_post("/people/enable", pages.enable)
    app.router.add_post("/people/password", pages.set_password)


class PeoplePages:
    """Handlers of one console. Each change names the administrator in its event."""

    def __init__(self, security: Security) -> None:
        self._security, self._accounts = security, security.people.accounts

    @needs(Permission.PEOPLE)
    async def show(self, request: web.Request) -> web.StreamResponse:
        """Every account."""
        return await self._page(request)

    @needs(Permission.PEOPLE)
    async def add(self, request: web.Request) -> web.StreamResponse:
        """Make an account; without a password where a proxy signs people in."""
        name = (await text_field(request, "name")).strip()
        password, role_text = await text_field(request, "password"), await text_field(request, "role")

        async def act(who: str) -> None:
            hashed = await self._hashed(password, account_name(name))
            await asyncio.to_thread(self._accounts.add, name, _role(role_text), hashed, who=who)

        return await self._carried_out(request, act)

    @needs(Permission.PEOPLE)
    async def set_role(self, request: web.Request) -> web.StreamResponse:
        """Give an account another role."""
        name, role_text = await text_field(request, "account"), await text_field(request, "role")

        async def act(who: str) -> None:
            await asyncio.to_thread(self._accounts.set_role, name, _role(role_text), who=who)

        return await self._carried_out(request, act)

    @needs(Permission.PEOPLE)
    async def disable(self, request: web.Request) -> web.StreamResponse:
        """Disable an account; its sessions end at once."""
        return await self._set_disabled(request, True)

    @needs(Permission.PEOPLE)
    async def enable(self, request: web.Request) -> web.StreamResponse:
        """Enable an account again."""
        return await self._set_disabled(request, False)

    @needs(Permission.PEOPLE)
    async def set_password(self, request: web.Request) -> web.StreamResponse:
        """Give an account another password; its sessions end at once."""
        name, password = await text_field(request, "account"), await text_field(request, "password")

        async def act(who: str) -> None:
            check_password(password, name)
            hashed = await self._security.sign_in.passwords.hash(password)
            await asyncio.to_thread(self._accounts.set_password, name, hashed, who=who)

        return await self._carried_out(request, act)

    async def _set_disabled(self, request: web.Request, disabled: bool) -> web.StreamResponse:
        name = await text_field(request, "account")

        async def act(who: str) -> None:
            await asyncio.to_thread(self._accounts.set_disabled, name, disabled, who=who)

        return await self._carried_out(request, act)

    async def _hashed(self, password: str, name: str) -> str | None:
        if not password and self._security.settings.proxy is not None:
            return None
        check_password(password, name)
        return await self._security.sign_in.passwords.hash(password)

    async def _carried_out(
        self, request: web.Request, act: Callable[[str], Awaitable[None]]
    ) -> web.StreamResponse:
        """Back to the page; what is refused is said on it."""
        try:
            await act(person_of(request).name)
        except Refused as error:
            return await self._page(request, HTTPStatus.BAD_REQUEST, f"{error.what}: {error.reason}")
        raise web.HTTPSeeOther("/people")

    async def _page(self, request: web.Request, status: int = HTTPStatus.OK, error: str = "") -> web.Response:
        accounts: list[AccountRow] = await asyncio.to_thread(self._accounts.listed)
        return page(
            request,
            "people.html.j2",
            status=status,
            here="people",
            error=error,
            accounts=accounts,
            roles=[(str(role), words) for role, words in ROLE_WORDS.items()],
            by_proxy=self._security.settings.proxy is not None,
            shortest=SHORTEST,
        )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise Refused("the role", f"must be one of {', '.join(Role)}") from None

"""Signing in with a password, unlocking a session, changing a password: what is tried, counted and written.

Whether an account exists cannot be told from outside: an unknown one is limited, checked and answered on the same
path, against a hash of no account.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from dataclasses import dataclass, field

from lfr_actors.console.limits import of_account, of_address, of_session
from lfr_actors.console.passwords import Checked, Passwords
from lfr_actors.console.sessions import new_token, token_hash
from lfr_actors.people import is_account_name
from lfr_actors.store.accounts import AccountRow
from lfr_actors.store.people import People
from lfr_actors.store.sessions import Ending, Entrance, SessionRow

_NO_NAME = "-"
"""In place of every name that no account can have; what people type by mistake may be their password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of it: the `token` of a new session; else how many seconds to wait, or 0 where it was wrong."""

    token: str | None = field(default=None, repr=False)
    wait_s: int = 0


class SignIn:
    """Checks passwords for one store. Nothing is held in memory: a restart forgets no failure."""

    def __init__(self, people: People, passwords: Passwords) -> None:
        self._people, self.passwords = people, passwords

    async def enter(self, name: str, password: str, address: str, *, in_place_of: str | None) -> Attempt:
        """Sign in from an address. `in_place_of`: the token that the browser has; its session ends."""
        subject = name if is_account_name(name) else _NO_NAME
        limits = [of_account(subject), of_address(address)]
        wait_s = await asyncio.to_thread(self._people.limits.attempt, limits)
        if wait_s > 0:
            return Attempt(wait_s=math.ceil(wait_s))
        account = await asyncio.to_thread(self._people.accounts.get, subject)
        checked = await self.passwords.check(password, None if account is None else account.password_hash)
        if account is None or not checked.is_right or not account.is_enabled:
            await asyncio.to_thread(self._say_refused, account, checked)
            return Attempt()
        token = await asyncio.to_thread(self._open, account, checked, in_place_of)
        if token is not None:
            cleared, kept = (limit.subject for limit in limits)
            await asyncio.to_thread(self._people.limits.succeeded, clear=[cleared], take_back=[kept])
        return Attempt(token=token)

    async def unlock(self, session: SessionRow, password: str) -> bool:
        """Open a locked session again. After five wrong passwords the session ends."""
        if not await self.confirm(session, password):
            return False
        return await asyncio.to_thread(self._people.sessions.unlock, session.token_hash)

    async def confirm(self, session: SessionRow, password: str) -> bool:
        """Whether it is the password of the one whose session it is; after five wrong ones the session ends."""
        limit = of_session(session.token_hash)
        if await asyncio.to_thread(self._people.limits.attempt, [limit]) > 0:
            await asyncio.to_thread(self._people.sessions.end, session.token_hash, Ending.EXPIRED)
            return False
        account = await asyncio.to_thread(self._people.accounts.get, session.person.name)
        checked = await self.passwords.check(password, None if account is None else account.password_hash)
        if account is None or not checked.is_right or not account.is_enabled:
            await asyncio.to_thread(self._say_refused, account, checked)
            return False
        await asyncio.to_thread(self._people.limits.succeeded, clear=[limit.subject])
        return True

    async def change(self, session: SessionRow, password: str) -> str | None:
        """Give the account of a session another password: all its sessions end, and a new one begins; its token.

        The password is one that may be chosen. None where the account was disabled meanwhile.
        """
        hashed = await self.passwords.hash(password)
        name = session.person.name

        def write() -> str | None:
            self._people.accounts.set_password(name, hashed, who=name)
            token = new_token()
            opened = self._people.sessions.open(name, token_hash(token), Entrance.PASSWORD)
            return token if opened else None

        return await asyncio.to_thread(write)

    def _open(self, account: AccountRow, checked: Checked, in_place_of: str | None) -> str | None:
        """Begin a session under a token that nobody can have known before."""
        people = self._people
        if checked.new_hash is not None and account.password_hash is not None:
            people.accounts.rehash(account.account, account.password_hash, checked.new_hash)
        token = new_token()
        before = None if in_place_of is None else token_hash(in_place_of)
        opened = people.sessions.open(
            account.account,
            token_hash(token),
            Entrance.PASSWORD,
            in_place_of=before,
            password_hash=checked.new_hash or account.password_hash,
        )
        return token if opened else None

    def _say_refused(self, account: AccountRow | None, checked: Checked) -> None:
        if account is None:
            self._people.limits.say_refused(None, "no such account")
        else:
            reason = "the account is disabled" if checked.is_right else "wrong password"
            self._people.limits.say_refused(account.account, reason)


def seconds_words(seconds: float) -> str:
    """A wait as people read it."""
    whole = math.ceil(seconds)
    span = dt.timedelta(seconds=whole)
    return f"{whole} s" if whole < 120 else f"{math.ceil(span / dt.timedelta(minutes=1))} min"

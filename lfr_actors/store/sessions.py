"""Sessions in the database: who is signed in. Of a session's token only its SHA-256 is here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from lfr_actors.events.people import SignedIn, SignedOut
from lfr_actors.events.types import SITE
from lfr_actors.people import Person, Role
from lfr_actors.store import schema
from lfr_actors.store.append import append_events
from lfr_actors.store.database import reading

_sessions = schema.sessions.c


class Ending(StrEnum):
    """Why a session ended, as `account.signed_out` says it."""

    ASKED = "asked"
    EXPIRED = "expired"
    DISABLED = "disabled"
    PASSWORD_CHANGED = "password-changed"


class Entrance(StrEnum):
    """How somebody came in, as `account.signed_in` says it."""

    PASSWORD = "password"
    UNLOCK = "unlock"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session of an account that is enabled. `active_at`: when somebody was last known to be there."""

    token_hash: str
    person: Person
    opened_at: dt.datetime
    active_at: dt.datetime
    locked_at: dt.datetime | None


class Sessions:
    """The sessions of one store. A token itself never comes here, only its hash (64 hex digits)."""

    def __init__(
        self,
        engine: sa.Engine,
        writing: Callable[[], AbstractContextManager[sa.Connection]],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._engine, self._writing, self._clock = engine, writing, clock

    def open(
        self,
        account: str,
        token_hash: str,
        how: Entrance,
        *,
        in_place_of: str | None = None,
        password_hash: str | None = None,
    ) -> bool:
        """Begin a session, and end the one that the browser had before; False when the account is disabled.

        The account must be there. Since its password was checked it may have been disabled, or got another one:
        False too where `password_hash`, that of the password which was checked, is not its own any more.
        """
        now = self._clock()
        with self._writing() as connection:
            if in_place_of is not None:
                end_sessions(connection, _sessions.token_hash == in_place_of, Ending.ASKED, now)
            enabled = sa.select(schema.accounts.c.account).where(
                schema.accounts.c.account == account, schema.accounts.c.disabled_at.is_(None)
            )
            if password_hash is not None:
                enabled = enabled.where(schema.accounts.c.password_hash == password_hash)
            if connection.execute(enabled).first() is None:
                return False
            values = {"token_hash": token_hash, "account": account, "opened_at": now, "active_at": now}
            connection.execute(sa.insert(schema.sessions).values(values))
            append_events(connection, SITE, [SignedIn(account=account, how=how)], now)
        return True

    def get(self, token_hash: str) -> SessionRow | None:
        """The session of this hash; None when there is none (any more), or its account is disabled."""
        query = (
            sa.select(schema.sessions, schema.accounts.c.role)
            .join(schema.accounts, schema.accounts.c.account == _sessions.account)
            .where(_sessions.token_hash == token_hash, schema.accounts.c.disabled_at.is_(None))
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        return SessionRow(
            token_hash=row["token_hash"],
            person=Person(name=row["account"], role=Role(row["role"])),
            opened_at=row["opened_at"],
            active_at=row["active_at"],
            locked_at=row["locked_at"],
        )

    def touch(self, token_hash: str) -> None:
        """Note that somebody is there; a locked session stays as it is."""
        open_one = sa.and_(_sessions.token_hash == token_hash, _sessions.locked_at.is_(None))
        with self._writing() as connection:
            connection.execute(sa.update(schema.sessions).where(open_one).values(active_at=self._clock()))

    def lock(self, token_hash: str) -> None:
        """Lock it; one that is locked keeps its time."""
        open_one = sa.and_(_sessions.token_hash == token_hash, _sessions.locked_at.is_(None))
        with self._writing() as connection:
            connection.execute(sa.update(schema.sessions).where(open_one).values(locked_at=self._clock()))

    def unlock(self, token_hash: str) -> bool:
        """Open a locked session again, with its event; False when it ended meanwhile."""
        now = self._clock()
        same = _sessions.token_hash == token_hash
        with self._writing() as connection:
            account = connection.execute(sa.select(_sessions.account).where(same)).scalar()
            if account is None:
                return False
            values = {"locked_at": None, "active_at": now}
            connection.execute(sa.update(schema.sessions).where(same).values(values))
            append_events(connection, SITE, [SignedIn(account=account, how=Entrance.UNLOCK)], now)
        return True

    def end(self, token_hash: str, why: Ending) -> bool:
        """End a session, with its event; False when it had ended."""
        with self._writing() as connection:
            return bool(end_sessions(connection, _sessions.token_hash == token_hash, why, self._clock()))

    def end_older_than(self, opened_before: dt.datetime) -> int:
        """End every session that was opened before; how many. `opened_before` is aware."""
        with reading(self._engine) as connection:
            old = sa.select(_sessions.token_hash).where(_sessions.opened_at <= opened_before).limit(1)
            if connection.execute(old).first() is None:
                return 0
        with self._writing() as connection:
            older = _sessions.opened_at <= opened_before
            return len(end_sessions(connection, older, Ending.EXPIRED, self._clock()))


def end_sessions(
    connection: sa.Connection, where: sa.ColumnElement[bool], why: Ending, now: dt.datetime
) -> Sequence[str]:
    """End sessions, inside a transaction that writes, with an event each; the accounts whose they were."""
    accounts = connection.execute(sa.select(_sessions.account).where(where)).scalars().all()
    if accounts:
        connection.execute(sa.delete(schema.sessions).where(where))
        append_events(connection, SITE, [SignedOut(account=account, why=why) for account in accounts], now)
    return accounts

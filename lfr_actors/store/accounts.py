"""Accounts in the database: who may sign in, and in which role. Every change has its event.

A password never comes here, only its argon2 hash. Disabling an account and changing its password end its sessions
in the same transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import sqlalchemy as sa

from lfr_actors.errors import Refused
from lfr_actors.events.people import AccountAdded, AccountChanged
from lfr_actors.events.types import SITE
from lfr_actors.people import Role, account_name
from lfr_actors.store import schema
from lfr_actors.store.append import append_events
from lfr_actors.store.database import reading
from lfr_actors.store.sessions import Ending, end_sessions

_accounts = schema.accounts.c


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account. `password_hash` is None where a proxy signs people in; `disabled_at` None while it is enabled."""

    account: str
    role: Role
    password_hash: str | None = field(repr=False)
    made_at: dt.datetime
    disabled_at: dt.datetime | None

    @property
    def is_enabled(self) -> bool:
        """Whether one may sign in as it."""
        return self.disabled_at is None


class Accounts:
    """The accounts of one store. `who` is always who did it: an account, or that of the operating system."""

    def __init__(
        self,
        engine: sa.Engine,
        writing: Callable[[], AbstractContextManager[sa.Connection]],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._engine, self._writing, self._clock = engine, writing, clock

    # --- reading -----------------------------------------------------------------------------------------

    def listed(self) -> list[AccountRow]:
        """Every account, by name."""
        with reading(self._engine) as connection:
            query = sa.select(schema.accounts).order_by(_accounts.account)
            return [_account_row(row) for row in connection.execute(query).mappings()]

    def get(self, account: str) -> AccountRow | None:
        """The account of this name, enabled or not; None for none."""
        with reading(self._engine) as connection:
            return _find(connection, account)

    def require(self, account: str) -> AccountRow:
        """The account of this name, enabled or not. Raises `Refused` for none."""
        with reading(self._engine) as connection:
            return _require(connection, account)

    def any_enabled(self) -> bool:
        """Whether anybody could sign in."""
        query = sa.select(_accounts.account).where(_accounts.disabled_at.is_(None)).limit(1)
        with reading(self._engine) as connection:
            return connection.execute(query).first() is not None

    # --- changing ----------------------------------------------------------------------------------------

    def add(self, account: str, role: Role, password_hash: str | None, *, who: str) -> AccountRow:
        """Make an account. Raises `Refused` for a name that cannot be one, or that is taken."""
        now = self._clock()
        row = AccountRow(
            account=account_name(account),
            role=role,
            password_hash=password_hash,
            made_at=now,
            disabled_at=None,
        )
        with self._writing() as connection:
            if _find(connection, account) is not None:
                raise Refused(f"account {account}", "is there already; lfr users list shows all")
            values = {name: getattr(row, name) for name in AccountRow.__dataclass_fields__}
            connection.execute(sa.insert(schema.accounts).values(values))
            body = AccountAdded(account=account, role=role, who=who)
            append_events(connection, SITE, [body], now)
        return row

    def set_role(self, account: str, role: Role, *, who: str) -> AccountRow:
        """Give an account another role, from its next request on.

        Raises `Refused` for an unknown account, and where no administrator would be left.
        """
        with self._writing() as connection:
            row = _require(connection, account)
            if row.role is role:
                return row
            if role is not Role.ADMINISTRATOR:
                _require_another_administrator(connection, row)
            return self._change(connection, account, "role", {"role": role}, who)

    def set_disabled(self, account: str, disabled: bool, *, who: str) -> AccountRow:
        """Disable an account, which ends its sessions at once, or enable it again.

        Raises `Refused` for an unknown account, and where no administrator would be left.
        """
        now = self._clock()
        with self._writing() as connection:
            row = _require(connection, account)
            if row.is_enabled is not disabled:
                return row
            if disabled:
                _require_another_administrator(connection, row)
                end_sessions(connection, schema.sessions.c.account == account, Ending.DISABLED, now)
            what = "disabled" if disabled else "enabled"
            return self._change(connection, account, what, {"disabled_at": now if disabled else None}, who)

    def set_password(self, account: str, password_hash: str, *, who: str) -> AccountRow:
        """Give an account another password, which ends all its sessions at once. `Refused` for an unknown one."""
        now = self._clock()
        with self._writing() as connection:
            _require(connection, account)
            end_sessions(connection, schema.sessions.c.account == account, Ending.PASSWORD_CHANGED, now)
            return self._change(connection, account, "password", {"password_hash": password_hash}, who)

    def rehash(self, account: str, old_hash: str, new_hash: str) -> None:
        """Replace the hash of the same password by one made with today's parameters; sessions go on."""
        same = sa.and_(_accounts.account == account, _accounts.password_hash == old_hash)
        with self._writing() as connection:
            connection.execute(sa.update(schema.accounts).where(same).values(password_hash=new_hash))

    def _change(
        self, connection: sa.Connection, account: str, what: str, values: Mapping[str, object], who: str
    ) -> AccountRow:
        same = _accounts.account == account
        connection.execute(sa.update(schema.accounts).where(same).values(**values))
        row = _require(connection, account)
        body = AccountChanged(account=account, what=what, role=row.role, who=who)
        append_events(connection, SITE, [body], self._clock())
        return row


def _account_row(row: sa.RowMapping) -> AccountRow:
    return AccountRow(
        account=row["account"],
        role=Role(row["role"]),
        password_hash=row["password_hash"],
        made_at=row["made_at"],
        disabled_at=row["disabled_at"],
    )


def _find(connection: sa.Connection, account: str) -> AccountRow | None:
    query = sa.select(schema.accounts).where(_accounts.account == account)
    row = connection.execute(query).mappings().first()
    return None if row is None else _account_row(row)


def _require(connection: sa.Connection, account: str) -> AccountRow:
    row = _find(connection, account)
    if row is None:
        raise Refused(f"account {account!r}", "there is none of this name; lfr users list shows all")
    return row


def _require_another_administrator(connection: sa.Connection, row: AccountRow) -> None:
    """Nobody could manage accounts in the console any more."""
    if row.role is not Role.ADMINISTRATOR or not row.is_enabled:
        return
    others = sa.select(_accounts.account).where(
        _accounts.role == Role.ADMINISTRATOR,
        _accounts.disabled_at.is_(None),
        _accounts.account != row.account,
    )
    if connection.execute(others).first() is None:
        raise Refused(f"account {row.account}", "is the only administrator; add another one first")

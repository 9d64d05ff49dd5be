"""Tokens of integrations in the database: what each may, until when. Of a token itself only its hash."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from lfr_actors.errors import Refused
from lfr_actors.events.people import TokenIssued, TokenRevoked
from lfr_actors.events.types import SITE
from lfr_actors.people import PROGRAM, Person, Role, account_name
from lfr_actors.store import schema
from lfr_actors.store.append import append_events
from lfr_actors.store.database import reading

LONGEST: Final = dt.timedelta(days=366)
"""How long a token may be good for."""
TOKEN_PREFIX: Final = "lfr_"
"""Begins every token, so that one that leaks is recognised by those who look for such."""

_tokens = schema.api_tokens.c


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token: `name` is of the integration that holds it."""

    token_id: str
    name: str
    role: Role
    made_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None

    def is_good(self, now: dt.datetime) -> bool:
        """Whether it lets in at this moment (aware)."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def person(self) -> Person:
        """As whom the log knows its holder; no account can have a name with a colon."""
        return Person(name=f"{PROGRAM}{self.name}", role=self.role)


class ApiTokens:
    """The tokens of one store."""

    def __init__(
        self,
        engine: sa.Engine,
        writing: Callable[[], AbstractContextManager[sa.Connection]],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._engine, self._writing, self._clock = engine, writing, clock

    def issue(self, name: str, token_hash: str, role: Role, good_for: dt.timedelta, *, who: str) -> TokenRow:
        """Make a token. Two of one name may be good at a time, so that an integration can change over.

        Raises `Refused` for a name that cannot be one, and for a token good for no time or longer than `LONGEST`.
        """
        if not dt.timedelta(0) < good_for <= LONGEST:
            raise Refused(f"token {name}", f"may be good for 1 to {LONGEST.days} days")
        now = self._clock()
        row = TokenRow(
            token_id=uuid.uuid4().hex[:12],
            name=account_name(name),
            role=role,
            made_at=now,
            expires_at=now + good_for,
            revoked_at=None,
        )
        values = {field: getattr(row, field) for field in TokenRow.__dataclass_fields__}
        body = TokenIssued(token_id=row.token_id, name=name, role=role, expires_at=row.expires_at, who=who)
        with self._writing() as connection:
            connection.execute(sa.insert(schema.api_tokens).values(values | {"token_hash": token_hash}))
            append_events(connection, SITE, [body], now)
        return row

    def listed(self) -> list[TokenRow]:
        """Every token that was ever made, by name and age."""
        query = sa.select(schema.api_tokens).order_by(_tokens.name, _tokens.made_at, _tokens.token_id)
        with reading(self._engine) as connection:
            return [_token_row(row) for row in connection.execute(query).mappings()]

    def get(self, token_hash: str) -> TokenRow | None:
        """The token of this hash, good or not; None for none."""
        query = sa.select(schema.api_tokens).where(_tokens.token_hash == token_hash)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _token_row(row)

    def revoke(self, reference: str, *, who: str) -> TokenRow:
        """Refuse a token from now on, given its id or a beginning that no other has; twice is once.

        Raises `Refused` for an id that none has, or several.
        """
        now = self._clock()
        begins = sa.func.substr(_tokens.token_id, 1, len(reference)) == reference
        with self._writing() as connection:
            rows = connection.execute(sa.select(schema.api_tokens).where(begins).limit(2)).mappings().all()
            if len(rows) != 1 or not reference:
                many = "several tokens have ids that begin" if rows else "no token has an id that begins"
                raise Refused(f"token {reference!r}", f"{many} so; lfr tokens list shows the ids")
            row = _token_row(rows[0])
            if row.revoked_at is None:
                same = _tokens.token_id == row.token_id
                connection.execute(sa.update(schema.api_tokens).where(same).values(revoked_at=now))
                body = TokenRevoked(token_id=row.token_id, who=who)
                append_events(connection, SITE, [body], now)
        return next(token for token in self.listed() if token.token_id == row.token_id)


def _token_row(row: sa.RowMapping) -> TokenRow:
    return TokenRow(
        token_id=row["token_id"],
        name=row["name"],
        role=Role(row["role"]),
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )

"""Failed sign-ins in the database: how often, and when last, so that a restart forgets none of them.

An attempt is counted before it is looked at, and taken back when it was right: a hundred attempts at once are a
hundred failures, not one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

import sqlalchemy as sa

from lfr_actors.events.codec import utc_text
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.people import SignInRefused
from lfr_actors.events.types import SITE
from lfr_actors.store import schema
from lfr_actors.store.append import append_events
from lfr_actors.store.rows import EVENT_COLUMNS, stored_event

FORGOTTEN_AFTER: Final = dt.timedelta(hours=24)
"""Failures this long ago do not count any more."""
SAID_AGAIN_AFTER: Final = dt.timedelta(minutes=1)
"""A refused sign-in of one account is an event this often at most."""

_limits = schema.sign_in_limits.c


class Limit(Protocol):
    """How many failures of `subject` are free, and how long everybody waits after more."""

    @property
    def subject(self) -> str:
        """Such as `account:NAME` or `address:192.0.2.7`."""
        ...

    def wait_s(self, failures: int, since_last_s: float) -> float:
        """How long from now on attempts are refused unseen; 0 when one may be made."""
        ...


class SignInLimits:
    """The counted failures of one store."""

    def __init__(
        self,
        writing: Callable[[], AbstractContextManager[sa.Connection]],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._writing, self._clock = writing, clock

    def attempt(self, limits: Sequence[Limit]) -> float:
        """Count an attempt as a failure of every subject; 0.0, or how many seconds to wait, and nothing counted."""
        now = self._clock()
        with self._writing() as connection:
            connection.execute(
                sa.delete(schema.sign_in_limits).where(_limits.last_at <= now - FORGOTTEN_AFTER)
            )
            failures = {limit.subject: _failures(connection, limit.subject) for limit in limits}
            wait_s = max(
                limit.wait_s(count, (now - last_at).total_seconds())
                for limit in limits
                for count, last_at in [failures[limit.subject] or (0, now)]
            )
            if wait_s > 0:
                return wait_s
            for subject, found in failures.items():
                _write(connection, subject, 1 if found is None else found[0] + 1, now)
        return 0.0

    def succeeded(self, *, clear: Sequence[str], take_back: Sequence[str] = ()) -> None:
        """An attempt was right: failures of `clear` are forgotten, of `take_back` the attempt itself.

        An address keeps its failures, or whoever has one password could try others for ever.
        """
        with self._writing() as connection:
            connection.execute(sa.delete(schema.sign_in_limits).where(_limits.subject.in_(clear)))
            for subject in take_back:
                connection.execute(
                    sa.update(schema.sign_in_limits)
                    .where(_limits.subject == subject)
                    .values(failures=_limits.failures - 1)
                )

    def say_refused(self, account: str | None, reason: str) -> bool:
        """Write that somebody failed to sign in; False when that was said of this account a moment ago.

        `account` is None where there is none of the name that was given: what people type there may be a password.
        """
        now = self._clock()
        recent = sa.and_(
            schema.events.c.name == SignInRefused.NAME,
            schema.events.c.written_at > utc_text(now - SAID_AGAIN_AFTER),
        )
        with self._writing() as connection:
            rows = connection.execute(sa.select(*EVENT_COLUMNS).where(recent)).mappings()
            events: list[StoredEvent] = [stored_event(row) for row in rows]
            if any(event.public["account"] == account for event in events):
                return False
            append_events(connection, SITE, [SignInRefused(account=account, reason=reason)], now)
        return True


def _failures(connection: sa.Connection, subject: str) -> tuple[int, dt.datetime] | None:
    query = sa.select(_limits.failures, _limits.last_at).where(_limits.subject == subject)
    row = connection.execute(query).first()
    return None if row is None else (row.failures, row.last_at)


def _write(connection: sa.Connection, subject: str, failures: int, now: dt.datetime) -> None:
    connection.execute(sa.delete(schema.sign_in_limits).where(_limits.subject == subject))
    values = {"subject": subject, "failures": failures, "last_at": now}
    connection.execute(sa.insert(schema.sign_in_limits).values(values))

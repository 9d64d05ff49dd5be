"""Who works with the system, as the database has it: accounts, sessions, failed sign-ins, tokens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

import sqlalchemy as sa

from lfr_actors.store.accounts import Accounts
from lfr_actors.store.api_tokens import ApiTokens
from lfr_actors.store.sessions import Sessions
from lfr_actors.store.sign_in_limits import SignInLimits


class People:
    """Everything of one store that is about those who work with it."""

    def __init__(
        self,
        engine: sa.Engine,
        writing: Callable[[], AbstractContextManager[sa.Connection]],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._clock = clock
        self.accounts = Accounts(engine, writing, clock)
        self.sessions = Sessions(engine, writing, clock)
        self.limits = SignInLimits(writing, clock)
        self.tokens = ApiTokens(engine, writing, clock)

    def now(self) -> dt.datetime:
        """The time by the store's own clock, aware UTC: what is written and what is compared agree."""
        return self._clock()

"""The part of the vocabulary that speaks of those who work with the system: accounts, sign-in, tokens, stops."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAdded:
    """An account was made, in this role, by `who`."""

    NAME: ClassVar[str] = "account.added"
    VERSION: ClassVar[int] = 1

    account: str
    role: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged:
    """`what` of an account was changed by `who`: password, role, disabled, enabled. `role` is its present one."""

    NAME: ClassVar[str] = "account.changed"
    VERSION: ClassVar[int] = 1

    account: str
    what: str
    role: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Somebody signed in, or unlocked their session: `how` is password, unlock or proxy."""

    NAME: ClassVar[str] = "account.signed_in"
    VERSION: ClassVar[int] = 1

    account: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRefused:
    """Somebody failed to sign in. `account` is None where there is none of the name that was given."""

    NAME: ClassVar[str] = "account.sign_in_refused"
    VERSION: ClassVar[int] = 1

    account: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """A session ended: `why` is asked, expired, disabled or password-changed."""

    NAME: ClassVar[str] = "account.signed_out"
    VERSION: ClassVar[int] = 1

    account: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssued:
    """A token for the JSON API was made: `name` is of the integration that holds it."""

    NAME: ClassVar[str] = "token.issued"
    VERSION: ClassVar[int] = 1

    token_id: str
    name: str
    role: str
    expires_at: dt.datetime
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked:
    """A token is refused from now on."""

    NAME: ClassVar[str] = "token.revoked"
    VERSION: ClassVar[int] = 1

    token_id: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequested:
    """Somebody asked for a deployment to stop now; whoever runs it stops its cameras first."""

    NAME: ClassVar[str] = "deployment.stop_requested"
    VERSION: ClassVar[int] = 1

    who: str
    why: str

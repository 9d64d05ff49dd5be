"""Passwords: which may be chosen, and their argon2id hashes, made in threads and two at a time at most."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lfr_actors.errors import NotReady, Refused

SHORTEST: Final = 12
LONGEST: Final = 256
"""Characters. Longer ones cost time and protect nobody better."""
_LEAST_DIFFERENT: Final = 5
_AT_ONCE: Final = 2
"""Each takes 64 MiB and a fifth of a second of every core."""
_MOST_WAITING: Final = 32

T = TypeVar("T")


def check_password(password: str, account: str) -> None:
    """Raise `Refused`, saying what would be right, for a password that may not be chosen for an account."""
    what = f"the password of {account}"
    if not SHORTEST <= len(_composed(password)) <= LONGEST:
        raise Refused(what, f"must have {SHORTEST} to {LONGEST} characters; a few words in a row are good")
    if not password.casefold().replace(account.casefold(), "").strip(" -_.0123456789"):
        raise Refused(what, "must not be the name of the account")
    if len(set(password)) < _LEAST_DIFFERENT:
        raise Refused(what, f"must have at least {_LEAST_DIFFERENT} different characters")


def _composed(password: str) -> str:
    """The same characters from every keyboard: some send é as one character, some as two."""
    return unicodedata.normalize("NFC", password)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Whether a password was right. `new_hash`: the hash is to be replaced, its parameters are of the past."""

    is_right: bool
    new_hash: str | None = field(default=None, repr=False)


class Passwords:
    """Makes and checks hashes. More than two at once wait their turn; many more are refused with `NotReady`."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="password")
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """The argon2id hash of a password, with its parameters and salt, as text."""
        return await self._run(self.hash_now, password)

    async def check(self, password: str, known_hash: str | None) -> Checked:
        """Whether a password is that of a hash; None, that of no account, takes as long and never is."""
        return await self._run(self._check_now, password, known_hash)

    def hash_now(self, password: str) -> str:
        """The same as `hash`, in this thread."""
        return self._hasher.hash(_composed(password))

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False)

    def _check_now(self, password: str, known_hash: str | None) -> Checked:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash("the password of no account")
        tried = known_hash or self._nobodys
        composed = _composed(password[:LONGEST])
        try:
            self._hasher.verify(tried, composed)
        except (VerificationError, InvalidHashError):
            return Checked(is_right=False)
        if known_hash is None or len(password) > LONGEST:
            return Checked(is_right=False)
        is_old = self._hasher.check_needs_rehash(known_hash)
        return Checked(is_right=True, new_hash=self._hasher.hash(composed) if is_old else None)

    async def _run(self, work: Callable[..., T], *arguments: str | None) -> T:
        if self._waiting >= _MOST_WAITING:
            raise NotReady(
                "sign-in", "too many people are signing in at this moment; try again in a few seconds"
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1

"""Who asks, and what a handler demands of them: the part of the security that handlers themselves see.

    @needs(Permission.DECIDE)           a signed-in person, not locked, whose role may
    @passive                            above `needs`: asking it is no sign that somebody is there (a stream)
    @even_locked                        signed in, also while the session is locked (unlock, sign out)
    @public                             anybody (sign-in, health)

A route whose handler says none of these fails when the application starts.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeVar

from aiohttp import web

from lfr_actors.people import Permission, Person
from lfr_actors.store.sessions import SessionRow

API_PREFIX: Final = "/api/"
"""Below this a token signs in too, and refusals are problem documents (RFC 9457)."""

H = TypeVar("H", bound=Callable[..., Awaitable[web.StreamResponse]])


class Entry(StrEnum):
    """Who gets as far as the handler."""

    PUBLIC = "anybody"
    EVEN_LOCKED = "signed in, also while locked"
    OPEN = "signed in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a handler demands. `permission` is None where no particular one is. `passive`: no sign of activity."""

    entry: Entry
    permission: Permission | None = None
    passive: bool = False


_ATTRIBUTE: Final = "console_access"


def needs(permission: Permission) -> Callable[[H], H]:
    """Only signed-in people whose role has this permission get as far as the handler; others are refused (403)."""

    def mark(handler: H) -> H:
        setattr(handler, _ATTRIBUTE, Access(entry=Entry.OPEN, permission=permission))
        return handler

    return mark


def public(handler: H) -> H:
    """Anybody may ask."""
    setattr(handler, _ATTRIBUTE, Access(entry=Entry.PUBLIC))
    return handler


def even_locked(handler: H) -> H:
    """Any signed-in person may ask, also while the session is locked."""
    setattr(handler, _ATTRIBUTE, Access(entry=Entry.EVEN_LOCKED))
    return handler


def passive(handler: H) -> H:
    """Asking is no sign that somebody is there: the page does it by itself. Stands above `needs`.

    The same holds for any request with the header `X-Background: 1`, which scripts send when nobody touched a key.
    """
    setattr(handler, _ATTRIBUTE, replace(_marked(handler), passive=True))
    return handler


def _marked(handler: Callable[..., object]) -> Access:
    found = getattr(handler, _ATTRIBUTE, None)
    if not isinstance(found, Access):
        raise TypeError(f"{handler!r} does not say who may ask: mark it with @needs(Permission.X) or @public")
    return found


def access_of(handler: object) -> Access:
    """What a handler demands; of a method or a `functools.partial` what its function demands.

    Raises `TypeError` for one that does not say.
    """
    while isinstance(handler, functools.partial):
        handler = handler.func
    if not callable(handler):
        raise TypeError(f"{handler!r} is no handler")
    return _marked(handler)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who asks. `session` is None for an integration with a token; `csrf` is empty then."""

    person: Person
    session: SessionRow | None
    csrf: str
    is_locked: bool = False


SIGNED_IN: Final = web.RequestKey("signed_in", SignedIn)


def person_of(request: web.Request) -> Person:
    """Who asks. Raises `LookupError` in a public handler, where it may be nobody."""
    return request[SIGNED_IN].person


def person_or_none(request: web.Request) -> Person | None:
    """Who asks; None for somebody who is not signed in, and while the session is locked."""
    signed_in = request.get(SIGNED_IN)
    return None if signed_in is None or signed_in.is_locked else signed_in.person


def csrf_token(request: web.Request) -> str:
    """For the field `csrf` of a form or the header `X-CSRF-Token`; empty where nobody is signed in."""
    signed_in = request.get(SIGNED_IN)
    return "" if signed_in is None else signed_in.csrf

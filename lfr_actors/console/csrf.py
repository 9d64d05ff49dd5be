"""Tokens against forged requests: bound to the session, or before there is one to a cookie of the form. Pure.

The token is an HMAC under the cookie's own value: whoever cannot read the cookie cannot make it, and it says
nothing about the cookie. (OWASP: signed double submit.)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

FIELD: Final = "csrf"
HEADER: Final = "X-CSRF-Token"
_OF_SESSION: Final = b"lfr console session v1"
_OF_FORM: Final = b"lfr console sign-in form v1"


def session_csrf(session_token: str) -> str:
    """The token that belongs to a session."""
    return _bound_to(session_token, _OF_SESSION)


def form_csrf(form_token: str) -> str:
    """The token that belongs to the sign-in form of a browser that has no session yet."""
    return _bound_to(form_token, _OF_FORM)


def is_same(expected: str, given: str) -> bool:
    """Whether a token is the expected one, in a time that says nothing; an empty one never is."""
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape"))


def _bound_to(secret: str, purpose: bytes) -> str:
    digest = hmac.digest(secret.encode("utf-8", "surrogateescape"), purpose, hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")

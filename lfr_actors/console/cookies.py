"""The cookies of the console: with TLS under a name that only a secure page of this very host can set."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from lfr_actors.console.origin import is_secure
from lfr_actors.spec.console import Console

SESSION: Final = "lfr"
FORM: Final = "lfr-form"
_HOST: Final = "__Host-"
"""A browser takes such a cookie only with Secure, Path=/ and no Domain (RFC 6265bis)."""
_LONGEST: Final = 128


class Cookie:
    """One cookie: `HttpOnly`, `SameSite=Strict`, for as long as the browser is open."""

    def __init__(self, name: str, settings: Console) -> None:
        self._name, self._settings = name, settings

    def get(self, request: web.Request) -> str | None:
        """What the browser holds; None for nothing, and for what cannot be ours."""
        value = request.cookies.get(self._name_for(request))
        return value if value and len(value) <= _LONGEST else None

    def set(self, request: web.Request, response: web.StreamResponse, value: str) -> None:
        """Have the browser hold it."""
        response.set_cookie(
            self._name_for(request),
            value,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=self._is_secure(request),
        )

    def drop(self, request: web.Request, response: web.StreamResponse) -> None:
        """Have the browser forget it."""
        response.del_cookie(
            self._name_for(request),
            path="/",
            httponly=True,
            samesite="Strict",
            secure=self._is_secure(request),
        )

    def _name_for(self, request: web.Request) -> str:
        return f"{_HOST}{self._name}" if self._is_secure(request) else self._name

    def _is_secure(self, request: web.Request) -> bool:
        return is_secure(request.headers.get("Host", ""), self._settings)

"""What every answer says to the browser about itself, so that a page can load, send and be shown nowhere else."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from aiohttp.web_urldispatcher import StaticResource

CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
_ALWAYS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), payment=()",
    "Server": "lfr",  # not which version of what
}
_HSTS: Final = "max-age=31536000"
_STATIC_CACHE: Final = "no-cache"
"""Kept, and asked about each time: a file that did not change is answered with 304."""


def set_headers(request: web.Request, response: web.StreamResponse, *, over_tls: bool) -> None:
    """Set the headers of security on an answer, whatever made it. Only static files may be kept by a browser."""
    response.headers.update(_ALWAYS)
    if over_tls:
        response.headers["Strict-Transport-Security"] = _HSTS
    is_static = isinstance(request.match_info.route.resource, StaticResource)
    response.headers["Cache-Control"] = _STATIC_CACHE if is_static else "no-store"

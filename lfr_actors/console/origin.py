"""Where a request comes from, as the browser says it: which host it means, and which page made it. Pure.

Two attacks end here. A page elsewhere that lets the browser send a form or a fetch to the console (Origin and
Sec-Fetch-Site say so). And a name of a stranger that suddenly leads to 127.0.0.1 ("DNS rebinding": the browser
then takes the console for the stranger's own site): on the loopback interface only the names that it is meant to
have are answered to. With TLS the certificate does that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from lfr_actors.spec.console import Console

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS: Final = frozenset({"same-origin", "none"})  # none: typed, or a bookmark
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def host_refusal(host: str, settings: Console) -> str | None:
    """Why a request for this host (the header, maybe with a port) is not answered; None when it is."""
    name = host_name(host)
    if name is None:
        return "the Host header is not a host"
    if settings.tls is not None:
        return None
    known = _LOOPBACK | {settings.host.lower()} | ({public} if (public := _public_host(settings)) else set())
    if name not in known:
        return "this console does not go by that name; its own name is set as console.public_url"
    return None


def host_name(host: str) -> str | None:
    """The host in a Host header, lower case, without port and brackets; None for what is none."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises for what is no port
    except ValueError:
        return None
    if parts.netloc != host or parts.username is not None or not parts.hostname:
        return None
    return parts.hostname.rstrip(".")


def is_secure(host: str, settings: Console) -> bool:
    """Whether the browser reaches this host by https: by our own TLS, or that of what stands in front of us."""
    if settings.tls is not None:
        return True
    public = settings.public_url or ""
    return public.startswith("https:") and host_name(host) == _public_host(settings)


def fetch_refusal(method: str, headers: Mapping[str, str], *, scheme: str, host: str) -> str | None:
    """Why a request is not answered for where it was made; None when it is.

    Following a link from elsewhere is all that a page elsewhere may do. Origin is `null` from our own forms too,
    as we send no referrer; then Sec-Fetch-Site has to say that it is ours.
    """
    site = headers.get("Sec-Fetch-Site")
    is_link = method == "GET" and headers.get("Sec-Fetch-Mode") == "navigate"
    if site is not None and site not in _OURS and not (is_link and _is_page(headers)):
        return "it was made by a page of another site"
    if method in SAFE_METHODS:
        return None
    origin = headers.get("Origin")
    if origin is None or origin == f"{scheme}://{host}" or (origin == "null" and site == "same-origin"):
        return None
    return "it was made by a page of another site"


def _is_page(headers: Mapping[str, str]) -> bool:
    return headers.get("Sec-Fetch-Dest") == "document"


def _public_host(settings: Console) -> str | None:
    return urlsplit(settings.public_url).hostname if settings.public_url else None

"""How a refusal is answered: a page, a fragment of one, a problem document (RFC 9457), or a line of text.

Errors of the product become answers here, so that a handler raises and says nothing twice. What is unknown and
what one may not see look alike: permission is asked before anything is looked for.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web

from lfr_actors.console.access import API_PREFIX, csrf_token, person_or_none
from lfr_actors.console.rendering import render
from lfr_actors.errors import Conflict, Erased, LfrError, NotReady, Refused, StoreError, VaultError
from lfr_actors.store.store import utc_now

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_TITLES: Final = {
    400: "That cannot be understood",
    401: "Sign in first",
    403: "Not allowed",
    404: "There is nothing here",
    405: "That cannot be done here",
    408: "Too slow",
    409: "Somebody else was first",
    410: "Erased",
    413: "Too large",
    421: "Another address",
    423: "Locked",
    429: "Too many attempts",
    503: "Not at this moment",
}
_KEPT_HEADERS: Final = ("Allow", "Retry-After", "WWW-Authenticate")


class HTTPLocked(web.HTTPClientError):
    """The session is locked: its owner's password is asked first."""

    status_code = HTTPStatus.LOCKED.value


def is_api(request: web.Request) -> bool:
    """Whether it is a request to the JSON API."""
    return request.path.startswith(API_PREFIX)


def is_fragment(request: web.Request) -> bool:
    """Whether a script asks for a part of a page."""
    return request.headers.get("X-Fragment") == "1"


def wants_page(request: web.Request) -> bool:
    """Whether the answer is to be a whole page in a window."""
    if is_api(request) or is_fragment(request):
        return False
    destination = request.headers.get("Sec-Fetch-Dest", "document")
    return destination == "document" and "text/event-stream" not in request.headers.get("Accept", "")


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into answers; what is no error of ours goes on, and becomes a 500 that says nothing."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        kept = {name: error.headers[name] for name in _KEPT_HEADERS if name in error.headers}
        reason = error.text or ""
        plain = reason == f"{error.status}: {error.reason}"  # as aiohttp makes it where nobody said why
        return refusal(request, error.status, _OWN_WORDS.get(error.status, "") if plain else reason, kept)
    except LfrError as error:
        status, reason = _answer_to(error)
        return refusal(request, status, reason)


_OWN_WORDS: Final = {
    404: "This address leads nowhere, or to something that is not there any more.",
    405: "This address does not take such a request.",
    413: "More was sent than this address takes.",
}


def _answer_to(error: LfrError) -> tuple[int, str]:
    """The status of an error of the product, and what is said; the words of a fault of the site go to its log."""
    if isinstance(error, Conflict):
        return HTTPStatus.CONFLICT, f"{error.what}: {error.reason}"
    if isinstance(error, Refused):
        return HTTPStatus.FORBIDDEN, f"{error.what}: {error.reason}"
    if isinstance(error, Erased):
        return HTTPStatus.GONE, str(error)
    if isinstance(error, NotReady):
        return HTTPStatus.SERVICE_UNAVAILABLE, str(error)
    log.error("console_could_not_answer", kind=type(error).__name__, reason=str(error))
    if isinstance(error, StoreError):
        return HTTPStatus.SERVICE_UNAVAILABLE, "The database cannot be used at this moment."
    if isinstance(error, VaultError):
        return HTTPStatus.SERVICE_UNAVAILABLE, "What is sealed cannot be opened at this moment."
    return HTTPStatus.INTERNAL_SERVER_ERROR, "This could not be done; the log of the console says why."


def refusal(
    request: web.Request, status: int, reason: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """The answer to a request that is refused, in the form that the asker can use."""
    title = _TITLES.get(status, HTTPStatus(status).phrase)
    if is_api(request):
        problem = {"type": "about:blank", "title": title, "status": int(status), "detail": reason}
        body, content_type = json.dumps(problem, ensure_ascii=False), "application/problem+json"
    elif is_fragment(request) or wants_page(request):
        body, content_type = _page(request, status, title, reason), "text/html"
    else:
        body, content_type = f"{title}: {reason}\n", "text/plain"
    return web.Response(status=status, text=body, content_type=content_type, headers=headers)


def _page(request: web.Request, status: int, title: str, reason: str) -> str:
    values = {"status": int(status), "title": title, "reason": reason}
    if is_fragment(request):
        return render("_refused.html.j2", person=None, csrf="", now=utc_now(), **values)
    person = person_or_none(request)
    back = "/unlock" if status == HTTPStatus.LOCKED else "/"
    return render(
        "refused.html.j2", person=person, csrf=csrf_token(request), now=utc_now(), back=back, **values
    )

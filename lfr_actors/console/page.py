"""A rendered page as an answer, for the one who asked."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aiohttp import web

from lfr_actors.console.access import csrf_token, person_or_none
from lfr_actors.console.rendering import render
from lfr_actors.store.store import utc_now


def page(
    request: web.Request,
    template: str,
    *,
    status: int = HTTPStatus.OK,
    csrf: str | None = None,
    **values: Any,
) -> web.Response:
    """A page from a template; `csrf` in place of the session's token where there is no session."""
    text = render(
        template,
        person=person_or_none(request),
        csrf=csrf_token(request) if csrf is None else csrf,
        now=utc_now(),
        **values,
    )
    return web.Response(status=status, text=text, content_type="text/html")

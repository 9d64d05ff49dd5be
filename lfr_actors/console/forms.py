"""Reading what a form sends, and addresses to go on to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from lfr_actors.people import can_be_written

_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_BODY_S: Final = 15.0
"""Seconds in which a request has to have come whole: nobody holds a connection by sending a byte now and then."""


async def text_field(request: web.Request, name: str) -> str:
    """A field of a form as it was typed; empty where there is none, for a file, and where there is no form."""
    return (await text_fields(request)).get(name, "")


async def text_fields(request: web.Request) -> Mapping[str, str]:
    """The fields of a form as they were typed, without files; none where there is no form.

    Raises `web.HTTPBadRequest` for what is no form in UTF-8, `web.HTTPRequestTimeout` for what comes too slowly.
    """
    if request.content_type not in _FORMS:
        return {}
    try:
        async with in_time():
            fields = await request.post()
    except (ValueError, LookupError) as error:  # a multipart body that is none, text in no such encoding
        raise web.HTTPBadRequest(text="What was sent is not a form.") from error
    typed = {name: value for name, value in fields.items() if isinstance(value, str)}
    if not all(can_be_written(value) for value in typed.values()):
        raise web.HTTPBadRequest(text="What was sent is not text.")
    return typed


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """The body of a request is read within. Raises `web.HTTPRequestTimeout` when it does not come."""
    try:
        async with asyncio.timeout(_BODY_S):
            yield
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="The request did not come whole in time.") from None


def local_path(text: str) -> str:
    """An address of this console to go on to; `/` for whatever could lead elsewhere or into a header."""
    is_printable = all("!" <= character <= "~" for character in text)
    if not text.startswith("/") or text.startswith("//") or "\\" in text or not is_printable:
        return "/"
    return text

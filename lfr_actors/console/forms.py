"""Reading what a form sends, and addresses to go on to."""

from __future__ import annotations

from typing import Final

from aiohttp import web

_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


async def text_field(request: web.Request, name: str) -> str:
    """A field of a form as it was typed; empty where there is none, for a file, and where there is no form."""
    if request.content_type not in _FORMS:
        return ""
    try:
        value = (await request.post()).get(name)
    except ValueError as error:  # a multipart body that is none, or text in no such encoding
        raise web.HTTPBadRequest(text="What was sent is not a form.") from error
    return value if isinstance(value, str) else ""


def local_path(text: str) -> str:
    """An address of this console to go on to; `/` for whatever could lead elsewhere or into a header."""
    is_printable = all("!" <= character <= "~" for character in text)
    if not text.startswith("/") or text.startswith("//") or "\\" in text or not is_printable:
        return "/"
    return text

"""The sign as pages: HTML and PDF, the same bytes for the same content."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final, Literal

from lfr_actors.records.notice.content import NoticeContent
from lfr_actors.records.notice.qr import code_svg
from lfr_actors.records.page import render
from lfr_actors.records.pdf import compile_pdf, template_value

Size = Literal["a4", "a3"]

_TEMPLATE: Final = "notice/notice.typ"
_PRINT_PT: Final = 9.4
_PRINT_LETTERS: Final = 3000
_PRINT_SHRINKS: Final = 0.65
"""A panel of A4, printed by a browser, holds this many letters of JSON at that size; the fonts are its own."""


def notice_pdf(contents: Sequence[NoticeContent], *, size: Size, at: dt.datetime) -> bytes:
    """The sign as PDF, a panel for each content, in their order; `at` is its time stamp.

    Two panels are two pages of A4, or side by side on one page of A3 (landscape). Raises `PageError` for a name
    in letters that the font does not have, and `ValueError` for none or more than two contents.
    """
    return compile_pdf(_TEMPLATE, _data(contents, size), at=at, lang=contents[0].language)


def type_size_pt(contents: Sequence[NoticeContent], size: Size) -> float:
    """The size of the plain text on the sign as PDF, in points: as large as its content leaves room for.

    Raises `ValueError` for none or more than two contents.
    """
    data = _data(contents, size)
    return float(template_value(_TEMPLATE, data, "type-size", lang=contents[0].language))


def _data(contents: Sequence[NoticeContent], size: Size) -> dict[str, Any]:
    first = _checked(contents)[0]
    return {
        "title": " · ".join(content.title for content in contents),
        "author": first.facts[0][1],
        "description": first.small,
        "size": size,
        "code_svg": _code(first),
        "panels": [asdict(content) for content in contents],
    }


def notice_html(contents: Sequence[NoticeContent], *, size: Size) -> str:
    """The sign as one self-contained HTML page that also prints, each language on a sheet of its own.

    Raises `ValueError` for none or more than two contents.
    """
    first = _checked(contents)[0]
    return render(
        "notice/notice.html.j2",
        contents=contents,
        language=first.language,
        title=" · ".join(content.title for content in contents),
        size=size.upper(),
        code=_code(first),
        print_pt=_print_pt(contents, size),
    )


def _print_pt(contents: Sequence[NoticeContent], size: Size) -> float:
    """The size of type at which a panel that a browser prints holds its text, with room for other fonts.

    The area of a text grows with the square of the size; short lines and long words waste more of it.
    """
    letters = max(len(text) for text in map(_all_text, contents))
    fitting = _PRINT_PT * min(1.0, math.pow(_PRINT_LETTERS / letters, _PRINT_SHRINKS))
    return round(fitting * (1.0 if size == "a4" else math.sqrt(2)), 2)


def _all_text(content: NoticeContent) -> str:
    return json.dumps(asdict(content), ensure_ascii=False)


def _code(content: NoticeContent) -> str:
    return "" if content.record is None else code_svg(content.record)


def _checked(contents: Sequence[NoticeContent]) -> Sequence[NoticeContent]:
    if not 1 <= len(contents) <= 2:
        raise ValueError(f"a sign is in one language or in two, not in {len(contents)}")
    return contents

"""One of the product's own HTML pages as plain values, for a template that typesets it.

    page_blocks(html) ─► [{"kind": "h1", "runs": […]}, {"kind": "table", …}, …]

A page says its words in one place, its HTML template; the PDF says the same, because it is made of the page. Only
what those pages use is known: another element is a fault of the template and raises, so that nothing is left out
unnoticed.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Block = dict[str, Any]
"""A part of the page: its `kind`, and what it holds; plain JSON values."""

_SVG: Final = "{http://www.w3.org/2000/svg}"
_TRANSPARENT: Final = frozenset({"main", "header", "section", "article", "div"})
_INLINE: Final[Mapping[str, str]] = {"b": "bold", "strong": "bold", "code": "code", "i": "soft", "a": "plain"}
_CLASSES: Final = {"yes": "good", "no": "bad", "soft": "soft", "hid": "soft"}
_LONGEST_COLUMN: Final = 44
_LONGEST_WORD: Final = 24
"""In letters: more does not make a column wider."""


def page_blocks(html: str) -> list[Block]:
    """The blocks of what stands in the page's `<main>`, in order.

    A block has `runs` of text ({text, style}), or `rows`, `items`, a drawing's `svg` and `alt`. Raises `ValueError`
    for a page without one well-formed `<main>`, and for an element that has no counterpart.
    """
    begin, end = html.find("<main"), html.rfind("</main>")
    if begin < 0 or end < begin:
        raise ValueError("the page has no <main>")
    try:
        main = ET.fromstring(html[begin : end + len("</main>")])
    except ET.ParseError as error:
        raise ValueError(f"the page's <main> is not well formed: {error}") from error
    return list(_blocks(main))


def _blocks(parent: ET.Element) -> Iterator[Block]:
    for element in parent:
        if element.tag in _TRANSPARENT:
            yield from _blocks(element)
        elif element.tag in _KINDS:
            yield _KINDS[element.tag](element)
        else:
            raise ValueError(f"a page cannot be typeset with <{element.tag}> in <{parent.tag}>")


def _text(element: ET.Element) -> Block:
    return {"kind": element.tag, "class": element.get("class", ""), "runs": _runs(element)}


def _list(element: ET.Element) -> Block:
    return {"kind": "list", "items": [_runs(item) for item in element]}


def _definitions(element: ET.Element) -> Block:
    """Headline figures stand in groups; facts are pairs of a term and what it is."""
    if element.get("class") == "figures":
        return {"kind": "figures", "items": [[_runs(part) for part in group] for group in element]}
    terms, facts = element.findall("dt"), element.findall("dd")
    pairs = [[_runs(term), _runs(fact)] for term, fact in zip(terms, facts, strict=True)]
    return {"kind": "facts", "rows": pairs}


def _figure(element: ET.Element) -> Block:
    drawing, caption = element.find(f"{_SVG}svg"), element.find("figcaption")
    if drawing is None or caption is None:
        raise ValueError("a figure of a page needs a drawing and a caption")
    for part in drawing.iter():
        part.tag = part.tag.removeprefix(_SVG)
    drawing.set("xmlns", _SVG.strip("{}"))
    drawing.tail = None
    return {
        "kind": "drawing",
        "runs": _runs(caption),
        "svg": ET.tostring(drawing, encoding="unicode"),
        "alt": drawing.get("aria-label", ""),
    }


def _table(element: ET.Element) -> Block:
    caption = element.find("caption")
    note = None if caption is None else caption.find("small")
    if caption is not None and note is not None:
        caption.remove(note)
    head = [_cells(row) for row in element.iterfind("thead/tr")]
    lines = list(element.iterfind("tbody/tr"))
    body = [_cells(line) for line in lines]
    return {
        "kind": "table",
        "caption": [] if caption is None else _runs(caption),
        "note": [] if note is None else _runs(note),
        "head": head,
        "rows": [
            {"cells": cells, "total": line.get("class") == "all"}
            for line, cells in zip(lines, body, strict=True)
        ],
        "widths": _widths(head + body),
    }


def _cells(row: ET.Element) -> list[Block]:
    return [
        {
            "runs": _runs(cell),
            "number": "n" in cell.get("class", "").split(),
            "heading": cell.tag == "th",
            "span": int(cell.get("colspan", "1")),
        }
        for cell in row
    ]


def _widths(rows: list[list[Block]]) -> list[float]:
    """A share of the width for each column: room for its longest word, and for more where there is more to say."""
    columns = max((sum(cell["span"] for cell in row) for row in rows), default=0)
    shares = [3.0] * columns
    for row in rows:
        for place, cell in enumerate(row):
            if cell["span"] == 1:
                shares[place] = max(shares[place], _room(cell))
    return [round(share, 2) for share in shares]


def _room(cell: Block) -> float:
    """The width that a cell asks for: figures stay in one line, words may break, but for the longest of them."""
    said = "".join(run["text"] for run in cell["runs"])
    word = min(max((len(each) for each in said.split()), default=0), _LONGEST_WORD) + 2.0
    if cell["number"]:
        return word + 0.8 if cell["heading"] else max(word, min(len(said), _LONGEST_WORD) + 2.8)
    return max(word, math.pow(min(len(said), _LONGEST_COLUMN), 0.88))


def _runs(element: ET.Element) -> list[dict[str, str]]:
    """The text of an element as runs of one style each; white space counts once, and not at the ends."""
    runs: list[dict[str, str]] = []
    for written, style in _styled(element, _CLASSES.get(_last_class(element), "plain")):
        text = re.sub(r"\s+", " ", written)
        if runs and runs[-1]["text"].endswith(" "):
            text = text.lstrip(" ")
        if text and runs and runs[-1]["style"] == style:
            runs[-1]["text"] += text
        elif text:
            runs.append({"text": text, "style": style})
    if runs:
        runs[0]["text"] = runs[0]["text"].lstrip(" ")
        runs[-1]["text"] = runs[-1]["text"].rstrip(" ")
    return [run for run in runs if run["text"]]


def _styled(element: ET.Element, style: str) -> Iterator[tuple[str, str]]:
    yield element.text or "", style
    for inner in element:
        if inner.tag not in _INLINE and inner.tag != "span":
            raise ValueError(f"a page cannot be typeset with <{inner.tag}> in <{element.tag}>")
        own = _INLINE.get(inner.tag) or _CLASSES.get(_last_class(inner), "plain")
        yield from _styled(inner, own)
        yield inner.tail or "", style


def _last_class(element: ET.Element) -> str:
    return element.get("class", "").rpartition(" ")[2]


_KINDS: Final[Mapping[str, Callable[[ET.Element], Block]]] = {
    **dict.fromkeys(("h1", "h2", "h3", "p"), _text),
    **dict.fromkeys(("ul", "ol"), _list),
    "dl": _definitions,
    "figure": _figure,
    "table": _table,
}

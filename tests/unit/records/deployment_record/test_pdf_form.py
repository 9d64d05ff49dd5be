"""The record as PDF: what the page says, as pages, the same bytes each time."""

from __future__ import annotations

import re

import pytest

from lfr_actors.errors import PageError
from lfr_actors.records.deployment_record.html_form import html_bytes
from lfr_actors.records.deployment_record.pdf_form import pdf_bytes
from lfr_actors.records.page_blocks import Block, page_blocks
from tests.unit.records.deployment_record.story import document, matchday


def test_the_record_as_pdf(matchday_pdf: bytes) -> None:
    """It is PDF/UA with several pages, and its time is that of the last event."""
    assert matchday_pdf.startswith(b"%PDF-")
    assert b"pdfuaid:part>1<" in matchday_pdf
    assert b"/Lang(en)" in matchday_pdf
    assert len(re.findall(rb"/Type ?/Page\b(?!s)", matchday_pdf)) >= 3


@pytest.fixture(scope="module")
def matchday_pdf() -> bytes:
    """The record of a day whose truth is known."""
    return pdf_bytes(document(matchday().log))


def test_the_same_events_give_the_same_bytes(matchday_pdf: bytes) -> None:
    """Made again of the same events it is the same, to the byte; of the exact version it is not."""
    assert pdf_bytes(document(matchday().log)) == matchday_pdf
    assert pdf_bytes(document(matchday().log, exact=True)) != matchday_pdf


def test_every_word_of_the_page_goes_along() -> None:
    """Whatever stands between tags in the page's main part stands in a block."""
    html = html_bytes(document(matchday().log)).decode()
    blocks = page_blocks(html)
    said = "".join(_texts(blocks))
    main = re.sub(r"<svg.*?</svg>", "", html[html.index("<main>") : html.index("</main>")], flags=re.DOTALL)
    for words in re.findall(r">([^<>]+)<", main):
        plain = words.replace("&amp;", "&").replace("&#39;", "'").replace("&#34;", '"').split()
        assert "".join(plain) in said
    assert sum(block["kind"] == "drawing" for block in blocks) == html.count("<svg")


def _texts(value: object) -> list[str]:
    """The words of blocks, without any white space."""
    if isinstance(value, dict):
        block: Block = value
        if set(block) == {"text", "style"}:
            return ["".join(str(block["text"]).split())]
        return [text for inner in block.values() for text in _texts(inner)]
    return [text for inner in value for text in _texts(inner)] if isinstance(value, list) else []


def test_names_are_no_markup_and_no_blanks() -> None:
    """Markup in a name stands there as it is; letters that the font does not have are refused, with where."""
    markup = matchday(location="Square #read('x') *b* $1$ <b>x</b> & \\ @a")
    assert pdf_bytes(document(markup.log)).startswith(b"%PDF-")
    with pytest.raises(PageError, match=r"U\+6F22"):
        pdf_bytes(document(matchday(location="Square 漢").log))


def test_the_record_of_an_operation() -> None:
    """An operation's record is typeset as a deployment's is, with its table of deployments."""
    operation = document(matchday("one", operation="season").log, operation="season")
    assert pdf_bytes(operation).startswith(b"%PDF-")
    assert any(block["kind"] == "h2" for block in page_blocks(html_bytes(operation).decode()))

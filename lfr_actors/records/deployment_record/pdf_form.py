"""The record as PDF: the HTML page, typeset. It says what the page says, word for word, with the same drawings."""

from __future__ import annotations

from typing import Final

from lfr_actors.records.deployment_record.document import RecordDocument
from lfr_actors.records.deployment_record.html_form import html_bytes
from lfr_actors.records.page_blocks import page_blocks
from lfr_actors.records.pdf import compile_pdf

_TEMPLATE: Final = "deployment_record/record.typ"


def pdf_bytes(document: RecordDocument) -> bytes:
    """The record as PDF/UA, A4. Its time stamp is the last event that it tells of: no clock is read.

    Raises `PageError` for a name in letters that the font does not have.
    """
    data = {
        "title": document.title,
        "author": document.deployments[0].identity.force or document.provenance.software,
        "name": document.name,
        "head": document.provenance.head,
        "interim": document.interim,
        "protected": document.protected,
        "blocks": page_blocks(html_bytes(document).decode()),
    }
    return compile_pdf(_TEMPLATE, data, at=document.provenance.last_event_at, lang="en")

"""The record as one HTML page: makes no request, reads on a phone, prints."""

from __future__ import annotations

from lfr_actors.alerting.outcomes import OUTCOME_WORDS
from lfr_actors.evaluation.intervals import INSUFFICIENT
from lfr_actors.records.deployment_record.document import RecordDocument
from lfr_actors.records.deployment_record.drawings import drawings
from lfr_actors.records.deployment_record.figures import Cell, Rate
from lfr_actors.records.deployment_record.words import (
    counted,
    day_text,
    duration_text,
    moment_text,
    number,
    percent,
)
from lfr_actors.records.page import render

HIDDEN = "hidden"
"""What stands in a cell that is not shown."""


def html_bytes(document: RecordDocument) -> bytes:
    """The page, UTF-8; everything in it is escaped."""
    page = render(
        "deployment_record/record.html.j2",
        record=document,
        drawings=drawings(document),
        rate=_rate,
        cell=_cell,
        counted=counted,
        number=number,
        percent=percent,
        moment=moment_text,
        day=day_text,
        duration=duration_text,
        outcome_words={str(each): words for each, words in OUTCOME_WORDS.items()},
        insufficient=INSUFFICIENT,
    )
    return page.encode()


def _rate(rate: Rate | None) -> str:
    return INSUFFICIENT if rate is None else rate.words


def _cell(cell: Cell) -> str:
    return HIDDEN if cell.count is None else number(cell.count)

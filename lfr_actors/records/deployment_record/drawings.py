"""The two drawings of the record, as SVG written by hand: no library, no date, the same bytes everywhere.

Colours are of Okabe and Ito's palette, which people with any colour vision can tell apart; every bar and every
point also carries its figure in words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from lfr_actors.evaluation.intervals import INSUFFICIENT
from lfr_actors.records.deployment_record.document import RecordDocument
from lfr_actors.records.deployment_record.figures import Rate
from lfr_actors.records.deployment_record.words import number, percent

_BLUE, _VERMILION, _INK, _SOFT, _LINE = "#0072B2", "#D55E00", "#1B1F24", "#57606A", "#D0D7DE"
_WIDTH: Final = 640
_LABELS: Final = 210
_FIGURES: Final = 70
_ROW: Final = 30
_FONT: Final = "'DejaVu Sans', Verdana, sans-serif"
_DECADES: Final = (-6, 0)
"""The rates that the axis reaches from and to, as powers of ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A drawing: `alt` says in words what it shows, `svg` is the whole element."""

    name: str
    title: str
    alt: str
    svg: str = field(repr=False)


def drawings(document: RecordDocument) -> tuple[Drawing, ...]:
    """The drawings of a record: how few of the faces seen come to an alert, and the false alert rates."""
    return _funnel(document), _rates(document)


def _funnel(document: RecordDocument) -> Drawing:
    counts = document.counts
    rows = (
        ("faces seen (tracks)", counts.faces_seen),
        ("alerts", counts.alerts),
        ("judged true", counts.judged_true),
        ("engaged", counts.engagements),
        ("confirmed true", counts.confirmed_true),
        ("arrests", counts.arrests),
    )
    most = max(1, math.ceil(math.log10(max(10, *(count for _, count in rows)))))
    length = _WIDTH - _LABELS - _FIGURES
    parts: list[str] = []
    for place, (label, count) in enumerate(rows):
        middle = 14 + place * _ROW
        wide = 0.0 if count == 0 else length * (0.04 + 0.96 * math.log10(count) / most)
        parts += [
            _text(_LABELS - 10, middle, label, anchor="end"),
            f'<rect x="{_LABELS}" y="{middle - 9}" width="{wide:.1f}" height="18" rx="2" fill="{_BLUE}"/>',
            _text(_LABELS + wide + 8, middle, number(count), bold=True),
        ]
    foot = 14 + len(rows) * _ROW
    parts.append(
        _text(_LABELS, foot, "bars are logarithmic: equal steps are equal factors", soft=True, size=11)
    )
    said = ", ".join(f"{label} {number(count)}" for label, count in rows)
    return _drawing("funnel", "From faces seen to arrests", f"Bars: {said}.", parts, foot + 14)


def _rates(document: RecordDocument) -> Drawing:
    rows = (
        ("of faces seen (tracks)", document.rates.false_over_faces),
        ("of alerts", document.rates.false_over_alerts),
    )
    parts: list[str] = []
    bottom = 20 + len(rows) * 44
    for power in range(_DECADES[0], _DECADES[1] + 1):
        x = _place(10.0**power)
        parts.append(
            f'<line x1="{x:.1f}" y1="6" x2="{x:.1f}" y2="{bottom}" stroke="{_LINE}" stroke-width="1"/>'
        )
        parts.append(_text(x, bottom + 12, _tick(power), anchor="middle", soft=True, size=11))
    for place, (label, rate) in enumerate(rows):
        middle = 26 + place * 44
        parts.append(_text(_LABELS - 10, middle, label, anchor="end"))
        parts += _interval(rate, middle)
    said = "; ".join(f"{label}: {INSUFFICIENT if rate is None else rate.words}" for label, rate in rows)
    return _drawing(
        "rates", "False alerts, with 95 % intervals", f"False alert rates. {said}.", parts, bottom + 24
    )


def _interval(rate: Rate | None, middle: float) -> list[str]:
    if rate is None:
        return [_text(_LABELS + 8, middle, INSUFFICIENT, soft=True)]
    left, right = _place(rate.low), _place(rate.high)
    parts = [
        f'<line x1="{left:.1f}" y1="{middle}" x2="{right:.1f}" y2="{middle}" stroke="{_VERMILION}" '
        'stroke-width="4" stroke-linecap="round"/>'
    ]
    words = f"{percent(rate.low)} to {percent(rate.high)}"
    if rate.hits:
        words = f"{percent(rate.rate)} ({words})"
        parts.append(f'<circle cx="{_place(rate.rate):.1f}" cy="{middle}" r="6" fill="{_VERMILION}"/>')
    else:
        words = f"none seen: {words}"
        parts.append(
            f'<path d="M{left + 9:.1f} {middle - 7} L{left:.1f} {middle} L{left + 9:.1f} {middle + 7}" fill="none" '
            f'stroke="{_VERMILION}" stroke-width="3"/>'
        )
    anchor = "end" if right > (_WIDTH + _LABELS) / 2 else "start"
    parts.append(_text(right if anchor == "end" else left, middle - 13, words, anchor=anchor, size=11))
    return parts


def _place(rate: float) -> float:
    """Where a rate lies on the logarithmic axis; what is below it, zero too, lies at its left end."""
    low, high = _DECADES
    power = low if rate <= 0 else min(max(math.log10(rate), low), high)
    return _LABELS + (_WIDTH - _LABELS - 24) * (power - low) / (high - low)


def _tick(power: int) -> str:
    return percent(10.0**power, digits=1)


def _text(
    x: float,
    middle: float,
    words: str,
    *,
    anchor: str = "start",
    bold: bool = False,
    soft: bool = False,
    size: int = 13,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{middle + size * 0.36:.1f}" font-size="{size}" text-anchor="{anchor}"{weight} '
        f'fill="{_SOFT if soft else _INK}">{escape(words)}</text>'
    )


def _drawing(name: str, title: str, alt: str, parts: Sequence[str], height: int) -> Drawing:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" font-family={quoteattr(_FONT)} role="img" aria-label={quoteattr(alt)}>'
    )
    return Drawing(name=name, title=title, alt=alt, svg="\n".join([head, *parts, "</svg>"]))

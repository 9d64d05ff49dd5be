from __future__ import annotations

import datetime as dt

import pytest

from lfr_actors.footage.span import Moment, Span, parse_moment, show_moment

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-01T12:00:00Z", NOON),
        ("2026-01-01T13:00:00+01:00", NOON),
        ("12.5s", 12.5),
        ("3m", 180.0),
        ("0s", 0.0),
    ],
)
def test_moments_are_read_and_shown(text: str, moment: Moment) -> None:
    """Times of day with a zone and seconds of the film; what is shown can be read again."""
    assert parse_moment(text) == moment
    assert parse_moment(show_moment(moment)) == moment


@pytest.mark.parametrize(
    ("text", "words"),
    [("2026-01-01T12:00:00", "time zone"), ("12.5", "is no time"), ("yesterday", "is no time")],
)
def test_what_is_no_moment_is_refused(text: str, words: str) -> None:
    """The error says what would be right."""
    with pytest.raises(ValueError, match=words):
        parse_moment(text)


@pytest.mark.parametrize(
    ("from_", "to", "words"),
    [(5.0, 4.0, "ends before"), (NOON, NOON - dt.timedelta(1), "ends before"), (NOON, 5.0, "mixes")],
)
def test_impossible_spans_are_refused(from_: Moment, to: Moment, words: str) -> None:
    """Backwards, or a time of day with seconds."""
    with pytest.raises(ValueError, match=words):
        Span(from_=from_, to=to)


def test_a_span_of_seconds_touches_what_overlaps_it() -> None:
    """Both ends count; an open end and a segment that is being recorded have none."""
    span = Span(from_=10.0, to=20.0)
    found = [span.touches(*ends) for ends in [(0, 9.9), (0, 10), (20, 30), (20.1, 30), (5, None), (21, None)]]
    assert found == [False, True, True, False, True, False]
    assert Span().touches(0, 1)
    assert Span(from_=NOON, to=NOON).touches(0, 1)
    assert Span(from_=10.0).times == (None, None)
    assert Span(from_=NOON).times == (NOON, None)

"""Durations as people write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.spec.duration import parse_duration, show_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("1s", 1), ("1.5s", 1.5), ("5m", 300), ("24h", 86_400), ("31d", 2_678_400), ("0s", 0)],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    """A number and a unit are a duration, with or without a space or a fraction."""
    assert parse_duration(text).total_seconds() == seconds
    assert parse_duration(f" {text[:-1].strip()}{text[-1]} ").total_seconds() == seconds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("24", "has no unit"),
        ("1 week", "unknown unit"),
        ("1h30m", "not a duration"),
        ("-1s", "not a duration"),
        ("1e3s", "not a duration"),
        ("", "not a duration"),
        ("nan s", "not a duration"),
        ("P1D", "not a duration"),
        ("٣s", "not a duration"),
        ("999999999999d", "longer than can be counted"),
    ],
)
def test_what_is_no_duration_is_refused(text: str, words: str) -> None:
    """The message says what is wrong and shows durations that are right."""
    with pytest.raises(ValueError, match=words) as caught:
        parse_duration(text)
    assert "24h" in str(caught.value)


@given(milliseconds=st.integers(min_value=0, max_value=10**13))
def test_a_duration_is_read_back(milliseconds: int) -> None:
    """What is shown of a duration reads back as the same duration."""
    duration = dt.timedelta(milliseconds=milliseconds)
    assert parse_duration(show_duration(duration)) == duration


@given(microseconds=st.integers(min_value=0, max_value=10**10))
def test_fractions_of_a_millisecond_are_read_back(microseconds: int) -> None:
    """Nothing of a duration is lost below a millisecond either."""
    duration = dt.timedelta(microseconds=microseconds)
    assert parse_duration(show_duration(duration)) == duration


@pytest.mark.parametrize(("hours", "shown"), [(24, "24h"), (25, "25h"), (48, "2d"), (744, "31d"), (0, "0s")])
def test_a_duration_is_shown_as_people_say_it(hours: int, shown: str) -> None:
    """A day is 24h, two days are 2d."""
    assert show_duration(dt.timedelta(hours=hours)) == shown

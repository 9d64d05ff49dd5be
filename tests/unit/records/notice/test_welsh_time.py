"""Durations and dates in Welsh."""

from __future__ import annotations

import datetime as dt

import pytest

from lfr_actors.records.notice.english import ENGLISH
from lfr_actors.records.notice.welsh_time import duration, erased, window
from lfr_actors.retention.policy import ClockStart

BST = dt.timezone(dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (dt.timedelta(days=31), "31 diwrnod"),
        (dt.timedelta(days=2), "2 ddiwrnod"),
        (dt.timedelta(days=3), "3 diwrnod"),
        (dt.timedelta(days=5), "5 niwrnod"),
        (dt.timedelta(days=7), "7 niwrnod"),
        (dt.timedelta(days=10), "10 niwrnod"),
        (dt.timedelta(days=14), "14 diwrnod"),
        (dt.timedelta(days=1), "24 awr"),
        (dt.timedelta(hours=1), "1 awr"),
        (dt.timedelta(hours=36), "36 awr"),
        (dt.timedelta(minutes=1), "1 munud"),
        (dt.timedelta(minutes=2), "2 funud"),
        (dt.timedelta(minutes=10), "10 munud"),
        (dt.timedelta(seconds=1), "1 eiliad"),
        (dt.timedelta(seconds=2), "2 eiliad"),
        (dt.timedelta(milliseconds=500), "0.5 eiliad"),
    ],
)
def test_a_noun_mutates_as_the_number_asks(length: dt.timedelta, words: str) -> None:
    """Softly after 2, nasally after pum, saith, wyth, naw, deng …, not at all before a vowel or after others."""
    assert duration(length) == words


def test_every_clock_can_be_said() -> None:
    """Each start of a clock has words for an erasure at once and for a later one; none is left in English."""
    for clock in ClockStart:
        for lifetime in (dt.timedelta(0), dt.timedelta(days=31)):
            words = erased(lifetime, clock)
            assert words
            assert words != ENGLISH.erased(lifetime, clock)
    assert erased(dt.timedelta(seconds=1), ClockStart.CAPTURE) == "o fewn 1 eiliad i gipio'r wyneb"
    assert erased(dt.timedelta(hours=24), ClockStart.DEPLOYMENT_END) == "24 awr ar ôl diwedd y defnydd"
    assert erased(dt.timedelta(0), ClockStart.DEPLOYMENT_END) == "ar unwaith ar ddiwedd y defnydd"


def test_a_window_of_one_day_and_of_several() -> None:
    """One day is named once; after tan (until) the day mutates. English says the same of both."""
    begin, end = dt.datetime(2024, 9, 7, 10, tzinfo=BST), dt.datetime(2024, 9, 7, 18, tzinfo=BST)
    assert window(begin, end) == "dydd Sadwrn 7 Medi 2024, 10:00 tan 18:00"
    assert ENGLISH.window(begin, end) == "Saturday 7 September 2024, 10:00 to 18:00"
    late = dt.datetime(2024, 9, 9, 4, tzinfo=BST)
    assert window(begin, late) == "dydd Sadwrn 7 Medi 2024, 10:00, tan ddydd Llun 9 Medi 2024, 04:00"
    assert ENGLISH.window(begin, late).endswith("10:00, to Monday 9 September 2024, 04:00")

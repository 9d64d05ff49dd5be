"""Figures as the public reads them."""

from __future__ import annotations

import datetime as dt

import pytest

from lfr_actors.evaluation.intervals import proportion_interval
from lfr_actors.records.deployment_record.words import (
    counted,
    day_text,
    duration_text,
    moment_text,
    percent,
    rate_of,
    rounded,
)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.0000028653, "0.00029 %"), (0.0412, "4.1 %"), (0.6667, "67 %")],
)
def test_small_shares_keep_two_digits_that_say_something(share: float, words: str) -> None:
    """A rate of three in a million is not shown as zero."""
    assert percent(share) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0.2, "0.2 s"),
        (59.6, "1 min 0 s"),
        (64.0, "1 min 4 s"),
        (2_520.0, "42 min"),
        (18_720.0, "5 h 12 min"),
        (97_200.0, "1 d 3 h"),
    ],
)
def test_durations(seconds: float | None, words: str) -> None:
    """As long as they are, as people say them."""
    assert duration_text(seconds) == words


def test_times_are_in_utc_and_say_so() -> None:
    """A time of another zone is shown in UTC, and so is its day."""
    late = dt.datetime(2024, 9, 8, 0, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert moment_text(late) == "2024-09-07 23:30:00 UTC"
    assert day_text(late) == "7 September 2024"
    assert moment_text(None) == "–"


def test_a_rate_is_said_with_its_counts_and_its_interval() -> None:
    """A small one also as one in how many; without trials there is none."""
    rate = rate_of(proportion_interval(10, 3_147_436), "false alerts of faces seen")
    assert rate is not None
    assert rate.words == ("0.00032 %, 1 in 314,744 (10 of 3,147,436; 95 % interval 0.00015 % to 0.00058 %)")
    assert rate_of(None, "anything") is None


def test_counts_and_computed_figures() -> None:
    """One alert, eleven alerts, two passes; computed figures have six digits."""
    assert [counted(1, "alert"), counted(1_100, "alert"), counted(2, "pass", "passes")] == [
        "1 alert",
        "1,100 alerts",
        "2 passes",
    ]
    assert rounded(0.1 + 0.2) == 0.3

"""What answers mean, and when an endpoint is asked again."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.delivery.schedule import Answer, Meaning, Schedule, asked_s
from tests.unit.events.samples import NOON

SCHEDULE = Schedule()


@pytest.mark.parametrize(
    ("status", "retry_after", "meaning"),
    [
        (200, None, Meaning.ACCEPTED),
        (204, "5", Meaning.ACCEPTED),
        (100, None, Meaning.FAILED),
        (301, None, Meaning.FAILED),
        (307, "5", Meaning.FAILED),
        (400, None, Meaning.REFUSED),
        (401, None, Meaning.FAILED),
        (403, None, Meaning.FAILED),
        (404, None, Meaning.FAILED),
        (408, None, Meaning.FAILED),
        (409, None, Meaning.FAILED),
        (410, None, Meaning.GONE),
        (413, None, Meaning.REFUSED),
        (415, None, Meaning.REFUSED),
        (422, None, Meaning.REFUSED),
        (425, None, Meaning.FAILED),
        (429, None, Meaning.FAILED),
        (429, "5", Meaning.BUSY),
        (500, "5", Meaning.FAILED),
        (503, None, Meaning.FAILED),
        (503, "5", Meaning.BUSY),
        (None, None, Meaning.FAILED),
    ],
)
def test_every_answer_has_a_meaning(status: int | None, retry_after: str | None, meaning: Meaning) -> None:
    """Accepted, busy, gone, not this event, or a failure like any other: nothing else is distinguished."""
    assert Answer(status=status, retry_after=retry_after).meaning is meaning


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("99999999999999999999", 999_999_999.0),
        ("Sat, 07 Sep 2024 12:02:00 GMT", 120.0),
        ("Sat, 07 Sep 2024 11:00:00 GMT", 0.0),
        ("Sat, 07 Sep 2024 12:02:00", 120.0),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(text: str | None, seconds: float | None) -> None:
    """Both forms of RFC 9110; what is neither asks for nothing."""
    assert asked_s(text, NOON) == seconds


def test_waits_grow_twofold_and_are_spread_over_their_whole_length() -> None:
    """1, 2, 4 … s up to five minutes, of which chance takes any part."""
    assert [SCHEDULE.backoff_s(n, 1.0) for n in (1, 2, 3, 9, 10, 10_000)] == [1, 2, 4, 256, 300, 300]
    assert [SCHEDULE.backoff_s(4, chance) for chance in (0.0, 0.25, 0.5)] == [0.0, 2.0, 4.0]


def test_probes_of_a_suspended_endpoint_are_never_hasty() -> None:
    """From half of 30 s on, growing to five minutes."""
    assert [SCHEDULE.probe_s(n, 0.0) for n in (5, 6, 7, 20)] == [15, 30, 60, 150]
    assert SCHEDULE.probe_s(1, 1.0) == 30  # gone at once, without failures before


@given(
    failures=st.integers(1, 10**6),
    chance=st.floats(0, 1, exclude_max=True),
    retry_after=st.one_of(st.none(), st.integers(0, 10**12).map(str), st.text(max_size=30)),
    suspended=st.booleans(),
)
def test_no_answer_makes_anybody_wait_longer_than_an_hour(
    failures: int, chance: float, retry_after: str | None, suspended: bool
) -> None:
    """Whatever an endpoint says, the wait is between nothing and an hour."""
    answer = Answer(status=503, retry_after=retry_after)
    wait_s = SCHEDULE.wait_s(failures, answer, NOON, chance, suspended=suspended)
    assert 0 <= wait_s <= 3600


def test_retry_after_lengthens_a_wait_and_never_shortens_it() -> None:
    """An endpoint may ask for more time, and cannot have itself hammered."""
    answer = Answer(status=429, retry_after="60")
    assert SCHEDULE.wait_s(1, answer, NOON, 0.5, suspended=False) == 60
    hasty = Answer(status=429, retry_after="0")
    assert SCHEDULE.wait_s(9, hasty, NOON, 0.5, suspended=False) == 128


def test_a_clock_set_back_keeps_nobody_waiting() -> None:
    """However far away the next attempt seems, it is at most an hour."""
    assert SCHEDULE.due_in_s(NOON + dt.timedelta(days=400), NOON) == 3600
    assert SCHEDULE.due_in_s(NOON, NOON + dt.timedelta(seconds=1)) == 0
    assert SCHEDULE.due_in_s(None, NOON) == 0

"""When an endpoint is asked again, and what its answers mean. Pure: time and chance are arguments.

Waits after failures grow twofold with full jitter (a random part of the whole wait), so that consumers that come
back are not met by every sender at once; see "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. One
that is suspended is probed at growing intervals of which only half is left to chance. `Retry-After` (RFC 9110,
10.2.3) lengthens a wait, up to an hour.

    2xx                     it has it
    410                     it is gone: the event is a dead letter, the endpoint is suspended at once
    400 413 415 422         it does not want this event: after `refusals` attempts a dead letter, and on to the next
    429, 503 + Retry-After  it is well and says when: waited for, and not held against it
    everything else         a failure, tried again: also redirects, which are never followed, and 401, 403 and 404,
                            because those are mended by somebody, and the event was not looked at
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

_OF_THE_EVENT: Final = frozenset({400, 413, 415, 422})
_BUSY: Final = frozenset({429, 503})
_GONE: Final = 410
_LONGEST_DOUBLING: Final = 30
_MAX_SECONDS_DIGITS: Final = 9


class Meaning(StrEnum):
    """What an answer means for the event and its endpoint."""

    ACCEPTED = "accepted"
    FAILED = "failed"
    BUSY = "busy"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one attempt: an HTTP status, or in words why there was none. `elapsed_s` from the first byte."""

    status: int | None = None
    fault: str | None = None
    retry_after: str | None = None
    elapsed_s: float = 0.0

    @property
    def words(self) -> str:
        """For people: the status, or the fault."""
        if self.status is None:
            return self.fault or "no answer"
        return f"{self.status} (redirects are not followed)" if 300 <= self.status < 400 else str(self.status)

    @property
    def meaning(self) -> Meaning:
        """See the table above."""
        if self.status is None:
            return Meaning.FAILED
        if 200 <= self.status < 300:
            return Meaning.ACCEPTED
        if self.status == _GONE:
            return Meaning.GONE
        if self.status in _OF_THE_EVENT:
            return Meaning.REFUSED
        return Meaning.BUSY if self.status in _BUSY and self.retry_after is not None else Meaning.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Waits in seconds. After `suspend_after` failures in a row an endpoint is suspended."""

    first_s: float = 1.0
    longest_s: float = 300.0
    first_probe_s: float = 30.0
    longest_asked_s: float = 3_600.0
    suspend_after: int = 5
    refusals: int = 3

    def backoff_s(self, failures: int, chance: float) -> float:
        """The wait after the nth failure in a row (from 1); `chance` in [0, 1) is the part of it that is taken."""
        return chance * self._grown(self.first_s, failures)

    def probe_s(self, failures: int, chance: float) -> float:
        """The same for an endpoint that is suspended."""
        whole = self._grown(self.first_probe_s, failures - self.suspend_after + 1)
        return whole * (1 + chance) / 2

    def wait_s(
        self, failures: int, answer: Answer, now: dt.datetime, chance: float, *, suspended: bool
    ) -> float:
        """How long to wait after this answer."""
        own = self.probe_s(failures, chance) if suspended else self.backoff_s(failures, chance)
        asked = asked_s(answer.retry_after, now)
        return own if asked is None else max(own, min(asked, self.longest_asked_s))

    def due_in_s(self, next_at: dt.datetime | None, now: dt.datetime) -> float:
        """Seconds until `next_at`; never longer than any wait, so that a clock set back keeps nobody waiting."""
        if next_at is None:
            return 0.0
        return min(max(0.0, (next_at - now).total_seconds()), self.longest_asked_s)

    def _grown(self, first_s: float, times: int) -> float:
        return min(self.longest_s, first_s * 2.0 ** min(max(times - 1, 0), _LONGEST_DOUBLING))


def asked_s(retry_after: str | None, now: dt.datetime) -> float | None:
    """The seconds that a `Retry-After` asks for: a number of them, or a date; None for anything else."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:_MAX_SECONDS_DIGITS])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:  # as RFC 9110 has every date: GMT
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - now).total_seconds())

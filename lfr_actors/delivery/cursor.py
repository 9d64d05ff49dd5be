"""How far an endpoint has the log of a deployment and how it fares, as values; `store.webhooks` keeps them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import EventBody

ERASED: Final = "erased"
TOO_LATE: Final = "too late"
LEAST_LIFETIME: Final = dt.timedelta(hours=1)
"""Also where alerts are erased at once: what speaks of one goes with it anyhow, and the rest may still be told."""
FINAL_REASONS: Final = (ERASED, TOO_LATE)
"""Reasons of dead letters that no further attempt can change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where an endpoint stands with a deployment. Times are aware UTC.

    `seq` is the last event that needs no delivery any more, `delivered` how many were. `attempts` are failed ones
    of the next event, `failures` failed ones in a row, over events, since `failing_since`. While suspended it is
    asked seldom. `next_at`: not before then. `last_answer` is in words. `generation` counts replays: a courier
    that knows an older one has to read again.
    """

    endpoint: str
    deployment_id: str
    seq: int = 0
    delivered: int = 0
    attempts: int = 0
    failures: int = 0
    failing_since: dt.datetime | None = None
    suspended_at: dt.datetime | None = None
    next_at: dt.datetime | None = None
    last_answer: str | None = None
    last_at: dt.datetime | None = None
    generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that an endpoint will not get any more, and why; `again` when somebody asked to try it once more."""

    endpoint: str
    deployment_id: str
    event_seq: int
    event_name: str
    reason: str
    attempts: int
    at: dt.datetime
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An event that an endpoint has to be told of. `again`: a dead letter that somebody asked to try once more."""

    event: StoredEvent
    again: bool = False

    @property
    def alert_id(self) -> str | None:
        """The alert it speaks of, if any."""
        if '"alert_id"' not in self.event.public_json:  # most do not: nothing is parsed
            return None
        alert = self.event.public.get("alert_id")
        return alert if isinstance(alert, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the store has next for an endpoint, all read at one moment.

    `pending` in order of the log; where there is no more, everything up to `scanned` needs no delivery. `erased`
    are those alerts of `pending` that are erased, being erased, or known as false and held. An event written
    before `too_late_before` is not delivered any more; None while nothing is too late. `generation` is that of the
    cursor.
    """

    pending: tuple[Pending, ...] = ()
    scanned: int = 0
    erased: frozenset[str] = field(default_factory=frozenset)
    too_late_before: dt.datetime | None = None
    generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be written of a cursor in one transaction; nothing of it where a replay came in between."""

    cursor: Cursor
    said: tuple[EventBody, ...] = ()
    dead: tuple[DeadLetter, ...] = ()
    undead: tuple[int, ...] = ()


def too_late_before(
    ended_at: dt.datetime | None, lifetime: dt.timedelta, now: dt.datetime
) -> dt.datetime | None:
    """Before which moment an event must have been written to be too late; None while none is.

    An event may be delivered for as long as an alert is kept: `lifetime` from the end of the deployment, or from
    its own time if that is later; while the deployment runs, always.
    """
    limit = now - max(lifetime, LEAST_LIFETIME)
    return None if ended_at is None or ended_at > limit else limit

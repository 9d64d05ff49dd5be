"""What one attempt sends: the event, whose subject and pictures only if asked for, signed at that moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from lfr_actors.delivery.bodies import PictureLink, SubjectFacts, body_of
from lfr_actors.delivery.cursor import Pending
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.delivery.signing import signed_headers

_KEPT: Final = 512


class AlertFacts(Protocol):
    """Where subjects and pictures of alerts are asked for; each call may read the database."""

    def subject(self, alert_id: str) -> SubjectFacts | None:
        """Whom an alert is about; None where nothing is known. Raises `Erased`."""

    def pictures(self, alert_id: str, endpoint: str, now: dt.datetime) -> tuple[PictureLink, ...]:
        """Where its pictures can be fetched, from now on for some minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One attempt: headers and content."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Letters:
    """Writes letters. Bodies without anything personal are kept for a moment: every endpoint gets the same."""

    def __init__(self, facts: AlertFacts) -> None:
        self._facts = facts
        self._bodies: dict[int, bytes] = {}

    def needs_facts(self, endpoint: Endpoint, pending: Pending) -> bool:
        """Whether writing this letter reads the database, and belongs into a thread."""
        return (endpoint.subject or endpoint.pictures) and pending.alert_id is not None

    def write(
        self, endpoint: Endpoint, pending: Pending, now: dt.datetime, *, erased: bool = False
    ) -> Letter:
        """The letter of an attempt made now; of an alert that is `erased` nothing but the public part is told.

        Raises `StoreError` for an event that is not readable, `Erased` when the alert was erased a moment ago.
        """
        alert_id = pending.alert_id
        if alert_id is None or erased or not self.needs_facts(endpoint, pending):
            body = self._plain(pending)
        else:
            body = body_of(
                pending.event,
                subject=self._facts.subject(alert_id) if endpoint.subject else None,
                pictures=self._facts.pictures(alert_id, endpoint.name, now) if endpoint.pictures else (),
            )
        headers = signed_headers(endpoint.secrets, pending.event.event_id, now, body)
        return Letter(headers=headers, body=body)

    def _plain(self, pending: Pending) -> bytes:
        seq = pending.event.seq
        body = self._bodies.get(seq)
        if body is None:
            body = body_of(pending.event)
            while len(self._bodies) >= _KEPT:
                del self._bodies[next(iter(self._bodies))]
            self._bodies[seq] = body
        return body

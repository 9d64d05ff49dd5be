"""What an endpoint may be told of an alert beyond its event: its subject, and links to its pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from lfr_actors.delivery.bodies import PictureLink, SubjectFacts
from lfr_actors.errors import Erased
from lfr_actors.store.store import Store

MakeLink = Callable[[str, str, str, dt.datetime], PictureLink]
"""From an alert's id, the kind of a picture, an endpoint's name and the time, the link to fetch it by."""


class ToldOfAlerts:
    """Opens what is sealed of alerts, at each attempt anew; nothing of it is kept.

    Without `make_link`, where no console answers links, pictures are not told of; nor once the secret that links
    are signed with is erased.
    """

    def __init__(self, store: Store, make_link: MakeLink | None) -> None:
        self._store, self._make_link = store, make_link

    def subject(self, alert_id: str) -> SubjectFacts | None:
        """Whom an alert is about, as the list had it. Raises `Erased`."""
        wanted = self._store.wanted(alert_id)
        if wanted is None:  # the list could not be read when it was raised: only who, from the gallery
            subject_id = self._store.alert(alert_id).subject_id
            return None if subject_id is None else SubjectFacts(subject_id=subject_id)
        born = wanted.date_of_birth
        return SubjectFacts(
            subject_id=wanted.subject_id,
            category=wanted.category,
            priority=None if wanted.priority is None else str(wanted.priority),
            legal_basis=wanted.legal_basis,
            date_of_birth=None if born is None else born.isoformat(),
            notes=wanted.notes,
        )

    def pictures(self, alert_id: str, endpoint: str, now: dt.datetime) -> tuple[PictureLink, ...]:
        """Where its pictures can be fetched, the probe first."""
        if self._make_link is None:
            return ()
        kinds = self._store.picture_kinds(alert_id)
        try:
            return tuple(self._make_link(alert_id, kind, endpoint, now) for kind in kinds)
        except Erased:
            return ()

"""What a deployment was asked to change of its list, as the log has it: requests in order, and whom they mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from lfr_actors.errors import Erased, Refused
from lfr_actors.events.amending import (
    WatchlistAmended,
    WatchlistAmendmentRefused,
    WatchlistAmendmentRequested,
)
from lfr_actors.events.keeping import DataErased
from lfr_actors.events.lists import WatchlistBuilt
from lfr_actors.events.log import StoredEvent
from lfr_actors.messages import DeploymentId, SubjectId
from lfr_actors.store.append import event_context
from lfr_actors.store.deployments import SECRET_KIND
from lfr_actors.store.objects import ADDITION_KIND
from lfr_actors.store.store import Store
from lfr_actors.store.vault.sealing import unseal
from lfr_actors.watchlist.commitment import commitment
from lfr_actors.watchlist.version import ListVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An amendment that was asked for, and what was noted of it, where that can still be read."""

    seq: int
    body: WatchlistAmendmentRequested
    note: str | None = field(repr=False)


class Amendments:
    """The requests of one deployment."""

    def __init__(self, store: Store, deployment_id: DeploymentId) -> None:
        self._store, self._deployment_id = store, deployment_id
        self._seen = 0

    def waiting(self) -> Iterator[Request]:
        """Those after the last that was noted, in order."""
        for event in self._events(WatchlistAmendmentRequested.NAME, after=self._seen):
            if isinstance(event.body, WatchlistAmendmentRequested):
                yield Request(seq=event.seq, body=event.body, note=self._note_of(event))

    def note(self, request: Request) -> None:
        """This one, and those before, need no second look."""
        self._seen = request.seq

    def meant_by(self, request: Request, version: ListVersion) -> frozenset[SubjectId]:
        """Who of a list is to be removed."""
        return self._meant_by(set(request.body.commitments), version)

    def removed_from(self, version: ListVersion) -> frozenset[SubjectId]:
        """Who of a list was to be removed by any request that was not refused, carried out or not.

        Of those that were noted: what is asked for meanwhile is carried out when its turn comes.
        """
        refused = {
            event.body.amendment_id
            for event in self._events(WatchlistAmendmentRefused.NAME)
            if isinstance(event.body, WatchlistAmendmentRefused)
        }
        asked = {
            each
            for event in self._events(WatchlistAmendmentRequested.NAME)
            if isinstance(event.body, WatchlistAmendmentRequested) and event.seq <= self._seen
            if event.body.amendment_id not in refused
            for each in event.body.commitments
        }
        return self._meant_by(asked, version)

    def pass_over(self) -> int:
        """Need no second look at anything asked before now; how many additions are gone with the last list.

        Those that had joined it were erased with it, and so were those that still waited; what a process that died
        left of them is due.
        """
        left = set(self._store.retained.object_ids(self._deployment_id, ADDITION_KIND))
        built = max((event.seq for event in self._events(WatchlistBuilt.NAME)), default=0)
        waiting: dict[str, int] = {}
        for request in self.waiting():
            if request.seq > built:
                waiting[request.body.amendment_id] = request.body.added
            if request.body.object_id in left:
                self._store.retained.end_now(request.body.object_id)
            self.note(request)
        joined = 0
        for name in (WatchlistAmended.NAME, WatchlistAmendmentRefused.NAME):
            for event in self._events(name, after=built):
                if isinstance(event.body, WatchlistAmended | WatchlistAmendmentRefused):
                    waiting.pop(event.body.amendment_id, None)
                if isinstance(event.body, WatchlistAmended):
                    joined += event.body.added
        return joined + sum(waiting.values())

    def require_secret(self) -> None:
        """Raise `Refused` when the secret under which somebody was removed is gone: they would be back."""
        first = next((event.seq for event in self._events(WatchlistAmendmentRequested.NAME)), None)
        if first is None:
            return
        for event in self._events(DataErased.NAME, after=first):
            if isinstance(event.body, DataErased) and event.body.kind == SECRET_KIND:
                raise Refused(
                    f"deployment {self._deployment_id}",
                    "somebody was removed from its list, and the secret that could tell who was erased at "
                    f"{event.body.done_at.isoformat()}: start another deployment, with a list without them",
                )

    def _events(self, name: str, after: int = 0) -> Iterator[StoredEvent]:
        return self._store.iter_events(after=after, deployment_id=self._deployment_id, name=name)

    def _meant_by(self, asked: set[str], version: ListVersion) -> frozenset[SubjectId]:
        if not asked:
            return frozenset()
        secret = self._store.deployment_secret(self._deployment_id)
        return frozenset(
            subject.subject_id
            for subject in version.subjects
            if commitment(secret, subject.subject_id) in asked
        )

    def _note_of(self, event: StoredEvent) -> str | None:
        """What was noted; None when nothing was, or when the list under whose key it was sealed is erased."""
        if event.sealed is None or event.key_id is None:
            return None
        try:
            spoken = unseal(self._store.keys.get(event.key_id), event.sealed, event_context(event.event_id))
        except Erased:
            return None
        note: str | None = json.loads(spoken).get("note")
        return note

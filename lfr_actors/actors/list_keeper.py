"""Keeps a deployment's list: sealed in the vault, in the matcher's memory, and without those who were removed.

    gallery ─► without whom somebody had removed before ─► sealed ─► overwritten here
    removal requested ─► opened ─► rebuilt without them ─► sealed anew ─► every matcher answers from it

The templates are in this process only while something is made of them. A removal is asked for by an event that
holds a commitment to the subject and not its name; which of the list it means, only the deployment can tell.

The new list is sealed before any matcher is told of it: one that dies in between is restored without those who
were removed, and never with them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import structlog

from lfr_actors.errors import Refused
from lfr_actors.events.keeping import DataErased
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import WatchlistAmended, WatchlistRemovalRequested
from lfr_actors.messages import DeploymentId
from lfr_actors.store.deployments import SECRET_KIND
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import KIND, SealedWatchlist, open_watchlist, seal_watchlist
from lfr_actors.watchlist.commitment import commitment
from lfr_actors.watchlist.gallery import Gallery

log = structlog.get_logger()
LOOK_EVERY_S = 1.0
"""How often removals are looked for."""


class ListKeeper:
    """The list of one deployment, from its start to its end. `open` may be called from any thread."""

    def __init__(self, store: Store, deployment_id: DeploymentId) -> None:
        self._store, self._deployment_id = store, deployment_id
        self._guard = threading.Lock()
        self._sealed: SealedWatchlist | None = None
        self._seen = 0
        self._subjects: int | None = None
        self._unheld: WatchlistAmended | None = None
        """A list that is sealed and that not every matcher answers from yet."""

    def admit(self, gallery: Gallery) -> Gallery:
        """The list without those whose removal was asked for in an earlier start of the deployment.

        Raises `Refused` when nobody is left, and when it cannot be told any more who was removed.
        """
        requests = self._requests()
        self._require_secret_of(requests)
        gone = self._asked_for(gallery, requests)
        self._note(requests)
        if not gone:
            return gallery
        left = gallery.without(set(gone.values()))
        gallery.overwrite()
        if not left.subject_ids:
            raise Refused(f"deployment {self._deployment_id}", "everybody was removed from its list")
        return left

    def seal(self, gallery: Gallery) -> None:
        """Put the list into the vault; from now on it can be opened again, and what was sealed before is due."""
        earlier = self._store.retained.object_ids(self._deployment_id, KIND)
        sealed = seal_watchlist(self._store, self._deployment_id, gallery)
        with self._guard:
            self._sealed = sealed
        self._subjects = len(gallery.subject_ids)
        for object_id in earlier:
            self._store.retained.end_now(object_id)

    @property
    def is_empty(self) -> bool:
        """Whether nobody is left on the list."""
        return self._subjects == 0

    def open(self) -> Gallery:
        """The list out of the vault. Overwrite it when done."""
        with self._guard:  # what is being read is not erased meanwhile
            if self._sealed is None:
                raise Refused("watchlist", "it was not sealed yet")
            return open_watchlist(self._store, self._sealed)

    async def carry_out(self, hold: Callable[[Gallery], Awaitable[None]]) -> int:
        """Remove whom it was asked to since the last look; `hold` makes every matcher answer from the new list.

        How many were removed. Raises what `hold` raises; then the next look tries again.
        """
        if self._unheld is None:
            self._unheld = await asyncio.to_thread(self._rebuild)
        amended = self._unheld
        if amended is None:
            return 0
        gallery = await asyncio.to_thread(self.open)
        try:
            await hold(gallery)
        finally:
            gallery.overwrite()
        await asyncio.to_thread(self._store.append, self._deployment_id, amended)
        self._unheld = None
        log.info("watchlist_amended", removed=amended.removed, gallery_version=amended.gallery_version)
        return amended.removed

    def _rebuild(self) -> WatchlistAmended | None:
        """Seal the list without whom it was asked to remove; what there is to say of it, if anybody was on it."""
        requests = self._requests()
        if not requests:
            return None
        before = self.open()
        gone = self._asked_for(before, requests)
        left = before.without(set(gone.values()))
        before.overwrite()
        try:
            if gone:
                self.seal(left)
        finally:
            left.overwrite()
        self._note(requests)
        if not gone:
            return None
        return WatchlistAmended(
            gallery_version=left.version,
            previous_version=before.version,
            added=0,
            removed=len(gone),
            subjects=len(left.subject_ids),
            templates=len(left),
            commitments=tuple(sorted(gone)),
        )

    def _requests(self) -> list[StoredEvent]:
        """Removals asked for since those that were noted."""
        return list(
            self._store.iter_events(
                after=self._seen, deployment_id=self._deployment_id, name=WatchlistRemovalRequested.NAME
            )
        )

    def _note(self, requests: Sequence[StoredEvent]) -> None:
        if requests:
            self._seen = requests[-1].seq

    def _require_secret_of(self, requests: Sequence[StoredEvent]) -> None:
        """Raise `Refused` when the secret under which somebody was removed is gone: they would be back."""
        if not requests:
            return
        for event in self._store.iter_events(
            after=requests[0].seq, deployment_id=self._deployment_id, name=DataErased.NAME
        ):
            if isinstance(event.body, DataErased) and event.body.kind == SECRET_KIND:
                raise Refused(
                    f"deployment {self._deployment_id}",
                    "somebody was removed from its list, and the secret that could tell who was erased at "
                    f"{event.body.done_at.isoformat()}: start another deployment, with a list without them",
                )

    def _asked_for(self, gallery: Gallery, requests: Sequence[StoredEvent]) -> dict[str, str]:
        """Whom on the list these mean: subject by commitment."""
        if not requests:
            return {}
        secret = self._store.deployment_secret(self._deployment_id)
        by_commitment = {commitment(secret, subject): subject for subject in gallery.subject_ids}
        asked = [
            event.body.commitment for event in requests if isinstance(event.body, WatchlistRemovalRequested)
        ]
        return {item: by_commitment[item] for item in asked if item in by_commitment}

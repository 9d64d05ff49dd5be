"""Keeps a deployment's list: sealed in the vault, searched by every shard, and amended while cameras look.

    version ─► without whom somebody had removed before ─► sealed ─► overwritten here ─► every shard loads its part
    amendment requested ─► opened ─► with and without them, a new version ─► sealed ─► every shard turns to it
        ─► watchlist.amended ─► what was sealed before is due at once

Templates are in this process only while something is made of them. A removal is asked for by an event that holds
a commitment to the subject and not its name; which of the list it means, only the deployment can tell. Amendments
are carried out one after the other, in the order in which they were asked for.

The new version is sealed before any shard is told of it, and the request stays in the log: whatever dies on the
way, whoever was to be removed is not on the list that is searched afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog

from lfr_actors.actors.amendments import Amendments, Request
from lfr_actors.actors.ports import GalleryOrder
from lfr_actors.errors import Erased, Refused
from lfr_actors.events.amending import WatchlistAmended, WatchlistAmendmentRefused
from lfr_actors.messages import DeploymentId
from lfr_actors.store.marks import blue_list_seeded
from lfr_actors.store.objects import ADDITION_KIND, LIST_KIND
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import (
    SealedWatchlist,
    open_part,
    open_version,
    seal_version,
    sealed_object,
)
from lfr_actors.watchlist.amend import Changes, amended
from lfr_actors.watchlist.joining import beyond_ceilings
from lfr_actors.watchlist.policy import ListPolicy
from lfr_actors.watchlist.thresholds import Thresholds
from lfr_actors.watchlist.version import ListVersion

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A list at the start of a deployment, without those whose removal was asked for in an earlier one.

    `removed` are left out for that; `additions_gone` had joined the list before, were erased with it, and have to
    be asked for again.
    """

    version: ListVersion
    removed: int
    additions_gone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unheld:
    """A version that is sealed and that not every shard answers from yet, and what is due once all do."""

    request: Request
    body: WatchlistAmended
    due: tuple[str, ...]


class ListKeeper:
    """The list of one deployment, from its start to its end. `order` and `sealed` may be asked from any thread."""

    def __init__(
        self,
        store: Store,
        deployment_id: DeploymentId,
        *,
        thresholds: Thresholds,
        policy: ListPolicy,
    ) -> None:
        self._store, self._deployment_id = store, deployment_id
        self._thresholds, self._policy = thresholds, policy
        self._amendments = Amendments(store, deployment_id)
        self._sealed: SealedWatchlist | None = None
        self._generation = 0
        self._subjects: int | None = None
        self._unheld: _Unheld | None = None

    def admit(self, version: ListVersion) -> Admitted:
        """The list as this start of the deployment may use it; the one given is overwritten when it is another.

        Raises `Refused` when nobody is left, and when it cannot be told any more who was removed.
        """
        self._amendments.require_secret()
        additions_gone = self._amendments.pass_over()  # first: what is asked for from here on has its turn
        gone = self._amendments.removed_from(version)
        if not gone:
            return Admitted(version=version, removed=0, additions_gone=additions_gone)
        left, _ = amended(version, None, gone)
        version.overwrite()
        if not left.subjects:
            raise Refused(f"deployment {self._deployment_id}", "everybody was removed from its list")
        return Admitted(version=left, removed=len(gone), additions_gone=additions_gone)

    def seal(
        self, version: ListVersion, *, source: SealedWatchlist | None, who: str, removed: int = 0
    ) -> SealedWatchlist:
        """Put the list of this start into the vault; one that an earlier start left behind is due.

        `source` is the version that it was opened from, if any, without `removed` of its subjects.
        """
        earlier = self._store.retained.object_ids(self._deployment_id, LIST_KIND)
        sealed = seal_version(
            self._store,
            version,
            deployment_id=self._deployment_id,
            previous=source,
            who=who,
            reason="deployment",
            removed=removed if source is not None else 0,
        )
        self._use(sealed, version)
        for object_id in earlier:
            self._store.retained.end_now(object_id)
        return sealed

    @property
    def sealed(self) -> SealedWatchlist:
        """The version that every shard answers from, or is about to. Raises `Refused` before `seal`."""
        if self._sealed is None:
            raise Refused("watchlist", "it was not sealed yet")
        return self._sealed

    @property
    def order(self) -> GalleryOrder:
        """What shards are told: which version, and where each gets its part. Raises `Refused` before `seal`."""
        sealed = self.sealed
        if sealed.version is None:
            raise Refused("watchlist", "it is known as an object only")
        return GalleryOrder(
            version=sealed.version,
            generation=self._generation,
            load=partial(open_part, self._store.home, sealed, self._thresholds),
        )

    @property
    def is_empty(self) -> bool:
        """Whether nobody is left on the list."""
        return self._subjects == 0

    async def carry_out(self, hold: Callable[[GalleryOrder], Awaitable[None]]) -> bool:
        """Carry out the next amendment that was asked for; `hold` makes every shard answer from the new list.

        Whether the list changed. Raises what `hold` raises; then the next call tries again.
        """
        if self._unheld is None:
            self._unheld = await asyncio.to_thread(self._next)
        unheld = self._unheld
        if unheld is None:
            return False
        await hold(self.order)
        await asyncio.to_thread(self._settle, unheld)
        self._unheld = None
        body = unheld.body
        log.info("watchlist_amended", version=body.version, added=body.added, removed=body.removed)
        return True

    def _next(self) -> _Unheld | None:
        """Seal the version that the next request asks for; those that cannot be carried out are refused."""
        for request in self._amendments.waiting():
            try:
                unheld = self._make(request)
            except (Refused, Erased) as error:
                self._refuse(request, error)
            else:
                self._amendments.note(request)
                return unheld
            self._amendments.note(request)
        return None

    def _make(self, request: Request) -> _Unheld:
        """The list with whom to add and without whom to remove, sealed. Raises `Refused` and `Erased`."""
        addition = None
        if request.body.object_id is not None:
            addition = sealed_object(self._store, request.body.object_id, ADDITION_KIND)
        before = self.sealed
        opened: list[ListVersion] = []
        try:
            opened.append(open_version(self._store, before))
            if addition is not None:
                opened.append(open_version(self._store, addition))
            after, changes = self._amended(request, *opened)
            opened.append(after)
            sealed = seal_version(
                self._store,
                after,
                deployment_id=self._deployment_id,
                previous=before,
                who=request.body.who,
                reason=request.body.reason,
                note=request.note,
                added=len(changes.added),
                removed=len(changes.removed),
            )
            self._use(sealed, after)
        finally:
            for version in opened:
                version.overwrite()
        body = WatchlistAmended(
            amendment_id=request.body.amendment_id,
            version=after.version,
            previous=str(before.version),
            added=len(changes.added),
            replaced=len(changes.replaced),
            removed=len(changes.removed),
            subjects=len(after.subjects),
            templates=len(after.pictures),
            reason=request.body.reason,
        )
        due = (before.object_id, *(() if addition is None else (addition.object_id,)))
        return _Unheld(request=request, body=body, due=due)

    def _amended(
        self, request: Request, listed: ListVersion, additions: ListVersion | None = None
    ) -> tuple[ListVersion, Changes]:
        """The next version. Raises `Refused`, without a name, when it may not be or would be the same."""
        what = f"amendment {request.body.amendment_id}"
        if additions is not None and additions.pack != listed.pack:
            raise Refused(what, f"those to be added were enrolled on {additions.pack}, not on {listed.pack}")
        after, changes = amended(listed, additions, self._amendments.meant_by(request, listed))
        if not changes:
            raise Refused(what, "nobody of those to be removed is on the list")
        beyond = beyond_ceilings(self._policy, after) if additions is not None else None
        if beyond is not None:
            after.overwrite()
            raise Refused(what, beyond)
        return after, changes

    def _refuse(self, request: Request, error: Refused | Erased) -> None:
        """Say why a request is not carried out; what was sealed for it is due."""
        body = WatchlistAmendmentRefused(amendment_id=request.body.amendment_id, reason=error.reason)
        self._store.append(self._deployment_id, body)
        if request.body.object_id is not None:
            self._store.retained.end_now(request.body.object_id)
        log.warning("amendment_refused", amendment=body.amendment_id, reason=body.reason)

    def _settle(self, unheld: _Unheld) -> None:
        """Write that every shard answers from the new version; what it replaced is due at once."""
        self._store.append(self._deployment_id, unheld.body)
        for object_id in unheld.due:
            self._store.retained.end_now(object_id)

    def _use(self, sealed: SealedWatchlist, version: ListVersion) -> None:
        """From now on this is the list, and who of it is blue may be declared."""
        secret = self._store.deployment_secret(self._deployment_id)
        self._store.append(self._deployment_id, blue_list_seeded(version, secret))
        self._sealed, self._subjects = sealed, len(version.subjects)
        self._generation += 1

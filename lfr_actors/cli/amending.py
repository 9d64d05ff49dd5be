"""How `lfr watchlist amend` goes about it: who is on the list, who would join it, then the request or the version.

list opened (and that is written) ─► those to remove are on it ─► those to add are enrolled, and nobody's double
    ─► running deployment: sealed, asked for, waited for        sealed version: amended and sealed here
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import typer

from lfr_actors.cli.list_building import Job, checked, enrolled
from lfr_actors.errors import Refused, WatchlistError
from lfr_actors.events.amending import AmendmentReason

if TYPE_CHECKING:
    from lfr_actors.events.log import StoredEvent
    from lfr_actors.store.store import Store
    from lfr_actors.store.watchlists import SealedWatchlist
    from lfr_actors.watchlist.amend import Changes
    from lfr_actors.watchlist.policy import Occasion
    from lfr_actors.watchlist.rows import ListSource
    from lfr_actors.watchlist.version import ListVersion

POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be changed, and why. `occasion` is what those to add are judged for."""

    reason: AmendmentReason
    note: str | None = field(repr=False)
    source: ListSource | None
    remove: tuple[str, ...] = field(repr=False)
    occasion: Occasion

    @classmethod
    def of(
        cls,
        *,
        reason: AmendmentReason,
        note: str | None,
        add: Path | None,
        remove: Sequence[str],
        purposes: Sequence[str],
        under_18_authority: str | None,
    ) -> Self:
        """What the arguments say; wrong usage is a usage error. Raises `InvalidFile` for the list to add."""
        from lfr_actors.cli.opening import today
        from lfr_actors.spec.purposes import check_purpose
        from lfr_actors.watchlist.folder import Facts, read_folder
        from lfr_actors.watchlist.policy import Occasion, named_authority
        from lfr_actors.watchlist.rows import read_list

        try:
            occasion = Occasion(
                today=today(),
                purposes=tuple(check_purpose(purpose) for purpose in purposes),
                under_18_authority=None
                if under_18_authority is None
                else named_authority(under_18_authority),
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        source = None
        if add is not None:
            source = read_folder(add, Facts()) if add.is_dir() else read_list(add)
        return cls(
            reason=reason, note=note, source=source, remove=tuple(dict.fromkeys(remove)), occasion=occasion
        )


def runs_here(store: Store, target: str) -> bool:
    """Whether this is a deployment that runs; otherwise it may be the name of a version.

    Raises `Refused` for a deployment that does not run any more, and for what can be the name of neither.
    """
    from lfr_actors.store.rows import RUNNING

    states = {str(row.deployment_id): row.state for row in store.deployments()}
    if states.get(target) == RUNNING:
        return True
    if target in states or set(target.lower()) - set("0123456789abcdef"):
        running = ", ".join(name for name, state in states.items() if state == RUNNING) or "none"
        raise Refused(f"deployment {target}", f"does not run here; running: {running}")
    return False


def amend_deployment(
    store: Store, home: Path, deployment: str, asked: Asked, wait_s: float, *, as_json: bool
) -> dict[str, Any]:
    """Ask a running deployment for it, and wait until it says that it is done or refused."""
    from lfr_actors.store.watchlists import seal_addition

    sealed, job = _running(store, deployment, asked.occasion)
    with _Opened(store, sealed, deployment, asked) as lists:
        lists.join(home, job, as_json=as_json)
        addition = lists.additions
        object_id = None
        if addition is not None:
            object_id = seal_addition(store, addition, deployment_id=deployment).object_id
    request = _request(
        store, deployment, sealed, asked, object_id, 0 if addition is None else len(addition.subjects)
    )
    amendment_id = request.public["amendment_id"]
    answer = _answer(store, request, amendment_id, wait_s)
    return {
        "deployment": deployment,
        "amendment_id": amendment_id,
        "requested_seq": request.seq,
        "amended": answer.public if answer is not None and "version" in answer.public else None,
        "refused": answer.public["reason"] if answer is not None and "version" not in answer.public else None,
    }


def amend_version(store: Store, home: Path, name: str, asked: Asked, *, as_json: bool) -> dict[str, Any]:
    """Make the new version of a sealed one, and seal it."""
    from lfr_actors.cli.alerts import account
    from lfr_actors.spec.site import read_site
    from lfr_actors.store.store import utc_now
    from lfr_actors.store.watchlists import find_version, seal_version
    from lfr_actors.watchlist.building import check_version
    from lfr_actors.watchlist.policy import require_allowed

    previous = find_version(store, name)
    with _Opened(store, previous, None, asked) as lists:
        after, changes = lists.join(
            home, Job(pack=lists.listed.pack, occasion=asked.occasion), as_json=as_json
        )
        findings = check_version(after, read_site(home).watchlist, asked.occasion, now=utc_now())
        require_allowed(f"{after.version}, amended from {previous.version}", findings)
        seal_version(
            store,
            after,
            previous=previous,
            who=account(),
            reason=asked.reason,
            note=asked.note,
            added=len(changes.added),
            removed=len(changes.removed),
        )
        done = {
            "version": after.version,
            "previous": previous.version,
            "added": len(changes.added),
            "replaced": len(changes.replaced),
            "removed": len(changes.removed),
            "subjects": len(after.subjects),
            "templates": len(after.pictures),
            "reason": str(asked.reason),
        }
    return {"deployment": None, "amended": done, "refused": None}


class _Opened:
    """A list that a person has open to amend it; that it was opened is written. Overwritten at the end."""

    def __init__(self, store: Store, sealed: SealedWatchlist, deployment: str | None, asked: Asked) -> None:
        self._store, self._sealed, self._deployment, self._asked = store, sealed, deployment, asked
        self._stack = ExitStack()
        self.additions: ListVersion | None = None

    def __enter__(self) -> Self:
        from lfr_actors.cli.alerts import account
        from lfr_actors.events.types import SITE, AccessViewed
        from lfr_actors.store.watchlists import open_version

        viewed = AccessViewed(
            what=f"watchlist:{self._sealed.version}", who=account(), why=f"amendment: {self._asked.reason}"
        )
        self._store.append(self._deployment or SITE, viewed)
        self.listed = self._held(open_version(self._store, self._sealed))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def join(self, home: Path, job: Job, *, as_json: bool) -> tuple[ListVersion, Changes]:
        """The list as it would be. Raises `WatchlistError` naming who is in the way, `Refused` for its size."""
        from lfr_actors.spec.site import read_site
        from lfr_actors.watchlist.amend import amended
        from lfr_actors.watchlist.joining import beyond_ceilings

        on_it = {subject.subject_id for subject in self.listed.subjects}
        unknown = [each for each in self._asked.remove if each not in on_it]
        if unknown:
            raise WatchlistError(
                str(self._sealed.version),
                f"nobody with the id {', '.join(unknown)} is on it; nothing was changed",
            )
        if self._asked.source is not None:
            self.additions = self._held(self._enrol(self._asked.source, home, job, as_json=as_json))
            self._refuse_doubles(self.additions, job)
        after, changes = amended(self.listed, self.additions, self._asked.remove)
        self._held(after)
        beyond = beyond_ceilings(read_site(home).watchlist, after) if self.additions is not None else None
        if beyond is not None:
            raise Refused(f"watchlist {self._sealed.version}", beyond)
        return after, changes

    def _enrol(self, source: ListSource, home: Path, job: Job, *, as_json: bool) -> ListVersion:
        site = checked(home, source, job.occasion, as_json=as_json)
        built, _ = enrolled(source, job, site, home, None, 1)
        missing = built.enrolment.missing_subjects()
        if missing:
            built.version.overwrite()
            why = {
                verdict.row.subject_id: verdict.reason
                for verdict in built.enrolment.verdicts
                if verdict.row.subject_id in missing
            }
            said = "; ".join(f"{subject_id}: {why[subject_id]}" for subject_id in missing)
            raise WatchlistError(
                str(source.path), f"no picture could be enrolled of {said}; nothing was changed"
            )
        return built.version

    def _refuse_doubles(self, additions: ListVersion, job: Job) -> None:
        from lfr_actors.watchlist.joining import find_alike
        from lfr_actors.watchlist.verdicts import EnrolmentLimits

        limits = (
            EnrolmentLimits()
            if job.thresholds is None
            else EnrolmentLimits.for_threshold(job.thresholds.default)
        )
        alike = find_alike(additions, self.listed, limits.duplicate_score, self._asked.remove)
        if alike:
            said = "; ".join(
                f"{each.joining} scores {each.score:.3f} with {each.listed}, who is on the list"
                for each in alike
            )
            raise WatchlistError(
                str(self._sealed.version), f"one person under two ids? {said}; nothing was changed"
            )

    def _held(self, version: ListVersion) -> ListVersion:
        self._stack.callback(version.overwrite)
        return version


def _running(store: Store, deployment: str, occasion: Occasion) -> tuple[SealedWatchlist, Job]:
    """The list that a deployment uses now, and how its pictures are enrolled."""
    from lfr_actors.events.deployments import DeploymentStarted
    from lfr_actors.store.watchlists import versions
    from lfr_actors.watchlist.thresholds import Thresholds

    started = [
        event.body
        for event in store.iter_events(deployment_id=deployment, name=DeploymentStarted.NAME)
        if isinstance(event.body, DeploymentStarted)
    ]
    own = [row for row in versions(store) if row.deployment_id == deployment and row.list_row.is_readable]
    if not own or not started:
        raise Refused(f"deployment {deployment}", "has no list yet: try again when its cameras are on")
    job = Job(
        pack=started[-1].pack,
        occasion=replace(occasion, purposes=started[-1].purposes),
        thresholds=Thresholds(default=started[-1].threshold),
    )
    return own[-1].watchlist, job


def _request(
    store: Store,
    deployment: str,
    sealed: SealedWatchlist,
    asked: Asked,
    object_id: str | None,
    added: int,
) -> StoredEvent:
    """Write what is asked for: who is to be removed as commitments, what was noted under the list's key."""
    from lfr_actors.cli.alerts import account
    from lfr_actors.events.amending import WatchlistAmendmentRequested
    from lfr_actors.store.append import Speaking
    from lfr_actors.watchlist.commitment import commitment

    secret = store.deployment_secret(deployment)
    body = WatchlistAmendmentRequested(
        amendment_id=uuid.uuid4().hex[:12],
        added=added,
        removed=len(asked.remove),
        object_id=object_id,
        commitments=tuple(sorted(commitment(secret, each) for each in asked.remove)),
        reason=asked.reason,
        who=account(),
    )
    if asked.note:
        key = store.keys.get(sealed.key_id)
        return store.append(deployment, Speaking(body=body, key=key, speaks={"note": asked.note}))[0]
    return store.append(deployment, body)[0]


def _answer(store: Store, request: StoredEvent, amendment_id: str, wait_s: float) -> StoredEvent | None:
    """The event that says that it was done or refused, waited for."""
    from lfr_actors.events.amending import WatchlistAmended, WatchlistAmendmentRefused

    until_s = time.monotonic() + wait_s
    while True:
        for name in (WatchlistAmended.NAME, WatchlistAmendmentRefused.NAME):
            found = store.iter_events(after=request.seq, deployment_id=request.deployment_id, name=name)
            for event in found:
                if event.public["amendment_id"] == amendment_id:
                    return event
        if time.monotonic() >= until_s:
            return None
        time.sleep(min(POLL_S, max(0.0, until_s - time.monotonic())))

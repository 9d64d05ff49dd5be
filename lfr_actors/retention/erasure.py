"""Carrying out what the schedule says: keys destroyed, files deleted, rows blanked, a receipt written.

    due ─► claim ─► key destroyed ─► file deleted ─► rows blank and `data.erased` written ─► logs emptied

Every step may be repeated, and a crash between any two is mended by the next call: a claimed object is always
due, its key and file may be gone already, and its receipt is written with its rows in one transaction, once.
The key goes first: from then on nobody can read the rest, whatever happens to it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from lfr_actors.errors import LfrError, VaultError
from lfr_actors.events.keeping import OverdueErasure
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import SITE
from lfr_actors.private_file import partial_of
from lfr_actors.retention.policy import DataClass
from lfr_actors.retention.schedule import Due, due, next_due_at
from lfr_actors.retention.shred import shred, unlink_synced
from lfr_actors.store.files import PICTURE
from lfr_actors.store.objects import Claim
from lfr_actors.store.store import Store, utc_now

log = structlog.get_logger()

BATCH = 64
"""How many objects are erased in one round of transactions."""

ORPHAN_AGE = dt.timedelta(minutes=10)
"""A key whose object did not appear within this time belongs to a writer that died."""

_OVERDUE = uuid.UUID("0f0c1f5e-6d7f-4f0e-9c53-6a3b5a1f7d11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """Something that is due and could not be erased, and why."""

    object_id: str
    data_class: DataClass
    due_at: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """Why something could not be erased. `place` may name a person, and is for whoever mends it, not for the log
    of events.
    """

    reason: str
    place: Path | None = None

    def __str__(self) -> str:
        return self.reason if self.place is None else f"{self.reason}: {self.place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtUp:
    """What was erased now, what should have been and is not, and when the next of the others is due, if known."""

    erased: tuple[StoredEvent, ...]
    overdue: tuple[Overdue, ...]
    next_due_at: dt.datetime | None


class Eraser:
    """Erases what is due in one store. Many may work at once, in any process; each receipt is written once.

    `clock` says what is due; with a clock set by hand (`simulated`) the receipts say so.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], dt.datetime] = utc_now,
        simulated: bool = False,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        self._store, self._clock = store, clock
        self._simulated, self._on_progress = simulated, on_progress
        self._to_scrub = store.keeps_a_log  # whoever died before may have left it undone

    def due(self) -> list[Due]:
        """What is due now, soonest first. Deployments whose process died are found first."""
        retained = self._store.retained
        retained.mark_lost()
        return due(retained.records(), retained.active_holds(), self._clock())

    def catch_up(self) -> CaughtUp:
        """Erase everything that is due now; call it at every start of anything."""
        waiting = self.due()
        erased: list[StoredEvent] = []
        faults: dict[str, _Fault] = {}
        for begin in range(0, len(waiting), BATCH):
            batch = [item.object_id for item in waiting[begin : begin + BATCH]]
            erased += self._erase(batch, faults)
            self._on_progress(min(begin + BATCH, len(waiting)), len(waiting))
        self._sweep_orphans(faults)
        self._scrub()
        overdue = self._overdue(waiting, faults)
        retained, late = self._store.retained, {item.object_id for item in overdue}
        others = [record for record in retained.records() if record.object_id not in late]
        following = next_due_at(others, retained.active_holds(), self._clock())
        return CaughtUp(erased=tuple(erased), overdue=overdue, next_due_at=following)

    def erase(self, object_id: str) -> StoredEvent | None:
        """Erase one object if it is due now, as a false alert is; its receipt.

        None when it is not due, is held, or was erased by somebody else. Gone when this returns: pictures,
        templates and identity. Raises `VaultError` when it could not be erased; the next catch-up tries again.
        """
        faults: dict[str, _Fault] = {}
        erased = self._erase([object_id], faults)
        if faults and self._overdue(self.due(), faults):
            raise VaultError(object_id, f"could not be erased: {faults[object_id]}")
        # Somebody waits for this: the whole file is rewritten by the next catch-up.
        if self._to_scrub:
            self._store.retained.scrub(rewrite=False)
        return erased[0] if erased else None

    def _erase(self, object_ids: Collection[str], faults: dict[str, _Fault]) -> list[StoredEvent]:
        """One round of transactions over these objects; what could not be done is told in `faults`."""
        retained = self._store.retained
        fault = self._fault_of_keys()
        claims = retained.claim(
            object_ids, self._clock(), simulated=self._simulated, without_keys=fault is not None
        )
        self._to_scrub = self._to_scrub or bool(claims)
        if fault is not None:
            left = set(object_ids) - {claim.object_id for claim in claims}
            faults.update(dict.fromkeys(left, _Fault(reason=fault)))
        try:
            self._destroy_keys(claims)
        except LfrError as error:
            faults.update({claim.object_id: _Fault(reason=str(error)) for claim in claims})
            return []
        gone = [claim for claim in claims if self._delete_file(claim, faults)]
        return retained.finish(gone, self._clock(), simulated=self._simulated)

    def _fault_of_keys(self) -> str | None:
        """Why no key can be destroyed: then nothing that has one is claimed, and holds stay possible."""
        if not self._store.retained.has_keys():
            return None
        try:
            self._store.keys  # noqa: B018  opens them, at the first time
        except LfrError as error:
            return str(error)
        return None

    def _destroy_keys(self, claims: Sequence[Claim]) -> None:
        key_ids = [claim.key_id for claim in claims if claim.key_id is not None]
        if key_ids:
            self._store.keys.destroy(*key_ids)

    def _delete_file(self, claim: Claim, faults: dict[str, _Fault]) -> bool:
        """Whether the object's file is gone; of a sealed one only ciphertext without a key is left to delete."""
        if claim.path is None:
            return True
        if claim.key_id is None and claim.kind != PICTURE and not self._can_tell(claim.path):
            reason = "its folder is not there; mount the disk, or make the folder anew if it is gone for good"
            faults[claim.object_id] = _Fault(reason=reason, place=claim.path.parent)
            return False
        try:
            if claim.key_id is None:
                shred(claim.path)
                if (partial := partial_of(claim.path)).exists():
                    shred(partial)
            else:
                unlink_synced(claim.path)
        except OSError as error:
            reason = f"its file cannot be deleted: {error.strerror or type(error).__name__}"
            faults[claim.object_id] = _Fault(reason=reason)
            return False
        return True

    def _can_tell(self, path: Path) -> bool:
        """Whether a file that is not there is gone, and not on a disk that is not mounted.

        Nor in another data folder than this, with a database that does not lie in either.
        """
        at_home = self._store.is_at_home and path.is_relative_to(self._store.home)
        return path.parent.is_dir() or at_home

    def _scrub(self) -> None:
        """Empty the databases' logs of what was erased; what others keep busy is done the next time."""
        if self._to_scrub:
            self._to_scrub = not self._store.retained.scrub()

    def _sweep_orphans(self, faults: dict[str, _Fault]) -> None:
        """Destroy keys whose object was never written: a writer died between the two."""
        try:
            orphans = self._store.retained.orphaned_keys(ORPHAN_AGE)
            if orphans:
                self._store.keys.destroy(*orphans)
                self._to_scrub = True
        except VaultError as error:  # without keys there are none to sweep; what is due has said so already
            if not faults:
                log.warning("orphaned_keys_not_swept", reason=str(error))

    def _overdue(self, waiting: Sequence[Due], faults: dict[str, _Fault]) -> tuple[Overdue, ...]:
        """What is left of what was due, each told in the log once."""
        left = []
        for item in waiting:
            fault = faults.get(item.object_id)
            if fault is None:
                continue
            overdue = Overdue(
                object_id=item.object_id, data_class=item.data_class, due_at=item.due_at, reason=str(fault)
            )
            due_at = item.due_at.isoformat()
            log.error("erasure_overdue", object=item.object_id, due_at=due_at, reason=fault.reason)
            body = OverdueErasure(
                object_id=item.object_id,
                data_class=str(item.data_class),
                due_at=item.due_at,
                reason=fault.reason,
            )
            self._store.append(SITE, body, key=uuid.uuid5(_OVERDUE, item.object_id))
            left.append(overdue)
        return tuple(left)

"""Everything with a retention class, as the database has it: what there is, what was claimed, what was erased.

    add ─► claim (its erasure has begun) ─► finish (rows blank, `data.erased` written, once)

What is due is decided in `retention.schedule`; keys and files are destroyed by `retention.erasure`, between
`claim` and `finish`. After a crash a claimed object is finished whatever was done before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import sqlalchemy as sa
import structlog

from lfr_actors.errors import Erased, StoreError, VaultError
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import SITE
from lfr_actors.footage.segment import SegmentEnd, SegmentStart
from lfr_actors.retention.policy import ClockStart, DataClass
from lfr_actors.retention.schedule import ActiveHold, Record
from lfr_actors.store import alerts, deployments, holding, schema, segments
from lfr_actors.store.append import append_events
from lfr_actors.store.database import reading, shown
from lfr_actors.store.lease import vacant_lease
from lfr_actors.store.objects import (
    ADDITION_KIND,
    EVER,
    LIST_KIND,
    PROOF_KIND,
    TEMPLATES_KIND,
    WITH_DEPLOYMENT,
    Claim,
    NewObject,
    ObjectRow,
    claim_of,
    insert_object,
    object_row,
    receipt_of,
    record_of,
)
from lfr_actors.store.rows import RUNNING, HoldRow, SegmentRow
from lfr_actors.store.vault.keys import Keys
from lfr_actors.store.vault.scrub import scrub
from lfr_actors.store.vault.sealing import ObjectKey

log = structlog.get_logger()


class Retained:
    """The retained objects of one store."""

    def __init__(
        self,
        engine: sa.Engine,
        writing: Callable[[], AbstractContextManager[sa.Connection]],
        keys: Callable[[], Keys],
        clock: Callable[[], dt.datetime],
        home: Path,
    ) -> None:
        self._engine, self._writing, self._keys = engine, writing, keys
        self._clock, self._home = clock, home

    # --- what there is -----------------------------------------------------------------------------------

    def records(self) -> list[Record]:
        """Every object that is not erased, with its clock as far as it has started."""
        with reading(self._engine) as connection:
            return [record_of(row) for row in connection.execute(WITH_DEPLOYMENT).mappings()]

    def active_holds(self) -> list[ActiveHold]:
        """The holds in force."""
        return [
            ActiveHold(hold_id=hold.hold_id, object_id=hold.object_id, review_on=hold.review_on)
            for hold in self.holds()
        ]

    def object_ids(self, deployment_id: str, kind: str | None = None) -> list[str]:
        """The objects of a deployment that are not erased; of one kind, or all."""
        table = schema.objects.c
        query = sa.select(table.object_id).where(
            table.deployment_id == deployment_id, table.erased_at.is_(None)
        )
        if kind is not None:
            query = query.where(table.kind == kind)
        with reading(self._engine) as connection:
            return list(connection.execute(query.order_by(table.object_id)).scalars())

    def objects(self, *kinds: str) -> dict[str, ObjectRow]:
        """Every object of these kinds by its id, also those that are erased."""
        query = EVER.where(schema.objects.c.kind.in_(kinds))
        with reading(self._engine) as connection:
            rows = [object_row(row, self._home) for row in connection.execute(query).mappings()]
        return {row.object_id: row for row in rows}

    def add(self, *new: NewObject) -> None:
        """Retain objects from now on, all or none; those that are retained already are left as they are."""
        own = schema.objects.c.object_id
        with self._writing() as connection:
            ids = [item.object_id for item in new]
            known = set(connection.execute(sa.select(own).where(own.in_(ids))).scalars())
            for item in new:
                if item.object_id not in known:
                    insert_object(connection, item, self._home, self._clock())

    def paths(self, deployment_id: str | None) -> set[Path]:
        """The files of the objects of a deployment (or of none) that are not erased."""
        table = schema.objects.c
        query = sa.select(table.path).where(
            table.deployment_id.is_not_distinct_from(deployment_id),
            table.erased_at.is_(None),
            table.path.is_not(None),
        )
        with reading(self._engine) as connection:
            return {self._home / path for path in connection.execute(query).scalars()}

    def end_now(self, object_id: str) -> None:
        """An object is not needed any more: it is due from this moment, unless it was due before. Idempotent."""
        table, now = schema.objects, self._clock()
        query = WITH_DEPLOYMENT.where(table.c.object_id == object_id)
        values = {"clock": str(ClockStart.MADE), "clock_started_at": now, "lifetime_s": 0.0}
        with self._writing() as connection:
            row = connection.execute(query).mappings().first()
            due_at = None if row is None else record_of(row).due_at
            if row is not None and (due_at is None or due_at > now):
                connection.execute(sa.update(table).where(table.c.object_id == object_id).values(values))

    # --- footage -----------------------------------------------------------------------------------------

    def begin_segment(self, start: SegmentStart, policy_version: int) -> ObjectKey:
        """Enter a segment of footage and give the key to seal it with, before anything of it is written.

        The same key again for the same segment.
        """
        known = sa.select(schema.objects.c.key_id).where(schema.objects.c.object_id == start.object_id)
        with reading(self._engine) as connection:
            key_id = connection.execute(known).scalar()
        if key_id is not None:
            return self._keys().get(key_id)
        key = self._keys().create(segments.KIND)
        new = NewObject(
            object_id=start.object_id,
            data_class=DataClass.FOOTAGE,
            kind=segments.KIND,
            deployment_id=start.deployment_id,
            clock=ClockStart.SEGMENT_END,
            lifetime=dt.timedelta(seconds=start.lifetime_s),
            policy_version=policy_version,
            key=key,
            path=start.path,
            items={"segments": 1},
        )
        with self._writing() as connection:
            insert_object(connection, new, self._home, self._clock())
            segments.begin(connection, start)
        return key

    def end_segment(self, segment: SegmentEnd) -> bool:
        """Write how a segment ended; its clock starts. False when that was written before."""
        with self._writing() as connection:
            return segments.end(connection, segment, self._clock())

    def segments(
        self,
        deployment: str | None = None,
        camera: str | None = None,
        from_: dt.datetime | None = None,
        to: dt.datetime | None = None,
    ) -> list[SegmentRow]:
        """Segments in the order in which they began; those that overlap the time given."""
        with reading(self._engine) as connection:
            return segments.listed(connection, deployment=deployment, camera=camera, from_=from_, to=to)

    # --- holds -------------------------------------------------------------------------------------------

    def place_hold(
        self,
        object_id: str,
        *,
        reason: str,
        authority: str,
        review_on: dt.date,
        who: str,
        note: str | None = None,
    ) -> HoldRow:
        """Suspend the erasure of an object. Raises `Refused` when that has begun, `StoreError` for no object."""
        key = self._key_of(object_id) if note else None
        with self._writing() as connection:
            row = self._object(connection, object_id)
            return holding.place(
                connection,
                row,
                reason=reason,
                authority=authority,
                review_on=review_on,
                who=who,
                note=note,
                key=key,
                now=self._clock(),
            )

    def release_hold(self, reference: str, *, who: str, why: str | None = None) -> HoldRow:
        """End a hold; `reference` is its id or a beginning that no other has."""
        with reading(self._engine) as connection:
            hold = holding.find(connection, reference, shown(self._engine.url))
        key = self._key_of(hold.object_id) if why else None
        with self._writing() as connection:
            row = self._object(connection, hold.object_id)
            return holding.release(
                connection, hold.hold_id, row, who=who, why=why, key=key, now=self._clock()
            )

    def holds(self, *, active_only: bool = True) -> list[HoldRow]:
        """Holds in the order of their reviews."""
        with reading(self._engine) as connection:
            return holding.listed(connection, active_only=active_only)

    # --- erasing -----------------------------------------------------------------------------------------

    def claim(
        self,
        object_ids: Collection[str],
        now: dt.datetime,
        *,
        simulated: bool = False,
        without_keys: bool = False,
    ) -> list[Claim]:
        """Begin the erasure of those of the objects that are due at `now` and not held.

        From here on nothing can hold them. One that was claimed before, by whoever died since, is claimed again.
        `simulated`: `now` was given by hand. `without_keys`: only those that have no key, where none is at hand.
        """
        objects = schema.objects.c
        claims = []
        with self._writing() as connection:
            held = {hold.object_id for hold in holding.listed(connection, active_only=True)}
            for object_id in object_ids:
                query = WITH_DEPLOYMENT.where(objects.object_id == object_id)
                row = connection.execute(query).mappings().first()
                claim = None if row is None else claim_of(row, self._home, now, simulated=simulated)
                if row is None or claim is None or (without_keys and claim.key_id is not None):
                    continue
                if row[objects.erasing_at] is None:
                    if object_id in held:
                        continue
                    begun = {"erasing_at": now, "erasing_simulated": simulated}
                    mine = objects.object_id == object_id
                    connection.execute(sa.update(schema.objects).where(mine).values(begun))
                claims.append(claim)
        return claims

    def finish(
        self, claims: Sequence[Claim], done_at: dt.datetime, *, simulated: bool = False
    ) -> list[StoredEvent]:
        """Blank the rows of what was destroyed and write its receipts; those written before are left out."""
        if not claims:
            return []
        written: list[StoredEvent] = []
        table = schema.objects
        with self._writing() as connection:
            for claim in claims:
                mine = table.c.object_id == claim.object_id
                receipt = receipt_of(claim, done_at, simulated=simulated)
                query = sa.update(table).where(mine, table.c.erased_at.is_(None))
                if connection.execute(query.values(erased_at=receipt.done_at, path=None)).rowcount != 1:
                    continue
                if claim.kind == alerts.KIND:
                    alerts.blank(connection, claim.object_id, receipt.done_at)
                deployment = claim.deployment_id or SITE
                written += append_events(connection, deployment, [receipt], self._clock())
        return written

    def mark_lost(self) -> list[str]:
        """Find deployments whose process died without a word: stopped, with their last event as their end.

        Segments of footage that they left open end when their file was last written.
        """
        query = sa.select(schema.deployments.c.deployment_id).where(schema.deployments.c.state == RUNNING)
        with reading(self._engine) as connection:
            running = list(connection.execute(query).scalars())
        return [name for name in running if self._lose(name)]

    def has_keys(self) -> bool:
        """Whether this database was ever used with a key store."""
        with reading(self._engine) as connection:
            return connection.execute(sa.select(schema.vault.c.id)).first() is not None

    def orphaned_keys(self, older_than: dt.timedelta) -> list[str]:
        """Keys whose object was never written, because its writer died in between."""
        if not self.has_keys():
            return []
        kinds = (alerts.KIND, segments.KIND, LIST_KIND, ADDITION_KIND, PROOF_KIND, TEMPLATES_KIND)
        made = self._keys().made_before(self._clock() - older_than, kinds)
        with reading(self._engine) as connection:
            known = set(connection.execute(sa.select(schema.objects.c.key_id)).scalars())
        return [key_id for key_id in made if key_id not in known]

    def scrub(self, *, rewrite: bool = True) -> bool:
        """Take what was erased out of the write-ahead logs of database and key store; True when that is done.

        Without `rewrite` the database's own file is left as it is, with at most pieces of ciphertext in its gaps;
        the key store is rewritten in any case, so that nothing can open them.
        Another program's long read may hold it up; then it is said, and the next scrub does it. On PostgreSQL a
        deleted row stays in its file until the server cleans up: it is ciphertext, and its key is destroyed.
        """
        try:
            scrub(self._engine, rewrite=rewrite)
            if self.has_keys():
                self._keys().scrub()
        except (StoreError, VaultError) as error:
            log.warning("write_ahead_log_not_emptied", reason=str(error))
            return False
        return True

    # --- within ------------------------------------------------------------------------------------------

    def _lose(self, deployment_id: str) -> bool:
        """Write that a deployment is lost, unless a process runs it; none can begin to meanwhile."""
        with vacant_lease(self._engine, deployment_id) as vacant:
            if not vacant:
                return False
            self.end_open_segments(deployment_id)  # first: whoever dies here will be back for the rest
            with self._writing() as connection:
                at = deployments.lose(connection, deployment_id, self._clock())
        if at is not None:
            log.warning("deployment_lost", deployment=deployment_id, ended_at=at.isoformat())
        return at is not None

    def end_open_segments(self, deployment_id: str, camera_id: str | None = None) -> None:
        """End the segments of a deployment, or of one camera of it, whose recorder is gone."""
        with reading(self._engine) as connection:
            left = segments.unfinished(connection, deployment_id, camera_id)
        for row in left:
            self.end_segment(segments.end_of_lost(row, self._home, self._clock()))

    def _object(self, connection: sa.Connection, object_id: str) -> sa.RowMapping:
        query = sa.select(schema.objects).where(schema.objects.c.object_id == object_id)
        row = connection.execute(query).mappings().first()
        if row is None:
            raise StoreError(shown(self._engine.url), f"nothing is kept under the id {object_id!r}")
        return row

    def _key_of(self, object_id: str) -> ObjectKey | None:
        with reading(self._engine) as connection:
            row = self._object(connection, object_id)
        try:
            return None if row["key_id"] is None else self._keys().get(row["key_id"])
        except Erased:
            return None

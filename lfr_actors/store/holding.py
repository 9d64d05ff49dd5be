"""Holds in the database: what suspends the erasure of an object, from when to when, and who said so."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from lfr_actors.errors import Refused, StoreError
from lfr_actors.events.keeping import HoldPlaced, HoldReleased
from lfr_actors.events.types import SITE, EventBody
from lfr_actors.store import schema
from lfr_actors.store.append import Speaking, append_events
from lfr_actors.store.rows import HoldRow, hold_row
from lfr_actors.store.vault.sealing import ObjectKey


def place(
    connection: sa.Connection,
    row: sa.RowMapping,
    *,
    reason: str,
    authority: str,
    review_on: dt.date,
    who: str,
    note: str | None,
    key: ObjectKey | None,
    now: dt.datetime,
) -> HoldRow:
    """Write a hold on the object of `row` (a row of `objects`) and its event; the note is sealed.

    Raises `Refused` for an object that is erased, or whose erasure has begun.
    """
    object_id = row["object_id"]
    if row["erased_at"] is not None:
        raise Refused(
            object_id, f"was erased at {row['erased_at'].isoformat()}: there is nothing left to hold"
        )
    if row["erasing_at"] is not None:
        raise Refused(object_id, "is being erased: its key may be gone already")
    hold = HoldRow(
        hold_id=uuid.uuid4().hex[:12],
        object_id=object_id,
        reason=reason,
        authority=authority,
        review_on=review_on,
        placed_at=now,
        placed_by=who,
        released_at=None,
        released_by=None,
    )
    values = {name: getattr(hold, name) for name in HoldRow.__dataclass_fields__}
    connection.execute(sa.insert(schema.holds).values(values | {"review_on": review_on.isoformat()}))
    body = HoldPlaced(
        hold_id=hold.hold_id,
        object_id=object_id,
        reason=reason,
        authority=authority,
        review_on=review_on.isoformat(),
        who=who,
    )
    _append(connection, row, body, key, {"note": note} if note else None, now)
    return hold


def release(
    connection: sa.Connection,
    hold_id: str,
    row: sa.RowMapping,
    *,
    who: str,
    why: str | None,
    key: ObjectKey | None,
    now: dt.datetime,
) -> HoldRow:
    """Write that a hold is over, and its event. Raises `Refused` for one that was released before."""
    same = schema.holds.c.hold_id == hold_id
    hold = hold_row(connection.execute(sa.select(schema.holds).where(same)).mappings().one())
    if hold.released_at is not None:
        raise Refused(
            f"hold {hold_id}", f"was released at {hold.released_at.isoformat()} by {hold.released_by}"
        )
    connection.execute(sa.update(schema.holds).where(same).values(released_at=now, released_by=who))
    body = HoldReleased(hold_id=hold_id, object_id=hold.object_id, who=who)
    _append(connection, row, body, key, {"why": why} if why else None, now)
    return hold_row(connection.execute(sa.select(schema.holds).where(same)).mappings().one())


def find(connection: sa.Connection, reference: str, store: str) -> HoldRow:
    """The hold of this id, or the only one whose id begins so. Raises `StoreError` for none or several."""
    column = schema.holds.c.hold_id
    begins = sa.func.substr(column, 1, len(reference)) == reference
    query = sa.select(schema.holds).where(begins).limit(2)
    found = [hold_row(row) for row in connection.execute(query).mappings()] if reference else []
    if len(found) != 1:
        kind = "several holds have ids" if found else "no hold has an id"
        raise StoreError(store, f"{kind} that begin{'s' * (not found)} with {reference!r}")
    return found[0]


def listed(connection: sa.Connection, *, active_only: bool) -> list[HoldRow]:
    """Holds in the order of their reviews."""
    query = sa.select(schema.holds).order_by(schema.holds.c.review_on, schema.holds.c.hold_id)
    if active_only:
        query = query.where(schema.holds.c.released_at.is_(None))
    return [hold_row(row) for row in connection.execute(query).mappings()]


def _append(
    connection: sa.Connection,
    row: sa.RowMapping,
    body: EventBody,
    key: ObjectKey | None,
    speaks: Mapping[str, str] | None,
    now: dt.datetime,
) -> None:
    """The event; what may speak of a person is sealed under the object's key."""
    if speaks is not None and key is None:
        raise Refused(
            row["object_id"], "has no key of its own under which a note could be sealed: leave it out"
        )
    entry = body if speaks is None or key is None else Speaking(body=body, key=key, speaks=dict(speaks))
    append_events(connection, row["deployment_id"] or SITE, [entry], now)

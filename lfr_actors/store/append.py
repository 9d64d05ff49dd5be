"""Writing to the log, inside a transaction that `database.writing` opened."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from lfr_actors.events.chain import canonical_json, link_hash
from lfr_actors.events.codec import Json, utc_text
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import EventBody, to_public, wire_name
from lfr_actors.store import schema
from lfr_actors.store.rows import head_of
from lfr_actors.store.vault.sealing import ObjectKey, seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """An event that speaks of a person: its public part, and what is sealed under the key of its object."""

    body: EventBody
    key: ObjectKey
    speaks: Json = field(repr=False)


def event_context(event_id: str) -> str:
    """What the sealed part of an event is bound to, so that it cannot be moved to another one."""
    return f"event:{event_id}"


def append_events(
    connection: sa.Connection,
    deployment_id: str,
    bodies: Sequence[EventBody | Speaking],
    now: dt.datetime,
    key: uuid.UUID | None = None,
) -> tuple[StoredEvent, ...]:
    """Write events after the head of the log, in order, and move the head.

    With a `key`, from which the ids of the events follow, nothing is written when they are there already.
    `now` is aware. The connection must hold the write lock, or two writers could follow the same head.
    Raises `TypeError` or `ValueError`, before anything is written, for a body that cannot be written.
    """
    if not bodies:
        return ()
    event_ids = [(uuid.uuid4() if key is None else uuid.uuid5(key, str(n))).hex for n in range(len(bodies))]
    known = sa.select(schema.events.c.seq).where(schema.events.c.event_id == event_ids[0])
    if key is not None and connection.execute(known).first() is not None:
        return ()
    head = head_of(connection.execute(sa.select(schema.log_head)).mappings().one())
    written: list[StoredEvent] = []
    seq, prev_hash = head.seq, head.hash
    for body, event_id in zip(bodies, event_ids, strict=True):
        event = _link(body, event_id, deployment_id, seq + 1, prev_hash, utc_text(now))
        written.append(event)
        seq, prev_hash = event.seq, event.hash
    columns = [column.name for column in schema.events.columns]
    rows = [{name: getattr(event, name) for name in columns} for event in written]
    connection.execute(sa.insert(schema.events), rows)
    connection.execute(sa.update(schema.log_head).values(seq=seq, hash=prev_hash))
    return tuple(written)


def _link(
    entry: EventBody | Speaking, event_id: str, deployment_id: str, seq: int, prev_hash: str, at: str
) -> StoredEvent:
    """The event that follows `prev_hash`."""
    body = entry.body if isinstance(entry, Speaking) else entry
    sealed, key_id = None, None
    if isinstance(entry, Speaking):
        sealed = seal(entry.key, canonical_json(entry.speaks).encode(), event_context(event_id))
        key_id = entry.key.key_id
    name, version = wire_name(body)
    public_json = canonical_json(to_public(body))
    digest = link_hash(
        prev_hash=prev_hash,
        seq=seq,
        event_id=event_id,
        deployment=deployment_id,
        name=name,
        version=version,
        at=at,
        public_json=public_json,
        sealed=sealed,
    )
    return StoredEvent(
        seq=seq,
        event_id=event_id,
        deployment_id=deployment_id,
        name=name,
        version=version,
        written_at=at,
        public_json=public_json,
        sealed=sealed,
        key_id=key_id,
        prev_hash=prev_hash,
        hash=digest,
    )

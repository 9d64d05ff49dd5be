"""Cursors of webhooks, dead letters, and what there is to deliver: all of it beside the log, which is the queue."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Final

import sqlalchemy as sa

from lfr_actors.alerting.case import State
from lfr_actors.delivery.cursor import (
    FINAL_REASONS,
    Change,
    Cursor,
    DeadLetter,
    Page,
    Pending,
    too_late_before,
)
from lfr_actors.errors import StoreError
from lfr_actors.events.delivering import WebhookReplayed
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import EventBody
from lfr_actors.retention.policy import DataClass
from lfr_actors.store import deployments, schema
from lfr_actors.store.alerts import alert_object
from lfr_actors.store.append import append_events
from lfr_actors.store.database import reading, shown
from lfr_actors.store.rows import EVENT_COLUMNS, head_of, stored_event

_CURSORS: Final = schema.webhook_cursors
_DEAD: Final = schema.webhook_dead
_EVENTS: Final = schema.events
_KEPT_PAGES: Final = 8
_FALSE: Final = tuple(str(state) for state in State if state.is_false)

_MOVE: Final = (
    sa.update(_CURSORS)
    .where(
        _CURSORS.c.endpoint == sa.bindparam("new_endpoint"),
        _CURSORS.c.deployment_id == sa.bindparam("new_deployment_id"),
    )
    .values(
        {
            column.name: sa.bindparam(f"new_{column.name}")
            for column in _CURSORS.columns
            if not column.primary_key
        }
    )
)


class Webhooks:
    """The endpoints of the deployments of one store."""

    def __init__(
        self,
        engine: sa.Engine,
        writing: Callable[[], AbstractContextManager[sa.Connection]],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._engine, self._writing, self._clock = engine, writing, clock
        self._read: dict[tuple[str, int, frozenset[str], int], tuple[StoredEvent, ...]] = {}
        self._reading = threading.Lock()

    # --- where endpoints stand ---------------------------------------------------------------------------

    def begin(self, endpoint: str, deployment_id: str) -> Cursor:
        """The cursor of an endpoint; one that is new stands before the first event of the deployment."""
        found = self.cursor(endpoint, deployment_id)
        if found is not None:
            return found
        new = Cursor(endpoint=endpoint, deployment_id=deployment_id)
        with self._writing() as connection:
            if connection.execute(_cursor_query(endpoint, deployment_id)).first() is None:
                connection.execute(sa.insert(_CURSORS).values(asdict(new)))
        return self.cursor(endpoint, deployment_id) or new

    def cursor(self, endpoint: str, deployment_id: str) -> Cursor | None:
        """Where an endpoint stands; None for one that was never told of anything."""
        with reading(self._engine) as connection:
            row = connection.execute(_cursor_query(endpoint, deployment_id)).mappings().first()
        return None if row is None else Cursor(**row)

    def dead_letters(self, endpoint: str, deployment_id: str) -> list[DeadLetter]:
        """What an endpoint will not get any more, in order of the log."""
        mine = _of(_DEAD, endpoint, deployment_id)
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(_DEAD).where(mine).order_by(_DEAD.c.event_seq))
            return [DeadLetter(**row) for row in rows.mappings()]

    def waiting(self, cursor: Cursor, names: Collection[str]) -> int:
        """How many events of these names an endpoint has still to be told of."""
        mine = _of(_DEAD, cursor.endpoint, cursor.deployment_id)
        new = sa.select(sa.func.count()).select_from(_EVENTS).where(_after(cursor, names))
        again = sa.select(sa.func.count()).select_from(_DEAD).where(mine, _DEAD.c.again)
        with reading(self._engine) as connection:
            return int(connection.execute(new).scalar_one()) + int(connection.execute(again).scalar_one())

    # --- what there is to deliver ------------------------------------------------------------------------

    def head(self) -> int:
        """The number of the newest event."""
        with reading(self._engine) as connection:
            return head_of(connection.execute(sa.select(schema.log_head)).mappings().one()).seq

    def news(self, deployment_id: str, after: int) -> tuple[int, frozenset[str]]:
        """Where the log stands, and which kinds of events it got of a deployment since number `after`."""
        events = _EVENTS.c
        names = sa.select(events.name).where(events.seq > after, events.deployment_id == deployment_id)
        with reading(self._engine) as connection:
            head = head_of(connection.execute(sa.select(schema.log_head)).mappings().one()).seq
            found = connection.execute(names.distinct()).scalars() if head > after else ()
            return head, frozenset(found)

    def page(self, cursor: Cursor, names: frozenset[str], limit: int, keep: tuple[Pending, ...] = ()) -> Page:
        """The next events of these names for an endpoint, at most `limit`, with all that decides their fate.

        With `keep`, what is left of a page that was read before, only their fate is asked for again.
        """
        same = _cursor_query(cursor.endpoint, cursor.deployment_id).with_only_columns(_CURSORS.c.generation)
        with reading(self._engine) as connection:
            # First of all: what is written after this is not taken for scanned.
            head = head_of(connection.execute(sa.select(schema.log_head)).mappings().one()).seq
            pending = keep or self._pending(connection, cursor, names, limit)
            return Page(
                pending=pending,
                scanned=head if len(pending) < limit and not keep else 0,
                erased=_erased(connection, {item.alert_id for item in pending if item.alert_id}),
                too_late_before=self._too_late_before(connection, cursor.deployment_id),
                generation=connection.execute(same).scalar() or 0,
            )

    def _pending(
        self, connection: sa.Connection, cursor: Cursor, names: frozenset[str], limit: int
    ) -> tuple[Pending, ...]:
        again = sa.select(_DEAD.c.event_seq).where(
            _of(_DEAD, cursor.endpoint, cursor.deployment_id), _DEAD.c.again
        )
        revived = frozenset(connection.execute(again).scalars())
        if revived:
            wanted = sa.or_(_after(cursor, names), _EVENTS.c.seq.in_(revived))
            events = _first(connection, wanted, limit)
            return tuple(Pending(event=event, again=event.seq in revived) for event in events)
        # Endpoints that keep step ask for the same; a full page never changes, because the log only grows.
        key = (cursor.deployment_id, cursor.seq, names, limit)
        events = self._read.get(key) or _first(connection, _after(cursor, names), limit)
        if len(events) == limit:
            with self._reading:
                self._read.pop(key, None)
                self._read[key] = events
                while len(self._read) > _KEPT_PAGES:
                    del self._read[next(iter(self._read))]
        return tuple(Pending(event=event) for event in events)

    # --- writing -----------------------------------------------------------------------------------------

    def write(self, changes: Sequence[Change]) -> tuple[Cursor, ...]:
        """Write cursors with their events and dead letters, all at once.

        Gives those cursors of which nothing was written, because somebody replayed meanwhile: read them again.
        """
        cursors = [change.cursor for change in changes]
        with self._writing() as connection:
            present = _generations(connection, cursors)
            stale = [each for each in cursors if present.get(_key(each)) != each.generation]
            valid = [change for change in changes if change.cursor not in stale]
            _move(connection, [change.cursor for change in valid])
            said: dict[str, list[EventBody]] = {}
            for change in valid:
                _write_dead(connection, change)
                said.setdefault(change.cursor.deployment_id, []).extend(change.said)
            for deployment_id, bodies in said.items():
                append_events(connection, deployment_id, bodies, self._clock())
        return tuple(stale)

    def replay(self, endpoint: str, deployment_id: str, after: int, who: str) -> None:
        """Set an endpoint back, so that it gets every event after this number again; whoever delivers notices.

        Raises `StoreError` for an endpoint that was never told of anything.
        """
        table = _CURSORS.c
        values = {"seq": after, "attempts": 0, "next_at": None, "generation": table.generation + 1}
        mine = _of(_CURSORS, endpoint, deployment_id)
        later = sa.and_(_of(_DEAD, endpoint, deployment_id), _DEAD.c.event_seq > after)
        with self._writing() as connection:
            if connection.execute(sa.update(_CURSORS).where(mine).values(values)).rowcount != 1:
                raise StoreError(shown(self._engine.url), _never(endpoint, deployment_id))
            connection.execute(sa.delete(_DEAD).where(later))
            body = WebhookReplayed(endpoint=endpoint, after_seq=after, dead=0, who=who)
            append_events(connection, deployment_id, [body], self._clock())

    def replay_dead(self, endpoint: str, deployment_id: str, who: str) -> int:
        """Have dead letters tried again, but for those that no attempt can change; how many there are.

        Raises `StoreError` for an endpoint that was never told of anything.
        """
        table = _CURSORS.c
        mine = _of(_DEAD, endpoint, deployment_id)
        hopeful = sa.and_(mine, _DEAD.c.reason.not_in(FINAL_REASONS), ~_DEAD.c.again)
        anew = {"attempts": 0, "next_at": None, "generation": table.generation + 1}
        with self._writing() as connection:
            own = _of(_CURSORS, endpoint, deployment_id)
            if connection.execute(_cursor_query(endpoint, deployment_id)).first() is None:
                raise StoreError(shown(self._engine.url), _never(endpoint, deployment_id))
            count = connection.execute(sa.update(_DEAD).where(hopeful).values(again=True)).rowcount
            if count:
                connection.execute(sa.update(_CURSORS).where(own).values(anew))
                body = WebhookReplayed(endpoint=endpoint, after_seq=None, dead=count, who=who)
                append_events(connection, deployment_id, [body], self._clock())
        return count

    def _too_late_before(self, connection: sa.Connection, deployment_id: str) -> dt.datetime | None:
        ended = sa.select(schema.deployments.c.ended_at).where(
            schema.deployments.c.deployment_id == deployment_id
        )
        ended_at = connection.execute(ended).scalar()
        if ended_at is None:
            return None
        policy = deployments.policy_of(connection, deployment_id, shown(self._engine.url))
        return too_late_before(ended_at, policy.rule_of(DataClass.ALERT).lifetime, self._clock())


def _generations(connection: sa.Connection, cursors: Sequence[Cursor]) -> dict[tuple[str, str], int]:
    """Of which generation cursors are by now."""
    table = _CURSORS.c
    names = sorted({cursor.endpoint for cursor in cursors})
    query = sa.select(table.endpoint, table.deployment_id, table.generation).where(table.endpoint.in_(names))
    return {
        (endpoint, deployment): generation for endpoint, deployment, generation in connection.execute(query)
    }


def _move(connection: sa.Connection, cursors: Sequence[Cursor]) -> None:
    if cursors:
        rows = [{f"new_{name}": value for name, value in asdict(cursor).items()} for cursor in cursors]
        connection.execute(_MOVE, rows)


def _write_dead(connection: sa.Connection, change: Change) -> None:
    """Those that are dead by now, and those that are no more."""
    gone = [*change.undead, *(letter.event_seq for letter in change.dead)]
    if gone:
        same = sa.and_(_DEAD.c.endpoint == change.cursor.endpoint, _DEAD.c.event_seq.in_(gone))
        connection.execute(sa.delete(_DEAD).where(same))
    if change.dead:
        connection.execute(sa.insert(_DEAD), [asdict(letter) for letter in change.dead])


def _key(cursor: Cursor) -> tuple[str, str]:
    return cursor.endpoint, cursor.deployment_id


def _first(connection: sa.Connection, wanted: sa.ColumnElement[bool], limit: int) -> tuple[StoredEvent, ...]:
    query = sa.select(*EVENT_COLUMNS).where(wanted).order_by(_EVENTS.c.seq).limit(limit)
    return tuple(stored_event(row) for row in connection.execute(query).mappings())


def _erased(connection: sa.Connection, alert_ids: set[str]) -> frozenset[str]:
    """Those alerts whose erasure has begun, and those known as false, though a hold keeps them for now."""
    if not alert_ids:
        return frozenset()
    objects, own = schema.objects.c, schema.alerts.c
    known_as_false = sa.select(own.alert_id).where(own.alert_id.in_(alert_ids), own.state.in_(_FALSE))
    by_object = {alert_object(alert_id): alert_id for alert_id in alert_ids}
    begun = sa.or_(objects.erasing_at.is_not(None), objects.erased_at.is_not(None))
    query = sa.select(objects.object_id).where(objects.object_id.in_(by_object), begun)
    erased = frozenset(by_object[name] for name in connection.execute(query).scalars())
    return erased | frozenset(connection.execute(known_as_false).scalars())


def _after(cursor: Cursor, names: Collection[str]) -> sa.ColumnElement[bool]:
    events = _EVENTS.c
    return sa.and_(
        events.deployment_id == cursor.deployment_id, events.seq > cursor.seq, events.name.in_(sorted(names))
    )


def _of(table: sa.Table, endpoint: str, deployment_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.endpoint == endpoint, table.c.deployment_id == deployment_id)


def _cursor_query(endpoint: str, deployment_id: str) -> sa.Select[tuple[object, ...]]:
    return sa.select(_CURSORS).where(_of(_CURSORS, endpoint, deployment_id))


def _never(endpoint: str, deployment_id: str) -> str:
    return f"endpoint {endpoint} was never told of anything in deployment {deployment_id}"

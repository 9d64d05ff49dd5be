"""What people decided of alerts, as the database has it; each step is written with its events, or not at all."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import sqlalchemy as sa

from lfr_actors.alerting.adjudication import Entry, Step
from lfr_actors.alerting.case import Case, Opinion, State, UndoPoint, Verdict
from lfr_actors.alerting.outcomes import Outcome
from lfr_actors.errors import Erased, StoreError
from lfr_actors.events.alerts import AlertEscalated
from lfr_actors.events.chain import canonical_json
from lfr_actors.events.codec import utc_text, utc_time
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import EventBody
from lfr_actors.store import alerts, schema
from lfr_actors.store.append import Speaking, append_events
from lfr_actors.store.database import reading, shown
from lfr_actors.store.rows import EVENT_COLUMNS, AlertRow, stored_event
from lfr_actors.store.vault.keys import Keys
from lfr_actors.store.vault.sealing import ObjectKey, seal, unseal


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An alert as it stands: its row without who it is, its case, and the key under which it is sealed."""

    row: AlertRow
    case: Case
    key_id: str | None


class Decisions:
    """The decisions of one store. `now` is its clock: what is written and what is compared agree."""

    def __init__(
        self,
        engine: sa.Engine,
        writing: Callable[[], AbstractContextManager[sa.Connection]],
        keys: Callable[[], Keys],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._engine, self._writing, self._keys, self.now = engine, writing, keys, clock

    def standing(self, alert_id: str) -> Standing:
        """How an alert of exactly this id stands; opinions stay sealed. Raises `StoreError` for none."""
        with reading(self._engine) as connection:
            return self._standing(connection, alert_id)

    def write(self, seen: Standing, taken: Step, who: str) -> list[StoredEvent] | None:
        """Write a step and its events in one transaction; None, and nothing written, when it stands otherwise.

        The key is asked for only where something is sealed. Raises `Erased` when that is gone.
        """
        sealing = taken.opinion is not None or any(entry.sealed is not None for entry in taken.entries)
        key = self._keys().get(str(seen.key_id)) if sealing else None
        with self._writing() as connection:
            if self._standing(connection, seen.case.alert_id).case != seen.case:
                return None
            now = self.now()
            self._write_row(connection, seen, taken.after, who, now)
            self._write_opinions(connection, taken, key, now)
            if taken.after.state.is_false:
                alerts.start_false_clock(connection, seen.case.alert_id, now)
            entries = [_to_write(entry, key) for entry in taken.entries]
            return list(append_events(connection, seen.row.deployment_id, entries, now))

    def opened(self, opinions: Sequence[Opinion], standing: Standing) -> tuple[Opinion, ...]:
        """These opinions of an alert with what is sealed of them; as they are, where that is erased."""
        if not opinions or standing.case.erased:
            return tuple(opinions)
        table = schema.alert_opinions.c
        alert_id = standing.case.alert_id
        query = sa.select(table.ordinal, table.sealed).where(table.alert_id == alert_id)
        with reading(self._engine) as connection:
            sealed = {row.ordinal: row.sealed for row in connection.execute(query)}
        key = self._keys().get(str(standing.key_id))
        return tuple(_open(each, sealed.get(each.ordinal), key, alert_id) for each in opinions)

    def waiting(self, deployment_id: str) -> dict[str, str]:
        """The alerts of a deployment that have one opinion of two, and who gave it."""
        own, rows = schema.alert_opinions.c, schema.alerts.c
        query = (
            sa.select(own.alert_id, own.who)
            .join(schema.alerts, rows.alert_id == own.alert_id)
            .where(rows.deployment_id == deployment_id, rows.state == str(State.ONE_OPINION))
            .order_by(own.ordinal)  # the last one is that of the present round
        )
        with reading(self._engine) as connection:
            return {row.alert_id: row.who for row in connection.execute(query)}

    def unacknowledged(self, deployment_id: str, since: dt.datetime) -> list[AlertRow]:
        """The alerts, raised at `since` or before, that nobody acknowledged and that are not escalated."""
        with reading(self._engine) as connection:
            return _unacknowledged(connection, deployment_id, since)

    def escalate(self, deployment_id: str, since: dt.datetime, now: dt.datetime) -> list[str]:
        """Write that those which are unacknowledged `since` then escalate, each once; oldest first."""
        table = schema.alerts
        with self._writing() as connection:
            late = _unacknowledged(connection, deployment_id, since)
            for row in late:
                mine = table.c.alert_id == row.alert_id
                connection.execute(sa.update(table).where(mine).values(escalated_at=now))
            bodies = [
                AlertEscalated(alert_id=row.alert_id, after_s=round((now - row.raised_at).total_seconds(), 3))
                for row in late
            ]
            append_events(connection, deployment_id, bodies, self.now())
        return [row.alert_id for row in late]

    def events_of(self, row: AlertRow, names: Sequence[str], object_id: str) -> list[StoredEvent]:
        """The events of these names that speak of an alert, or of the object that it is kept as, in order."""
        table = schema.events.c
        marks = (f'"alert_id":{json.dumps(row.alert_id)}', f'"object_id":{json.dumps(object_id)}')
        query = (
            sa.select(*EVENT_COLUMNS)
            .where(
                table.deployment_id == row.deployment_id,
                table.seq >= row.event_seq,
                table.name.in_(names),
                sa.or_(*(table.public_json.contains(mark, autoescape=True) for mark in marks)),
            )
            .order_by(table.seq)
        )
        with reading(self._engine) as connection:
            return [stored_event(found) for found in connection.execute(query).mappings()]

    def key_of(self, alert_id: str) -> ObjectKey | None:
        """The key of an alert; None once it is erased."""
        key_id = self.standing(alert_id).key_id
        try:
            return None if key_id is None else self._keys().get(key_id)
        except Erased:
            return None

    # --- within ------------------------------------------------------------------------------------------

    def _standing(self, connection: sa.Connection, alert_id: str) -> Standing:
        table, own = schema.alerts.c, schema.deployments.c
        query = (
            sa.select(schema.alerts, own.two_person)
            .join(schema.deployments, own.deployment_id == table.deployment_id)
            .where(table.alert_id == alert_id)
        )
        row = connection.execute(query).mappings().first()
        if row is None:
            raise StoreError(shown(self._engine.url), f"there is no alert {alert_id!r}")
        given = schema.alert_opinions.c
        gave = connection.execute(
            sa.select(given.ordinal, given.who).where(given.alert_id == alert_id).order_by(given.ordinal)
        )
        opinions = tuple(Opinion(ordinal=one.ordinal, who=one.who, verdict=None) for one in gave)
        plain = alerts.alert_row(row, None)
        return Standing(
            row=plain,
            case=case_of_row(plain, two_person=row["two_person"], opinions=opinions, undo=row["undo"]),
            key_id=row["key_id"],
        )

    @staticmethod
    def _write_row(
        connection: sa.Connection, seen: Standing, after: Case, who: str, now: dt.datetime
    ) -> None:
        values: dict[str, object] = {
            "state": str(after.state),
            "verdict": after.verdict,
            "outcome": after.outcome,
            "undo": None if after.undo is None else _undo_text(after.undo),
        }
        if seen.row.seen_at is None:  # whoever decides has seen it
            values |= {"seen_at": now, "seen_by": who}
        mine = schema.alerts.c.alert_id == after.alert_id
        connection.execute(sa.update(schema.alerts).where(mine).values(values))

    @staticmethod
    def _write_opinions(
        connection: sa.Connection, taken: Step, key: ObjectKey | None, now: dt.datetime
    ) -> None:
        table, alert_id, given = schema.alert_opinions, taken.after.alert_id, taken.opinion
        if taken.withdrawn is not None:
            mine = sa.and_(table.c.alert_id == alert_id, table.c.ordinal == taken.withdrawn)
            connection.execute(sa.delete(table).where(mine))
        if given is not None and key is not None:
            words = canonical_json(given.as_said()).encode()
            values = {
                "alert_id": alert_id,
                "ordinal": given.ordinal,
                "who": given.who,
                "given_at": now,
                "sealed": seal(key, words, _opinion_context(alert_id, given.ordinal)),
            }
            connection.execute(sa.insert(table).values(values))


def _unacknowledged(connection: sa.Connection, deployment_id: str, since: dt.datetime) -> list[AlertRow]:
    table = schema.alerts.c
    query = (
        sa.select(*alerts.PLAIN)
        .where(
            table.deployment_id == deployment_id,
            table.state == str(State.RAISED),
            table.raised_at <= since,
            table.escalated_at.is_(None),
            table.erased_at.is_(None),
        )
        .order_by(table.event_seq)
    )
    return [alerts.alert_row(row, None) for row in connection.execute(query).mappings()]


def case_of_row(
    row: AlertRow, *, two_person: bool, opinions: Sequence[Opinion] = (), undo: str | None = None
) -> Case:
    """The case of an alert; from a row alone it is enough to say what is hidden, not to take a step.

    Opinions come in pairs: an odd number of them means that one is waiting for its other.
    """
    present = len(opinions) and (len(opinions) % 2 or 2)
    return Case(
        alert_id=row.alert_id,
        state=row.state,
        two_person=two_person,
        category=row.category,
        verdict=None if row.verdict is None else Verdict(row.verdict),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        opinions=tuple(opinions[len(opinions) - present :]),
        opinions_given=len(opinions),
        undo=None if undo is None else _undo_point(undo),
        erased=row.erased_at is not None,
    )


def _to_write(entry: Entry, key: ObjectKey | None) -> EventBody | Speaking:
    if entry.sealed is None or key is None:
        return entry.body
    return Speaking(body=entry.body, key=key, speaks=dict(entry.sealed))


def _open(opinion: Opinion, sealed: bytes | None, key: ObjectKey, alert_id: str) -> Opinion:
    if sealed is None:
        return opinion
    said = json.loads(unseal(key, bytes(sealed), _opinion_context(alert_id, opinion.ordinal)))
    return replace(opinion, verdict=Verdict(said["verdict"]), why=said["why"])


def _opinion_context(alert_id: str, ordinal: int) -> str:
    return f"alert:{alert_id}:opinion:{ordinal}"


def _undo_text(point: UndoPoint) -> str:
    return canonical_json(
        {
            "who": point.who,
            "at": utc_text(point.at),
            "undone": point.undone,
            "back_to": point.back_to,
            "state": point.state,
            "verdict": point.verdict,
            "outcome": point.outcome,
        }
    )


def _undo_point(text: str) -> UndoPoint:
    said = json.loads(text)
    return UndoPoint(
        who=said["who"],
        at=utc_time(said["at"]),
        undone=said["undone"],
        back_to=said["back_to"],
        state=State(said["state"]),
        verdict=None if said["verdict"] is None else Verdict(said["verdict"]),
        outcome=None if said["outcome"] is None else Outcome(said["outcome"]),
    )

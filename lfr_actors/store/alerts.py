"""An alert as what is written of it: the public event, the row, and who it is, sealed under a key of its own."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from lfr_actors.alerting.case import State
from lfr_actors.errors import Erased, StoreError
from lfr_actors.events.alerts import AlertRaised
from lfr_actors.events.chain import canonical_json
from lfr_actors.messages import Alert, SubjectId, Wanted
from lfr_actors.retention.policy import ClockStart, DataClass, RetentionPolicy
from lfr_actors.store import schema
from lfr_actors.store.append import Speaking, append_events
from lfr_actors.store.objects import NewObject, insert_object
from lfr_actors.store.rows import AlertRow
from lfr_actors.store.vault.keys import Keys
from lfr_actors.store.vault.sealing import ObjectKey, seal, unseal
from lfr_actors.store.wanted import MAX_LISTED, listed_kind, wanted_to_json

KIND: Final = "alert"
PROBE: Final = "probe"
"""Kind of the picture on which an alert was raised."""
CONTEXT: Final = "context"
"""Kind of the picture of the moment, everybody else blurred. Those of the list are in `wanted.listed_kind`."""

PLAIN: Final = tuple(
    column
    for column in schema.alerts.columns
    if column.name in AlertRow.__dataclass_fields__ and column.name != "subject_id"
)
"""The columns of an alert in which nothing is sealed."""


def alert_object(alert_id: str) -> str:
    """The id of an alert among the retained objects."""
    return f"alert:{alert_id}"


def insert(
    connection: sa.Connection,
    alert: Alert,
    listed: tuple[Wanted | None, Sequence[bytes]],
    key: ObjectKey,
    policy: RetentionPolicy,
    home: Path,
    now: dt.datetime,
) -> None:
    """Write the event, the row and the pictures of an alert that is not there yet, and retain it.

    `listed`: what the list said of the subject, if it could be read, and the portraits on it, JPEG.
    """
    wanted, portraits = listed
    who = {"subject_id": alert.subject_id}
    entry = Speaking(body=alert_raised(alert, wanted), key=key, speaks=who)
    (event,) = append_events(connection, alert.deployment_id, [entry], now)
    facts = who if wanted is None else wanted_to_json(wanted)
    values = _values(alert) | {
        "raised_at": now,
        "state": str(State.RAISED),
        "event_seq": event.seq,
        "sealed": seal(key, canonical_json(facts).encode(), _context(alert.alert_id)),
        "key_id": key.key_id,
        "category": None if wanted is None else wanted.category,
        "priority": None if wanted is None else wanted.priority,
    }
    connection.execute(sa.insert(schema.alerts).values(values))
    pictures = _pictures(alert, portraits)
    rows = [
        {
            "alert_id": alert.alert_id,
            "kind": kind,
            "sealed": seal(key, jpeg, _picture_context(alert.alert_id, kind)),
        }
        for kind, jpeg in pictures.items()
    ]
    connection.execute(sa.insert(schema.alert_pictures), rows)
    rule = policy.rule_of(DataClass.ALERT)
    retained = NewObject(
        object_id=alert_object(alert.alert_id),
        data_class=rule.data_class,
        kind=KIND,
        deployment_id=alert.deployment_id,
        clock=rule.clock,
        lifetime=rule.lifetime,
        policy_version=policy.version,
        key=key,
        items={"pictures": len(pictures), "identities": 1},
    )
    insert_object(connection, retained, home, now)


def _pictures(alert: Alert, portraits: Sequence[bytes]) -> dict[str, bytes]:
    """The pictures to keep, by their kinds; a place on the list without a portrait has none."""
    listed = {listed_kind(place): jpeg for place, jpeg in enumerate(portraits[:MAX_LISTED]) if jpeg}
    return {PROBE: alert.probe_jpeg, CONTEXT: alert.context_jpeg} | listed


def start_false_clock(connection: sa.Connection, alert_id: str, now: dt.datetime) -> None:
    """An alert is false: it is due now. One whose erasure has begun keeps the rule under which it did."""
    objects = schema.objects
    own = sa.and_(objects.c.object_id == alert_object(alert_id), objects.c.erasing_at.is_(None))
    values = {
        "data_class": str(DataClass.FALSE_ALERT),
        "clock": str(ClockStart.ADJUDICATION),
        "clock_started_at": now,
        "lifetime_s": 0.0,
    }
    connection.execute(sa.update(objects).where(own).values(values))


def find(connection: sa.Connection, reference: str, store: str) -> sa.RowMapping:
    """The row of this id, or the only one whose id begins so; `StoreError` for none or several."""
    column = schema.alerts.c.alert_id
    begins = sa.func.substr(column, 1, len(reference)) == reference
    query = sa.select(schema.alerts).where(begins).order_by(sa.func.length(column)).limit(2)
    found = connection.execute(query).mappings().all() if reference else []
    if not found:
        raise StoreError(store, f"no alert has an id that is or begins with {reference!r}")
    if len(found) > 1 and found[0]["alert_id"] != reference:
        raise StoreError(store, f"several alerts have ids that begin with {reference!r}: give more of it")
    return found[0]


def alert_row(row: sa.RowMapping, keys: Keys | None) -> AlertRow:
    """A row of `alerts` with who it is, where it is not erased and the keys are at hand."""
    plain = {column.name: row[column] for column in PLAIN}
    facts = None if keys is None else sealed_facts(row, keys)
    plain["state"] = _state(plain["alert_id"], plain["state"])
    return AlertRow(**plain, subject_id=None if facts is None else SubjectId(facts["subject_id"]))


def sealed_facts(row: sa.RowMapping, keys: Keys) -> dict[str, Any] | None:
    """What is sealed of an alert; None once it is erased."""
    sealed, key_id = row[schema.alerts.c.sealed], row[schema.alerts.c.key_id]
    if sealed is None:
        return None
    try:
        facts: dict[str, Any] = json.loads(unseal(keys.get(key_id), sealed, _context(row["alert_id"])))
    except Erased:  # its key went a moment ago; the rest of its erasure follows
        return None
    return facts


def _state(alert_id: str, state: str) -> State:
    try:
        return State(state)
    except ValueError:
        reason = f"its state is {state!r}, which this software does not know; run lfr events verify"
        raise StoreError(f"alert {alert_id}", reason) from None


def picture_kinds(connection: sa.Connection, alert_id: str) -> tuple[str, ...]:
    """The kinds of an alert's pictures: the probe, the context, those of the list."""
    table, first = schema.alert_pictures.c, (PROBE, CONTEXT)
    kinds = connection.execute(sa.select(table.kind).where(table.alert_id == alert_id)).scalars()
    return tuple(sorted(kinds, key=lambda kind: (first.index(kind) if kind in first else len(first), kind)))


def sealed_picture(connection: sa.Connection, alert_id: str, kind: str, store: str) -> bytes:
    """A picture as it is kept. Raises `StoreError` when there is none, `Erased` when it was erased."""
    table = schema.alert_pictures
    query = sa.select(table.c.sealed).where(table.c.alert_id == alert_id, table.c.kind == kind)
    erased = sa.select(schema.alerts.c.erased_at).where(schema.alerts.c.alert_id == alert_id)
    sealed = connection.execute(query).scalar_one_or_none()
    if sealed is not None:
        return bytes(sealed)
    erased_at = connection.execute(erased).scalar_one_or_none()
    if erased_at is not None:
        raise Erased(f"alert {alert_id}", f"was erased at {erased_at.isoformat()}")
    raise StoreError(store, f"alert {alert_id} has no {kind} picture")


def open_picture(sealed: bytes, key: ObjectKey, alert_id: str, kind: str) -> bytes:
    """The JPEG of an alert's picture. Raises `Tampered`."""
    return unseal(key, sealed, _picture_context(alert_id, kind))


def alert_raised(alert: Alert, wanted: Wanted | None) -> AlertRaised:
    """The public part of an alert: everything but who it is and the pictures."""
    return AlertRaised(
        alert_id=alert.alert_id,
        camera=alert.camera_id,
        track=alert.track_id,
        captured_at=alert.captured_at,
        media_time_s=alert.media_time_s,
        score=alert.score,
        threshold=alert.threshold,
        hits=alert.hits,
        gallery_version=alert.gallery_version,
        gallery_subjects=alert.gallery_subjects,
        pack=alert.pack,
        missing=alert.missing,
        category=None if wanted is None else wanted.category,
        priority=None if wanted is None else wanted.priority,
    )


def _values(alert: Alert) -> dict[str, Any]:
    """The plain columns of an alert, as plain numbers: a driver refuses NumPy's, and the alert would be lost."""
    return {
        "alert_id": alert.alert_id,
        "deployment_id": alert.deployment_id,
        "camera_id": alert.camera_id,
        "track_id": alert.track_id,
        "captured_at": alert.captured_at,
        "media_time_s": float(alert.media_time_s),
        "score": float(alert.score),
        "threshold": float(alert.threshold),
        "hits": int(alert.hits),
        "gallery_version": alert.gallery_version,
        "gallery_subjects": int(alert.gallery_subjects),
        "pack": alert.pack,
    }


def _context(alert_id: str) -> str:
    return f"alert:{alert_id}"


def _picture_context(alert_id: str, kind: str) -> str:
    return f"alert:{alert_id}:{kind}"


def blank(connection: sa.Connection, object_id: str, done_at: dt.datetime) -> None:
    """Take what is left of an erased alert's identity and pictures out of the rows; counts and scores stay."""
    alert_id = object_id.partition(":")[2]
    pictures, opinions, rows = schema.alert_pictures, schema.alert_opinions, schema.alerts
    connection.execute(sa.delete(pictures).where(pictures.c.alert_id == alert_id))
    connection.execute(sa.update(opinions).where(opinions.c.alert_id == alert_id).values(sealed=None))
    empty = {"sealed": None, "key_id": None, "erased_at": done_at}
    connection.execute(sa.update(rows).where(rows.c.alert_id == alert_id).values(empty))

"""An alert as what is written of it: the public event, the row, and who it is, sealed under a key of its own."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from lfr_actors.errors import Erased, Refused, StoreError
from lfr_actors.events.alerts import AlertRaised
from lfr_actors.events.chain import canonical_json
from lfr_actors.events.types import EventBody
from lfr_actors.messages import Alert, SubjectId
from lfr_actors.retention.policy import ClockStart, DataClass, RetentionPolicy
from lfr_actors.store import schema
from lfr_actors.store.append import Speaking, append_events
from lfr_actors.store.objects import NewObject, insert_object
from lfr_actors.store.rows import CANNOT_TELL, FALSE, RAISED, TRUE, AlertRow
from lfr_actors.store.vault.keys import Keys
from lfr_actors.store.vault.sealing import ObjectKey, seal, unseal

KIND: Final = "alert"
PROBE: Final = "probe"
"""Kind of the picture on which an alert was raised."""

_PLAIN: Final = tuple(
    column
    for column in schema.alerts.columns
    if column.name in AlertRow.__dataclass_fields__ and column.name != "subject_id"
)


def alert_object(alert_id: str) -> str:
    """The id of an alert among the retained objects."""
    return f"alert:{alert_id}"


def insert(
    connection: sa.Connection,
    alert: Alert,
    key: ObjectKey,
    policy: RetentionPolicy,
    home: Path,
    now: dt.datetime,
) -> None:
    """Write the event, the row and the probe of an alert that is not there yet, and retain it."""
    who = {"subject_id": alert.subject_id}
    entry = Speaking(body=alert_raised(alert), key=key, speaks=who)
    (event,) = append_events(connection, alert.deployment_id, [entry], now)
    sealed = seal(key, canonical_json(who).encode(), _context(alert.alert_id))
    values = _values(alert) | {
        "raised_at": now,
        "state": RAISED,
        "event_seq": event.seq,
        "sealed": sealed,
        "key_id": key.key_id,
    }
    connection.execute(sa.insert(schema.alerts).values(values))
    picture = seal(key, alert.probe_jpeg, _picture_context(alert.alert_id, PROBE))
    row = {"alert_id": alert.alert_id, "kind": PROBE, "sealed": picture}
    connection.execute(sa.insert(schema.alert_pictures).values(row))
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
        items={"pictures": 1, "identities": 1},
    )
    insert_object(connection, retained, home, now)


def is_open_to(row: AlertRow, verdict: str) -> bool:
    """Whether this verdict would change an alert. Raises `Refused` for one that is erased or known as false."""
    if verdict not in (TRUE, FALSE, CANNOT_TELL):
        raise ValueError(f"a verdict is {TRUE}, {FALSE} or {CANNOT_TELL}, not {verdict!r}")
    if row.state == verdict:
        return False
    if row.erased_at is not None or row.state == FALSE:
        reason = "is known as false" if row.state == FALSE else f"was erased at {row.erased_at}"
        raise Refused(f"alert {row.alert_id}", f"{reason}: there is nothing left to decide")
    return True


def decide(
    connection: sa.Connection,
    row: AlertRow,
    verdict: str,
    entry: EventBody | Speaking,
    now: dt.datetime,
) -> None:
    """Write a verdict and its event; the clock of a false alert starts. Raises `Refused` when it changed since."""
    table, objects = schema.alerts, schema.objects
    mine = sa.and_(table.c.alert_id == row.alert_id, table.c.state == row.state, table.c.erased_at.is_(None))
    if connection.execute(sa.update(table).where(mine).values(state=verdict)).rowcount != 1:
        raise Refused(f"alert {row.alert_id}", "somebody else decided at this moment: look again")
    if verdict == FALSE:
        # One whose erasure has begun keeps the rule under which it did.
        own = sa.and_(objects.c.object_id == alert_object(row.alert_id), objects.c.erasing_at.is_(None))
        values = {
            "data_class": str(DataClass.FALSE_ALERT),
            "clock": str(ClockStart.ADJUDICATION),
            "clock_started_at": now,
            "lifetime_s": 0.0,
        }
        connection.execute(sa.update(objects).where(own).values(values))
    append_events(connection, row.deployment_id, [entry], now)


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
    plain = {column.name: row[column] for column in _PLAIN}
    sealed, key_id = row[schema.alerts.c.sealed], row[schema.alerts.c.key_id]
    subject = None
    if keys is not None and sealed is not None:
        try:
            who = json.loads(unseal(keys.get(key_id), sealed, _context(plain["alert_id"])))
        except Erased:  # its key went a moment ago; the rest of its erasure follows
            who = {"subject_id": None}
        subject = who["subject_id"]
    return AlertRow(**plain, subject_id=None if subject is None else SubjectId(subject))


def open_picture(sealed: bytes, key: ObjectKey, alert_id: str, kind: str) -> bytes:
    """The JPEG of an alert's picture. Raises `Tampered`."""
    return unseal(key, sealed, _picture_context(alert_id, kind))


def alert_raised(alert: Alert) -> AlertRaised:
    """The public part of an alert: everything but who it is and the picture."""
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
        category=None,
        priority=None,
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
    pictures, rows = schema.alert_pictures, schema.alerts
    connection.execute(sa.delete(pictures).where(pictures.c.alert_id == alert_id))
    empty = {"sealed": None, "key_id": None, "erased_at": done_at}
    connection.execute(sa.update(rows).where(rows.c.alert_id == alert_id).values(empty))

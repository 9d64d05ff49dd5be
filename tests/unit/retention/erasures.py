"""Erasures to make receipts of."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from lfr_actors.events.codec import encode
from lfr_actors.events.keeping import DataErased
from lfr_actors.events.log import StoredEvent

NOON = dt.datetime(2024, 9, 7, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def erased(**changes: Any) -> DataErased:
    """An alert that was erased half a second after it was due."""
    fields: dict[str, Any] = {
        "object_id": "alert:aa01",
        "data_class": "alert",
        "kind": "alert",
        "items": {"pictures": 2, "rows": 1},
        "rule": "24 hours after the end of the deployment",
        "policy_version": 1,
        "clock_started_at": NOON,
        "due_at": NOON + DAY,
        "done_at": NOON + DAY + dt.timedelta(milliseconds=500),
        "lateness_s": 0.5,
        "key_id": "a" * 32,
        "key_fingerprint": "f" * 32,
        "simulated": False,
    }
    return DataErased(**(fields | changes))


def stored(body: Any, seq: int = 1, **changes: Any) -> StoredEvent:
    """An event as it stands in the log; its hashes are made up."""
    fields: dict[str, Any] = {
        "seq": seq,
        "event_id": f"event-{seq}",
        "deployment_id": "drill-1",
        "name": body.NAME,
        "version": body.VERSION,
        "written_at": "2024-09-08T12:00:00.600000Z",
        "public_json": json.dumps(encode(body)),
        "prev_hash": f"{seq - 1:02x}" * 32,
        "hash": f"{seq:02x}" * 32,
    }
    return StoredEvent(**(fields | changes))

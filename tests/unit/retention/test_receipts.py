"""Receipts: what the log says was erased, without a word of whom."""

from __future__ import annotations

import csv
import io
import json

import pytest

from lfr_actors.errors import StoreError
from lfr_actors.events.types import AccessViewed
from lfr_actors.retention.policy import DataClass
from lfr_actors.retention.receipts import (
    COLUMNS,
    ERASABLE,
    Lateness,
    lateness_by_class,
    lateness_json,
    receipt_of,
    receipts_csv,
    receipts_in,
)

from .erasures import NOON, erased, stored


def test_a_receipt_says_all_that_was_asked() -> None:
    """Class, how many, rule, due, done, lateness, key fingerprint and place in the chain."""
    receipt = receipt_of(stored(erased(), seq=7))
    assert receipt.to_json() == {
        "seq": 7,
        "hash": "07" * 32,
        "deployment": "drill-1",
        "object_id": "alert:aa01",
        "class": "alert",
        "kind": "alert",
        "items": {"pictures": 2, "rows": 1},
        "rule": "24 hours after the end of the deployment",
        "policy_version": 1,
        "clock_started_at": "2024-09-07T12:00:00.000000Z",
        "due_at": "2024-09-08T12:00:00.000000Z",
        "done_at": "2024-09-08T12:00:00.500000Z",
        "lateness_s": 0.5,
        "key_fingerprint": "f" * 32,
        "simulated": False,
    }
    assert tuple(receipt.to_json()) == COLUMNS
    assert receipt.data_class is DataClass.ALERT


def test_only_erasures_are_receipts() -> None:
    """Other events are passed over; the order is the log's."""
    events = [
        stored(erased(object_id="alert:1"), seq=1),
        stored(AccessViewed(what="alert:1", who="officer", why=None), seq=2),
        stored(erased(object_id="alert:2"), seq=3),
    ]
    assert [receipt.seq for receipt in receipts_in(events)] == [1, 3]
    with pytest.raises(StoreError, match="event 2"):
        receipt_of(events[1])


def test_an_erasure_that_cannot_be_read_is_said() -> None:
    """A receipt of a later version, of an unknown class, or altered by hand is named, not left out."""
    later = stored(erased(), seq=4, version=2)
    unknown = stored(erased(data_class="voice"), seq=5)
    altered = stored(erased(), seq=6, public_json='{"object_id": 3}')
    for event, words in ((later, "event 4"), (unknown, "'voice'"), (altered, "event 6")):
        with pytest.raises(StoreError, match=words):
            list(receipts_in([event]))


def test_lateness_by_class() -> None:
    """Median and longest by class; without data there is none, and it is never zero."""
    late = [("alert", 1.0), ("alert", 4.0), ("alert", 2.5), ("footage", 0.0)]
    receipts = [receipt_of(stored(erased(data_class=name, lateness_s=s))) for name, s in late]
    found = lateness_by_class(receipts)
    assert list(found) == list(ERASABLE)
    assert found[DataClass.ALERT] == Lateness(count=3, median_s=2.5, longest_s=4.0)
    assert found[DataClass.FOOTAGE] == Lateness(count=1, median_s=0.0, longest_s=0.0)
    assert found[DataClass.WATCHLIST] is None
    assert lateness_json(receipts)["alert"] == {"count": 3, "median_s": 2.5, "longest_s": 4.0}
    assert lateness_json(receipts)["false-alert"] is None
    assert list(lateness_by_class([], [DataClass.ALERT])) == [DataClass.ALERT]


def test_a_simulated_erasure_says_nothing_about_lateness() -> None:
    """Of a time given by hand the lateness was invented: it is not counted."""
    simulated = receipt_of(stored(erased(simulated=True, lateness_s=86_400.0)))
    assert lateness_by_class([simulated])[DataClass.ALERT] is None


def test_the_csv_has_a_line_a_receipt() -> None:
    """CSV holds every column of the JSON; no fingerprint is an empty cell, items are in words."""
    receipts = [
        receipt_of(stored(erased(), seq=1)),
        receipt_of(stored(erased(key_fingerprint=None, simulated=True), seq=2)),
    ]
    rows = list(csv.DictReader(io.StringIO(receipts_csv(receipts))))
    assert [tuple(row) for row in rows] == [COLUMNS, COLUMNS]
    assert (rows[0]["items"], rows[0]["simulated"]) == ("pictures 2, rows 1", "false")
    assert (rows[1]["key_fingerprint"], rows[1]["simulated"]) == ("", "true")
    assert receipts_csv([]).splitlines() == [",".join(COLUMNS)]


def test_a_receipt_is_plain_json() -> None:
    """A receipt is written as JSON without help."""
    receipt = receipt_of(stored(erased()))
    assert json.loads(json.dumps(receipt.to_json())) == receipt.to_json()
    assert receipt.clock_started_at == NOON

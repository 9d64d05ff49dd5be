"""Receipts: what was erased, under which rule, when it was due and when it was done.

A receipt is a `data.erased` event read from the log; there is no second table that could disagree with it.
Its place in the chain (number and hash) lets anybody who holds a later head of the log check that it was not
written afterwards. Nothing in a receipt speaks of a person.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import statistics
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lfr_actors.errors import StoreError
from lfr_actors.events.codec import utc_text
from lfr_actors.events.keeping import DataErased
from lfr_actors.events.log import StoredEvent
from lfr_actors.retention.policy import DataClass

ERASABLE: Final = (DataClass.FALSE_ALERT, DataClass.ALERT, DataClass.FOOTAGE, DataClass.WATCHLIST)
"""The classes that get receipts. Non-matches die in memory, uncounted one by one: see `nonmatch.forgotten`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One erasure. Times are aware UTC; `lateness_s` is from due to done.

    `items` counts what was in the object (pictures, templates, rows, bytes). `key_fingerprint` is None for a
    file that was never encrypted. `simulated`: the time was given by hand. `seq` and `hash` are its place in
    the chain of events.
    """

    seq: int
    hash: str
    deployment_id: str
    object_id: str
    data_class: DataClass
    kind: str
    items: Mapping[str, int] = field(hash=False)
    rule: str
    policy_version: int
    clock_started_at: dt.datetime
    due_at: dt.datetime
    done_at: dt.datetime
    lateness_s: float
    key_fingerprint: str | None
    simulated: bool

    def to_json(self) -> dict[str, Any]:
        """The receipt as plain JSON values, in the order of `COLUMNS`; `items` is an object."""
        return {
            "seq": self.seq,
            "hash": self.hash,
            "deployment": self.deployment_id,
            "object_id": self.object_id,
            "class": str(self.data_class),
            "kind": self.kind,
            "items": dict(self.items),
            "rule": self.rule,
            "policy_version": self.policy_version,
            "clock_started_at": utc_text(self.clock_started_at),
            "due_at": utc_text(self.due_at),
            "done_at": utc_text(self.done_at),
            "lateness_s": self.lateness_s,
            "key_fingerprint": self.key_fingerprint,
            "simulated": self.simulated,
        }

    @property
    def items_words(self) -> str:
        """What was in the object, such as `pictures 2, templates 1`."""
        return ", ".join(f"{name} {count}" for name, count in self.items.items())


COLUMNS: Final = (
    "seq",
    "hash",
    "deployment",
    "object_id",
    "class",
    "kind",
    "items",
    "rule",
    "policy_version",
    "clock_started_at",
    "due_at",
    "done_at",
    "lateness_s",
    "key_fingerprint",
    "simulated",
)
"""Columns of the CSV and keys of the JSON; scripts depend on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How late the erasures of a class were, in seconds: how many there were, the median and the longest."""

    count: int
    median_s: float
    longest_s: float


def receipt_of(event: StoredEvent) -> Receipt:
    """The receipt that a `data.erased` event is.

    Raises `StoreError` for another event, one that was altered, and one of a version not known here.
    """
    body = event.body
    where = f"event {event.seq} ({event.name})"
    if not isinstance(body, DataErased):
        raise StoreError(
            where, f"is no receipt of version {DataErased.VERSION}: update this software to read it"
        )
    try:
        data_class = DataClass(body.data_class)
    except ValueError as error:
        reason = f"erases data of class {body.data_class!r}, which is not known: update this software"
        raise StoreError(where, reason) from error
    return Receipt(
        seq=event.seq,
        hash=event.hash,
        deployment_id=event.deployment_id,
        object_id=body.object_id,
        data_class=data_class,
        kind=body.kind,
        items=body.items,
        rule=body.rule,
        policy_version=body.policy_version,
        clock_started_at=body.clock_started_at,
        due_at=body.due_at,
        done_at=body.done_at,
        lateness_s=body.lateness_s,
        key_fingerprint=body.key_fingerprint,
        simulated=body.simulated,
    )


def receipts_in(events: Iterable[StoredEvent]) -> Iterator[Receipt]:
    """The receipts among events, in their order. Raises `StoreError` as `receipt_of` does."""
    return (receipt_of(event) for event in events if event.name == DataErased.NAME)


def lateness_by_class(
    receipts: Iterable[Receipt], classes: Iterable[DataClass] = ERASABLE
) -> dict[DataClass, Lateness | None]:
    """Lateness of each of the `classes`, and of any other that has receipts; None without data.

    Only real erasures count: of a simulated one the time was invented, and with it the lateness.
    """
    found: dict[DataClass, list[float]] = {data_class: [] for data_class in classes}
    for receipt in receipts:
        if not receipt.simulated:
            found.setdefault(receipt.data_class, []).append(receipt.lateness_s)
    return {
        data_class: Lateness(count=len(late), median_s=statistics.median(late), longest_s=max(late))
        if late
        else None
        for data_class, late in found.items()
    }


def lateness_json(
    receipts: Iterable[Receipt], classes: Iterable[DataClass] = ERASABLE
) -> dict[str, dict[str, float] | None]:
    """Lateness by class as plain JSON values; null where there is insufficient data."""
    return {
        str(data_class): None
        if late is None
        else {"count": late.count, "median_s": late.median_s, "longest_s": late.longest_s}
        for data_class, late in lateness_by_class(receipts, classes).items()
    }


def receipts_csv(receipts: Iterable[Receipt]) -> str:
    """The receipts as CSV text with a heading line; what is not there is empty, `items` is in words."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for receipt in receipts:
        writer.writerow(
            receipt.to_json()
            | {"items": receipt.items_words, "simulated": "true" if receipt.simulated else "false"}
        )
    return text.getvalue()

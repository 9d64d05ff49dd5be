"""What became of the sealed parts of a log, told from the log and the keys alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lfr_actors.errors import Erased, KeyRefused, StoreError, Tampered
from lfr_actors.events.cameras import CameraLost
from lfr_actors.events.keeping import DataErased
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import EventBody
from lfr_actors.store.vault.audit import SealedAudit, SealedParts
from lfr_actors.store.vault.sealing import ObjectKey, seal
from tests.unit.events.samples import BODIES, log_of

ALICE, BOB, CAROL = (ObjectKey(key_id=f"{n}0" * 16, secret=bytes([n]) * 32) for n in (1, 2, 3))
EVENT = CameraLost(camera="a", reason="r", retry_in_s=1.0)
RECEIPT = next(body for body in BODIES if isinstance(body, DataErased))


class Cabinet:
    """Keys that can be taken out."""

    def __init__(self, *keys: ObjectKey) -> None:
        self.keys = {key.key_id: key for key in keys}

    def get(self, key_id: str) -> ObjectKey:
        """The key, or `Erased`."""
        if key_id not in self.keys:
            raise Erased(f"key {key_id}", "was destroyed")
        return self.keys[key_id]


def log(*parts: ObjectKey | EventBody) -> list[StoredEvent]:
    """A log in which each key stands for an event sealed under it."""
    events = log_of([EVENT if isinstance(part, ObjectKey) else part for part in parts])
    return [
        replace(event, sealed=seal(part, b"{}", f"event:{event.event_id}"), key_id=part.key_id)
        if isinstance(part, ObjectKey)
        else event
        for event, part in zip(events, parts, strict=True)
    ]


def receipt(key: ObjectKey) -> DataErased:
    """The receipt for what was sealed under a key."""
    return replace(RECEIPT, key_id=key.key_id)


def audited(events: list[StoredEvent], *keys: ObjectKey) -> SealedParts:
    """What is found with these keys."""
    audit = SealedAudit(lambda: Cabinet(*keys))
    for event in events:
        audit.look(event)
    return audit.result()


def test_readable_and_erased() -> None:
    """Parts whose key is there are readable; those whose key is gone have a receipt, wherever it stands."""
    found = audited(log(ALICE, EVENT, ALICE, BOB, receipt(CAROL), BOB, receipt(BOB), CAROL), ALICE)
    assert found == SealedParts(parts=5, erased=3, readable=2)
    assert found.holds


def test_a_key_that_is_gone_without_a_receipt_is_named() -> None:
    """The fault names every event; another's receipt does not count."""
    found = audited(log(BOB, ALICE, receipt(CAROL), BOB), ALICE)
    assert found == SealedParts(parts=3, erased=0, readable=1, missing=(1, 4))
    assert not found.holds


def test_a_part_that_does_not_open_is_named() -> None:
    """A part moved to another event, under another key of the same id, or in no known form, is tampered with."""
    events = log(ALICE, ALICE, BOB, CAROL)
    events[1] = replace(events[1], sealed=events[0].sealed)
    events[3] = replace(events[3], sealed=b"nothing")
    other = replace(BOB, secret=CAROL.secret)
    found = audited(events, ALICE, other, CAROL)
    assert found == SealedParts(parts=4, erased=0, readable=1, tampered=(2, 3, 4))
    assert not found.holds


def test_a_key_that_came_back_is_named() -> None:
    """What a receipt says was erased and can be read is the worst fault: a copy of the keys was kept."""
    found = audited(log(ALICE, BOB, receipt(ALICE)), ALICE, BOB)
    assert found == SealedParts(parts=2, erased=0, readable=2, restored=(1,))
    assert not found.holds


def test_an_erasure_during_the_audit_is_no_fault() -> None:
    """A key that is destroyed after its part was read, with its receipt, did not come back."""
    cabinet = Cabinet(ALICE)
    audit = SealedAudit(lambda: cabinet)
    first, last = log(ALICE, receipt(ALICE))
    audit.look(first)
    del cabinet.keys[ALICE.key_id]
    audit.look(last)
    assert audit.result().holds


def refused() -> Cabinet:
    """Keys that cannot be had."""
    raise KeyRefused("LFR_KEK", "is another")


def broken() -> Cabinet:
    """Keys on a disk that fails."""
    raise StoreError("keys.db", "is damaged")


@pytest.mark.parametrize("opener", [refused, broken])
def test_without_keys_parts_are_counted_and_not_opened(opener: Callable[[], Cabinet]) -> None:
    """Nothing is called missing; receipts are counted all the same; the reason is given."""
    audit = SealedAudit(opener)
    for event in log(ALICE, BOB, BOB, receipt(BOB)):
        audit.look(event)
    found = audit.result()
    assert (found.parts, found.erased, found.missing, found.holds) == (3, 2, (), True)
    assert found.not_opened is not None
    assert found.not_opened.startswith(("LFR_KEK", "store keys.db"))
    assert found.to_json()["readable"] is None


def test_keys_are_not_asked_for_without_need() -> None:
    """A log in which nothing is sealed needs no keys."""
    audit = SealedAudit(refused)
    for event in log(EVENT, EVENT):
        audit.look(event)
    assert audit.result() == SealedParts(parts=0, erased=0)


def test_an_altered_key_or_receipt() -> None:
    """A key whose row was altered makes its parts tampered with; an altered receipt is none."""

    class Altered(Cabinet):
        def get(self, key_id: str) -> ObjectKey:
            raise Tampered(f"key {key_id}", "altered")

    events = log(ALICE, receipt(BOB), BOB)
    audit = SealedAudit(Altered)
    audit.look(events[0])
    assert audit.result().tampered == (1,)
    events[1] = replace(events[1], public_json="{}")
    assert audited(events, ALICE).missing == (3,)

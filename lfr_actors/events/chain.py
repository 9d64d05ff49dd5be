"""The hash chain over the log: every event's hash covers its own text and the hash before it.

Whoever holds an older head (number and hash) can tell that the log still contains it. Without such a head
a chain proves only that it was not altered in the middle: somebody able to write the database could cut
the end off, or compute the rest anew. Publishing heads is what makes the log tamper-evident.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from lfr_actors.errors import ChainBroken, Tampered
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.sealed import key_id_of

GENESIS: Final = hashlib.sha256(b"lfr-actors event log, version 1").hexdigest()
"""The hash that the first event of every log follows."""

_LINK_LABEL: Final = b"lfr-actors event link, version 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A place in the log: after event `seq` the chain stood at `hash` (SHA-256, hex); 0 is its beginning."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """The head written as `SEQ:HASH`. Raises `ValueError` saying what is right."""
        seq, _, digest = text.strip().partition(":")
        digest = digest.lower()
        if (
            not (seq.isascii() and seq.isdigit())
            or len(digest) != 64
            or set(digest) - set("0123456789abcdef")
        ):
            raise ValueError(f"{text!r} is not SEQ:HASH, a number and 64 hexadecimal digits")
        return cls(seq=int(seq), hash=digest)


ORIGIN: Final = Head(seq=0, hash=GENESIS)
"""The head of an empty log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedChain:
    """Every link holds. `head` may be published."""

    events: int
    head: Head


class Breach(StrEnum):
    """What was done to a log."""

    EDITED = "edited"
    REMOVED = "removed"
    REORDERED = "reordered"
    FOREIGN_START = "foreign start"
    TRUNCATED = "truncated"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLink:
    """The first link that does not hold: at event `seq`."""

    seq: int
    breach: Breach
    detail: str

    def __str__(self) -> str:
        return f"event {self.seq}: {self.breach}: {self.detail}"


def canonical_json(value: Any) -> str:
    """JSON with one spelling: keys sorted, no spaces, ASCII only, floats as Python's shortest `repr`.

    Raises `ValueError` for NaN and infinities, `TypeError` for what JSON does not have.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def link_hash(
    *,
    prev_hash: str,
    seq: int,
    event_id: str,
    deployment: str,
    name: str,
    version: int,
    at: str,
    public_json: str,
    sealed: bytes | None,
) -> str:
    """SHA-256 (hex) of an event as written, and of the hash before it.

    Every part goes in with its length before it, so no text can move from one part into the next; an absent
    sealed part differs from an empty one. `at` and `public_json` are the texts as stored.
    """
    parts = (prev_hash, str(seq), event_id, deployment, name, str(version), at, public_json)
    digest = hashlib.sha256(_LINK_LABEL)
    for part in parts:
        # surrogateescape: the store reads a text with broken UTF-8 so; it must be hashed, and found wrong.
        data = part.encode("utf-8", "surrogateescape")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    digest.update(b"\x00" if sealed is None else b"\x01" + len(sealed).to_bytes(8, "big") + sealed)
    return digest.hexdigest()


def hash_of(event: StoredEvent, *, seq: int | None = None) -> str:
    """The hash that this event's texts give, also as if it stood at another number."""
    return link_hash(
        prev_hash=event.prev_hash,
        seq=event.seq if seq is None else seq,
        event_id=event.event_id,
        deployment=event.deployment_id,
        name=event.name,
        version=event.version,
        at=event.written_at,
        public_json=event.public_json,
        sealed=event.sealed,
    )


def check(rows: Iterable[StoredEvent], expected_heads: Sequence[Head] = ()) -> VerifiedChain | BrokenLink:
    """Follow a whole log from its first event, in the order given; memory does not grow with it.

    `expected_heads` are places the log must contain, such as one that an outsider noted earlier.
    """
    heads = {head.seq: head for head in expected_heads}
    for head in expected_heads:
        if heads[head.seq].hash != head.hash or (head.seq == 0 and head.hash != GENESIS):
            return BrokenLink(seq=head.seq, breach=Breach.REWRITTEN, detail=f"no log can contain {head}")
    last = ORIGIN
    remaining = iter(rows)
    for row in remaining:
        broken = _wrong_place(row, last, remaining) or _wrong_text(row, last) or _wrong_key(row)
        if broken is not None:
            return broken
        last = Head(seq=row.seq, hash=row.hash)
        head = heads.get(row.seq, last)
        if head.hash != row.hash:
            detail = "its hash is not the one noted earlier: the log was computed anew from here or before"
            return BrokenLink(seq=row.seq, breach=Breach.REWRITTEN, detail=detail)
    furthest = max(heads, default=0)
    if furthest > last.seq:
        detail = f"the log ends at event {last.seq}, and is known to have reached event {furthest}"
        return BrokenLink(seq=last.seq + 1, breach=Breach.TRUNCATED, detail=detail)
    return VerifiedChain(events=last.seq, head=last)


def verify(rows: Iterable[StoredEvent], expected_head: Head | None = None) -> VerifiedChain:
    """As `check`, with one head. Raises `ChainBroken` naming the first link that does not hold."""
    found = check(rows, () if expected_head is None else (expected_head,))
    if isinstance(found, BrokenLink):
        raise ChainBroken("event log", str(found))
    return found


def _wrong_place(row: StoredEvent, last: Head, remaining: Iterable[StoredEvent]) -> BrokenLink | None:
    """Whether this is not the next number."""
    expected = last.seq + 1
    if row.seq == expected:
        return None
    if row.seq < expected:
        detail = f"stands after event {last.seq}"
        return BrokenLink(seq=row.seq, breach=Breach.REORDERED, detail=detail)
    if any(later.seq == expected for later in remaining):
        detail = f"stands after event {row.seq}"
        return BrokenLink(seq=expected, breach=Breach.REORDERED, detail=detail)
    gone = f"event {expected} is" if row.seq == expected + 1 else f"events {expected} to {row.seq - 1} are"
    return BrokenLink(seq=expected, breach=Breach.REMOVED, detail=f"{gone} missing")


def _wrong_text(row: StoredEvent, last: Head) -> BrokenLink | None:
    """Whether this event is not what was written, or does not follow the one before."""
    follows = row.prev_hash == last.hash
    intact = hash_of(row) == row.hash
    if follows and intact:
        return None
    if row.seq == 1 and not follows and intact:
        breach, detail = Breach.FOREIGN_START, "follows another beginning than this log's"
    elif follows or intact:
        breach = Breach.EDITED
        detail = "its text is not what was written" if follows else "it does not follow the event before it"
    elif any(hash_of(row, seq=seq) == row.hash for seq in (row.seq - 1, row.seq + 1)):
        breach = Breach.REORDERED
        detail = "was written under another number: events were removed, inserted or exchanged"
    else:
        breach, detail = Breach.EDITED, "neither its text nor its place is what was written"
    return BrokenLink(seq=row.seq, breach=breach, detail=detail)


def _wrong_key(row: StoredEvent) -> BrokenLink | None:
    """Whether the column that names the key, which the hash does not cover, names another than the sealed part."""
    try:
        sealed_under = None if row.sealed is None else key_id_of(row.sealed)
    except Tampered:
        detail = "its sealed part is not in the form in which anything is sealed"
        return BrokenLink(seq=row.seq, breach=Breach.EDITED, detail=detail)
    if sealed_under == row.key_id:
        return None
    detail = f"names key {row.key_id}, and its part was sealed under {sealed_under}"
    return BrokenLink(seq=row.seq, breach=Breach.EDITED, detail=detail)

"""One event as it stands in the log."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field

from lfr_actors.errors import StoreError
from lfr_actors.events.codec import Json, utc_time
from lfr_actors.events.types import EventBody, from_public


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """A written event. The texts are kept exactly as written, because the chain covers them so.

    `seq` counts from 1 without a gap, over all deployments. `written_at` is fixed-width UTC text.
    `public_json` is canonical JSON; `sealed` is ciphertext, or None where the event speaks of nobody.
    `prev_hash` and `hash` are SHA-256 in hex.
    """

    seq: int
    event_id: str
    deployment_id: str
    name: str
    version: int
    written_at: str
    public_json: str
    sealed: bytes | None = field(default=None, repr=False)
    key_id: str | None = None
    prev_hash: str
    hash: str

    @property
    def at(self) -> dt.datetime:
        """When it was written, aware UTC. Raises `StoreError` when the text was altered."""
        try:
            return utc_time(self.written_at)
        except ValueError as error:
            raise StoreError(
                f"event {self.seq}", "its time is not readable; run lfr events verify"
            ) from error

    @property
    def public(self) -> Json:
        """The public part. Raises `StoreError` when it is no longer a JSON object."""
        try:
            value = json.loads(self.public_json)
        except ValueError as error:
            raise StoreError(f"event {self.seq}", "is not readable; run lfr events verify") from error
        if not isinstance(value, dict):
            raise StoreError(f"event {self.seq}", "is not an object; run lfr events verify")
        return value

    @property
    def body(self) -> EventBody:
        """The typed body, opaque when this software does not know it. Raises `StoreError` if malformed."""
        try:
            return from_public(self.name, self.version, self.public)
        except (TypeError, ValueError) as error:
            raise StoreError(f"event {self.seq} ({self.name})", str(error)) from error

    def to_json(self) -> Json:
        """What is shown of it to the outside: everything but the sealed part."""
        return {
            "seq": self.seq,
            "event_id": self.event_id,
            "deployment": self.deployment_id,
            "name": self.name,
            "version": self.version,
            "at": self.written_at,
            "public": self.public,
            "hash": self.hash,
        }

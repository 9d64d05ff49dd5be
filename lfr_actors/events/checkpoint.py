"""Checkpoints: a head of the log, signed by the site, for somebody outside to keep.

Whoever holds one can tell later that the log still contains it. A site that rewrote its past would need another
signature for the same number, and two of those are proof against it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lfr_actors.errors import Tampered
from lfr_actors.events.chain import Head, canonical_json
from lfr_actors.events.codec import Json, utc_text, utc_time

FORMAT: Final = "lfr-actors checkpoint, version 1"

_FIELDS: Final = frozenset({"format", "seq", "hash", "at", "public_key", "signature"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """After event `seq` the log stood at `hash`; signed at `at` (aware UTC) by the site's Ed25519 key.

    `hash` and `public_key` are 64 hex digits, `signature` 128. Raises `ValueError` for another form.
    """

    seq: int
    hash: str
    at: dt.datetime
    public_key: str
    signature: str

    def __post_init__(self) -> None:
        if isinstance(self.seq, bool) or not isinstance(self.seq, int) or self.seq < 0:
            raise ValueError("seq is not a number of an event, 0 or more")
        for name, digits in (("hash", 64), ("public_key", 64), ("signature", 128)):
            value = getattr(self, name)
            if not isinstance(value, str) or len(value) != digits or set(value) - set("0123456789abcdef"):
                raise ValueError(f"{name} is not {digits} lower-case hexadecimal digits")

    @classmethod
    def signed(
        cls, head: Head, *, at: dt.datetime, public_key: str, sign: Callable[[bytes], bytes]
    ) -> Checkpoint:
        """Sign a head that was verified."""
        signature = sign(_message(head.seq, head.hash, at, public_key)).hex()
        return cls(seq=head.seq, hash=head.hash, at=at, public_key=public_key, signature=signature)

    @property
    def head(self) -> Head:
        """The place that the log must contain."""
        return Head(seq=self.seq, hash=self.hash)

    def verify(self, expected_key: str | None = None) -> None:
        """Raise `Tampered` when the signature is wrong, or when it is by another key than expected."""
        what = f"checkpoint at event {self.seq}"
        if expected_key is not None and self.public_key != expected_key.lower():
            raise Tampered(
                what, f"is signed with site key {self.public_key}, not with {expected_key.lower()}"
            )
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
        try:
            message = _message(self.seq, self.hash, self.at, self.public_key)
            public.verify(bytes.fromhex(self.signature), message)
        except InvalidSignature as error:
            raise Tampered(what, "its signature is wrong: it is not what the site signed") from error

    def to_json(self) -> Json:
        """What is written to a file."""
        return {
            "format": FORMAT,
            "seq": self.seq,
            "hash": self.hash,
            "at": utc_text(self.at),
            "public_key": self.public_key,
            "signature": self.signature,
        }

    @classmethod
    def from_json(cls, text: str) -> Checkpoint:
        """The checkpoint in a file's text. Raises `ValueError` saying what is wrong with the text."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"is not JSON: {error}") from error
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise ValueError(f"is not a checkpoint: its format is not {FORMAT!r}")
        if set(value) != _FIELDS:
            raise ValueError(f"has the fields {sorted(value)}, not {sorted(_FIELDS)}")
        if not isinstance(value["at"], str):
            raise ValueError("at is not a time such as 2024-09-07T09:00:00.000000Z")
        at = utc_time(value["at"])
        fields = {name: value[name] for name in ("seq", "hash", "public_key", "signature")}
        return cls(at=at, **fields)


def _message(seq: int, digest: str, at: dt.datetime, public_key: str) -> bytes:
    """What is signed; the label keeps it from being passed off as anything else that the site signs."""
    fields = {"seq": seq, "hash": digest, "at": utc_text(at), "public_key": public_key}
    return FORMAT.encode() + b"\x00" + canonical_json(fields).encode()

"""AES-256-GCM of small things that are in memory whole.

The layout is in `events.sealed`. Header and context are authenticated, not encrypted: what was sealed as one
thing cannot be passed off as another. A nonce is 96 random bits; a key seals a few things of one object, far
below the 2^32 of NIST SP 800-38D, section 8.3.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lfr_actors.errors import Tampered
from lfr_actors.events.sealed import HEADER_BYTES, MAGIC, NONCE_BYTES, key_id_of

__all__ = ["KEY_BYTES", "ObjectKey", "key_id_of", "seal", "unseal"]

KEY_BYTES: Final = 32
KEY_ID_DIGITS: Final = 32

_FINGERPRINT_LABEL: Final = b"lfr-actors object key fingerprint, version 1\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectKey:
    """The key of one object: `key_id` is 32 hex digits, `secret` 32 random bytes, never shown.

    Raises `ValueError` for another form; the error does not repeat what was given.
    """

    key_id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key_id) != KEY_ID_DIGITS or set(self.key_id) - set("0123456789abcdef"):
            raise ValueError("the id of a key is 32 lower-case hexadecimal digits")
        if len(self.secret) != KEY_BYTES:
            raise ValueError("the secret of a key is 32 bytes")

    @property
    def fingerprint(self) -> str:
        """32 hex digits of SHA-256 that identify the secret and do not help to find it."""
        return hashlib.sha256(_FINGERPRINT_LABEL + self.secret).hexdigest()[:32]


def seal(key: ObjectKey, plaintext: bytes, context: str) -> bytes:
    """Encrypt under an object's key; the same `context` must be given to open it. Adds 48 bytes."""
    header = MAGIC + bytes.fromhex(key.key_id)
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + AESGCM(key.secret).encrypt(nonce, plaintext, header + context.encode())


def unseal(key: ObjectKey, sealed: bytes, context: str) -> bytes:
    """What `seal` was given.

    Raises `Tampered` for what was altered, sealed under another key or sealed as something else.
    """
    if key_id_of(sealed) != key.key_id:
        raise Tampered(context, f"was sealed under another key, not under {key.key_id}")
    header, rest = sealed[:HEADER_BYTES], sealed[HEADER_BYTES:]
    try:
        return AESGCM(key.secret).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], header + context.encode())
    except InvalidTag as error:
        raise Tampered(context, "is not what was sealed, or was sealed as something else") from error

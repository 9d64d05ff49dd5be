"""Object keys as they lie in the key store: wrapped by AES-256-GCM under the key-encryption key.

What a key is (its id, kind and name) is authenticated with it, so that a wrapping cannot be moved to another
row. 12 bytes of nonce, then ciphertext and tag.
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lfr_actors.errors import Tampered
from lfr_actors.events.sealed import NONCE_BYTES
from lfr_actors.store.vault.kek import Kek
from lfr_actors.store.vault.sealing import ObjectKey

_KEY_LABEL: Final = "lfr-actors wrapped key, version 1"
_CHECK_LABEL: Final = "lfr-actors key store check, version 1"


def wrap(kek: Kek, key: ObjectKey, kind: str, name: str | None) -> bytes:
    """The key's secret under the key-encryption key: 60 bytes."""
    return _encrypt(kek, key.secret, _key_context(key.key_id, kind, name))


def unwrap(kek: Kek, wrapped: bytes, key_id: str, kind: str, name: str | None) -> ObjectKey:
    """The key that `wrap` was given. Raises `Tampered` when the row is not as it was written."""
    context = _key_context(key_id, kind, name)
    return ObjectKey(key_id=key_id, secret=_decrypt(kek, wrapped, context, f"key {key_id}"))


def make_check(kek: Kek, store_id: str) -> bytes:
    """A value by which a key store knows its key-encryption key."""
    return _encrypt(kek, store_id.encode(), _context(_CHECK_LABEL, store_id))


def verify_check(kek: Kek, check: bytes, store_id: str) -> None:
    """Raise `Tampered` when the check is not of this store under this key."""
    _decrypt(kek, check, _context(_CHECK_LABEL, store_id), "key store")


def _key_context(key_id: str, kind: str, name: str | None) -> bytes:
    return _context(_KEY_LABEL, key_id, kind, *([] if name is None else [name]))


def _context(*parts: str) -> bytes:
    """The parts, each with its length before it, so that no text can move from one into the next."""
    encoded = [part.encode("utf-8", "surrogateescape") for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _encrypt(kek: Kek, plaintext: bytes, context: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(kek.secret).encrypt(nonce, plaintext, context)


def _decrypt(kek: Kek, wrapped: bytes, context: bytes, what: str) -> bytes:
    try:
        return AESGCM(kek.secret).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:  # ValueError: cut shorter than a nonce
        raise Tampered(what, "its row in the key store is not as it was written: restore a backup") from error

"""The site's own Ed25519 key: what it signs can be checked by anybody who holds the public key.

It lies in the key store under its name, made on first use, wrapped like every other key.
"""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lfr_actors.store.vault.keys import Keys
from lfr_actors.store.vault.sealing import ObjectKey

SITE_KEY_NAME: Final = "site-signing"
SITE_KEY_KIND: Final = "site"

_FINGERPRINT_LABEL: Final = b"lfr-actors site key fingerprint, version 1\x00"


class SiteKey:
    """The site's signature. The private half never leaves this object and is not shown."""

    def __init__(self, seed: ObjectKey) -> None:
        """Sign with the key whose seed (RFC 8032, section 5.1.5) is this secret."""
        self._private = Ed25519PrivateKey.from_private_bytes(seed.secret)

    @classmethod
    def of(cls, keys: Keys) -> SiteKey:
        """The key of this site, made on first use."""
        return cls(keys.named_or_create(SITE_KEY_NAME, SITE_KEY_KIND))

    @classmethod
    def existing(cls, keys: Keys) -> SiteKey | None:
        """The key of this site, or None when it never signed anything."""
        seed = keys.named(SITE_KEY_NAME)
        return None if seed is None else cls(seed)

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._private.sign(message)

    @property
    def public_key(self) -> str:
        """The public key, 64 hex digits."""
        return self._private.public_key().public_bytes_raw().hex()

    @property
    def fingerprint(self) -> str:
        """32 hex digits of SHA-256 of the public key, to read out over the telephone."""
        return public_key_fingerprint(self.public_key)


def public_key_fingerprint(public_key: str) -> str:
    """The fingerprint of a public key given as 64 hex digits."""
    return hashlib.sha256(_FINGERPRINT_LABEL + bytes.fromhex(public_key)).hexdigest()[:32]

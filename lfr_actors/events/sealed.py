"""What a sealed part looks like from outside: which key it was sealed under can be told without any key.

    4 bytes  b"LFR" and the format's number, 1
   16 bytes  the id of the key
   12 bytes  a random nonce
        ...  AES-256-GCM ciphertext and its tag of 16 bytes

Sealing and opening are in `store.vault.sealing`.
"""

from __future__ import annotations

from typing import Final

from lfr_actors.errors import Tampered

MAGIC: Final = b"LFR\x01"
HEADER_BYTES: Final = 20
"""Magic and key id; authenticated together with the context."""
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16

_SHORTEST: Final = HEADER_BYTES + NONCE_BYTES + TAG_BYTES


def key_id_of(sealed: bytes) -> str:
    """The id (32 hex digits) of the key that this was sealed under. Raises `Tampered` for what is not sealed."""
    if len(sealed) < _SHORTEST or not sealed.startswith(MAGIC):
        raise Tampered("sealed part", "is not in the form in which anything is sealed")
    return sealed[len(MAGIC) : HEADER_BYTES].hex()

"""The secrets that webhooks are signed with, in the spelling of Standard Webhooks 1.0.

    whsec_…   shared by sender and receiver, 24 to 64 random bytes: HMAC-SHA256, signature `v1`
    whsk_…    private key of an Ed25519 pair, for the sender alone: signature `v1a`
    whpk_…    its public key, with which a receiver can verify and nobody can sign

After the underscore stands base64. A private key is its 32 bytes, or these followed by the 32 bytes of the public
key, as some tools write it. What is secret is never in a `repr`, a message or a log.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lfr_actors.errors import SecretRefused

SHORTEST_BYTES: Final = 24
LONGEST_BYTES: Final = 64
KEY_BYTES: Final = 32

_NEW_BYTES: Final = 32
_LARGEST_FILE_BYTES: Final = 4096
_RIGHT: Final = "`lfr webhooks secret` makes one"
_RIGHT_KEY: Final = "`lfr webhooks secret --key` makes one"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedSecret:
    """`whsec_…`: whoever has it can sign and verify."""

    key: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """As it is written in a file or a variable. Secret."""
        return _spelled("whsec_", self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyingKey:
    """`whpk_…`: verifies what the private key of the pair signed; not secret."""

    key: bytes

    @property
    def text(self) -> str:
        """As receivers write it."""
        return _spelled("whpk_", self.key)

    @property
    def public_key(self) -> Ed25519PublicKey:
        """The key as `cryptography` has it."""
        return Ed25519PublicKey.from_public_bytes(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """`whsk_…`: signs what receivers verify with its `verifying_key`."""

    key: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """As it is written in a file or a variable. Secret."""
        return _spelled("whsk_", self.key)

    @property
    def private_key(self) -> Ed25519PrivateKey:
        """The key as `cryptography` has it."""
        return Ed25519PrivateKey.from_private_bytes(self.key)

    @property
    def verifying_key(self) -> VerifyingKey:
        """What receivers need."""
        return VerifyingKey(key=self.private_key.public_key().public_bytes_raw())


SigningSecret = SharedSecret | SigningKey
"""What a sender signs with."""
VerifyingSecret = SharedSecret | VerifyingKey
"""What a receiver verifies with."""
Secret = SharedSecret | SigningKey | VerifyingKey


def new_secret() -> SharedSecret:
    """A random secret of 32 bytes, for one endpoint."""
    return SharedSecret(key=secrets.token_bytes(_NEW_BYTES))


def new_key() -> SigningKey:
    """A random Ed25519 key, for one endpoint."""
    return SigningKey(key=secrets.token_bytes(KEY_BYTES))


def parse_secret(text: str, what: str) -> Secret:
    """The secret that a text spells. Raises `SecretRefused` about `what`, without repeating the text."""
    text = text.strip()
    if not text:
        raise SecretRefused(what, f"is empty; {_RIGHT}")
    prefix, underscore, encoded = text.partition("_")
    key = _decoded(encoded) if underscore else None
    if prefix == "whsec":
        if key is None or not SHORTEST_BYTES <= len(key) <= LONGEST_BYTES:
            raise SecretRefused(
                what, f"is not whsec_ and {SHORTEST_BYTES} to {LONGEST_BYTES} bytes as base64; {_RIGHT}"
            )
        return SharedSecret(key=key)
    if prefix == "whpk":
        if key is None or len(key) != KEY_BYTES:
            raise SecretRefused(what, f"is not whpk_ and {KEY_BYTES} bytes as base64; {_RIGHT_KEY}")
        return VerifyingKey(key=key)
    if prefix == "whsk":
        return _signing_key(key, what)
    raise SecretRefused(
        what, f"is not a webhook secret: it begins with whsec_, whsk_ (private key) or whpk_; {_RIGHT}"
    )


def parse_signing(text: str, what: str) -> SigningSecret:
    """The secret that a sender signs with. Raises `SecretRefused`, also for a public key, which cannot sign."""
    secret = parse_secret(text, what)
    if isinstance(secret, VerifyingKey):
        raise SecretRefused(what, "is a public key (whpk_), which cannot sign; write the whsk_ or a whsec_")
    return secret


def read_secret(source: str | Path, environment: Mapping[str, str] = os.environ) -> Secret:
    """The secret in an environment variable (a `str`, its name) or in a file (a `Path`).

    Raises `SecretRefused` when it is not there or not a secret, and for a file that others may read.
    """
    if isinstance(source, Path):
        return parse_secret(_text_of(source), f"secret file {source}")
    if source not in environment:
        raise SecretRefused(source, f"is not set: set it to a webhook secret; {_RIGHT}")
    return parse_secret(environment[source], source)


def verifying(secret: Secret) -> VerifyingSecret:
    """What verifies what this secret signs: of a private key, its public key."""
    return secret.verifying_key if isinstance(secret, SigningKey) else secret


def _signing_key(key: bytes | None, what: str) -> SigningKey:
    if key is None or len(key) not in (KEY_BYTES, 2 * KEY_BYTES):
        raise SecretRefused(
            what, f"is not whsk_ and {KEY_BYTES} or {2 * KEY_BYTES} bytes as base64; {_RIGHT_KEY}"
        )
    signing = SigningKey(key=key[:KEY_BYTES])
    if len(key) > KEY_BYTES and signing.verifying_key.key != key[KEY_BYTES:]:
        raise SecretRefused(
            what, "is a private key followed by the public key of another; write the right one"
        )
    return signing


def _text_of(path: Path) -> str:
    what = f"secret file {path}"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise SecretRefused(what, f"cannot be read: {error.strerror}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SecretRefused(what, "is not a file")
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise SecretRefused(what, f"may be read by others: chmod 600 {path}")
        data = os.read(descriptor, _LARGEST_FILE_BYTES)
    finally:
        os.close(descriptor)
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise SecretRefused(what, f"is not text; {_RIGHT}") from None


def _decoded(encoded: str) -> bytes | None:
    """The bytes of base64 with or without its padding; None for anything else."""
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def _spelled(prefix: str, key: bytes) -> str:
    return prefix + base64.b64encode(key).decode("ascii")

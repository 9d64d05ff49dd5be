"""Signatures of webhooks as Standard Webhooks 1.0 has them; no clock and no I/O.

    webhook-id         the same at every attempt to deliver an event; a receiver's key against doubles
    webhook-timestamp  of the attempt, whole seconds since 1970
    webhook-signature  `v1,BASE64` (HMAC-SHA256) or `v1a,BASE64` (Ed25519), separated by spaces

What is signed is `ID.TIMESTAMP.BODY`, the body as the bytes that are sent. While a secret is being replaced, sender
or receiver holds both: one signature that fits one secret is enough.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lfr_actors.delivery.secrets import Secret, SharedSecret, SigningSecret, verifying
from lfr_actors.errors import SignatureRefused

ID_HEADER: Final = "webhook-id"
TIMESTAMP_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"

TOLERANCE: Final = dt.timedelta(minutes=5)
"""How far the clocks of sender and receiver may differ, with the way in between."""
MAX_SIGNATURES: Final = 16
"""More in one header are refused: each may cost a verification."""

_ID: Final = re.compile(r"[!-\-/-~]{1,256}")
"""Visible ASCII without the full stop, which separates the id from what follows it in what is signed."""
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


class Fault(StrEnum):
    """Why a webhook is not taken; the `what` of `SignatureRefused`."""

    MISSING = "missing"
    MALFORMED = "malformed"
    STALE = "stale"
    FUTURE = "from the future"
    NO_MATCH = "no match"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A webhook that is from whom it should be: its id, and when this attempt was signed (aware UTC)."""

    webhook_id: str
    signed_at: dt.datetime


def sign(secrets: Sequence[SigningSecret], webhook_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature for each secret, in their order.

    `timestamp` is in whole seconds since 1970. Raises `ValueError` without a secret, or for an id that is not
    visible ASCII without full stops.
    """
    if not secrets:
        raise ValueError("nothing to sign with; give at least one secret")
    if not _ID.fullmatch(webhook_id):
        raise ValueError("a webhook's id is 1 to 256 visible ASCII characters without a full stop")
    content = _signed_content(webhook_id, str(timestamp), body)
    return " ".join(_signature(secret, content) for secret in secrets)


def signed_headers(
    secrets: Sequence[SigningSecret], webhook_id: str, at: dt.datetime, body: bytes
) -> dict[str, str]:
    """The three headers of an attempt made `at` (aware). Raises `ValueError` as `sign` does."""
    timestamp = int(at.timestamp())
    return {
        ID_HEADER: webhook_id,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: sign(secrets, webhook_id, timestamp, body),
    }


def verify(
    secrets: Iterable[Secret],
    headers: Mapping[str, str],
    body: bytes,
    now: dt.datetime,
    tolerance: dt.timedelta = TOLERANCE,
) -> Verified:
    """Whether a webhook was signed with one of the secrets, about now.

    `headers` may be spelled in any case; `now` is aware. Signatures of versions that are not known are passed over.
    Whether the id was seen before is the receiver's to ask. Raises `SignatureRefused`, whose `what` is a `Fault`.
    """
    found = _own_headers(headers)
    webhook_id, timestamp = found[ID_HEADER], found[TIMESTAMP_HEADER]
    if not _ID.fullmatch(webhook_id):
        raise SignatureRefused(Fault.MALFORMED, f"{ID_HEADER} is not visible ASCII without full stops")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureRefused(Fault.MALFORMED, f"{TIMESTAMP_HEADER} is not whole seconds since 1970")
    signatures = _signatures(found[SIGNATURE_HEADER])
    signed_at = _checked_time(int(timestamp), now, tolerance)
    content = _signed_content(webhook_id, timestamp, body)
    # every pair is tried, so that the time does not tell which secret it was
    matches = [_matches(secret, signatures, content) for secret in secrets]
    if not any(matches):
        raise SignatureRefused(Fault.NO_MATCH, "no signature fits any secret of this receiver")
    return Verified(webhook_id=webhook_id, signed_at=signed_at)


def _signed_content(webhook_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{webhook_id}.{timestamp}.".encode("ascii") + body


def _signature(secret: SigningSecret, content: bytes) -> str:
    if isinstance(secret, SharedSecret):
        return "v1," + base64.b64encode(_hmac(secret, content)).decode("ascii")
    return "v1a," + base64.b64encode(secret.private_key.sign(content)).decode("ascii")


def _hmac(secret: SharedSecret, content: bytes) -> bytes:
    return hmac.new(secret.key, content, hashlib.sha256).digest()


def _own_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The three headers by their names in lower case; each once."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        if key in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER):
            if key in found:
                raise SignatureRefused(Fault.MALFORMED, f"{key} is there twice")
            found[key] = value
    for key in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER):
        if not found.get(key):
            raise SignatureRefused(Fault.MISSING, f"{key} is not there")
    return found


def _signatures(value: str) -> list[tuple[str, bytes]]:
    """Version and bytes of each signature that can be read; one that cannot be hides no other."""
    entries = value.split(" ")
    if len(entries) > MAX_SIGNATURES:
        raise SignatureRefused(Fault.MALFORMED, f"more than {MAX_SIGNATURES} signatures")
    found = []
    for entry in entries:
        version, comma, encoded = entry.partition(",")
        try:
            signature = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            continue
        if comma and version and signature:
            found.append((version, signature))
    if not found:
        raise SignatureRefused(Fault.MALFORMED, f"{SIGNATURE_HEADER} holds no VERSION,BASE64")
    return found


def _checked_time(timestamp: int, now: dt.datetime, tolerance: dt.timedelta) -> dt.datetime:
    try:
        signed_at = dt.datetime.fromtimestamp(timestamp, dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise SignatureRefused(Fault.FUTURE, f"{TIMESTAMP_HEADER} is beyond every calendar") from None
    age_s = (now - signed_at).total_seconds()
    if age_s > tolerance.total_seconds():
        raise SignatureRefused(
            Fault.STALE, f"signed {age_s:.0f} s ago; at most {tolerance.total_seconds():.0f} s are allowed"
        )
    if -age_s > tolerance.total_seconds():
        raise SignatureRefused(Fault.FUTURE, f"signed {-age_s:.0f} s from now; set the clocks right")
    return signed_at


def _matches(secret: Secret, signatures: Sequence[tuple[str, bytes]], content: bytes) -> bool:
    known = verifying(secret)
    if isinstance(known, SharedSecret):
        expected = _hmac(known, content)
        fits = [hmac.compare_digest(expected, given) for version, given in signatures if version == "v1"]
        return any(fits)
    key = known.public_key
    fits = [_is_signed_by(key, given, content) for version, given in signatures if version == "v1a"]
    return any(fits)


def _is_signed_by(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True

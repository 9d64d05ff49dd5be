"""Speaking of a subject without naming it: a keyed hash that the deployment alone can tie to a person."""

from __future__ import annotations

import hashlib
import hmac


def commitment(secret: bytes, subject_id: str) -> str:
    """HMAC-SHA-256 (hex) of a subject id under a deployment's secret.

    The same for the same subject in one deployment, unrelated in another; once the secret is destroyed nobody
    can find out whom it meant, not even by trying every name there is.
    """
    return hmac.new(secret, b"subject\x00" + subject_id.encode(), hashlib.sha256).hexdigest()

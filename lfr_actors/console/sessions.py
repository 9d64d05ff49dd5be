"""How a session stands: what the time makes of it. Pure.

opened ─► (idle for the site's time) locked ─► unlocked with the password ─► …
   └────► 12 hours after it was opened, whatever happened since: ended
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets
from enum import StrEnum
from typing import Final

from lfr_actors.store.sessions import SessionRow

ABSOLUTE_LIFE: Final = dt.timedelta(hours=12)
TOUCH_EVERY: Final = dt.timedelta(seconds=15)
"""Activity is noted this often at most: a note is a write, and pages ask for much."""
_TOKEN_BYTES: Final = 32


class Standing(StrEnum):
    """What a session is good for now."""

    OPEN = "open"
    LOCKED = "locked"
    ENDED = "ended"


def standing(row: SessionRow, now: dt.datetime, idle_lock: dt.timedelta) -> Standing:
    """How a session stands at `now` (aware), where it locks after `idle_lock` without a sign of somebody."""
    if now - row.opened_at >= ABSOLUTE_LIFE:
        return Standing.ENDED
    if row.locked_at is not None or now - row.active_at >= idle_lock:
        return Standing.LOCKED
    return Standing.OPEN


def is_to_be_touched(row: SessionRow, now: dt.datetime) -> bool:
    """Whether activity at `now` is to be noted."""
    return now - row.active_at >= TOUCH_EVERY


def new_token() -> str:
    """256 random bits, as text that a cookie and a header can hold."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_TOKEN_BYTES)).decode().rstrip("=")


def token_hash(token: str) -> str:
    """What the database knows of a token: its SHA-256 in hex. It is random, so no slow hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()

"""Links to pictures of an alert for consumers of webhooks: signed, for one picture, good for five minutes.

    courier ─► link in the delivery ─► consumer fetches it from the console ─► `access.viewed`

Pictures are never pushed. A link is signed under the deployment's secret, so that every process with the keys
can make and check one, none is kept anywhere, and all of them end when the secret is erased. It names the
endpoint it was made for, and whoever fetches it acts as that one.

    token = base64url(JSON) "." base64url(HMAC-SHA256 over the first part)
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lfr_actors.delivery.bodies import PictureLink
from lfr_actors.errors import Refused
from lfr_actors.events.chain import canonical_json

if TYPE_CHECKING:
    from lfr_actors.delivery.told_of_alerts import MakeLink
    from lfr_actors.store.store import Store

LINK_LIFETIME: Final = dt.timedelta(minutes=5)
PATH: Final = "/api/v1/pictures/"
_PURPOSE: Final = b"lfr picture link v1"
_LONGEST: Final = 2_000
"""Characters of a token; nothing longer is looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureGrant:
    """What a link gives: one picture of one alert, to one endpoint, until a moment (aware, whole seconds)."""

    deployment_id: str
    alert_id: str
    kind: str
    endpoint: str
    expires_at: dt.datetime

    @property
    def who(self) -> str:
        """As whom the log knows the one who fetches it."""
        return f"webhook:{self.endpoint}"


class PictureLinks:
    """Makes the links of one deployment. `console` is where it answers, such as `https://lfr.example.org`."""

    def __init__(self, deployment_id: str, secret: bytes, console: str) -> None:
        self._deployment_id, self._secret = deployment_id, secret
        self._console = console.rstrip("/")

    def picture_link(self, alert_id: str, kind: str, endpoint: str, now: dt.datetime) -> PictureLink:
        """A link that is good for `LINK_LIFETIME` from now, which is aware."""
        grant = PictureGrant(
            deployment_id=self._deployment_id,
            alert_id=alert_id,
            kind=kind,
            endpoint=endpoint,
            expires_at=(now + LINK_LIFETIME).replace(microsecond=0),
        )
        url = f"{self._console}{PATH}{sign_grant(grant, self._secret)}"
        return PictureLink(kind=kind, url=url, expires_at=grant.expires_at)


def links_of(store: Store, deployment_id: str, console: str) -> MakeLink:
    """What makes links to pictures of a deployment; its secret is asked for with the first one."""
    made: list[PictureLinks] = []

    def make(alert_id: str, kind: str, endpoint: str, now: dt.datetime) -> PictureLink:
        if not made:
            made.append(PictureLinks(deployment_id, store.known_secret(deployment_id), console))
        return made[0].picture_link(alert_id, kind, endpoint, now)

    return make


def sign_grant(grant: PictureGrant, secret: bytes) -> str:
    """The token of a link under a deployment's secret (32 bytes)."""
    said = {
        "deployment": grant.deployment_id,
        "alert": grant.alert_id,
        "kind": grant.kind,
        "endpoint": grant.endpoint,
        "expires": int(grant.expires_at.timestamp()),
    }
    payload = _to_text(canonical_json(said).encode())
    return f"{payload}.{_to_text(_signature(payload, secret))}"


def read_grant(token: str, secret_of: Callable[[str], bytes], now: dt.datetime) -> PictureGrant:
    """What a token gives. `secret_of` knows the secret of a deployment, and raises what it raises.

    Raises `Refused` for one that is malformed, forged or expired; nothing of it is believed before.
    """
    payload, _, signature = token.partition(".")
    try:
        if len(token) > _LONGEST:
            raise ValueError
        grant = _grant(json.loads(_from_text(payload)))
        given = _from_text(signature)
    except (ValueError, KeyError, TypeError, OverflowError, OSError, binascii.Error, RecursionError):
        raise Refused("picture link", "is malformed") from None
    if not hmac.compare_digest(given, _signature(payload, secret_of(grant.deployment_id))):
        raise Refused("picture link", "was not made here, or was changed")
    if now >= grant.expires_at:
        minutes = LINK_LIFETIME // dt.timedelta(minutes=1)
        raise Refused("picture link", f"has expired: a link is good for {minutes} minutes")
    return grant


def _grant(said: dict[str, object]) -> PictureGrant:
    texts = {name: said[name] for name in ("deployment", "alert", "kind", "endpoint")}
    expires = said["expires"]
    if not all(isinstance(value, str) for value in texts.values()) or not isinstance(expires, int):
        raise TypeError
    return PictureGrant(
        deployment_id=str(texts["deployment"]),
        alert_id=str(texts["alert"]),
        kind=str(texts["kind"]),
        endpoint=str(texts["endpoint"]),
        expires_at=dt.datetime.fromtimestamp(expires, dt.UTC),
    )


def _signature(payload: str, secret: bytes) -> bytes:
    """Under a key of its own, drawn from the secret: ids and commitments are made with the secret itself."""
    own = hmac.digest(secret, _PURPOSE, hashlib.sha256)
    return hmac.digest(own, payload.encode(), hashlib.sha256)


def _to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_text(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)

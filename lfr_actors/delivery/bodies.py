"""What a webhook says: one typed, versioned JSON object for each kind of event.

    {"type": "alert.raised", "version": 3, "id": "…", "seq": 812, "timestamp": "2024-09-07T12:00:01.250000Z",
     "deployment": "wrexham-2024-09-07", "data": {…}, "subject": {…}, "pictures": [{"kind", "url", "expires_at"}]}

`data` is the public part of the event: nobody's name, no picture, no biometric data. `subject` and `pictures` are
there only where the endpoint asks for them and the policy allows it; a picture is an address to fetch it from, for
some minutes. `seq` grows along the log, with gaps where an endpoint is not told of everything; `timestamp` is when
the event was written. `schemas` says the same in JSON Schema.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, NoReturn, TypeVar

from lfr_actors.errors import BodyRefused
from lfr_actors.events.chain import canonical_json
from lfr_actors.events.codec import Json, decode, encode, utc_text, utc_time
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import BODIES, SITE, EventBody, KnownBody, from_public

MEDIA_TYPE: Final = "application/json"

_NEVER_DELIVERED: Final = ("webhook.", "account.", "token.", "access.")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTest:
    """Somebody tries whether an endpoint takes what it is sent; nothing happened."""

    NAME: ClassVar[str] = "webhook.test"
    VERSION: ClassVar[int] = 1

    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFacts:
    """Whom an alert is about, as the watchlist has it. Personal: it goes when the alert is erased.

    `date_of_birth` is as the list has it; None where the list says nothing.
    """

    subject_id: str = field(repr=False)
    category: str | None = None
    priority: str | None = None
    legal_basis: str | None = None
    date_of_birth: str | None = field(default=None, repr=False)
    notes: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLink:
    """Where a picture of an alert can be fetched until `expires_at`; each fetch is written to the log.

    `kind` is probe, context, or list-0, list-1 and so on.
    """

    kind: str
    url: str = field(repr=False)
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """An event as a receiver gets it.

    `body` is the typed event of `lfr_actors.events`, a `WebhookTest`, or an `OpaqueBody` where this software does
    not know the type or its version. `seq` is 0 for a test. `at` is aware UTC.
    """

    type: str
    version: int
    id: str
    seq: int
    at: dt.datetime
    deployment: str
    body: EventBody | WebhookTest
    subject: SubjectFacts | None = None
    pictures: tuple[PictureLink, ...] = ()


def is_delivered(name: str) -> bool:
    """Whether events of this name are ever delivered: not those about webhooks, accounts, tokens or who looked."""
    return not name.startswith(_NEVER_DELIVERED)


DELIVERED: Final[tuple[type[KnownBody], ...]] = tuple(kind for kind in BODIES if is_delivered(kind.NAME))
"""Every kind of event that may be delivered, in the order in which a deployment meets them."""


def body_of(
    event: StoredEvent, *, subject: SubjectFacts | None = None, pictures: Sequence[PictureLink] = ()
) -> bytes:
    """The content of a webhook about an event: canonical JSON, so the same event is always the same bytes.

    Raises `ValueError` for an event that is never delivered, `StoreError` for one that is not readable.
    """
    if not is_delivered(event.name):
        raise ValueError(f"{event.name} is never delivered")
    document: Json = {
        "type": event.name,
        "version": event.version,
        "id": event.event_id,
        "seq": event.seq,
        "timestamp": event.written_at,
        "deployment": event.deployment_id,
        "data": event.public,
    }
    if subject is not None:
        document["subject"] = encode(subject)
    if pictures:
        document["pictures"] = [encode(picture) for picture in pictures]
    return canonical_json(document).encode("ascii")


def trial_body(endpoint: str, webhook_id: str, at: dt.datetime, deployment: str = SITE) -> bytes:
    """The content of a webhook that only tries an endpoint."""
    return canonical_json(
        {
            "type": WebhookTest.NAME,
            "version": WebhookTest.VERSION,
            "id": webhook_id,
            "seq": 0,
            "timestamp": utc_text(at),
            "deployment": deployment,
            "data": encode(WebhookTest(endpoint=endpoint)),
        }
    ).encode("ascii")


def read_body(content: bytes) -> WebhookEvent:
    """The event that `body_of` or `trial_body` wrote. Keys that are not known are passed over.

    Raises `BodyRefused` naming what is not in the published form.
    """
    document = _object(_parsed(content), "the content")
    name, version = _of(document, "type", str), _of(document, "version", int)
    data = _object(_of(document, "data", dict), "data")
    try:
        body: EventBody | WebhookTest = (
            decode(WebhookTest, data)
            if (name, version) == (WebhookTest.NAME, WebhookTest.VERSION)
            else from_public(name, version, data)
        )
        return WebhookEvent(
            type=name,
            version=version,
            id=_of(document, "id", str),
            seq=_of(document, "seq", int),
            at=utc_time(_of(document, "timestamp", str)),
            deployment=_of(document, "deployment", str),
            body=body,
            subject=_subject(document.get("subject")),
            pictures=tuple(decode(PictureLink, _object(each, "a picture")) for each in _pictures(document)),
        )
    except (TypeError, ValueError, OverflowError) as error:  # the last: a whole number no float can hold
        raise BodyRefused(f"webhook {name}", str(error)) from None


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_not_a_number)
    except UnicodeDecodeError:
        raise BodyRefused("webhook", "is not UTF-8") from None
    except (ValueError, RecursionError):
        raise BodyRefused("webhook", "is not JSON") from None


def _not_a_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BodyRefused("webhook", f"{what} is not a JSON object")
    return value


def _of(document: Mapping[str, Any], key: str, kind: type[Value]) -> Value:
    value = document.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BodyRefused("webhook", f"{key!r} is missing or not of its type")
    return value


def _subject(value: Any) -> SubjectFacts | None:
    return None if value is None else decode(SubjectFacts, _object(value, "subject"))


def _pictures(document: Mapping[str, Any]) -> Sequence[Any]:
    return _of(document, "pictures", list) if "pictures" in document else ()

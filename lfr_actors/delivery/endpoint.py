"""An endpoint as the courier needs it: where, signed with what, told of which events, and how much of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from pydantic import SecretStr

from lfr_actors.delivery.addresses import NOTHING_PRIVATE, Allowance
from lfr_actors.delivery.patterns import names_of
from lfr_actors.delivery.secrets import SigningSecret, parse_signing, read_secret
from lfr_actors.errors import Refused

if TYPE_CHECKING:
    from lfr_actors.spec.webhook import Webhook

SUBJECT: Final = "subject"
PICTURES: Final = "pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What the site lets webhooks tell beyond the public part of events; nothing unless it says so."""

    allow_subject: bool = False
    allow_pictures: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint; it pickles. Neither its address nor its secrets are in its `repr`.

    `names` are those of the events it is told of; `secrets` sign, all of them, in this order.
    """

    name: str
    url: str = field(repr=False)
    secrets: tuple[SigningSecret, ...] = field(repr=False)
    names: frozenset[str]
    subject: bool = False
    pictures: bool = False
    allowance: Allowance = NOTHING_PRIVATE
    timeout_s: float = 10.0

    @property
    def host(self) -> str:
        """Host and port: what may be shown of the address."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}{f':{parts.port}' if parts.port else ''}"

    @classmethod
    def of(cls, webhook: Webhook, disclosure: Disclosure) -> Self:
        """The endpoint that a deployment file describes.

        Raises `Refused` for what the site does not let it be told, `SecretRefused` for a file without a secret.
        """
        for asked, allowed in (
            (SUBJECT, disclosure.allow_subject),
            (PICTURES, disclosure.allow_pictures),
        ):
            if asked in webhook.include and not allowed:
                reason = f"the site does not allow it; write webhooks: {{allow_{asked}: true}} into site.yaml"
                raise Refused(f"webhook {webhook.name}: include: [{asked}]", reason)
        return cls(
            name=webhook.name,
            url=webhook.url,
            secrets=tuple(_secrets(webhook)),
            names=names_of(webhook.events),
            subject=SUBJECT in webhook.include,
            pictures=PICTURES in webhook.include,
            allowance=Allowance.parse(webhook.allow),
            timeout_s=webhook.timeout.total_seconds(),
        )


def endpoints_of(webhooks: Iterable[Webhook], disclosure: Disclosure) -> tuple[Endpoint, ...]:
    """The endpoints of a deployment file, in its order. Raises as `Endpoint.of` does."""
    return tuple(Endpoint.of(webhook, disclosure) for webhook in webhooks)


def _secrets(webhook: Webhook) -> Iterable[SigningSecret]:
    yield _secret(webhook.name, webhook.secret, webhook.secret_file)
    if webhook.next_secret is not None or webhook.next_secret_file is not None:
        yield _secret(webhook.name, webhook.next_secret, webhook.next_secret_file)


def _secret(name: str, written: SecretStr | None, file: Path | None) -> SigningSecret:
    what = f"webhook {name}"
    if file is not None:
        return parse_signing(read_secret(file).text, f"{what}: secret file {file}")
    return parse_signing("" if written is None else written.get_secret_value(), what)

"""An endpoint that is told of a deployment's events.

webhooks:
  - name: command-and-control
    url: https://c2.example.org/lfr
    events: [alert.*, outcome.*]
    secret: ${C2_SECRET}              # whsec_… (HMAC) or whsk_… (Ed25519); or secret_file: FILE
    next_secret: ${C2_NEXT_SECRET}    # while secrets change, both sign
    include: [subject, pictures]      # only where site.yaml allows it
    allow: [10.20.0.0/16]             # networks and hosts that may be private
    timeout: 10s
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    Field,
    SecretStr,
    ValidationInfo,
    field_serializer,
    field_validator,
    model_validator,
)

from lfr_actors.delivery.addresses import Allowance, destination
from lfr_actors.delivery.patterns import DEFAULT_PATTERNS, names_of
from lfr_actors.delivery.secrets import parse_signing
from lfr_actors.errors import SecretRefused
from lfr_actors.spec.duration import Duration
from lfr_actors.spec.part import Identifier, Part, Text, base_folder

Extra = Literal["subject", "pictures"]

LEAST_TIMEOUT: Final = dt.timedelta(seconds=1)
LONGEST_TIMEOUT: Final = dt.timedelta(seconds=60)


class Webhook(Part):
    """An endpoint, known by its `name`; neither its secrets nor more of its address than the host is ever shown.

    `secret_file` and `next_secret_file` are absolute paths. `include`: what is told beyond the public part of an
    event. An answer must have come within `timeout`.
    """

    name: Identifier
    allow: tuple[Text, ...] = ()  # before url, whose check needs it
    url: str = Field(repr=False)
    events: tuple[Text, ...] = Field(default=DEFAULT_PATTERNS, min_length=1)
    secret: SecretStr | None = None
    secret_file: Path | None = None
    next_secret: SecretStr | None = None
    next_secret_file: Path | None = None
    include: tuple[Extra, ...] = ()
    timeout: Duration = dt.timedelta(seconds=10)

    @field_validator("allow")
    @classmethod
    def _networks_and_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        Allowance.parse(value)
        return value

    @field_validator("url")
    @classmethod
    def _may_be_sent_to(cls, value: str, info: ValidationInfo) -> str:
        if "allow" in info.data:  # else it is wrong, and said so
            destination(value, Allowance.parse(info.data["allow"]))
        return value

    @field_validator("events")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names_of(value)
        return value

    @field_validator("secret", "next_secret")
    @classmethod
    def _signs(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            if value is not None:
                parse_signing(value.get_secret_value(), "secret")
        except SecretRefused as error:
            raise ValueError(error.reason) from None
        return value

    @field_validator("secret_file", "next_secret_file", mode="before")
    @classmethod
    def _absolute(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str | Path):
            return value
        return (base_folder(info) / Path(str(value).strip()).expanduser()).resolve()

    @field_validator("timeout")
    @classmethod
    def _in_time(cls, value: dt.timedelta) -> dt.timedelta:
        if not LEAST_TIMEOUT <= value <= LONGEST_TIMEOUT:
            raise ValueError("is out of range; write 1s to 60s")
        return value

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if (self.secret is None) == (self.secret_file is None):
            raise ValueError("needs one secret to sign with; write secret: ${NAME} or secret_file: FILE")
        if self.next_secret is not None and self.next_secret_file is not None:
            raise ValueError("has its next secret twice; keep next_secret or next_secret_file")
        return self

    @property
    def shown(self) -> str:
        """Scheme, host and port: tokens often stand in paths and queries."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}/…"

    @field_serializer("url")
    def _without_token(self, _url: str) -> str:
        return self.shown

    @field_serializer("secret", "next_secret")
    def _without_secret(self, secret: SecretStr | None) -> str | None:
        return None if secret is None else "…"

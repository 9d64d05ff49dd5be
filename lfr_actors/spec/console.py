"""The operators' console: where it is served, and how people get there."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator, model_validator

from lfr_actors.spec.duration import Duration
from lfr_actors.spec.part import Part, Text, base_folder

_HEADER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class Tls(Part):
    """Certificate (with its chain) and key, PEM files; absolute paths."""

    certificate: Path
    key: Path

    @field_validator("certificate", "key", mode="before")
    @classmethod
    def _absolute(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str | Path):
            return value
        return (base_folder(info) / Path(str(value).strip()).expanduser()).resolve()


class Proxy(Part):
    """A reverse proxy that signs people in (OIDC or otherwise) and names the account in `user_header`.

    The header is believed from these addresses alone; the account must be known here, which says its role.
    """

    user_header: Text
    addresses: tuple[str, ...] = Field(min_length=1)

    @field_validator("user_header")
    @classmethod
    def _is_a_header(cls, value: str) -> str:
        if not _HEADER.fullmatch(value):
            raise ValueError(
                "is not the name of a header; write letters, digits and dashes: X-Forwarded-User"
            )
        return value

    @field_validator("addresses")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                network = ipaddress.ip_network(each)
            except ValueError:
                raise ValueError(
                    f"{each!r} is not an address or network; write 127.0.0.1 or 10.0.0.0/28"
                ) from None
            if network.prefixlen == 0:
                raise ValueError(f"{each!r} is everybody; write the proxy's own address")
        return value


class Console(Part):
    """Without `tls` it is served on the loopback interface alone. `idle_lock`: then the password is asked again.

    `public_url` is the address at which others reach it, for links in webhooks.
    """

    port: int = Field(ge=1, le=65_535)
    host: Text = "127.0.0.1"
    tls: Tls | None = None
    proxy: Proxy | None = None
    public_url: Text | None = None
    idle_lock: Duration = dt.timedelta(minutes=10)

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        value = value.rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username is not None:
            raise ValueError("is not the address of a console; write https://HOST or https://HOST:PORT")
        if parts.path or parts.query or parts.fragment:
            raise ValueError("names more than a host: pages have their own paths; write https://HOST")
        return value

    @field_validator("idle_lock")
    @classmethod
    def _locks(cls, value: dt.timedelta) -> dt.timedelta:
        if not dt.timedelta(minutes=1) <= value <= dt.timedelta(hours=1):
            raise ValueError("is out of range; write 1m to 60m")
        return value

    @model_validator(mode="after")
    def _not_in_clear(self) -> Self:
        if self.tls is None and not _is_loopback(self.host):
            raise ValueError(
                f"serves {self.host} without TLS; add tls: {{certificate: FILE, key: FILE}}, or take host out"
            )
        return self


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

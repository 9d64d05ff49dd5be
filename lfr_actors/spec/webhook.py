"""An endpoint that is told of a deployment's events."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_serializer, field_validator

from lfr_actors.spec.part import Part, Text


class Webhook(Part):
    """An endpoint; neither its secret nor more of its address than the host is ever shown."""

    url: str = Field(repr=False)
    events: tuple[Text, ...] = ()
    secret: SecretStr | None = None

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("is not a web address; write https://HOST/PATH")
        return value

    @property
    def shown(self) -> str:
        """Scheme, host and port: tokens often stand in paths and queries."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}/…"

    @field_serializer("url")
    def _without_token(self, _url: str) -> str:
        return self.shown

    @field_serializer("secret")
    def _without_secret(self, secret: SecretStr | None) -> str | None:
        return None if secret is None else "…"

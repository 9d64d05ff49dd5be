"""What the sign for the street says beyond the rest of the file: where the record is, where to ask, Welsh names.

notice:
  record: https://www.example.police.uk/lfr/wrexham-2024-09-07   # printed as a QR code, too
  ask: lfr@example.police.uk, or 101
  welsh: {force: Heddlu Gogledd Cymru, location: Wrecsam, ask: lfr@example.police.uk neu 101}
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from pydantic import field_validator

from lfr_actors.spec.part import Part, Text

_RIGHT: Final = "write the https address of a page: https://HOST/PATH"


class WelshNames(Part):
    """How the Welsh sign names things; what is not given stands there as it does in English."""

    force: Text | None = None
    provider: Text | None = None
    location: Text | None = None
    ask: Text | None = None


class Notice(Part):
    """`record`: the address at which the deployment's record is, or will be, published. `ask`: where to ask."""

    ask: Text
    record: Text | None = None
    welsh: WelshNames = WelshNames()

    @field_validator("record")
    @classmethod
    def _is_a_page(cls, value: str | None) -> str | None:
        return None if value is None else check_page(value)


def check_page(address: str) -> str:
    """The address itself; `ValueError` (what is wrong; what is right) unless it is a public https address.

    A password in it would hang in the street; a fragment or a space does not survive every scanner.
    """
    if not address.isascii() or not address.isprintable() or " " in address:
        raise ValueError(f"holds characters that an address cannot have; {_RIGHT}")
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"is not an address; {_RIGHT}") from None
    if parts.scheme != "https" or not host or "." not in host.strip("."):
        raise ValueError(f"is not the address of a public page; {_RIGHT}")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"holds a user or a password, which everybody would read; {_RIGHT}")
    if parts.fragment:
        raise ValueError(f"ends in a fragment (#…), which not every scanner follows; {_RIGHT}")
    return address

"""Sign-in by a reverse proxy: whom its header names, and when it is believed. Pure.

Whoever may send requests from one of the proxy's addresses may name any account: only the proxy itself may be
there, and it has to take the header out of what it is sent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from lfr_actors.people import is_account_name
from lfr_actors.spec.console import Proxy


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the proxy says: `account`, None where it names nobody; or `refusal`, why it cannot be believed."""

    account: str | None = None
    refusal: str | None = None


def named_by(proxy: Proxy, values: Sequence[str], remote: str | None) -> Named:
    """Who is named by the header's `values` (one for each time it was sent) in a request from `remote`."""
    if not values:
        return Named()
    if not is_from(proxy, remote):
        return Named(
            refusal=f"{proxy.user_header} is believed from the proxy alone, and this came from elsewhere"
        )
    if len(values) != 1:
        return Named(refusal=f"{proxy.user_header} was sent {len(values)} times: the proxy must replace it")
    if not is_account_name(values[0]):
        return Named(refusal=f"{proxy.user_header} does not hold the name of an account")
    return Named(account=values[0])


def is_from(proxy: Proxy, remote: str | None) -> bool:
    """Whether an address is one of the proxy's."""
    try:
        address = ipaddress.ip_address((remote or "").partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in ipaddress.ip_network(each) for each in proxy.addresses)

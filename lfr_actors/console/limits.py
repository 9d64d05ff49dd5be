"""How often signing in may fail: a few times for nothing, then waits that double up to a bound. Pure.

Nobody is locked out for ever: a wait ends by itself, and attempts during it are not counted, so that no stranger
can keep an account waiting longer than the bound. Five minutes are 288 attempts a day, which a password of twelve
characters stands.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from typing import Final

_FREE_OF_ACCOUNT: Final = 3
_FREE_OF_ADDRESS: Final = 10
_FREE_OF_SESSION: Final = 5
_MOST_OF_ACCOUNT_S: Final = 300.0
_MOST_OF_ADDRESS_S: Final = 900.0
_IPV6_SITE: Final = 64
"""One household or machine has as many IPv6 addresses as it likes within this prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubling:
    """After `free` failures of `subject`, the wait is 1 s, and twice as long after each further one."""

    subject: str
    free: int
    most_s: float

    def wait_s(self, failures: int, since_last_s: float) -> float:
        """Seconds from now on in which nothing is tried, given when the last failure was; 0 when one may try."""
        over = failures - self.free
        if over < 0:
            return 0.0
        wait = math.inf if math.isinf(self.most_s) else min(2.0 ** min(over, 64), self.most_s)
        return max(0.0, wait - max(0.0, since_last_s))


def of_account(name: str) -> Doubling:
    """For an account, whether there is one of the name or not: both must look alike from outside."""
    return Doubling(subject=f"account:{name}", free=_FREE_OF_ACCOUNT, most_s=_MOST_OF_ACCOUNT_S)


def of_address(address: str) -> Doubling:
    """For where attempts come from: an IPv4 address, or the /64 around an IPv6 address."""
    return Doubling(subject=f"address:{_site(address)}", free=_FREE_OF_ADDRESS, most_s=_MOST_OF_ADDRESS_S)


def of_session(token_hash: str) -> Doubling:
    """For passwords tried in a session, to unlock it: after five wrong ones none is right any more."""
    return Doubling(subject=f"session:{token_hash}", free=_FREE_OF_SESSION, most_s=math.inf)


def _site(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped or ipaddress.ip_network((parsed, _IPV6_SITE), strict=False))

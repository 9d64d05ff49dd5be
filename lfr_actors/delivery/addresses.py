"""Where a webhook may be sent: rules about web addresses and about the addresses that names lead to. No I/O.

An endpoint is told to us, so it may be hostile, or become so: a name that leads into the network of the police
station, a number that only some resolvers take for `127.0.0.1`, a tunnel with a private address inside. What is not
globally reachable unicast is refused; private networks are open to whom `allow` of the endpoint names.

Source of the ranges: IANA's IPv4 and IPv6 special-purpose address registries (RFC 6890 and its updates).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOCALHOST: Final = "localhost"
MAX_URL_CHARACTERS: Final = 2000

_RANGES: Final[tuple[tuple[Network, str], ...]] = tuple(
    (ipaddress.ip_network(text), what)
    for text, what in (
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared address space of a provider"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("240.0.0.0/4", "reserved"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "a local translation to IPv4"),
        ("2001::/32", "a Teredo tunnel"),
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "a 6to4 tunnel"),
        ("3fff::/20", "for documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
    )
)
"""What is refused unless allowed by name; the first that fits gives the reason."""

_NEVER: Final[tuple[tuple[Network, str], ...]] = tuple(
    (ipaddress.ip_network(text), what)
    for text, what in (
        ("0.0.0.0/8", "unspecified"),
        ("::/128", "unspecified"),
        ("224.0.0.0/4", "multicast"),
        ("ff00::/8", "multicast"),
        ("255.255.255.255/32", "broadcast"),
        ("169.254.169.254/32", "the metadata service of a cloud"),
        ("169.254.170.2/32", "the metadata service of a cloud"),
        ("100.100.100.200/32", "the metadata service of a cloud"),
        ("192.0.0.192/32", "the metadata service of a cloud"),
        ("fd00:ec2::254/128", "the metadata service of a cloud"),
    )
)
"""What is refused whatever is allowed."""

_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
_ISATAP: Final = (0x00005EFE, 0x02005EFE)
"""The upper half of the interface identifier of an ISATAP address (RFC 5214); the lower is IPv4."""

_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LOOKS_LIKE_A_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)")
"""As the URL standard tells an IPv4 address from a name: by the last label."""
_URL_CHARACTERS: Final = re.compile(r"[!-\[\]-~]*")
"""Visible ASCII without the backslash, which some readers take for a slash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What an endpoint's `allow` opens: networks, and hosts by name whose addresses may be private."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Allowance:
        """From addresses, networks (`10.1.0.0/16`) and host names.

        Raises `ValueError`, `what is wrong; what is right`, for anything else and for a network of everything.
        """
        networks: list[Network] = []
        hosts: set[str] = set()
        for entry in entries:
            network = _network(entry)
            if network is not None:
                networks.append(network)
            elif len(entry) <= 253 and _NAME.fullmatch(entry) and not _LOOKS_LIKE_A_NUMBER.fullmatch(entry):
                hosts.add(entry.lower())
            else:
                raise ValueError(
                    f"{entry!r} is neither a network nor a host; write 10.1.0.0/16 or a host's name"
                )
        return cls(networks=tuple(networks), hosts=frozenset(hosts))

    def covers(self, address: Address, host: str | None) -> bool:
        """Whether an address, to which `host` led, was allowed by name."""
        if host is not None and host.lower() in self.hosts:
            return True
        return any(address in network for network in self.networks if network.version == address.version)


NOTHING_PRIVATE: Final = Allowance()


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an address that may be used leads. `address` is set where the host is written as one."""

    scheme: str
    host: str
    port: int
    address: Address | None


def destination(url: str, allowance: Allowance = NOTHING_PRIVATE) -> Destination:
    """Where a web address leads, when a webhook may be sent there as far as the address itself tells.

    `https` to any host; `http` only to `localhost` or a loopback address that is allowed, for development. Where a
    name leads is `refusal`'s to judge, at each attempt. Raises `ValueError`, `what is wrong; what is right`,
    without repeating the address, which may hold a token.
    """
    if len(url) > MAX_URL_CHARACTERS or not _URL_CHARACTERS.fullmatch(url):
        raise ValueError(
            "is not a web address: longer than 2000 characters, or with spaces, backslashes or letters beyond "
            "ASCII; write https://HOST/PATH, such a host as xn--…"
        )
    parts, port = _split(url)
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("https", "http") or not host:
        raise ValueError("is not a web address; write https://HOST/PATH")
    if "@" in parts.netloc:
        raise ValueError("holds a user or password; take them out: a webhook is known by its signature")
    if parts.fragment or url.endswith("#"):
        raise ValueError("has a part after #, which is never sent; take it out")
    address = _literal(host, bracketed="[" in parts.netloc)
    if address is not None and (reason := refusal(address, allowance)) is not None:
        raise ValueError(reason)
    if host == LOCALHOST and not _is_allowed_here(host, address, allowance):
        raise ValueError("leads to this machine; name localhost in the endpoint's `allow` if that is meant")
    if parts.scheme == "http" and not _is_allowed_here(host, address, allowance):
        raise ValueError(
            "is not encrypted; write https:// (http:// only to localhost or a loopback address that `allow` names)"
        )
    return Destination(
        scheme=parts.scheme, host=host, port=port or (443 if parts.scheme == "https" else 80), address=address
    )


def refusal(
    address: Address | str, allowance: Allowance = NOTHING_PRIVATE, host: str | None = None
) -> str | None:
    """Why nothing may be sent to an IP address that `host` led to, with what would be right; None when it may.

    An IPv4 address inside an IPv6 one (mapped, compatible, NAT64, ISATAP) is judged as itself; tunnels (6to4,
    Teredo) are refused. NAT64 under a network's own prefix cannot be told from outside.
    `localhost` leads only to loopback. A text that is no address is refused.
    """
    if isinstance(address, str):
        try:
            address = ipaddress.ip_address(address)
        except ValueError:
            return "is not an IP address"
    shown = str(address)
    inner = _embedded(address)
    if inner is not None:
        address = inner
        shown = f"{shown} ({inner})"
    for network, what in _NEVER:
        if address.version == network.version and address in network:
            return f"{shown} is {what}: nothing is sent there"
    if host is not None and host.lower() == LOCALHOST and not address.is_loopback:
        return f"{shown} is not this machine, and localhost must be"
    if allowance.covers(address, host):
        return None
    special = _special(address)
    if special is None:
        return None
    return f"{shown} is {special}; name it in the endpoint's `allow` if that is meant"


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(
            "is not a web address: its host or port is malformed; ports are 1 to 65535"
        ) from None
    if port == 0:
        raise ValueError("has port 0; ports are 1 to 65535")
    return parts, port


def _literal(host: str, *, bracketed: bool) -> Address | None:
    """The address that a host is written as; None for a name. Raises `ValueError` for what could be both."""
    if bracketed:
        if "%" in host:
            raise ValueError("has an address with a zone (%…), which is local to one machine; take it out")
        try:
            return ipaddress.IPv6Address(host)
        except ipaddress.AddressValueError:
            raise ValueError(
                "has a host in brackets that is no IPv6 address; write [2606:4700::1111]"
            ) from None
    if host.endswith("."):
        raise ValueError("has a host that ends with a dot; take the dot off")
    if _LOOKS_LIKE_A_NUMBER.fullmatch(host):
        try:
            return ipaddress.IPv4Address(host)
        except ipaddress.AddressValueError:
            raise ValueError(
                "has a number for a host that is read in different ways; write A.B.C.D in decimal digits"
            ) from None
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise ValueError("has a host that is no name; write letters, digits, dashes and dots")
    return None


def _is_allowed_here(host: str, address: Address | None, allowance: Allowance) -> bool:
    """Whether a host is this machine, and allowed by name."""
    if address is not None:
        return address.is_loopback and allowance.covers(address, host)
    loopbacks: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
    return host == LOCALHOST and any(allowance.covers(each, host) for each in loopbacks)


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that would really be reached through an IPv6 one."""
    if isinstance(address, IPv4Address):
        return None
    number = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and number > 1):
        return IPv4Address(number & 0xFFFFFFFF)
    if (number >> 32) & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(number & 0xFFFFFFFF)
    return None


def _special(address: Address) -> str | None:
    for network, what in _RANGES:
        if address.version == network.version and address in network:
            return what
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "reserved"
    return None


def _network(entry: str) -> Network | None:
    try:
        network = ipaddress.ip_network(entry, strict=True)
    except ValueError:
        if "/" in entry:
            raise ValueError(
                f"{entry!r} is not a network; write one whose address is its first, such as 10.1.0.0/16"
            ) from None
        return None
    if network.prefixlen == 0:
        raise ValueError(f"{entry!r} is every address there is; name the network that is meant")
    return network

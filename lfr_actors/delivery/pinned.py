"""Connections that go only to addresses that were checked: against names that lead elsewhere than they should.

A name is resolved once for each connection. Every address of the answer is checked; one that is refused refuses the
name, so that a name cannot hide a private address behind a public one. The socket is then made for exactly the
addresses of that answer: what the name leads to a moment later is of no interest. TLS still asks for the name.

A connector serves one endpoint, and keeps connections that are in use; nothing is remembered between connections.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from lfr_actors.delivery.addresses import NOTHING_PRIVATE, Allowance, destination, refusal
from lfr_actors.errors import AddressRefused

Lookup = Callable[[str], Awaitable[Sequence[str]]]
"""From a host's name to its addresses, as text. Raises `OSError` when there are none."""

KEEPALIVE_S: Final = 30.0
_MAX_ADDRESSES: Final = 32


class SystemLookup:
    """The machine's own resolver, on one thread of its own: a name server that stalls holds up one endpoint."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhook-lookup")

    async def __call__(self, host: str) -> Sequence[str]:
        """The addresses of a host. Raises `OSError` when there are none."""
        found = await asyncio.get_running_loop().run_in_executor(self._thread, _getaddrinfo, host)
        return tuple(dict.fromkeys(found))

    def close(self) -> None:
        """Wait for nothing, start nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class CheckedResolver(AbstractResolver):
    """Resolves a name to addresses of which each may be used, or refuses it; remembers its last answer."""

    def __init__(self, allowance: Allowance = NOTHING_PRIVATE, lookup: Lookup | None = None) -> None:
        self._allowance = allowance
        self._system = SystemLookup()  # its thread starts with the first name it is asked for
        self._lookup: Lookup = lookup or self._system
        self._answers: dict[str, frozenset[str]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host, each checked. Raises `AddressRefused`, or `OSError` when there are none."""
        found = await self._lookup(host)
        if not found:
            raise OSError(None, "the name has no address")
        if len(found) > _MAX_ADDRESSES:
            raise AddressRefused(host, f"leads to more than {_MAX_ADDRESSES} addresses")
        for address in found:
            reason = refusal(address, self._allowance, host)
            if reason is not None:
                raise AddressRefused(host, f"leads where nothing may be sent: {reason}")
        self._answers[host] = frozenset(found)
        results = [_result(host, address, port) for address in found]
        fitting = [one for one in results if family in (socket.AF_UNSPEC, one["family"])]
        if not fitting:
            raise OSError(None, "the name has no address of this family")
        return fitting

    def is_checked(self, address: str) -> bool:
        """Whether an address is of the last answer for some name, or may be used without one."""
        if any(address in answer for answer in self._answers.values()):
            return True
        return refusal(address, self._allowance) is None

    async def close(self) -> None:
        """Let go of the thread; nothing more is resolved."""
        self._system.close()


class PinnedConnector(aiohttp.TCPConnector):
    """A connector for one endpoint, whose every socket is for an address that was checked."""

    def __init__(
        self,
        allowance: Allowance = NOTHING_PRIVATE,
        *,
        lookup: Lookup | None = None,
        tls: ssl.SSLContext | None = None,
        connections: int = 1,
        keepalive_s: float = KEEPALIVE_S,
    ) -> None:
        self._checked = CheckedResolver(allowance, lookup)
        super().__init__(
            resolver=self._checked,
            use_dns_cache=False,
            ssl=tls if tls is not None else True,
            limit=connections,
            keepalive_timeout=keepalive_s,
            socket_factory=self._socket,
        )

    async def close(self, *, abort_ssl: bool = False) -> None:
        """Close the connections and the resolver; a session that owns the connector does it when it closes."""
        await self._checked.close()
        await super().close(abort_ssl=abort_ssl)

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for one address; also for hosts written as addresses, which no resolver is asked about."""
        family, kind, protocol, _, where = info
        address = str(where[0])
        if not self._checked.is_checked(address):
            reason = refusal(address) or f"{address} was not in the answer that was checked"
            raise AddressRefused(address, reason)
        return socket.socket(family=family, type=kind, proto=protocol)


def check_url(url: str, allowance: Allowance = NOTHING_PRIVATE) -> None:
    """Raise `AddressRefused` unless a webhook may be sent to a web address, as far as it tells by itself."""
    try:
        destination(url, allowance)
    except ValueError as error:
        raise AddressRefused("webhook address", str(error)) from None


def _getaddrinfo(host: str) -> list[str]:
    return [str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )

"""Posting to one endpoint: one attempt, one answer, and nothing an endpoint does lasts longer than its time-out.

Redirects are not followed, proxies and cookies of the environment not used, an answer's body neither decompressed
nor read beyond what lets the connection be used again. Its status is what counts: a body that drips, or never ends,
costs its endpoint a moment and the connection.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Mapping
from typing import Final, Self

import aiohttp

from lfr_actors import __version__
from lfr_actors.delivery.bodies import MEDIA_TYPE
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.delivery.pinned import Lookup, PinnedConnector, check_url
from lfr_actors.delivery.schedule import Answer
from lfr_actors.errors import AddressRefused

MAX_ANSWER_BYTES: Final = 16 * 1024
DRAIN_S: Final = 0.5
"""How long the body of an answer may take once its status is there; then the connection is given up."""

_HEADERS: Final = {"Content-Type": MEDIA_TYPE, "User-Agent": f"lfr-actors/{__version__}", "Accept": "*/*"}
_MAX_HEADER_BYTES: Final = 8_190


class Poster:
    """A session of its own for one endpoint, which keeps its connection. Close it."""

    def __init__(
        self, endpoint: Endpoint, *, lookup: Lookup | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._endpoint = endpoint
        self._refused = _refused(endpoint)
        self._session = aiohttp.ClientSession(
            connector=PinnedConnector(endpoint.allowance, lookup=lookup, tls=tls),
            timeout=aiohttp.ClientTimeout(total=endpoint.timeout_s),
            headers=_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=_MAX_HEADER_BYTES,
            max_field_size=_MAX_HEADER_BYTES,
            read_bufsize=MAX_ANSWER_BYTES,
        )

    async def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """One attempt. Whatever goes wrong is in the answer; it never tells more of the address than its host."""
        if self._refused is not None:
            return Answer(fault=self._refused)
        began_s = time.monotonic()
        try:
            response = await self._session.post(
                self._endpoint.url, data=body, headers=headers, allow_redirects=False
            )
        except Exception as error:  # noqa: BLE001 - whatever an endpoint makes of a connection is its own failure
            return Answer(fault=self._fault(error), elapsed_s=time.monotonic() - began_s)
        elapsed_s = time.monotonic() - began_s
        try:
            await _drain(response)
        finally:
            response.release()
        return Answer(
            status=response.status, retry_after=response.headers.get("Retry-After"), elapsed_s=elapsed_s
        )

    async def close(self) -> None:
        """Close the connection. Idempotent."""
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _fault(self, error: Exception) -> str:
        """Why there was no answer, in a few words without any path, query or secret."""
        refused = error if isinstance(error, AddressRefused) else error.__cause__
        if isinstance(refused, AddressRefused):
            return f"address refused: {refused.reason}"
        if isinstance(error, TimeoutError):
            return f"no answer within {self._endpoint.timeout_s:g} s"
        if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
            return "TLS refused: its certificate is not valid for this host, or it speaks no TLS"
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return "its name cannot be resolved"
        if isinstance(error, aiohttp.ClientConnectorError):
            return f"cannot connect: {os.strerror(error.os_error.errno or 0)}"
        if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError):
            return "closed the connection without an answer"
        if isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError):
            return "its answer is not HTTP, or too long"
        return f"cannot be posted to ({type(error).__name__})"


def _refused(endpoint: Endpoint) -> str | None:
    """Why nothing may be sent to an address, as far as it tells by itself; names are asked at each connection."""
    try:
        check_url(endpoint.url, endpoint.allowance)
    except AddressRefused as error:
        return f"address refused: {error.reason}"
    return None


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read the rest of an answer when it is short and there; else give the connection up."""
    if response.content.at_eof():
        return
    left = MAX_ANSWER_BYTES
    try:
        async with asyncio.timeout(DRAIN_S):
            while left > 0:
                chunk = await response.content.read(left)
                if not chunk:
                    return
                left -= len(chunk)
    except (TimeoutError, aiohttp.ClientError, ConnectionError):
        pass
    response.close()

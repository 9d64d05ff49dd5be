"""Serving the console: its address, its certificate, and the port it listens on."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import ipaddress
import socket
import ssl
from pathlib import Path

from aiohttp import web
from cryptography import x509

from lfr_actors.errors import NotReady
from lfr_actors.spec.console import Console

BIND_TRIES = 10
BIND_AGAIN_S = 0.2
"""A console that was killed leaves its port a moment later."""
IDLE_S = 75.0
"""How long a connection may ask for nothing, or take over the headers of what it asks for."""
CLOSE_S = 2.0
"""How long answers in hand may take at the end; streams are ended before."""


def address_of(settings: Console) -> str:
    """Where people reach the console, without a slash at the end."""
    if settings.public_url is not None:
        return settings.public_url
    scheme = "http" if settings.tls is None else "https"
    return f"{scheme}://{_reachable(settings.host)}:{settings.port}"


def _reachable(host: str) -> str:
    """The host as it stands in an address: this machine's name where it listens on every interface."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return socket.gethostname()
    return f"[{host}]" if address.version == 6 else host


def check_servable(settings: Console, now: dt.datetime) -> None:
    """Raise `NotReady` when the console could not be served as asked at `now`: before anything else is begun."""
    check_certificate(settings, now)
    try:
        places = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, kind, protocol, _, place in places:
            with socket.socket(family, kind, protocol) as trying:
                trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trying.bind(place)
                trying.listen(1)  # two may bind one port with SO_REUSEADDR; only one listens on it
    except OSError as error:
        raise _not_served(settings, error) from error


def check_certificate(settings: Console, now: dt.datetime) -> None:
    """Raise `NotReady` for a certificate that no browser would take at `now` (aware), or a key that is not its own.

    Only before the start: a console that is restarted in the middle of a deployment goes on with what it has.
    """
    if tls_of(settings) is None or settings.tls is None:
        return
    path = settings.tls.certificate
    certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now >= end:
        raise NotReady(
            _who(settings), f"its certificate {path} expired on {_day(end)}; put a valid one there"
        )
    if now < begin:
        reason = f"its certificate {path} is valid from {_day(begin)} on; put one there that is valid now"
        raise NotReady(_who(settings), reason)


def _who(settings: Console) -> str:
    return f"console on {settings.host}:{settings.port}"


def _day(at: dt.datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def tls_of(settings: Console) -> ssl.SSLContext | None:
    """The certificate and key, read; None without TLS. Raises `NotReady` naming the file that is wrong."""
    if settings.tls is None:
        return None
    who = _who(settings)
    certificate, key = settings.tls.certificate, settings.tls.key
    for what, path in (("certificate", certificate), ("key", key)):
        try:
            path.read_bytes()
        except OSError as error:
            raise NotReady(who, f"its {what} {path} cannot be read: {error.strerror}") from error
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        raise NotReady(who, _unfit(certificate, key, error)) from error
    return context


def _unfit(certificate: Path, key: Path, error: ssl.SSLError | ValueError) -> str:
    """Why OpenSSL would not take them; of the reasons that it gives, only one says anything to people."""
    if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
        return (
            f"the key {key} is not that of the certificate {certificate}; put the two together that belong so"
        )
    hint = (
        " (the key is encrypted)" if isinstance(error, ValueError) and not isinstance(error, OSError) else ""
    )
    return f"{certificate} and {key} are not a certificate and its key in PEM, without a password{hint}"


def _no_password() -> str:
    """OpenSSL would ask for it at the terminal, where nobody may be."""
    raise ValueError("the key is encrypted")


def _not_served(settings: Console, error: OSError) -> NotReady:
    reason = error.strerror or str(error)
    if error.errno == errno.EADDRINUSE:
        reason = (
            f"port {settings.port} is taken by another process: end that one, or write another console.port"
        )
    elif error.errno == errno.EACCES:
        reason = (
            f"port {settings.port} may not be opened by this account: write one from 1024 on as console.port"
        )
    return NotReady(_who(settings), reason)


class ConsoleServer:
    """An application on its port. What is asked of it is not logged: addresses hold tokens."""

    def __init__(self, app: web.Application, settings: Console) -> None:
        self._settings = settings
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_S, keepalive_timeout=IDLE_S)
        self.address = address_of(settings)

    async def start(self) -> None:
        """Listen. Raises `NotReady` when the port cannot be had or the certificate not be used."""
        settings, tls = self._settings, tls_of(self._settings)
        await self._runner.setup()
        for left in reversed(range(BIND_TRIES)):
            try:
                await web.TCPSite(self._runner, settings.host, settings.port, ssl_context=tls).start()
            except OSError as error:
                if error.errno == errno.EADDRINUSE and left:
                    await asyncio.sleep(BIND_AGAIN_S)
                    continue
                await self._runner.cleanup()
                raise _not_served(settings, error) from error
            else:
                return

    async def close(self) -> None:
        """End every connection. Idempotent."""
        await self._runner.cleanup()

"""Where the console is served, and what keeps it from being served."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lfr_actors.console.serving import ConsoleServer, address_of, check_servable
from lfr_actors.errors import NotReady
from lfr_actors.spec.console import Console, Tls

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def free() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def certificate(folder: Path, *, password: bytes | None = None) -> Tls:
    """A certificate of this machine, signed by itself, and its key."""
    folder.mkdir(exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .sign(key, hashes.SHA256())
    )
    files = Tls(certificate=folder / "console.crt", key=folder / "console.key")
    files.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    sealed = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed)
    files.key.write_bytes(pem)
    return files


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({}, "http://127.0.0.1:8440"),
        ({"host": "::1"}, "http://[::1]:8440"),
        ({"host": "localhost"}, "http://localhost:8440"),
        ({"public_url": "https://lfr.example.org/"}, "https://lfr.example.org"),
        ({"host": "lfr.local", "tls": {"certificate": "a", "key": "b"}}, "https://lfr.local:8440"),
    ],
)
def test_the_address_is_one_that_people_can_use(changes: dict[str, object], address: str) -> None:
    """Scheme, host and port as they are reached; what others see it at wins."""
    assert address_of(Console.model_validate({"port": 8440, **changes})) == address


def test_of_every_interface_the_name_of_the_machine_is_said() -> None:
    """Nobody can go to 0.0.0.0."""
    settings = Console.model_validate(
        {"port": 8440, "host": "0.0.0.0", "tls": {"certificate": "a", "key": "b"}}
    )
    assert address_of(settings) == f"https://{socket.gethostname()}:8440"


async def test_a_taken_port_is_said_before_anything_begins(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both the check and the server name the port and what to do; a free one passes."""
    monkeypatch.setattr("lfr_actors.console.serving.BIND_AGAIN_S", 0.0)
    with pytest.raises(NotReady, match=f"port {taken} is taken by another process"):
        check_servable(Console(port=taken), NOW)
    with pytest.raises(NotReady, match="is taken"):
        await ConsoleServer(web.Application(), Console(port=taken)).start()


def test_a_host_that_is_not_ours_is_said(free: int, tmp_path: Path) -> None:
    """An address of another machine cannot be listened on."""
    with pytest.raises(NotReady, match=r"console on 192\.0\.2\.1"):
        check_servable(Console(port=free, host="192.0.2.1", tls=certificate(tmp_path)), NOW)


def test_a_certificate_that_cannot_be_used_is_named(free: int, tmp_path: Path) -> None:
    """Missing, not a certificate, of another key, under a password: each is said with its file."""
    tls = certificate(tmp_path)
    check_servable(Console(port=free, tls=tls), NOW)
    missing = tls.model_copy(update={"key": tmp_path / "none.key"})
    with pytest.raises(NotReady, match=r"its key .*none\.key cannot be read: No such file"):
        check_servable(Console(port=free, tls=missing), NOW)
    swapped = Tls(certificate=tls.key, key=tls.certificate)
    with pytest.raises(NotReady, match="are not a certificate and its key"):
        check_servable(Console(port=free, tls=swapped), NOW)
    other = certificate(tmp_path / "other")
    with pytest.raises(NotReady, match=r"the key .*other/console\.key is not that of the certificate"):
        check_servable(Console(port=free, tls=Tls(certificate=tls.certificate, key=other.key)), NOW)
    with pytest.raises(NotReady, match="the key is encrypted"):
        check_servable(Console(port=free, tls=certificate(tmp_path, password=b"secret-word")), NOW)


def test_a_certificate_out_of_its_time_is_refused(free: int, tmp_path: Path) -> None:
    """People would learn to click warnings away; the day is said, and what would be right."""
    settings = Console(port=free, tls=certificate(tmp_path))
    with pytest.raises(
        NotReady, match=r"console\.crt expired on 23 November 2026, 12:00 UTC; put a valid one"
    ):
        check_servable(settings, NOW + DAY)
    with pytest.raises(NotReady, match=r"is valid from 21 November 2026, 12:00 UTC on"):
        check_servable(settings, NOW - 2 * DAY)


async def test_it_serves_over_tls_and_closes_twice(free: int, tmp_path: Path) -> None:
    """An answer comes over TLS; after close nobody answers, and closing again does nothing."""

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    server = ConsoleServer(app, Console(port=free, tls=certificate(tmp_path)))
    await server.start()
    async with aiohttp.ClientSession() as client:
        async with client.get(server.address, ssl=False) as answer:
            assert await answer.text() == "hello"
        await server.close()
        await server.close()
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(server.address, ssl=False)

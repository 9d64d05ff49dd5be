"""Connections go to the addresses that were checked, and to no others, on a real socket."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lfr_actors.delivery.addresses import Allowance
from lfr_actors.delivery.pinned import CheckedResolver, PinnedConnector, SystemLookup, check_url
from lfr_actors.errors import AddressRefused

NAME = "hooks.example"
LOOPBACK = Allowance.parse(["127.0.0.1"])


class Answers:
    """A name server that gives the next answer each time it is asked, and then the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """Something that listens on loopback, as an internal service would; closes each connection."""

    async def answer(request: web.Request) -> web.Response:
        response = web.Response(text=request.host)
        response.force_close()
        return response

    app = web.Application()
    app.router.add_post("/hook", answer)
    async with TestServer(app) as running:
        yield running


async def _post(connector: PinnedConnector, url: str) -> str:
    async with (
        aiohttp.ClientSession(connector=connector, connector_owner=False) as session,
        session.post(url, allow_redirects=False) as response,
    ):
        return await response.text()


async def test_an_allowed_address_is_connected_to(server: TestServer) -> None:
    """The name is asked for once, its address is used, and the request still names the host."""
    answers = Answers(["127.0.0.1"])
    async with PinnedConnector(LOOPBACK, lookup=answers) as connector:
        assert await _post(connector, f"http://{NAME}:{server.port}/hook") == f"{NAME}:{server.port}"
    assert answers.asked == [NAME]


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["1.1.1.1", "127.0.0.1"],
        ["127.0.0.1", "1.1.1.1"],
        ["2606:4700::1111", "fd00::1"],
        ["not an address"],
    ],
)
async def test_a_name_that_leads_inside_is_refused(server: TestServer, answer: list[str]) -> None:
    """One address that may not be used is enough; nothing is sent to any of them."""
    async with PinnedConnector(lookup=Answers(answer)) as connector:
        with pytest.raises(AddressRefused, match=f"{NAME}: leads where"):
            await _post(connector, f"http://{NAME}:{server.port}/hook")


async def test_a_name_that_leads_inside_the_second_time_is_refused_then(server: TestServer) -> None:
    """DNS rebinding: a connection is for addresses of the answer that was checked for it, not for a later one."""
    rebinding = Answers(["127.0.0.1"], ["10.0.0.1"])
    async with PinnedConnector(LOOPBACK, lookup=rebinding) as connector:
        url = f"http://{NAME}:{server.port}/hook"
        assert await _post(connector, url) == f"{NAME}:{server.port}"
        assert rebinding.asked == [NAME]  # what it leads to a moment later was not asked
        with pytest.raises(AddressRefused, match=r"10\.0\.0\.1 is private"):
            await _post(connector, url)
    assert len(rebinding.asked) == 2


async def test_a_socket_for_an_address_that_was_not_checked_is_not_made(server: TestServer) -> None:
    """Hosts written as addresses are asked of no resolver; the socket's own check refuses them."""
    async with PinnedConnector(lookup=Answers(["1.1.1.1"])) as connector:
        with pytest.raises(AddressRefused, match="loopback"):
            await _post(connector, f"http://127.0.0.1:{server.port}/hook")
    async with PinnedConnector(LOOPBACK, lookup=Answers(["1.1.1.1"])) as connector:
        assert await _post(connector, f"http://127.0.0.1:{server.port}/hook")


async def test_a_redirect_inside_would_be_refused_even_if_it_were_followed() -> None:
    """A client that forgot not to follow redirects still reaches nothing inside."""

    async def away(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("http://127.0.0.2:9/")

    app = web.Application()
    app.router.add_post("/hook", away)
    async with (
        TestServer(app) as server,
        PinnedConnector(LOOPBACK, lookup=Answers(["127.0.0.1"])) as connector,
        aiohttp.ClientSession(connector=connector, connector_owner=False) as session,
    ):
        with pytest.raises(AddressRefused, match=r"127\.0\.0\.2 is loopback"):
            await session.post(f"http://{NAME}:{server.port}/hook", allow_redirects=True)


async def test_a_name_without_an_address_is_a_failure_and_not_a_refusal() -> None:
    """Whoever delivers tells a name server that fails from a name that is hostile."""

    async def nowhere(host: str) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown name")

    for lookup in (nowhere, Answers([])):
        async with PinnedConnector(lookup=lookup) as connector:
            with pytest.raises(aiohttp.ClientConnectorError):
                await _post(connector, f"http://{NAME}/hook")


async def test_a_name_with_countless_addresses_is_refused() -> None:
    """An answer cannot make a sender try for ever."""
    many = [str(ipaddress.IPv4Address("1.1.0.0") + n) for n in range(33)]
    with pytest.raises(AddressRefused, match="more than 32"):
        await CheckedResolver(lookup=Answers(many)).resolve(NAME)


async def test_only_addresses_of_the_family_that_is_asked_for_come_out() -> None:
    """A connector for one family gets its own, after all were checked."""
    resolver = CheckedResolver(lookup=Answers(["1.1.1.1", "2606:4700::1111"]))
    (found,) = await resolver.resolve(NAME, 443, socket.AF_INET6)
    assert (found["host"], found["port"], found["family"]) == ("2606:4700::1111", 443, socket.AF_INET6)
    with pytest.raises(OSError, match="of this family"):
        await CheckedResolver(lookup=Answers(["1.1.1.1"])).resolve(NAME, 443, socket.AF_INET6)


async def test_the_systems_own_lookup_finds_this_machine() -> None:
    """Without another one the machine's resolver answers, on a thread of its own."""
    lookup = SystemLookup()
    try:
        assert set(await lookup("localhost")) <= {"127.0.0.1", "::1"}
    finally:
        lookup.close()


async def test_closing_the_connector_lets_the_thread_go() -> None:
    """A session that owns the connector leaves nothing behind."""
    connector = PinnedConnector(LOOPBACK)
    async with aiohttp.ClientSession(connector=connector):
        pass
    with pytest.raises(RuntimeError, match="shutdown"):
        await CheckedResolver.resolve(connector._checked, "localhost")


def _certificate(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server that is `name`, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    of_server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    of_server.load_cert_chain(file)
    return of_server, ssl.create_default_context(cafile=str(file))


@pytest.mark.parametrize("certified", [NAME, "other.example"])
async def test_tls_asks_for_the_name_and_not_for_the_address(certified: str, tmp_path: Path) -> None:
    """Whoever sits at the address must prove to be the host; a certificate of another is refused."""
    of_server, of_client = _certificate(certified, tmp_path)

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="taken")

    app = web.Application()
    app.router.add_post("/hook", answer)
    server = TestServer(app, scheme="https")
    await server.start_server(ssl=of_server)
    try:
        async with PinnedConnector(LOOPBACK, lookup=Answers(["127.0.0.1"]), tls=of_client) as connector:
            posting = _post(connector, f"https://{NAME}:{server.port}/hook")
            if certified == NAME:
                assert await posting == "taken"
            else:
                with pytest.raises(aiohttp.ClientConnectorCertificateError):
                    await posting
    finally:
        await server.close()


def test_an_address_is_checked_before_anything_is_resolved() -> None:
    """What the web address tells by itself is refused as the product's own error."""
    check_url("https://hooks.example.org/")
    with pytest.raises(AddressRefused, match="is private"):
        check_url("https://10.0.0.1/")


async def test_a_lookup_that_stalls_is_left_alone() -> None:
    """Giving up on a name server does not wait for it."""
    release = asyncio.Event()

    async def stalls(host: str) -> Sequence[str]:
        await release.wait()
        return ["1.1.1.1"]

    async with PinnedConnector(lookup=stalls) as connector:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await _post(connector, f"http://{NAME}/hook")

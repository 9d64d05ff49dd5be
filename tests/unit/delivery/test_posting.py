"""One attempt at one endpoint: what comes back, in words that tell no address, whatever it does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web

from lfr_actors.delivery.posting import Poster
from lfr_actors.delivery.schedule import Answer
from tests.unit.delivery.consumers import consuming, endpoint, talking


async def answer_of(url: str, lookup: Any = None, **changes: Any) -> Answer:
    """What a post is answered."""
    async with Poster(endpoint("c2", url + "?token=hidden", **changes), lookup=lookup) as poster:
        return await poster.post({"webhook-id": "1"}, b'{"seq": 1}')


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (b"", "closed the connection without an answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "its answer is not HTTP, or too long"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", "its answer is not HTTP, or too long"),
        (b"HTTP/1.1 20", "closed the connection without an answer"),
    ],
)
async def test_whatever_is_no_answer_is_a_fault_in_words(said: bytes, fault: str) -> None:
    """Nothing, another protocol, endless headers, half an answer."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        writer.write(said)
        await writer.drain()

    async with talking(talk) as url:
        answer = await answer_of(url)
    assert (answer.status, answer.fault) == (None, fault)


async def test_a_redirect_is_an_answer_and_nothing_more() -> None:
    """Nobody goes where it points, whether that is private or not."""
    async with consuming() as elsewhere:

        async def redirect(_: web.Request) -> web.StreamResponse:
            return web.Response(status=307, headers={"Location": elsewhere.url})

        async with consuming(redirect) as consumer:
            answer = await answer_of(consumer.url)
    assert (answer.status, elsewhere.got) == (307, [])


async def test_names_that_lead_into_private_networks_are_refused_at_each_attempt() -> None:
    """Whatever a name led to before: an address that is not allowed is not connected to."""
    asked: list[str] = []

    async def lookup(host: str) -> Sequence[str]:
        asked.append(host)
        return ["10.0.0.1"]

    answer = await answer_of("https://c2.example.org/hook", lookup, timeout_s=2.0)
    assert (answer.status, asked) == (None, ["c2.example.org"])
    assert answer.words.startswith("address refused: ")
    assert "10.0.0.1 is private" in answer.words
    assert "hidden" not in answer.words


async def test_an_address_that_is_not_allowed_is_not_even_tried() -> None:
    """Plain HTTP to anywhere but an allowed loopback, and private addresses written out."""
    for url in ("http://example.org/hook", "https://192.168.1.1/hook"):
        assert (await answer_of(url)).words.startswith("address refused: ")


async def test_nothing_of_the_environment_is_sent_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, no cookie that an endpoint set; who it is from and what it is are said."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    async def cookie(_: web.Request) -> web.StreamResponse:
        return web.Response(status=204, headers={"Set-Cookie": "a=b"})

    async with consuming(cookie) as consumer, Poster(endpoint("c2", consumer.url)) as poster:
        for _ in range(2):
            assert (await poster.post({}, b'{"seq": 1}')).status == 204
    assert "cookie" not in consumer.headers[1]
    assert consumer.headers[1]["content-type"] == "application/json"
    assert consumer.headers[1]["user-agent"].startswith("lfr-actors/")

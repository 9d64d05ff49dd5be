"""How fast the courier tells endpoints, beside a bare aiohttp client that posts the same bodies.

Consumers run in a process of their own and do as little as HTTP needs, so that the sender is what is measured:
reading the log, signing, posting, and writing down where each endpoint stands, against posting alone.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, cast

import aiohttp

from lfr_actors.delivery.addresses import Allowance
from lfr_actors.delivery.bodies import MEDIA_TYPE, body_of
from lfr_actors.delivery.courier import Courier
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.delivery.patterns import names_of
from lfr_actors.delivery.secrets import new_secret
from lfr_actors.delivery.signing import signed_headers
from lfr_actors.delivery.told_of_alerts import ToldOfAlerts
from lfr_actors.events.cameras import CameraLost
from lfr_actors.events.log import StoredEvent
from lfr_actors.store.store import Store, utc_now

TURNS: Final = 10
LONGEST_S: Final = 600.0
_HOST: Final = "127.0.0.1"
_ANSWER: Final = b"HTTP/1.1 204 No Content\r\n\r\n"
_WRITE_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Deliveries a second of the courier and of the bare client, over all endpoints."""

    events: int
    endpoints: int
    courier_s: float
    bare_s: float

    @property
    def courier_per_s(self) -> float:
        """Deliveries a second of the courier."""
        return self.events * self.endpoints / self.courier_s

    @property
    def bare_per_s(self) -> float:
        """Posts a second of the bare client."""
        return self.events * self.endpoints / self.bare_s

    @property
    def ratio(self) -> float:
        """How much of the bare client's rate the courier reaches."""
        return self.bare_s / self.courier_s


def measure(events: int, endpoints: int, home: Path) -> Measured:
    """Bare client and courier take turns, a part of the events each: a machine that changes weighs on both.

    Raises `RuntimeError` when not every delivery arrived.
    """
    courier_s = bare_s = 0.0
    with Store.open(home) as store, _consumers(endpoints) as consumers:
        told = _endpoints(consumers.ports)
        for turn in range(TURNS):
            deployment = f"bench-webhooks-{turn}"
            stored = _written(store, deployment, events // TURNS)
            bodies = [body_of(event) for event in stored]
            bare_s += asyncio.run(_bare(told, stored, bodies))
            courier_s += asyncio.run(_courier(store, deployment, told))
        received = consumers.received()
    delivered = events // TURNS * TURNS
    if received != 2 * delivered * endpoints:
        raise RuntimeError(f"{received} of {2 * delivered * endpoints} deliveries arrived")
    return Measured(events=delivered, endpoints=endpoints, courier_s=courier_s, bare_s=bare_s)


def _written(store: Store, deployment: str, count: int) -> list[StoredEvent]:
    stored: list[StoredEvent] = []
    for first in range(0, count, _WRITE_AT_ONCE):
        numbers = range(first, min(count, first + _WRITE_AT_ONCE))
        bodies = [
            CameraLost(camera=f"camera-{n}", reason="no frame for 5 s", retry_in_s=2.0) for n in numbers
        ]
        stored += store.append(deployment, *bodies)
    return stored


def _endpoints(ports: Sequence[int]) -> tuple[Endpoint, ...]:
    return tuple(
        Endpoint(
            name=f"consumer-{port}",
            url=f"http://{_HOST}:{port}/hook",
            secrets=(new_secret(),),
            names=names_of(["*"]),
            allowance=Allowance.parse([_HOST]),
        )
        for port in ports
    )


async def _courier(store: Store, deployment: str, endpoints: Sequence[Endpoint]) -> float:
    courier = Courier(store.webhooks, ToldOfAlerts(store, None), deployment, endpoints)
    began_s = time.perf_counter()
    running = asyncio.create_task(courier.run())
    left = await courier.drain(LONGEST_S)
    elapsed_s = time.perf_counter() - began_s
    await courier.close()
    await running
    if left:
        raise RuntimeError(f"{left} deliveries are left after {LONGEST_S:.0f} s")
    return elapsed_s


async def _bare(
    endpoints: Sequence[Endpoint], events: Sequence[StoredEvent], bodies: Sequence[bytes]
) -> float:
    """Seconds of posting these bodies to each endpoint, one after the other, all endpoints at once.

    The headers are as long as the courier's and made before the clock starts.
    """
    now = utc_now()
    headers = [
        signed_headers(endpoints[0].secrets, event.event_id, now, body) | {"Content-Type": MEDIA_TYPE}
        for event, body in zip(events, bodies, strict=True)
    ]

    async def post_all(url: str) -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
            for header, body in zip(headers, bodies, strict=True):
                async with session.post(url, data=body, headers=header) as response:
                    await response.read()

    began_s = time.perf_counter()
    await asyncio.gather(*(post_all(endpoint.url) for endpoint in endpoints))
    return time.perf_counter() - began_s


# --- consumers, in a process of their own ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Consumers:
    ports: tuple[int, ...]
    pipe: Connection = field(repr=False)

    def received(self) -> int:
        """How many posts all of them got so far."""
        self.pipe.send("count")
        return int(self.pipe.recv())


@contextmanager
def _consumers(count: int) -> Iterator[_Consumers]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_consume, args=(theirs, count), daemon=True)
    process.start()
    try:
        yield _Consumers(tuple(ours.recv()), ours)
    finally:
        ours.send("end")
        process.join(10)
        process.kill()


class _Consumer(asyncio.Protocol):
    """Takes posts one after the other on a connection, and answers 204 to each."""

    received = 0

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to answer."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer when head and body of a post are there."""
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(rest) < int(length):
            return
        self._buffer = rest[int(length) :]
        _Consumer.received += 1
        if self._transport is not None:
            self._transport.write(_ANSWER)


def _consume(pipe: Connection, count: int) -> None:
    asyncio.run(_consume_until_told(pipe, count))


async def _consume_until_told(pipe: Connection, count: int) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(_Consumer, _HOST, 0) for _ in range(count)]
    pipe.send([server.sockets[0].getsockname()[1] for server in servers])
    while await asyncio.to_thread(pipe.recv) == "count":
        pipe.send(_Consumer.received)
    for server in servers:
        server.close()

"""A receiver hands over what was signed by whom it should be, once, and answers everybody else at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import runpy
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from lfr_actors.delivery.bodies import WebhookEvent, body_of, is_delivered, trial_body
from lfr_actors.delivery.receiver import WebhookReceiver
from lfr_actors.delivery.secrets import Secret, SigningSecret, new_key, new_secret
from lfr_actors.delivery.seen import SeenInFile
from lfr_actors.delivery.signing import signed_headers
from lfr_actors.events.alerts import AlertRaised
from tests.conftest import REPOSITORY
from tests.unit.events.samples import NOON, log_of

LOG = [event for event in log_of() if is_delivered(event.name)]
RAISED = next(event for event in LOG if event.name == "alert.raised")
BODY = body_of(RAISED)
SECRET = new_secret()
MINUTE = dt.timedelta(minutes=1)


class Consumer:
    """What a receiver handed over; raises as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.events: list[WebhookEvent] = []
        self.calls = 0
        self._failures = failures

    async def __call__(self, event: WebhookEvent) -> None:
        self.calls += 1
        await asyncio.sleep(0)  # so that arrivals at the same time meet
        if self.calls <= self._failures:
            raise ConnectionError("the consumer's own database is down")
        self.events.append(event)


class Sender:
    """Posts webhooks to a receiver that runs on loopback."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self.client = client

    async def send(
        self,
        body: bytes = BODY,
        *,
        secrets: Iterable[SigningSecret] = (SECRET,),
        webhook_id: str = RAISED.event_id,
        at: dt.datetime = NOON,
        **changed: str,
    ) -> ClientResponse:
        headers = signed_headers(tuple(secrets), webhook_id, at, body)
        headers |= {f"webhook-{name}": value for name, value in changed.items()}
        return await self.client.post("/hook", data=body, headers=headers)


@asynccontextmanager
async def receiving(
    on_event: Callable[[WebhookEvent], Awaitable[None]], *secrets: Secret, **options: Any
) -> AsyncIterator[Sender]:
    """A receiver of these secrets whose clock stands at noon."""
    receiver = WebhookReceiver(secrets or (SECRET,), now=lambda: NOON, **options)
    app = web.Application()
    app.router.add_post("/hook", receiver.handler(on_event))
    async with TestClient(TestServer(app)) as client:
        yield Sender(client)


async def test_every_kind_of_event_is_handed_over_typed() -> None:
    """A consumer gets the same bodies that the log has, in the order in which they came."""
    consumer = Consumer()
    async with receiving(consumer) as sender:
        for event in LOG:
            response = await sender.send(body_of(event), webhook_id=event.event_id)
            assert (response.status, await response.text()) == (204, "")
    assert [got.body for got in consumer.events] == [event.body for event in LOG]
    assert isinstance(consumer.events[LOG.index(RAISED)].body, AlertRaised)


async def test_a_second_arrival_is_answered_and_goes_no_further() -> None:
    """At least once on the way is once at the consumer, also when the attempt is signed anew."""
    consumer = Consumer()
    async with receiving(consumer) as sender:
        for at in (NOON, NOON, NOON + MINUTE):
            assert (await sender.send(at=at)).status == 204
        assert (await sender.send(webhook_id="another")).status == 204
    assert consumer.calls == 2


async def test_arrivals_at_the_same_time_are_one() -> None:
    """A sender that gave up waiting and asks again meets the first attempt, and waits for what becomes of it."""
    consumer = Consumer()
    async with receiving(consumer) as sender:
        answers = await asyncio.gather(*(sender.send() for _ in range(8)))
    assert {answer.status for answer in answers} == {204}
    assert consumer.calls == 1


async def test_what_fails_is_asked_for_again() -> None:
    """A consumer that raises answers 500, and gets the same event again when the sender repeats it."""
    consumer = Consumer(failures=2)
    async with receiving(consumer) as sender:
        statuses = [(await sender.send()).status for _ in range(4)]
        assert statuses == [500, 500, 204, 204]
        assert consumer.calls == 3
        both = await asyncio.gather(*(sender.send(webhook_id="b") for _ in range(3)))
    assert [answer.status for answer in both] == [204] * 3
    assert len(consumer.events) == 2


async def test_arrivals_behind_one_that_fails_take_their_turn() -> None:
    """Of three at the same time the first fails; one of the others is handed over, and the last one is not."""
    consumer = Consumer(failures=1)
    async with receiving(consumer) as sender:
        answers = await asyncio.gather(*(sender.send() for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [204, 204, 500]
    assert (consumer.calls, len(consumer.events)) == (2, 1)


async def test_a_receiver_remembers_after_a_restart(tmp_path: Path) -> None:
    """With a file, what was handled before the process ended is not handed over after it."""
    consumer = Consumer()
    for _ in range(2):
        seen = SeenInFile(tmp_path / "seen.db")
        async with receiving(consumer, seen=seen) as sender:
            assert (await sender.send()).status == 204
        await seen.close()
    assert consumer.calls == 1


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"secrets": [new_secret()]}, 401, "no match"),
        ({"secrets": [new_key()]}, 401, "no match"),
        ({"signature": "v1,AAAA"}, 401, "no match"),
        ({"signature": "v1,"}, 400, "malformed"),
        ({"signature": ""}, 401, "missing: webhook-signature"),
        ({"id": "forged"}, 401, "no match"),
        ({"id": "a.b"}, 400, "malformed"),
        ({"timestamp": "soon"}, 400, "malformed"),
        ({"timestamp": str(int(NOON.timestamp()) + 1)}, 401, "no match"),
        ({"at": NOON - 6 * MINUTE}, 401, "stale"),
        ({"at": NOON + 6 * MINUTE}, 401, "from the future"),
        ({"body": b""}, 400, "not JSON"),
        ({"body": b"\xff\xfe\x00"}, 400, "not UTF-8"),
        ({"body": b'{"type": "alert.raised"}'}, 400, "'version' is missing"),
    ],
)
async def test_what_is_not_right_is_refused_and_said(changes: dict[str, Any], status: int, said: str) -> None:
    """Forged, stale and malformed webhooks never reach the consumer; whoever sent them is told why."""
    consumer = Consumer()
    async with receiving(consumer) as sender:
        response = await sender.send(**changes)
        assert response.status == status
        assert said in await response.text()
    assert consumer.calls == 0


async def test_a_webhook_that_was_listened_to_cannot_be_sent_later() -> None:
    """The same bytes and headers, recorded and sent again after the tolerance, are stale."""
    consumer = Consumer()
    receiver = WebhookReceiver([SECRET], now=lambda: NOON + 6 * MINUTE)
    app = web.Application()
    app.router.add_post("/hook", receiver.handler(consumer))
    async with TestClient(TestServer(app)) as client:
        response = await Sender(client).send()
        assert (response.status, await response.text()) == (
            401,
            "stale: signed 360 s ago; at most 300 s are allowed\n",
        )
    assert consumer.calls == 0


async def test_secrets_are_replaced_without_losing_a_webhook() -> None:
    """A receiver that has the old secret and the new public key takes what either signs, and both."""
    old, new = new_secret(), new_key()
    consumer = Consumer()
    async with receiving(consumer, old, new.verifying_key) as sender:
        for number, secrets in enumerate(([old], [new], [old, new])):
            assert (await sender.send(secrets=secrets, webhook_id=f"n{number}")).status == 204
    assert consumer.calls == 3


async def test_a_trial_is_handed_over_as_one() -> None:
    """The test of an endpoint reaches the consumer, which can tell it from an event."""
    consumer = Consumer()
    async with receiving(consumer) as sender:
        assert (await sender.send(trial_body("c2", "t1", NOON), webhook_id="t1")).status == 204
    assert consumer.events[0].type == "webhook.test"


@pytest.mark.parametrize("said", [True, False])
async def test_what_is_too_large_is_not_read(said: bool) -> None:
    """A body beyond the bound is refused, whether its length is announced or not."""
    consumer = Consumer()

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield BODY

    async with receiving(consumer, max_body_bytes=2 * len(BODY)) as sender:
        if said:
            response = await sender.send(BODY * 8)
        else:
            response = await sender.client.post("/hook", data=chunks())
        assert response.status == 413
        assert (await sender.send()).status == 204


async def test_what_unpacks_to_too_much_is_not_unpacked() -> None:
    """A small body that is compressed and would be a large one is bounded by what comes out."""
    async with receiving(Consumer(), max_body_bytes=10_000) as sender:
        packed = gzip.compress(bytes(20_000_000))
        response = await sender.client.post("/hook", data=packed, headers={"content-encoding": "gzip"})
        assert response.status == 413


async def test_what_drips_is_not_waited_for() -> None:
    """A sender that stays silent in the middle is answered, and holds nothing."""

    async def silence() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    async with receiving(Consumer(), read_within_s=0.02) as sender:
        response = await sender.client.post("/hook", data=silence())
        assert response.status == 408


async def test_only_posts_are_taken() -> None:
    """Looking at the address tells nothing."""
    async with receiving(Consumer()) as sender:
        assert (await sender.client.get("/hook")).status == 405


def test_a_receiver_without_a_secret_is_none() -> None:
    """Nothing is taken unverified, by mistake neither."""
    with pytest.raises(ValueError, match="at least one secret"):
        WebhookReceiver([])


async def test_the_example_prints_what_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file that readers copy takes signed webhooks, prints a line for each, and nobody's name."""
    example = runpy.run_path(str(REPOSITORY / "deployments" / "webhook_receiver.py"))
    monkeypatch.setenv("LFR_WEBHOOK_SECRET", SECRET.text)
    seen = SeenInFile(tmp_path / "seen.db")
    async with TestClient(TestServer(example["make_app"](seen))) as client:
        for event in LOG:
            now = dt.datetime.now(dt.UTC)
            answer = await Sender(client).send(body_of(event), webhook_id=event.event_id, at=now)
            assert answer.status == 204
    await seen.close()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(LOG)
    told = next(line for line in lines if "alert.raised" in line)
    assert told.endswith("alert.raised  at bridge-street, 12:00:00 UTC, score 0.971, priority amber")

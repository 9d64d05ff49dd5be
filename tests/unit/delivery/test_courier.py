"""The courier with real consumers on the loopback interface, good and bad, and a real store."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from lfr_actors.actors.courier import CourierActor
from lfr_actors.alerting.adjudication import Adjudicate
from lfr_actors.console.picture_links import LINK_LIFETIME, links_of, read_grant
from lfr_actors.delivery.bodies import SubjectFacts, body_of
from lfr_actors.delivery.courier import Courier
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.delivery.schedule import Schedule
from lfr_actors.delivery.signing import verify
from lfr_actors.delivery.told_of_alerts import ToldOfAlerts
from lfr_actors.events.cameras import CameraLost
from lfr_actors.people import Person, Role
from lfr_actors.store import Store, utc_now
from lfr_actors.store.adjudicating import act
from tests.unit.delivery.consumers import SECRET, consuming, endpoint, talking
from tests.unit.events.samples import NOON, started
from tests.unit.store.samples import CLOSED, SUBJECT, alert

QUICK = Schedule(first_s=0.01, longest_s=0.02, first_probe_s=0.02, longest_asked_s=0.05)
"""Waits that no test notices."""
PATIENCE_S = 20.0


@pytest.fixture
def store(home: Path) -> Any:
    """A deployment that has begun: events 1 and 2."""
    with Store.open(home) as opened:
        opened.begin_deployment("drill-1", started())
        yield opened


def write(store: Store, count: int) -> list[int]:
    """Append events; their numbers."""
    bodies = [CameraLost(camera=f"c{n}", reason="no frame", retry_in_s=2.0) for n in range(count)]
    return [event.seq for event in store.append("drill-1", *bodies)]


@contextlib.asynccontextmanager
async def delivering(
    store: Store, *endpoints: Endpoint, schedule: Schedule = QUICK, chance: float = 0.5
) -> AsyncIterator[Courier]:
    """A courier at work."""
    facts = ToldOfAlerts(store, None)
    courier = Courier(store.webhooks, facts, "drill-1", endpoints, schedule=schedule, chance=lambda: chance)
    async with asyncio.TaskGroup() as group:
        group.create_task(courier.run())
        try:
            yield courier
        finally:
            await courier.close()


async def until(true: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.005)


async def test_every_endpoint_gets_what_it_asked_for_signed_and_in_order(store: Store) -> None:
    """Each with its own patterns; every attempt verifies; the id is the event's, so that doubles can be told."""
    lost = write(store, 120)
    async with consuming() as all_of_it, consuming() as some:
        told = endpoint("all", all_of_it.url), endpoint("some", some.url, "deployment.*")
        async with delivering(store, *told) as courier:
            assert await courier.drain(PATIENCE_S) == 0
            later = write(store, 3)
            assert await courier.drain(PATIENCE_S) == 0
    assert all_of_it.seqs == [1, 2, *lost, *later]
    assert some.seqs == [1]
    ids = {event.seq: event.event_id for event in store.events()}
    for body, headers in zip(all_of_it.got, all_of_it.headers, strict=True):
        assert headers["webhook-id"] == body["id"] == ids[body["seq"]]
    event = store.events(limit=1)[0]
    assert verify([SECRET], some.headers[0], body_of(event), utc_now()).webhook_id == event.event_id
    assert store.webhooks.begin("all", "drill-1").delivered == 125


async def test_bad_endpoints_keep_nothing_from_the_good_one(store: Store) -> None:
    """One fails, one stalls, one drips, one redirects, one is down: the good one has everything meanwhile."""

    async def stall(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        await asyncio.sleep(60)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        for byte in b"HTTP/1.1 204 No Content\r\n\r\n":
            writer.write(bytes([byte]))
            await asyncio.sleep(1)

    async def redirect(_: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": good.url})

    seqs = [1, 2, *write(store, 200)]
    async with (
        consuming() as good,
        consuming(500) as failing,
        consuming(redirect) as redirecting,
        talking(stall) as stalling,
        talking(drip) as dripping,
    ):
        addresses = {
            "good": good.url,
            "failing": failing.url,
            "redirecting": redirecting.url,
            "stalling": stalling,
            "dripping": dripping,
            "down": "http://127.0.0.1:9/hook",
        }
        async with delivering(store, *(endpoint(name, url) for name, url in addresses.items())) as courier:
            await until(lambda: len(good.got) == len(seqs))
            await until(lambda: all(one.failures for one in courier.status() if one.name != "good"))
            fares = {one.name: one for one in courier.status()}
    assert good.seqs == seqs
    assert {one.delivered for name, one in fares.items() if name != "good"} == {0}
    assert fares["stalling"].last_answer == fares["dripping"].last_answer == "no answer within 0.3 s"
    assert fares["down"].last_answer == "cannot connect: Connection refused"
    assert fares["redirecting"].last_answer == "302 (redirects are not followed)"
    assert set(failing.seqs) == {1}


async def test_an_endpoint_that_comes_back_gets_everything_in_order(store: Store) -> None:
    """Down until it is suspended, then well: it is resumed, misses nothing, and the log says both."""
    well = False

    async def reply(_: web.Request) -> web.StreamResponse:
        return web.Response(status=204 if well else 503)

    seqs = [1, 2, *write(store, 30)]
    async with consuming(reply) as consumer, delivering(store, endpoint("c2", consumer.url)) as courier:
        await until(lambda: any(one.suspended_at for one in courier.status()))
        well = True
        assert await courier.drain(PATIENCE_S) == 0
    assert consumer.seqs == [1] * (len(consumer.seqs) - len(seqs)) + seqs
    said = [event.name for event in store.events() if event.name.startswith("webhook.")]
    assert said == ["webhook.suspended", "webhook.resumed"]


async def test_one_that_is_asked_to_wait_is_waited_for(store: Store) -> None:
    """429 with Retry-After: the same event again, after that time, and no failure is counted."""
    answers = iter([429, 429])

    async def reply(_: web.Request) -> web.StreamResponse:
        status = next(answers, 204)
        return web.Response(status=status, headers={"Retry-After": "3600"} if status == 429 else {})

    async with consuming(reply) as consumer, delivering(store, endpoint("c2", consumer.url)) as courier:
        assert await courier.drain(PATIENCE_S) == 0
    assert consumer.seqs == [1, 1, 1, 2]


@pytest.mark.parametrize("content", [b"x" * 5_000_000, b""], ids=["endless", "never"])
async def test_the_status_counts_whatever_the_body_of_an_answer_does(store: Store, content: bytes) -> None:
    """Megabytes are not read, a body that never comes is not waited for; the event was taken all the same."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + content)
        await asyncio.sleep(60)

    async with talking(talk) as url, delivering(store, endpoint("c2", url, timeout_s=5.0)) as courier:
        assert await courier.drain(PATIENCE_S) == 0


async def test_what_is_refused_becomes_a_dead_letter_and_can_be_tried_again(store: Store) -> None:
    """The others go on; after a replay of the dead it is delivered while the courier runs, and dead no more."""
    refused = {3}

    async def reply(_: web.Request) -> web.StreamResponse:
        return web.Response(status=422 if consumer.got[-1]["seq"] in refused else 204)

    seqs = [1, 2, *write(store, 5)]
    async with consuming(reply) as consumer, delivering(store, endpoint("c2", consumer.url)) as courier:
        await courier.drain(PATIENCE_S)
        assert consumer.seqs == [1, 2, 3, 3, 3, 4, 5, 6, 7]
        (letter,) = store.webhooks.dead_letters("c2", "drill-1")
        assert (letter.event_seq, letter.reason, letter.attempts) == (3, "refused: 422", 3)
        refused.clear()
        store.webhooks.replay_dead("c2", "drill-1", "operator1")
        await until(lambda: consumer.seqs[-1] == 3)
        store.webhooks.replay("c2", "drill-1", 5, "operator1")
        await until(lambda: consumer.seqs[-2:] == seqs[-2:])
    assert store.webhooks.dead_letters("c2", "drill-1") == []
    assert consumer.seqs[9:] == [3, 6, 7]


async def test_an_erased_alert_is_never_told_of_and_its_end_is(store: Store) -> None:
    """Raised and found false before an endpoint came back: no word of it but that it was false, and erased."""
    store.raise_alert(alert("a1"))
    operator = Person(name="operator1", role=Role.OPERATOR)
    act(store, "a1", Adjudicate(verdict="false", why="another person"), operator)
    async with consuming() as consumer:
        asks = endpoint("c2", consumer.url, "alert.*", "data.erased", subject=True)
        async with delivering(store, asks) as courier:
            await courier.drain(PATIENCE_S)
    assert [body["type"] for body in consumer.got] == ["alert.adjudicated", "data.erased"]
    assert not any("subject" in body for body in consumer.got)
    assert {letter.reason for letter in store.webhooks.dead_letters("c2", "drill-1")} == {"erased"}


async def test_a_subject_is_told_only_to_whom_it_was_granted(store: Store) -> None:
    """The public part names nobody; the endpoint that asks for it gets who it is."""
    store.raise_alert(alert("a1"))
    async with consuming() as plain, consuming() as granted:
        both = (
            endpoint("plain", plain.url, "alert.raised"),
            endpoint("granted", granted.url, "alert.raised", subject=True),
        )
        async with delivering(store, *both) as courier:
            await courier.drain(PATIENCE_S)
    assert SUBJECT not in str(plain.got)
    assert granted.got[0]["subject"]["subject_id"] == SUBJECT
    assert SubjectFacts(**granted.got[0]["subject"]).subject_id == SUBJECT


async def test_pictures_are_links_of_the_console_that_end(store: Store) -> None:
    """One for each picture, made at each attempt; none once the secret that signs them is gone, or never was."""
    store.raise_alert(alert("a1"))
    make_link = links_of(store, "drill-1", "https://lfr.example.org/")
    facts = ToldOfAlerts(store, make_link)
    assert facts.pictures("a1", "c2", NOON) == ()
    secret = store.deployment_secret("drill-1")
    links = facts.pictures("a1", "c2", NOON)
    assert [link.kind for link in links] == list(store.picture_kinds("a1"))
    assert links[0].expires_at == NOON + LINK_LIFETIME
    address, _, token = links[0].url.rpartition("/")
    assert address == "https://lfr.example.org/api/v1/pictures"
    assert read_grant(token, lambda _: secret, NOON).who == "webhook:c2"
    assert ToldOfAlerts(store, None).pictures("a1", "c2", NOON) == ()


async def test_a_drain_does_not_wait_for_who_cannot_take_it(store: Store) -> None:
    """An endpoint that is asked again later than the drain lasts is left; what it has not got is counted."""
    write(store, 10)
    async with consuming(500) as consumer:
        slow = Schedule(first_s=3600, longest_s=3600)
        async with delivering(store, endpoint("c2", consumer.url), schedule=slow) as courier:
            await until(lambda: bool(consumer.got))
            async with asyncio.timeout(PATIENCE_S):
                assert await courier.drain(300) == 12


CHILD = """
import asyncio, sys
from pathlib import Path
from lfr_actors.actors.courier import CourierActor
from lfr_actors.store import Store
from tests.unit.delivery.consumers import endpoint
home, url = sys.argv[1:]
asyncio.run(CourierActor(lambda: Store.open(Path(home)), "drill-1", [endpoint("c2", url)]).run())
"""


async def test_killed_in_the_middle_it_goes_on_without_a_gap(store: Store, home: Path) -> None:
    """kill -9 of the process: whoever delivers next begins at or before the next event, in order; none is lost."""
    seqs = [1, 2, *write(store, 400)]
    store.end_deployment("drill-1", CLOSED)

    async def slowly(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.002)
        return web.Response(status=204)

    async with consuming(slowly) as consumer:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CHILD, str(home), consumer.url, cwd=Path(__file__).parents[3]
        )
        await until(lambda: len(consumer.got) > 150 or child.returncode is not None)
        os.kill(child.pid, signal.SIGKILL)
        await child.wait()
        actor = CourierActor(lambda: Store.open(home), "drill-1", [endpoint("c2", consumer.url)])
        running = asyncio.create_task(actor.run())
        assert await actor.drain(PATIENCE_S) == 0
        (fares,) = await actor.status()
        await actor.close()
        await running
        await actor.close()
    # what the killed one had posted may arrive after its death: the next one begins where the order starts anew
    got = consumer.seqs
    restart = next((place for place in range(1, len(got)) if got[place] != got[place - 1] + 1), len(got))
    before, after = got[:restart], got[restart:]
    assert before == seqs[: len(before)]
    assert len(before) > 150
    assert after == list(range(404 - len(after), 404))
    assert 1 <= (404 - len(after)) <= before[-1] + 1
    assert fares.seq == 403

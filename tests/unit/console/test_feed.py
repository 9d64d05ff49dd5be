"""The live feed: every change once and in order, whatever happens to the page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from lfr_actors.console import feed as feed_module
from lfr_actors.console import streaming
from lfr_actors.console.app import make_app
from lfr_actors.console.feed import Change, Feed, Resync, Subscription
from lfr_actors.console.security import Security
from lfr_actors.console.sessions import token_hash
from lfr_actors.errors import StoreError
from lfr_actors.events.cameras import CameraLost
from lfr_actors.events.types import AccessViewed
from lfr_actors.people import Role
from lfr_actors.store import Store
from lfr_actors.store.sessions import Ending
from tests.unit.console.console_site import DEPLOYMENT, ConsoleSite, Somebody, console_site
from tests.unit.console.test_live import status
from tests.unit.events.samples import started
from tests.unit.store.samples import SECOND

LOST = CameraLost(camera="bridge-street", reason="no frame for 5 s", retry_in_s=2.0)


@pytest.fixture
async def site(home: Path) -> AsyncIterator[ConsoleSite]:
    """A console in which one operator decides."""
    async with console_site(home) as found:
        yield found


class Reading:
    """What a page reads of its feed."""

    def __init__(self, answer: ClientResponse) -> None:
        self.answer = answer

    async def message(self) -> dict[str, Any]:
        """The next message: `event`, `data`, and `id` if it has one."""
        found: dict[str, Any] = {}
        while True:
            line = (await asyncio.wait_for(self.answer.content.readline(), 10)).decode().rstrip("\n")
            if line == "" and "event" in found:
                return found
            name, _, value = line.partition(": ")
            if name in ("event", "id", "data"):
                found[name] = json.loads(value) if name == "data" else value

    async def changes(self, count: int) -> list[int]:
        """The numbers of the next changes."""
        found = []
        while len(found) < count:
            message = await self.message()
            if message["event"] == "change":
                assert message["id"] == str(message["data"]["seq"])
                found.append(message["data"]["seq"])
        return found


async def opened(who: Somebody, query: str = "", **headers: str) -> Reading:
    """Open the feed of the deployment."""
    answer = await who.get(f"/d/{DEPLOYMENT}/stream{query}", **headers)
    assert (answer.status, answer.content_type) == (200, "text/event-stream")
    return Reading(answer)


def lose(store: Store, times: int = 1) -> list[int]:
    """Write changes; their numbers."""
    return [event.seq for event in store.append(DEPLOYMENT, *[LOST] * times)]


async def test_an_alert_is_told_without_saying_who(site: ConsoleSite) -> None:
    """A page hears of a new alert by number, name and id, and of nothing else about it."""
    page = await opened(site.person("ann"))
    site.raise_alert("c0ffee00c0ffee00")
    message = await page.message()
    assert message["event"] == "change"
    assert message["data"] == {
        "seq": site.store.head().seq,
        "name": "alert.raised",
        "alert": "c0ffee00c0ffee00",
    }


async def test_looks_and_other_deployments_are_not_told(site: ConsoleSite) -> None:
    """What changes nothing on this page is not told: who looked, and what happens elsewhere."""
    page = await opened(site.person("ann"))
    site.store.append(DEPLOYMENT, AccessViewed(what="alert:x", who="ann", why=None))
    site.store.begin_deployment("drill-2", started("drill-2"))
    site.store.append("drill-2", LOST)
    (seq,) = lose(site.store)
    assert await page.changes(1) == [seq]


async def test_a_page_that_comes_back_has_no_gap_and_no_double(site: ConsoleSite) -> None:
    """Cut off anywhere, while more is written, a page has read every change once when it is back."""
    ann = site.person("ann")
    page = await opened(ann)
    written = lose(site.store, 5)
    read = await page.changes(2)
    page.answer.close()
    written += lose(site.store, 40)
    for _ in range(3):
        page = await opened(ann, Last_Event_ID=str(read[-1]))
        written += lose(site.store, 3)  # some of them before the reader has seen the others
        read += await page.changes(7)
        page.answer.close()
    page = await opened(ann, f"?after={read[-1]}")
    read += await page.changes(len(written) - len(read))
    assert read == written


async def test_a_console_that_was_killed_loses_nothing(site: ConsoleSite) -> None:
    """Another one over the same store: the session is good, and the page goes on with the change after its last."""
    ann = site.person("ann")
    page = await opened(ann)
    written = lose(site.store, 3)
    read = await page.changes(2)
    page.answer.close()
    written += lose(site.store, 2)
    context = replace(site.context, security=Security(site.store, site.context.settings))
    async with TestClient(TestServer(make_app(context))) as client:
        page = await opened(replace(ann, client=client), Last_Event_ID=str(read[-1]))
        written += lose(site.store, 2)
        assert read + await page.changes(5) == written


async def test_the_number_that_came_back_wins_over_that_of_the_page(site: ConsoleSite) -> None:
    """A browser repeats the address it first opened: what it says in the header is newer."""
    ann = site.person("ann")
    first, second = lose(site.store, 2)
    page = await opened(ann, f"?after={first - 1}", Last_Event_ID=str(first))
    assert await page.changes(1) == [second]


async def test_a_number_of_another_log_means_everything_anew(site: ConsoleSite) -> None:
    """A page that knows more than there is fetches everything, and then hears what comes."""
    page = await opened(site.person("ann"), Last_Event_ID="999999")
    message = await page.message()
    assert message["event"] == "resync"
    (seq,) = lose(site.store)
    assert await page.changes(1) == [seq]
    wrong = await site.person("bob").get(f"/d/{DEPLOYMENT}/stream", Last_Event_ID="1; DROP")
    assert wrong.status == 400


async def test_too_long_away_means_everything_anew(
    site: ConsoleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More changes than are read again are told as one: fetch everything."""
    monkeypatch.setattr(feed_module, "BACKLOG", 10)
    before = site.store.head().seq
    lose(site.store, 11)
    await site.app[streaming.FEED].poll()
    page = await opened(site.person("ann"), f"?after={before}")
    message = await page.message()
    assert message["event"] == "resync"
    assert message["data"]["seq"] >= before + 11


async def test_a_slow_page_is_told_to_fetch_everything_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that is full is given up whole: one resync up to where the log was read, then changes again."""
    monkeypatch.setattr(feed_module, "QUEUE", 3)
    read = 0
    own = Subscription("d", 0, lambda: read)
    for seq in range(1, 6):
        own.put(Change(seq=seq, name="camera.lost", alert_id=None))
        read = seq
    assert await own.next(1.0) == Resync(seq=5)
    own.put(Change(seq=5, name="camera.lost", alert_id=None))
    own.put(Change(seq=6, name="camera.lost", alert_id=None))
    told = await own.next(1.0)
    assert not isinstance(told, Resync)
    assert [change.seq for change in told] == [6]


async def test_one_slow_page_holds_up_nobody(site: ConsoleSite) -> None:
    """A page that does not read leaves the others alone."""
    reader = site.app[streaming.FEED]
    with reader.subscription(DEPLOYMENT, None) as slow:
        page = await opened(site.person("ann"))
        for _ in range(3):
            written = lose(site.store, feed_module.QUEUE // 2)
            assert await page.changes(len(written)) == written
        assert isinstance(await slow.next(0.01), Resync)


async def test_a_stream_ends_with_its_session(site: ConsoleSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is signed out, disabled or locked hears nothing more on a page that is still open."""
    monkeypatch.setattr(streaming, "SESSION_S", 0.05)
    ann = site.person("ann")
    page = await opened(ann)
    sessions = site.store.people.sessions

    sessions.end(token_hash(ann.token), Ending.DISABLED)
    rest = await asyncio.wait_for(page.answer.content.read(), 10)
    lose(site.store)
    assert b"change" not in rest


async def test_nobody_takes_every_stream(site: ConsoleSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """One account has so many pages at most; those of others open all the same."""
    monkeypatch.setattr(streaming, "MOST_OF_ONE", 2)
    ann = site.person("ann")
    for _ in range(2):
        await opened(ann)
    assert (await ann.get(f"/d/{DEPLOYMENT}/stream")).status == 503
    await opened(site.person("bob"))


async def test_streams_are_no_sign_of_somebody(site: ConsoleSite) -> None:
    """An open page that nobody touches does not keep a session from locking."""
    ann = site.person("ann")

    site.clock.now += 60 * SECOND
    await opened(ann)
    row = site.store.people.sessions.get(token_hash(ann.token))
    assert row is not None
    assert row.active_at == row.opened_at


async def test_cameras_are_told_each_second_to_pages_that_show_them(
    site: ConsoleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message `live` has the tiles; previews are wanted by an operator's page and not by an auditor's."""

    monkeypatch.setattr(streaming, "LIVE_S", 0.02)
    site.live.show([status(frames=3)])
    auditor = await opened(site.person("aud", Role.AUDITOR), "?cameras=1")
    message = await auditor.message()
    assert (message["event"], message["data"]["cameras"][0]["camera_id"]) == ("live", "bridge-street")
    assert message["data"]["cameras"][0]["preview_url"] is None
    assert not site.live.wants_previews()
    operator = await opened(site.person("ann"), "?cameras=1")
    message = await operator.message()
    assert message["data"]["cameras"][0]["preview_url"].endswith("/preview.jpg")
    assert site.live.wants_previews()


async def test_a_reader_that_was_away_reads_on_where_it_was(home: Path) -> None:
    """Faults of the database cost nothing: the next poll hands on what was written meanwhile, once."""

    with Store.open(home) as store:
        store.begin_deployment(DEPLOYMENT, started(DEPLOYMENT))
        reader = Feed(store)
        await reader.start()
        with reader.subscription(DEPLOYMENT, None) as own:
            written = lose(store, 2)
            real = store.events
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(store, "events", _failing)
                with pytest.raises(StoreError):
                    await reader.poll()
            assert store.events == real
            await reader.poll()
            await reader.poll()
            told = await own.next(1.0)
            assert not isinstance(told, Resync)
            assert [change.seq for change in told] == written


def _failing(**_: object) -> None:

    raise StoreError("lfr.db", "is locked")

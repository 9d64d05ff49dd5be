"""The keeper of a deployment's list, on a real store and with a real matcher."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from lfr_actors.actors.list_keeper import ListKeeper
from lfr_actors.actors.matcher import MatcherShard
from lfr_actors.errors import Erased, NotReady, Refused
from lfr_actors.events.chain import verify
from lfr_actors.events.keeping import DataErased
from lfr_actors.events.types import (
    DeploymentClosed,
    DeploymentStopped,
    Totals,
    WatchlistAmended,
    WatchlistRemovalRequested,
)
from lfr_actors.messages import DeploymentId
from lfr_actors.retention.erasure import Eraser
from lfr_actors.retention.policy import DataClass
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import KIND
from lfr_actors.testing import gallery_of, template_of
from lfr_actors.testing.people import Colour
from lfr_actors.watchlist.commitment import commitment
from lfr_actors.watchlist.gallery import Gallery
from tests.actors.colours import BLUE, GREEN, RED
from tests.unit.events.samples import started

DRILL = DeploymentId("drill-1")
PEOPLE: Mapping[str, Colour] = {"red-marker-4711": RED, "blue-marker-4712": BLUE, "green-marker-4713": GREEN}
TOTALS = Totals(
    frames=1,
    dropped=0,
    faces_seen=0,
    searches=0,
    alerts=0,
    elapsed_s=1.0,
    latency_p50_ms=None,
    latency_p99_ms=None,
)


class Matchers:
    """Two matchers, as a cluster holds them. `away` many calls find them being restarted."""

    def __init__(self, gallery: Gallery, away: int = 0) -> None:
        self.shards = (MatcherShard(), MatcherShard())
        self.first, self.away, self.calls = gallery, away, 0

    async def start(self) -> None:
        """Let them answer from the list as it was at the start."""
        await self._send(self.first)

    async def hold(self, gallery: Gallery) -> None:
        """See `Cluster.replace_gallery`."""
        self.calls += 1
        if self.away:
            self.away -= 1
            await self.shards[0].receive(next(iter(gallery.chunks())))
            raise NotReady("matcher", "it is being restarted")
        await self._send(gallery)

    async def _send(self, gallery: Gallery) -> None:
        for shard in self.shards:
            for piece in gallery.chunks():
                await shard.receive(piece)
            await shard.activate(gallery.version)

    async def know(self, subject: str) -> list[bool]:
        """Whether each still answers with this subject to their own face."""
        answers = [await shard.search(template_of(PEOPLE[subject])[None]) for shard in self.shards]
        return [any(c.subject_id == subject for c in answer[0].candidates) for answer in answers]


@pytest.fixture
def begun(store: Store) -> Iterator[Store]:
    """A store in which the deployment runs."""
    with store.lease(DRILL):
        store.begin_deployment(DRILL, started(DRILL))
        yield store


def a_keeper(store: Store, people: Mapping[str, Colour] = PEOPLE) -> tuple[ListKeeper, Gallery]:
    """A keeper that sealed the list of these people, and the list."""
    keeper, gallery = ListKeeper(store, DRILL), gallery_of(people)
    keeper.seal(gallery)
    return keeper, gallery


def ask(store: Store, subject: str) -> str:
    """Somebody asks for a removal; the commitment."""
    asked = commitment(store.deployment_secret(DRILL), subject)
    store.append(DRILL, WatchlistRemovalRequested(commitment=asked, who="officer"))
    return asked


def amended(store: Store) -> list[WatchlistAmended]:
    """What the log says of removals, in a chain that verifies."""
    verify(store.iter_events(), store.head())
    return [event.body for event in store.iter_events() if isinstance(event.body, WatchlistAmended)]


def erased(store: Store) -> list[DataErased]:
    """Receipts, after erasing what is due now."""
    caught_up = Eraser(store).catch_up()
    assert caught_up.overdue == ()
    return [event.body for event in caught_up.erased if isinstance(event.body, DataErased)]


def stop(store: Store) -> None:
    """The deployment stops, to be resumed."""
    store.end_deployment(DRILL, DeploymentStopped(reason="SIGTERM", totals=TOTALS))


def everything_on_disk(home: Path) -> bytes:
    """Every file under the data folder, and the names of them."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() + str(path).encode() for path in files)


def test_a_sealed_list_can_be_opened_again(begun: Store) -> None:
    """As often as a matcher needs it, the same version with the same templates comes out."""
    keeper, gallery = a_keeper(begun)
    version, templates = gallery.version, gallery.templates.copy()
    gallery.overwrite()
    for _ in range(2):
        again = keeper.open()
        assert (again.version, (again.templates == templates).all()) == (version, True)
        again.overwrite()


def test_a_list_that_was_not_sealed_cannot_be_opened(begun: Store) -> None:
    """Asked too early it says so."""
    with pytest.raises(Refused, match="not sealed yet"):
        ListKeeper(begun, DRILL).open()


def test_no_name_and_no_template_is_on_disk_in_clear(begun: Store, home: Path) -> None:
    """Neither the sealed file, nor the database, nor its journal says who is on the list or what they look like."""
    keeper, gallery = a_keeper(begun)
    ask(begun, "red-marker-4711")
    asyncio.run(keeper.carry_out(Matchers(gallery).hold))
    found = everything_on_disk(home)
    assert keeper.open().version.encode() in found  # the log, so that the search finds what is there
    assert b"marker-47" not in found
    for row in gallery_of(PEOPLE).templates:
        assert row.tobytes() not in found
        assert row.astype("<f2").tobytes() not in found


def test_an_erased_list_cannot_be_read(begun: Store, home: Path) -> None:
    """At the end of the deployment key and file are gone, with a receipt that counts who was on it."""
    keeper, _ = a_keeper(begun)
    (file,) = (home / "vault").iterdir()
    assert erased(begun) == []
    begun.end_deployment(DRILL, DeploymentClosed(reason="sources ended", totals=TOTALS))
    (receipt,) = erased(begun)
    assert (receipt.kind, receipt.data_class) == (KIND, DataClass.WATCHLIST)
    assert receipt.items == {"subjects": 3, "templates": 3}
    assert not file.exists()
    with pytest.raises(Erased):
        keeper.open()


async def test_a_removal_is_carried_out_in_one_look(begun: Store, home: Path) -> None:
    """No matcher answers with the subject any more, the old templates are overwritten, and the log says so."""
    keeper, gallery = a_keeper(begun)
    matchers = Matchers(gallery)
    await matchers.start()
    before = [shard._searcher._gallery.templates for shard in matchers.shards]  # type: ignore[union-attr]
    (old_file,) = (home / "vault").iterdir()
    asked = ask(begun, "red-marker-4711")
    assert await keeper.carry_out(matchers.hold) == 1
    assert await matchers.know("red-marker-4711") == [False, False]
    assert await matchers.know("blue-marker-4712") == [True, True]
    assert all(not templates.any() for templates in before)
    left = keeper.open()
    assert left.subject_ids == ("blue-marker-4712", "green-marker-4713")
    assert [await shard.version() for shard in matchers.shards] == [left.version] * 2
    (body,) = amended(begun)
    assert (body.commitments, body.removed, body.subjects, body.templates) == ((asked,), 1, 2, 2)
    assert (body.previous_version, body.gallery_version) == (gallery.version, left.version)
    (receipt,) = erased(begun)
    assert receipt.items == {"subjects": 3, "templates": 3}
    assert not old_file.exists()
    assert keeper.open().version == left.version
    assert await keeper.carry_out(matchers.hold) == 0


async def test_several_removals_make_one_new_list(begun: Store) -> None:
    """Asked for two people, one of them twice, it rebuilds once."""
    keeper, gallery = a_keeper(begun)
    matchers = Matchers(gallery)
    await matchers.start()
    asked = [ask(begun, name) for name in ("red-marker-4711", "blue-marker-4712", "red-marker-4711")]
    assert await keeper.carry_out(matchers.hold) == 2
    assert matchers.calls == 1
    (body,) = amended(begun)
    assert body.commitments == tuple(sorted(set(asked)))
    assert await matchers.know("green-marker-4713") == [True, True]


async def test_somebody_who_is_not_on_the_list(begun: Store) -> None:
    """A commitment to nobody on it, or one that is no commitment, changes nothing and is not looked at again."""
    keeper, gallery = a_keeper(begun)
    matchers = Matchers(gallery)
    ask(begun, "somebody-else")
    begun.append(DRILL, WatchlistRemovalRequested(commitment="not hexadecimal", who="officer"))
    assert await keeper.carry_out(matchers.hold) == 0
    assert (matchers.calls, amended(begun), erased(begun)) == (0, [], [])
    assert keeper.open().version == gallery.version


async def test_a_request_of_another_deployment_is_not_heard(begun: Store) -> None:
    """The same name on another list is another matter."""
    other = DeploymentId("drill-2")
    begun.begin_deployment(other, started(other))
    keeper, gallery = a_keeper(begun)
    asked = commitment(begun.deployment_secret(DRILL), "red-marker-4711")
    begun.append(other, WatchlistRemovalRequested(commitment=asked, who="officer"))
    matchers = Matchers(gallery)
    assert await keeper.carry_out(matchers.hold) == 0
    assert matchers.calls == 0


async def test_a_matcher_that_is_not_ready_is_asked_again(begun: Store) -> None:
    """The request outlives every refusal; a matcher restored meanwhile gets the list without the subject."""
    keeper, gallery = a_keeper(begun)
    matchers = Matchers(gallery, away=2)
    await matchers.start()
    ask(begun, "red-marker-4711")
    for _ in range(2):
        with pytest.raises(NotReady):
            await keeper.carry_out(matchers.hold)
        assert amended(begun) == []
        assert "red-marker-4711" not in keeper.open().subject_ids
    assert await keeper.carry_out(matchers.hold) == 1
    assert await matchers.know("red-marker-4711") == [False, False]
    (body,) = amended(begun)
    assert body.previous_version == gallery.version
    assert len(erased(begun)) == 1  # one list was sealed in its place, however often it was tried


async def test_a_request_that_comes_while_one_waits(begun: Store) -> None:
    """It is carried out in the look after; each has its own event, and their versions follow each other."""
    keeper, gallery = a_keeper(begun)
    matchers = Matchers(gallery, away=1)
    await matchers.start()
    first = ask(begun, "red-marker-4711")
    with pytest.raises(NotReady):
        await keeper.carry_out(matchers.hold)
    second = ask(begun, "blue-marker-4712")
    assert [await keeper.carry_out(matchers.hold) for _ in range(3)] == [1, 1, 0]
    bodies = amended(begun)
    assert [body.commitments for body in bodies] == [(first,), (second,)]
    assert bodies[1].previous_version == bodies[0].gallery_version
    assert await matchers.know("blue-marker-4712") == [False, False]


async def test_a_store_that_fails_loses_no_request(begun: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever step fails, the next look takes the subject off, and the log says it once."""
    keeper, gallery = a_keeper(begun)
    matchers = Matchers(gallery)
    ask(begun, "red-marker-4711")

    def broken(*_: object) -> None:
        raise OSError("disk full")

    for step in (
        "lfr_actors.actors.list_keeper.open_watchlist",
        "lfr_actors.actors.list_keeper.seal_watchlist",
    ):
        with monkeypatch.context() as patch:
            patch.setattr(step, broken)
            with pytest.raises(OSError, match="disk full"):
                await keeper.carry_out(matchers.hold)
    assert await keeper.carry_out(matchers.hold) == 1
    assert len(amended(begun)) == 1
    assert "red-marker-4711" not in keeper.open().subject_ids


async def test_everybody_removed(begun: Store) -> None:
    """A list of nobody answers with nobody, and says that it is empty."""
    keeper, gallery = a_keeper(begun)
    matchers = Matchers(gallery)
    await matchers.start()
    assert not keeper.is_empty
    for name in PEOPLE:
        ask(begun, name)
    assert await keeper.carry_out(matchers.hold) == 3
    assert keeper.is_empty
    assert [await matchers.know(name) for name in PEOPLE] == [[False, False]] * 3
    (body,) = amended(begun)
    assert (body.subjects, body.templates) == (0, 0)


def test_a_resumed_deployment_is_without_the_removed(begun: Store) -> None:
    """Whoever was removed before the stop, carried out or not, is not on the list of the next start."""
    keeper, gallery = a_keeper(begun)
    ask(begun, "red-marker-4711")
    asyncio.run(keeper.carry_out(Matchers(gallery).hold))
    ask(begun, "blue-marker-4712")
    stop(begun)
    begun.begin_deployment(DRILL, started(DRILL))
    again, whole = ListKeeper(begun, DRILL), gallery_of(PEOPLE)
    admitted = again.admit(whole)
    assert admitted.subject_ids == ("green-marker-4713",)
    assert not whole.templates.any()
    again.seal(admitted)
    nobody = Matchers(admitted)
    assert asyncio.run(again.carry_out(nobody.hold)) == 0
    assert nobody.calls == 0


def test_a_start_without_removals_takes_the_list_as_it_is(begun: Store) -> None:
    """Nothing is copied and nothing overwritten."""
    gallery = gallery_of(PEOPLE)
    assert ListKeeper(begun, DRILL).admit(gallery) is gallery
    assert gallery.templates.any()


def test_a_start_with_everybody_removed_is_refused(begun: Store) -> None:
    """There would be nobody to look for; and the list that was read is overwritten all the same."""
    for name in PEOPLE:
        ask(begun, name)
    gallery = gallery_of(PEOPLE)
    with pytest.raises(Refused, match="everybody was removed"):
        ListKeeper(begun, DRILL).admit(gallery)
    assert not gallery.templates.any()


def test_the_list_of_an_earlier_start_goes_when_the_next_is_sealed(begun: Store) -> None:
    """A process that died left its list, with those who are removed since; it is not kept until the end."""
    a_keeper(begun)
    a_keeper(begun)
    (receipt,) = erased(begun)
    assert receipt.kind == KIND
    assert len(begun.retained.object_ids(DRILL, KIND)) == 1


def test_nobody_is_put_back_when_the_secret_is_gone(home: Path) -> None:
    """A deployment resumed after its secret was erased cannot tell who was removed: it refuses to guess."""
    with Store.open(home) as store:
        store.begin_deployment(DRILL, started(DRILL))
        ask(store, "red-marker-4711")
        stop(store)
        policy = store.policy_of(DRILL)
        later = store.deployments()[0].ended_at + policy.rule_of(DataClass.ALERT).lifetime  # type: ignore[operator]
        assert not Eraser(store, clock=lambda: later, simulated=True).catch_up().overdue
        store.begin_deployment(DRILL, started(DRILL))
        with pytest.raises(Refused, match="the secret that could tell who was erased"):
            ListKeeper(store, DRILL).admit(gallery_of(PEOPLE))

"""The keeper of a deployment's list, on a real store and with real shards."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lfr_actors.actors import amendments
from lfr_actors.actors.list_keeper import ListKeeper
from lfr_actors.actors.matcher import MatcherShard
from lfr_actors.actors.ports import GalleryOrder
from lfr_actors.errors import Erased, NotReady, Refused
from lfr_actors.events.amending import (
    WatchlistAmended,
    WatchlistAmendmentRefused,
    WatchlistAmendmentRequested,
)
from lfr_actors.events.cameras import Totals
from lfr_actors.events.chain import verify
from lfr_actors.events.deployments import DeploymentClosed, DeploymentStopped
from lfr_actors.events.keeping import DataErased
from lfr_actors.events.lists import WatchlistBuilt, WatchlistSealed
from lfr_actors.messages import DeploymentId
from lfr_actors.retention.erasure import Eraser
from lfr_actors.retention.policy import DataClass
from lfr_actors.store.append import Speaking
from lfr_actors.store.objects import ADDITION_KIND, LIST_KIND
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import open_version, seal_addition
from lfr_actors.testing import template_of
from lfr_actors.testing.people import Colour
from lfr_actors.watchlist.commitment import commitment
from lfr_actors.watchlist.policy import ListPolicy
from lfr_actors.watchlist.thresholds import Thresholds
from lfr_actors.watchlist.version import ListVersion
from tests.actors.colours import BLUE, GREEN, RED
from tests.actors.drills import version_of
from tests.unit.events.samples import started

DRILL = DeploymentId("drill-1")
PEOPLE: Mapping[str, Colour] = {"red-marker-4711": RED, "blue-marker-4712": BLUE, "green-marker-4713": GREEN}
YELLOW: Colour = (60, 200, 200)
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
    """Two shards, as a cluster gives them their list. `away` many calls find them being restarted."""

    def __init__(self, away: int = 0) -> None:
        self.shards = (MatcherShard(0, 2), MatcherShard(1, 2))
        self.away, self.calls = away, 0

    async def hold(self, order: GalleryOrder) -> None:
        """See `Cluster.replace_gallery`."""
        self.calls += 1
        if self.away:
            self.away -= 1
            raise NotReady("matcher", "it is being restarted")
        for shard in self.shards:
            await shard.prepare(order)
        for shard in self.shards:
            await shard.flip(order.generation)

    async def know(self, colour: Colour) -> set[str]:
        """Who is recognised by this colour."""
        replies = [await shard.search(template_of(colour)[None]) for shard in self.shards]
        return {
            candidate.subject_id
            for reply in replies
            for candidate in reply.results()[0].candidates
            if candidate.reached
        }

    async def versions(self) -> set[str | None]:
        """The versions that the shards answer from."""
        return {(await shard.state()).version for shard in self.shards}


@pytest.fixture
def begun(store: Store) -> Iterator[Store]:
    """A store in which the deployment runs."""
    with store.lease(DRILL):
        store.begin_deployment(DRILL, started(DRILL))
        yield store


def a_keeper(
    store: Store, people: Mapping[str, Colour] = PEOPLE, policy: ListPolicy | None = None
) -> tuple[ListKeeper, ListVersion]:
    """A keeper that sealed the list of these people, and the list."""
    keeper, version = new_keeper(store, policy), version_of(people)
    keeper.seal(version, source=None, who="officer")
    return keeper, version


def new_keeper(store: Store, policy: ListPolicy | None = None) -> ListKeeper:
    """A keeper that has done nothing yet."""
    return ListKeeper(store, DRILL, thresholds=Thresholds(default=0.9), policy=policy or ListPolicy())


def ask(
    store: Store,
    *remove: str,
    add: ListVersion | None = None,
    note: tuple[str, ListKeeper] | None = None,
    deployment: str = DRILL,
) -> str:
    """Somebody asks for an amendment; its id. `note` is sealed under the list of that keeper."""
    secret = store.deployment_secret(DRILL)
    sealed = None if add is None else seal_addition(store, add, deployment_id=deployment)
    body = WatchlistAmendmentRequested(
        amendment_id=uuid.uuid4().hex[:12],
        added=0 if add is None else len(add.subjects),
        removed=len(remove),
        object_id=None if sealed is None else sealed.object_id,
        commitments=tuple(commitment(secret, each) for each in remove),
        reason="new-intelligence",
        who="officer",
    )
    entry: WatchlistAmendmentRequested | Speaking = body
    if note is not None:
        key = store.keys.get(note[1].sealed.key_id)
        entry = Speaking(body=body, key=key, speaks={"note": note[0]})
    store.append(deployment, entry)
    return body.amendment_id


def amended(store: Store) -> list[WatchlistAmended]:
    """What the log says of amendments, in a chain that verifies."""
    verify(store.iter_events(), store.head())
    return [event.body for event in store.iter_events() if isinstance(event.body, WatchlistAmended)]


def refused(store: Store) -> list[WatchlistAmendmentRefused]:
    """What the log says of amendments that were not carried out."""
    return [event.body for event in store.iter_events() if isinstance(event.body, WatchlistAmendmentRefused)]


def listed(store: Store, keeper: ListKeeper) -> set[str]:
    """Who is on the list in the vault."""
    return {subject.subject_id for subject in open_version(store, keeper.sealed).subjects}


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


def test_shards_load_their_part_of_what_was_sealed(begun: Store) -> None:
    """As often as a shard needs it, its part of the same version comes out; a list that was not sealed does not."""
    with pytest.raises(Refused, match="not sealed yet"):
        _ = new_keeper(begun).order
    keeper, version = a_keeper(begun)
    for _ in range(2):
        parts = [keeper.order.load(part, 2) for part in range(2)]
        assert {part.version for part in parts} == {version.version}
        assert sorted(each for part in parts for each in part.subject_ids) == sorted(PEOPLE)


async def test_no_name_and_no_template_is_on_disk_in_clear(begun: Store, home: Path) -> None:
    """Neither sealed files, nor the database, nor its journal says who is on the list or what they look like."""
    keeper, _ = a_keeper(begun)
    ask(begun, "red-marker-4711", add=version_of({"new-marker-4714": YELLOW}), note=("note-marker", keeper))
    assert await keeper.carry_out(Matchers().hold)
    found = everything_on_disk(home)
    assert str(keeper.sealed.version).encode() in found  # the log, so that the search finds what is there
    assert b"marker" not in found
    for colour in (*PEOPLE.values(), YELLOW):
        assert template_of(colour).tobytes() not in found


def test_an_erased_list_cannot_be_read(begun: Store) -> None:
    """At the end of the deployment key and file are gone, with a receipt that counts who was on it."""
    keeper, _ = a_keeper(begun)
    assert erased(begun) == []
    begun.end_deployment(DRILL, DeploymentClosed(reason="sources ended", totals=TOTALS))
    (receipt,) = erased(begun)
    assert (receipt.kind, receipt.data_class) == (LIST_KIND, DataClass.WATCHLIST)
    assert receipt.items == {"subjects": 3, "templates": 3}
    assert not keeper.sealed.path.exists()
    with pytest.raises(Erased):
        keeper.order.load(0, 1)


async def test_an_amendment_is_carried_out_in_one_look(begun: Store) -> None:
    """Whoever was removed is recognised by no shard, whoever was added is; the list before is erased at once."""
    keeper, before = a_keeper(begun)
    matchers = Matchers()
    await matchers.hold(keeper.order)
    old, addition = keeper.sealed.path, version_of({"new-1": YELLOW, "blue-marker-4712": BLUE})
    amendment = ask(begun, "red-marker-4711", add=addition)
    assert await keeper.carry_out(matchers.hold)
    assert [await matchers.know(colour) for colour in (RED, YELLOW, BLUE)] == [
        set(),
        {"new-1"},
        {"blue-marker-4712"},
    ]
    assert listed(begun, keeper) == {"blue-marker-4712", "green-marker-4713", "new-1"}
    (body,) = amended(begun)
    assert (body.amendment_id, body.reason) == (amendment, "new-intelligence")
    assert (body.added, body.replaced, body.removed, body.subjects, body.templates) == (1, 1, 1, 3, 3)
    assert (body.previous, body.version) == (before.version, keeper.sealed.version)
    assert await matchers.versions() == {body.version}
    assert sorted(receipt.kind for receipt in erased(begun)) == [LIST_KIND, ADDITION_KIND]
    assert not old.exists()
    assert not await keeper.carry_out(matchers.hold)


async def test_the_version_that_follows_says_why(begun: Store) -> None:
    """Who asked and the reason are public; what was noted goes on under the key of the new list."""
    keeper, _ = a_keeper(begun)
    ask(begun, "red-marker-4711", note=("taken for his brother", keeper))
    await keeper.carry_out(Matchers().hold)
    sealed = [event for event in begun.iter_events() if isinstance(event.body, WatchlistSealed)]
    assert [event.body.reason for event in sealed if isinstance(event.body, WatchlistSealed)] == [
        "deployment",
        "new-intelligence",
    ]
    assert sealed[1].key_id == keeper.sealed.key_id
    assert sealed[1].sealed is not None


async def test_amendments_are_carried_out_one_after_the_other(begun: Store) -> None:
    """Each has a version of its own, made from the one before, in the order in which they were asked for."""
    keeper, _ = a_keeper(begun)
    matchers = Matchers()
    asked = [ask(begun, "red-marker-4711"), ask(begun, add=version_of({"new-1": YELLOW}))]
    assert [await keeper.carry_out(matchers.hold) for _ in range(3)] == [True, True, False]
    first, second = amended(begun)
    assert [first.amendment_id, second.amendment_id] == asked
    assert second.previous == first.version
    assert listed(begun, keeper) == {"blue-marker-4712", "green-marker-4713", "new-1"}


async def test_what_cannot_be_done_is_refused_and_the_next_goes_on(begun: Store) -> None:
    """Nobody of these on the list, another pack, too many: each refused in words without a name."""
    keeper, _ = a_keeper(begun, policy=ListPolicy(max_subjects=3))
    matchers = Matchers()
    ask(begun, "somebody-else")
    ask(begun, add=version_of({"new-1": YELLOW}, pack="another"))
    ask(begun, add=version_of({"new-2": YELLOW}))
    ask(begun, add=version_of({"new-3": YELLOW}))
    last = ask(begun, "red-marker-4711", add=version_of({"new-4": YELLOW}))
    assert await keeper.carry_out(matchers.hold)
    words = [body.reason for body in refused(begun)]
    assert words[0] == "nobody of those to be removed is on the list"
    assert words[1] == "those to be added were enrolled on another, not on colours"
    assert words[2:] == ["the list would have 4 subjects, and this site allows 3"] * 2
    assert [body.amendment_id for body in amended(begun)] == [last]
    assert matchers.calls == 1
    assert sorted({receipt.kind for receipt in erased(begun)}) == [LIST_KIND, ADDITION_KIND]


async def test_additions_that_were_erased_are_refused(begun: Store) -> None:
    """What is gone cannot join; the list stays as it is."""
    keeper, version = a_keeper(begun)
    ask(begun, add=version_of({"new-1": YELLOW}))
    begun.retained.end_now(begun.retained.object_ids(DRILL, ADDITION_KIND)[0])
    erased(begun)
    assert not await keeper.carry_out(Matchers().hold)
    (body,) = refused(begun)
    assert "erased" in body.reason
    assert keeper.sealed.version == version.version


async def test_a_request_of_another_deployment_is_not_heard(begun: Store) -> None:
    """The same name on another list is another matter."""
    other = DeploymentId("drill-2")
    begun.begin_deployment(other, started(other))
    keeper, _ = a_keeper(begun)
    ask(begun, "red-marker-4711", deployment=other)
    matchers = Matchers()
    assert not await keeper.carry_out(matchers.hold)
    assert matchers.calls == 0


async def test_a_matcher_that_is_not_ready_is_asked_again(begun: Store) -> None:
    """The request outlives every refusal; a shard restored meanwhile gets the list without the subject."""
    keeper, version = a_keeper(begun)
    matchers = Matchers(away=2)
    ask(begun, "red-marker-4711")
    for _ in range(2):
        with pytest.raises(NotReady):
            await keeper.carry_out(matchers.hold)
        assert amended(begun) == []
        assert "red-marker-4711" not in keeper.order.load(0, 1).subject_ids
        assert erased(begun) == [], "what still answers can still be loaded"
    assert await keeper.carry_out(matchers.hold)
    assert await matchers.know(RED) == set()
    (body,) = amended(begun)
    assert body.previous == version.version
    assert len(erased(begun)) == 1  # one list was sealed in its place, however often it was tried


async def test_a_store_that_fails_loses_no_request(begun: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever step fails, the next look takes the subject off, and the log says it once."""
    keeper, _ = a_keeper(begun)
    matchers = Matchers()
    ask(begun, "red-marker-4711")

    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    for step in ("open_version", "seal_version"):
        with monkeypatch.context() as patch:
            patch.setattr(f"lfr_actors.actors.list_keeper.{step}", broken)
            with pytest.raises(OSError, match="disk full"):
                await keeper.carry_out(matchers.hold)
    assert await keeper.carry_out(matchers.hold)
    assert len(amended(begun)) == 1
    assert "red-marker-4711" not in listed(begun, keeper)


async def test_everybody_removed(begun: Store) -> None:
    """A list of nobody answers with nobody, and says that it is empty."""
    keeper, _ = a_keeper(begun)
    matchers = Matchers()
    assert not keeper.is_empty
    ask(begun, *PEOPLE)
    assert await keeper.carry_out(matchers.hold)
    assert keeper.is_empty
    assert [await matchers.know(colour) for colour in PEOPLE.values()] == [set()] * 3
    (body,) = amended(begun)
    assert (body.removed, body.subjects, body.templates) == (3, 0, 0)


def test_a_resumed_deployment_is_without_the_removed(begun: Store) -> None:
    """Whoever was to be removed before the stop, carried out or not, is not on the list of the next start.

    Who had joined is gone with the list, and so is who still waited to: how many, is said.
    """
    keeper, _ = a_keeper(begun)
    begun.append(
        DRILL, WatchlistBuilt(gallery_version="g", subjects=3, templates=3, rows=3, verdicts={"enrolled": 3})
    )
    ask(begun, "red-marker-4711", add=version_of({"new-1": YELLOW}))
    asyncio.run(keeper.carry_out(Matchers().hold))
    ask(begun, "blue-marker-4712", add=version_of({"new-2": YELLOW}))
    stop(begun)
    begun.begin_deployment(DRILL, started(DRILL))
    again, whole = new_keeper(begun), version_of(PEOPLE)
    admitted = again.admit(whole)
    assert [subject.subject_id for subject in admitted.version.subjects] == ["green-marker-4713"]
    assert (admitted.removed, admitted.additions_gone) == (2, 2)
    assert not whole.templates.any()
    again.seal(admitted.version, source=None, who="officer", removed=admitted.removed)
    nobody = Matchers()
    assert not asyncio.run(again.carry_out(nobody.hold))
    assert nobody.calls == 0


def test_a_start_without_removals_takes_the_list_as_it_is(begun: Store) -> None:
    """Nothing is copied and nothing overwritten."""
    version = version_of(PEOPLE)
    admitted = new_keeper(begun).admit(version)
    assert (admitted.version, admitted.removed, admitted.additions_gone) == (version, 0, 0)
    assert version.templates.any()


def test_a_start_with_everybody_removed_is_refused(begun: Store) -> None:
    """There would be nobody to look for; and the list that was read is overwritten all the same."""
    ask(begun, *PEOPLE)
    version = version_of(PEOPLE)
    with pytest.raises(Refused, match="everybody was removed"):
        new_keeper(begun).admit(version)
    assert not version.templates.any()


@pytest.mark.parametrize("between", ["commitment", "deployment_secret"])
def test_a_removal_asked_for_while_a_start_reads_its_list_is_carried_out(
    begun: Store, monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    """It is neither passed over nor lost, at whatever moment of the start it is written."""
    a_keeper(begun)
    ask(begun, "green-marker-4713")
    place = amendments if between == "commitment" else begun
    before, asked = getattr(place, between), []

    def asked_meanwhile(*values: Any) -> Any:
        if not asked:
            asked.append("once")
            monkeypatch.setattr(place, between, before)
            ask(begun, "red-marker-4711")
        return before(*values)

    again = new_keeper(begun)
    monkeypatch.setattr(place, between, asked_meanwhile)
    admitted = again.admit(version_of(PEOPLE))
    again.seal(admitted.version, source=None, who="officer", removed=admitted.removed)
    matchers = Matchers()
    asyncio.run(matchers.hold(again.order))
    while asyncio.run(again.carry_out(matchers.hold)):
        pass
    assert asked
    assert listed(begun, again) == {"blue-marker-4712"}
    assert not refused(begun)


def test_additions_that_a_process_left_behind_go_with_the_next_start(begun: Store) -> None:
    """They are gone with the list that they were for, so nothing of them is kept until the end."""
    a_keeper(begun)
    ask(begun, add=version_of({"yellow-marker-4714": YELLOW}))
    assert new_keeper(begun).admit(version_of(PEOPLE)).additions_gone == 1
    assert ADDITION_KIND in {receipt.kind for receipt in erased(begun)}


def test_the_list_of_an_earlier_start_goes_when_the_next_is_sealed(begun: Store) -> None:
    """A process that died left its list, with those who are removed since; it is not kept until the end."""
    a_keeper(begun)
    a_keeper(begun)
    (receipt,) = erased(begun)
    assert receipt.kind == LIST_KIND
    assert len(begun.retained.object_ids(DRILL, LIST_KIND)) == 1


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
            new_keeper(store).admit(version_of(PEOPLE))

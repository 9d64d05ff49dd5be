"""Lists in the vault: sealed before a byte is written, readable while they are retained, and then never again."""

from __future__ import annotations

import base64
import datetime as dt
import pickle
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lfr_actors.errors import Erased, Refused, StoreError, Tampered
from lfr_actors.events.deployments import DeploymentClosed, DeploymentStopped
from lfr_actors.events.lists import WatchlistSealed
from lfr_actors.retention.erasure import Eraser
from lfr_actors.retention.policy import ClockStart, DataClass
from lfr_actors.store import Store, watchlists
from lfr_actors.store.list_proofs import membership_proof
from lfr_actors.store.objects import ADDITION_KIND, PROOF_KIND
from lfr_actors.store.vault.sealing import unseal
from lfr_actors.store.watchlists import (
    KIND,
    SealedWatchlist,
    copies,
    find_version,
    open_part,
    open_version,
    seal_addition,
    seal_version,
    sealed_object,
    versions,
)
from lfr_actors.watchlist.amend import amended
from lfr_actors.watchlist.membership import check
from lfr_actors.watchlist.thresholds import Thresholds
from lfr_actors.watchlist.version import ListVersion
from tests.unit.events.samples import TOTALS, started
from tests.unit.store.samples import DAY, HOUR, Clock
from tests.unit.watchlist.versions import a_version

NAMES = ("subject-marker-4711", "subject-marker-4712", "blue-marker-4713")
MARKERS = (*NAMES, "note-marker-4711", "portrait-marker-4711", "remark-marker-4711", "custody")
CLOSED = DeploymentClosed(reason="over", totals=TOTALS)


@pytest.fixture
def running(home: Path, clock: Clock) -> Iterator[Store]:
    """A store in which a deployment runs."""
    with Store.open(home, clock=clock) as store, store.lease("drill-1"):
        store.begin_deployment("drill-1", started("drill-1"))
        yield store


def a_list(*more: str) -> ListVersion:
    """A list of three people, one of them blue, with two pictures each."""
    return a_version(*NAMES, *more, pictures_each=2, dim=128)


def sealed(
    store: Store, version: ListVersion | None = None, deployment: str | None = "drill-1"
) -> SealedWatchlist:
    """A list in the vault."""
    return seal_version(
        store,
        version or a_list(),
        deployment_id=deployment,
        who="officer",
        reason="new-intelligence",
        note="remark-marker-4711",
    )


def bodies(store: Store) -> list[WatchlistSealed]:
    """What the log says was sealed."""
    return [each.body for each in store.iter_events() if isinstance(each.body, WatchlistSealed)]


def is_on(store: Store, version: str, subject: str) -> bool:
    """What a proof says, checked against the log alone."""
    row, proof = membership_proof(store, version, subject)
    return check(proof, row.sealed.root, base64.b64decode(row.sealed.public_key))


def erased_kinds(store: Store) -> list[str]:
    """What kinds of objects are erased now."""
    return [str(event.public["kind"]) for event in Eraser(store, clock=store._clock).catch_up().erased]


def test_what_was_sealed_can_be_opened(running: Store, home: Path) -> None:
    """The same list, also through another process's store."""
    made = sealed(running)
    with Store.open(home) as other:
        for store in (running, other):
            opened = open_version(store, made)
            assert opened.version == made.version == a_list().version
            assert (opened.subjects, opened.pictures) == (a_list().subjects, a_list().pictures)
            np.testing.assert_array_equal(opened.templates, a_list().templates)


def test_a_shard_opens_its_part_anywhere(running: Store, home: Path) -> None:
    """With what pickles: its subjects under the version's name, each with its threshold; together the whole."""
    made = sealed(running)
    thresholds = Thresholds(default=0.9, by_category={"blue-list": 0.8}, by_subject={NAMES[1]: 0.95})
    load = pickle.loads(pickle.dumps(partial(open_part, home, made, thresholds)))
    parts = [load(part, 2) for part in range(2)]
    whole = a_list().gallery(thresholds)
    assert {each.version for each in parts} == {made.version}
    assert sorted(each for part in parts for each in part.subject_ids) == sorted(NAMES)
    for number, part in enumerate(parts):
        expected = whole.part(number, 2)
        assert part.subject_ids == expected.subject_ids
        np.testing.assert_array_equal(part.templates, expected.templates)
        np.testing.assert_array_equal(part.thresholds, expected.thresholds)
        np.testing.assert_array_equal(part.blue, expected.blue)


def test_two_lists_have_two_keys(running: Store) -> None:
    """The same list sealed again is another object, under another key, and other bytes."""
    first, second = sealed(running), sealed(running)
    assert first.key_id != second.key_id
    assert first.object_id != second.object_id
    assert first.path.read_bytes()[100:200] != second.path.read_bytes()[100:200]


def test_nothing_of_it_is_in_clear(running: Store, home: Path) -> None:
    """Not an id, a note or a template, in the files or anywhere in the data folder; nobody else may read them."""
    made = sealed(running)
    seal_addition(running, a_list(), deployment_id="drill-1")
    files = list(made.path.parent.iterdir())
    assert len(files) == 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert made.path.parent.stat().st_mode & 0o777 == 0o700
    everything = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for name in MARKERS:
        assert name.encode() not in everything
    for row in a_list().templates:
        assert row[:16].tobytes() not in everything


def test_the_log_says_what_was_sealed_and_of_nobody(running: Store) -> None:
    """Counts, commitment, who and why; what was noted opens with the list's key, and with it alone."""
    made = sealed(running)
    (event,) = running.iter_events(name=WatchlistSealed.NAME)
    (body,) = bodies(running)
    assert event.deployment_id == "drill-1"
    assert (body.version, body.previous, body.object_id) == (made.version, None, made.object_id)
    assert (body.subjects, body.templates, body.blue) == (3, 6, 1)
    assert (body.who, body.reason, body.built_at) == ("officer", "new-intelligence", a_list().built_at)
    assert event.sealed is not None
    key = running.keys.get(made.key_id)
    assert b"remark-marker-4711" in unseal(key, event.sealed, f"event:{event.event_id}")


def test_it_follows_the_rule_of_lists(running: Store) -> None:
    """Retained as a list: no clock runs while the deployment does, and it counts what is in it."""
    made = sealed(running)
    (record,) = [item for item in running.retained.records() if item.object_id == made.object_id]
    assert record.data_class is DataClass.WATCHLIST
    assert record.clock_started_at is None
    rule = running.policy_of("drill-1").rule_of(DataClass.WATCHLIST)
    assert (rule.clock, record.lifetime) == (ClockStart.DEPLOYMENT_END, rule.lifetime)
    assert erased_kinds(running) == []


@pytest.mark.parametrize("end", [DeploymentClosed, DeploymentStopped])
def test_it_is_gone_at_the_end(running: Store, end: type[DeploymentClosed] | type[DeploymentStopped]) -> None:
    """Closed or stopped: file and key are gone, and a copy of the file is worth nothing."""
    made = sealed(running)
    copy = made.path.read_bytes()
    running.end_deployment("drill-1", end(reason="over", totals=TOTALS))
    (receipt,) = Eraser(running, clock=running._clock).catch_up().erased
    assert receipt.public["object_id"] == made.object_id
    assert receipt.public["items"] == {"subjects": 3, "templates": 6}
    assert receipt.public["key_id"] == made.key_id
    assert not made.path.exists()
    made.path.write_bytes(copy)
    with pytest.raises(Erased):
        open_version(running, made)
    with pytest.raises(Erased, match=r"was erased at 2024-09-07 12:00:00 UTC"):
        find_version(running, a_list().version)


def test_a_list_of_no_deployment_is_gone_within_a_day(running: Store, clock: Clock) -> None:
    """From its making, also while a deployment goes on with a copy of its own, whose commitment is the same."""
    built = sealed(running, deployment=None)
    copy = seal_version(
        running, a_list(), deployment_id="drill-1", previous=built, who="officer", reason="deployment"
    )
    first, second = bodies(running)
    assert (first.root, first.public_key) == (second.root, second.public_key)
    assert second.previous == second.version == first.version
    clock.now += 24 * HOUR - dt.timedelta(seconds=1)
    assert erased_kinds(running) == []
    clock.now += dt.timedelta(seconds=1)
    assert erased_kinds(running) == [KIND]
    assert find_version(running, built.version or "").object_id == copy.object_id


def test_a_site_that_keeps_no_lists_seals_none(running: Store, home: Path) -> None:
    """But for a deployment; nothing is left of the other, not even a key."""
    (home / "site.yaml").write_text("retention: {watchlist: 0s}\n")
    with pytest.raises(Refused, match=r"retention\.watchlist is 0s"):
        sealed(running, deployment=None)
    assert running.keys.counts() == {}
    sealed(running)


def test_an_amended_list_goes_on_under_the_same_commitment(running: Store) -> None:
    """Who stays has the same leaf without being signed for; who went is proven to be on the old list alone."""
    before = sealed(running)
    after, changes = amended(a_list(), a_version("subject-new", dim=128, seed=9), {NAMES[0]})
    signed: list[tuple[int, int]] = []
    made = seal_version(
        running,
        after,
        deployment_id="drill-1",
        previous=before,
        who="officer",
        reason="correction",
        added=len(changes.added),
        removed=len(changes.removed),
        progress=lambda done, total: signed.append((done, total)),
    )
    assert signed == [(1, 1)]
    first, second = bodies(running)
    assert second.public_key == first.public_key
    assert (second.previous, second.added, second.removed) == (first.version, 1, 1)
    on = {
        name: (is_on(running, str(before.version), name), is_on(running, str(made.version), name))
        for name in (*NAMES, "subject-new", "nobody")
    }
    assert on == {
        NAMES[0]: (True, False),
        NAMES[1]: (True, True),
        NAMES[2]: (True, True),
        "subject-new": (False, True),
        "nobody": (False, False),
    }


@pytest.mark.parametrize("what", [KIND, PROOF_KIND])
def test_a_list_can_be_amended_when_what_was_before_is_erased(running: Store, what: str) -> None:
    """Without the list everybody is signed for again, without its proof under another key; it is proven as well."""
    before = sealed(running)
    gone = before.object_id if what == KIND else str(before.proof_object_id)
    running.retained.end_now(gone)
    assert erased_kinds(running) == [what]
    made = seal_version(
        running, a_list(), deployment_id="drill-1", previous=before, who="officer", reason="correction"
    )
    first, second = bodies(running)
    assert (first.public_key == second.public_key) is (what == KIND)
    assert is_on(running, str(made.version), NAMES[0])


def test_proofs_outlive_the_list_and_go_at_their_time(running: Store, clock: Clock) -> None:
    """31 days after its making, with a receipt; until then they can be made when the list is long gone."""
    made = sealed(running)
    version = str(made.version)
    running.end_deployment("drill-1", CLOSED)
    assert erased_kinds(running) == [KIND]
    assert is_on(running, version, NAMES[0])
    assert not is_on(running, version, "somebody else")
    clock.now += 31 * DAY
    (receipt,) = Eraser(running, clock=clock).catch_up().erased
    assert (receipt.public["kind"], receipt.public["rule"]) == (
        PROOF_KIND,
        "watchlist: 31 days after its making",
    )
    assert receipt.public["items"] == {"leaves": 3}
    with pytest.raises(Erased, match="what proves who was on it was erased"):
        membership_proof(running, version, NAMES[0])


def test_the_site_says_how_long_proofs_are_kept(running: Store, home: Path, clock: Clock) -> None:
    """In `watchlist.proofs` of its file."""
    (home / "site.yaml").write_text("watchlist: {proofs: 2d}\n")
    sealed(running)
    clock.now += 2 * DAY
    assert erased_kinds(running) == [PROOF_KIND]


def test_proof_material_of_another_list_is_refused(running: Store) -> None:
    """What the log committed to decides; a file put in its place opens only as what it was sealed as."""
    first, second = sealed(running), sealed(running)
    files = {
        each.object_id: each.path
        for each in running.retained.objects(PROOF_KIND).values()
        if each.path is not None
    }
    files[str(second.proof_object_id)].write_bytes(files[str(first.proof_object_id)].read_bytes())
    with pytest.raises(Tampered):
        membership_proof(running, str(second.version), NAMES[0])


def test_a_version_is_found_by_the_beginning_of_its_name(running: Store) -> None:
    """By one that no other has; none, an unknown and an ambiguous one are refused in words."""
    first = sealed(running)
    others = [
        sealed(running, a_list(f"subject-{n}")) for n in range(17)
    ]  # two of 18 begin with the same digit
    assert find_version(running, str(first.version)).object_id == first.object_id
    assert find_version(running, str(first.version)[:12].upper()).object_id == first.object_id
    assert open_version(running, find_version(running, str(others[0].version))).version == others[0].version
    names = [row.version for row in versions(running)]
    shared = next(each for each in "0123456789abcdef" if sum(name[0] == each for name in names) > 1)
    with pytest.raises(StoreError, match=rf"versions have names that begin with '{shared}'"):
        find_version(running, shared)
    for unknown in ("", "xyz", "0" * 33):
        with pytest.raises(StoreError, match="no version of a list whose name begins with"):
            find_version(running, unknown)


def test_versions_say_where_they_stand(running: Store, clock: Clock) -> None:
    """In the order of their sealing: whose they are, until when they are kept, when they were erased."""
    sealed(running, deployment=None)
    sealed(running)
    sealed_at = clock.now
    first, second = versions(running)
    assert (first.deployment_id, second.deployment_id) == (None, "drill-1")
    assert (first.list_row.due_at, second.list_row.due_at) == (sealed_at + 24 * HOUR, None)
    assert first.proof_row.due_at == sealed_at + 31 * DAY
    clock.now += 2 * DAY
    assert erased_kinds(running) == [KIND]
    assert [row.list_row.erased_at for row in versions(running)] == [clock.now, None]
    assert len(copies(running, first.version)) == 2


def test_a_list_that_is_not_needed_goes_at_once(running: Store) -> None:
    """While the deployment goes on; the other list stays. Said twice it is due from the first time."""
    old, new = sealed(running), sealed(running)
    for _ in range(2):
        running.retained.end_now(old.object_id)
    assert [
        event.public["object_id"] for event in Eraser(running, clock=running._clock).catch_up().erased
    ] == [old.object_id]
    assert open_version(running, new).version == new.version


def test_a_list_of_no_deployment_can_be_ended(running: Store, clock: Clock) -> None:
    """Before its day is over, and never later than it was due."""
    early, late = sealed(running, deployment=None), sealed(running, deployment=None)
    clock.now += HOUR
    running.retained.end_now(early.object_id)
    due = {row.list_row.object_id: row.list_row.due_at for row in versions(running)}
    assert due[early.object_id] == clock.now
    was_due = due[late.object_id]
    clock.now += 2 * DAY
    running.retained.end_now(late.object_id)
    assert {row.list_row.object_id: row.list_row.due_at for row in versions(running)}[
        late.object_id
    ] == was_due


def test_a_held_list_stays(running: Store) -> None:
    """A hold keeps it over the end of the deployment; released, it is due at once."""
    made = sealed(running)
    hold = running.retained.place_hold(
        made.object_id, reason="court-order", authority="C/1", review_on=dt.date(2024, 10, 1), who="officer"
    )
    running.end_deployment("drill-1", CLOSED)
    assert erased_kinds(running) == []
    assert open_version(running, made).version == made.version
    running.retained.release_hold(hold.hold_id, who="officer")
    assert erased_kinds(running) == [KIND]


def test_additions_wait_in_the_vault(running: Store) -> None:
    """Opened by the id of their object, as by the deployment that is to add them; gone with its list."""
    made = seal_addition(running, a_list(), deployment_id="drill-1")
    again = open_version(running, sealed_object(running, made.object_id, ADDITION_KIND))
    assert again.version == made.version
    assert versions(running) == []
    running.end_deployment("drill-1", CLOSED)
    assert erased_kinds(running) == [ADDITION_KIND]
    with pytest.raises(Erased):
        sealed_object(running, made.object_id, ADDITION_KIND)
    with pytest.raises(StoreError, match="holds no watchlist"):
        sealed_object(running, "watchlist:0")


def test_an_altered_file_is_refused(running: Store, home: Path) -> None:
    """A changed byte anywhere, a file cut short anywhere, and the file of another list are not opened."""
    made, other = sealed(running), sealed(running)
    whole = made.path.read_bytes()
    size = len(whole)
    broken = [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in (0, 30, size // 2)]
    broken += [whole[:length] for length in (0, 10, 40, size // 2)]
    for content in (*broken, other.path.read_bytes()):
        made.path.write_bytes(content)
        with pytest.raises(Tampered):
            open_version(running, made)
        with pytest.raises(Tampered):
            open_part(home, made, Thresholds(default=0.9), 0, 1)
    for content in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1])):
        made.path.write_bytes(content)
        with pytest.raises(Tampered):
            open_version(running, made)
    made.path.write_bytes(whole)
    assert open_version(running, made).version == made.version


def test_a_missing_file_is_said(running: Store) -> None:
    """The key is there and the list is not: that is a fault of the store, with the file's name."""
    made = sealed(running)
    made.path.unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        open_version(running, made)


def test_a_list_that_could_not_be_written_is_due(running: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full half way: what is there of it is erased at the next look, key and all; nobody was told."""

    def full(_version: ListVersion, _leaves: object, out: object) -> None:
        out.write(b"half")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(watchlists, "write_version", full)
    for seal in (lambda: sealed(running), lambda: sealed(running, deployment=None)):
        with pytest.raises(StoreError, match="No space left"):
            seal()
        assert bodies(running) == []
        assert sorted(erased_kinds(running)) == [KIND, PROOF_KIND]
    assert list((running.home / "vault").iterdir()) == []
    assert running.keys.counts() == {}


def test_a_key_whose_list_was_never_entered_is_swept(running: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever died between making the keys and entering the list leaves two keys of nothing."""
    with monkeypatch.context() as patch:
        patch.setattr(running.retained, "add", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sealed(running)
    assert running.keys.counts() == {KIND: 1, PROOF_KIND: 1}
    orphans = running.retained.orphaned_keys(dt.timedelta(seconds=-1))
    assert len(orphans) == 2

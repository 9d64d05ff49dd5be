"""What a deployment's sealed list says of one subject."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lfr_actors.errors import Erased, StoreError, Tampered
from lfr_actors.messages import WantedPicture
from lfr_actors.retention.erasure import Eraser
from lfr_actors.store import Store
from lfr_actors.store.listed import read_wanted
from lfr_actors.store.watchlists import SealedWatchlist, seal_version
from lfr_actors.watchlist.version import ListVersion
from tests.unit.events.samples import started
from tests.unit.store.samples import Clock
from tests.unit.watchlist.versions import BUILT_AT, a_version, picture, subject, unit_rows


@pytest.fixture
def running(home: Path, clock: Clock) -> Iterator[Store]:
    """A store in which two deployments run."""
    with Store.open(home, clock=clock) as store, store.lease("drill-1"), store.lease("drill-2"):
        for name in ("drill-1", "drill-2"):
            store.begin_deployment(name, started(name))
        yield store


def sealed(store: Store, version: ListVersion, deployment: str = "drill-1") -> SealedWatchlist:
    """A list of the deployment in the vault."""
    return seal_version(store, version, deployment_id=deployment, who="officer", reason="new-intelligence")


def test_the_facts_and_the_best_portraits_are_read(running: Store) -> None:
    """Everything that was noted of the subject, and at most six portraits, best first, each with its origin."""
    pictures = [
        picture("b", n, quality=n / 10, portrait_jpeg=b"portrait %d" % n, image_source=f"source {n}")
        for n in range(9)
    ]
    version = ListVersion.of(
        pack="open",
        subjects=[subject("a"), subject("b", "recall-to-prison"), subject("c")],
        pictures=[picture("a"), *pictures, picture("c")],
        templates=unit_rows(11),
        built_at=BUILT_AT,
    )
    sealed(running, version)
    wanted, portraits = read_wanted(running, "drill-1", version.version, "b")
    named = subject("b")
    assert (wanted.subject_id, wanted.category, wanted.priority) == ("b", "recall-to-prison", "amber")
    assert (wanted.legal_basis, wanted.date_of_birth, wanted.notes) == (
        named.legal_basis,
        named.date_of_birth,
        named.notes,
    )
    assert portraits == tuple(b"portrait %d" % n for n in (8, 7, 6, 5, 4, 3))
    assert wanted.pictures[0] == WantedPicture(image_source="source 8", image_taken=picture("b").image_taken)
    assert len(wanted.pictures) == 6


def test_nothing_but_an_id_and_a_picture_is_enough(running: Store) -> None:
    """Facts that were not given are None; a picture of which no portrait was kept is not shown."""
    nothing = {"priority": None, "legal_basis": None, "date_of_birth": None, "notes": None, "expires": None}
    version = ListVersion.of(
        pack="open",
        subjects=[subject("a", None, **nothing)],
        pictures=[picture("a", portrait_jpeg=b"")],
        templates=unit_rows(1),
        built_at=BUILT_AT,
    )
    sealed(running, version)
    wanted, portraits = read_wanted(running, "drill-1", version.version, "a")
    assert (wanted.category, wanted.priority, wanted.notes, wanted.pictures) == (None, None, None, ())
    assert portraits == ()


def test_the_version_that_answered_is_read(running: Store) -> None:
    """Also when a later one is there; of another deployment's copy nothing is read."""
    first, second = a_version("a", seed=1), a_version("a", "b", seed=2)
    sealed(running, first)
    sealed(running, second)
    sealed(running, a_version("z"), "drill-2")
    assert read_wanted(running, "drill-1", first.version, "a")[0].subject_id == "a"
    with pytest.raises(StoreError, match="does not have this subject"):
        read_wanted(running, "drill-1", first.version, "b")
    with pytest.raises(StoreError, match="does not have this subject"):
        read_wanted(running, "drill-1", second.version, "z")
    with pytest.raises(StoreError, match="sealed no list"):
        read_wanted(running, "drill-9", first.version, "a")


def test_a_version_that_an_amendment_erased_is_read_as_it_is_now(running: Store, clock: Clock) -> None:
    """A search answered from a list that was replaced meanwhile: the subject is shown from the present one."""
    before, after = a_version("a", seed=1), a_version("a", "b", seed=2)
    gone, kept = sealed(running, before), sealed(running, after)
    running.retained.end_now(gone.object_id)
    Eraser(running, clock=clock).catch_up()
    assert read_wanted(running, "drill-1", before.version, "a")[0].subject_id == "a"
    running.retained.end_now(kept.object_id)
    Eraser(running, clock=clock).catch_up()
    with pytest.raises(Erased, match="was erased"):
        read_wanted(running, "drill-1", after.version, "a")


def test_a_list_that_was_altered_is_refused(running: Store) -> None:
    """Not a byte of it is believed."""
    version = a_version("a")
    made = sealed(running, version)
    data = bytearray(made.path.read_bytes())
    data[100] ^= 1
    made.path.write_bytes(bytes(data))
    with pytest.raises(Tampered):
        read_wanted(running, "drill-1", version.version, "a")
    made.path.unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        read_wanted(running, "drill-1", version.version, "a")

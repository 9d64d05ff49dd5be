"""The list a subject is removed from: sealed, sealed anew without the subject, and what looks for its vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lfr_actors.canary.needles import Block
from lfr_actors.canary.search import Find, Searched
from lfr_actors.evaluation.matching.removal import found_after
from lfr_actors.evaluation.matching.removal_list import RemovalOrder, needles_for, seal_list, seal_without
from lfr_actors.evaluation.vectors import SyntheticFaces, person_of
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import open_part
from lfr_actors.watchlist.thresholds import Thresholds

FACES = SyntheticFaces(people=6, pictures=2, dim=128, seed=3)
REMOVED = 2


@pytest.fixture(scope="module")
def order(tmp_path_factory: pytest.TempPathFactory) -> RemovalOrder:
    """A list of six in a vault, the third of whom is to be removed; as the process that holds it is told."""
    order = seal_list(FACES, REMOVED, tmp_path_factory.mktemp("home"), shards=1)
    return RemovalOrder.from_line(order.to_line())


def test_the_list_sealed_anew_is_without_the_subject(order: RemovalOrder) -> None:
    """Everybody else is on it with their own templates; the version before still holds all six."""
    thresholds = Thresholds(default=0.5)
    with Store.open(order.home) as store:
        later = seal_without(store, order.sealed, order.removed)
    before = open_part(order.home, order.sealed, thresholds, 0, 1)
    after = open_part(order.home, later, thresholds, 0, 1)
    assert [person_of(name) for name in before.subject_ids] == [0, 1, 2, 3, 4, 5]
    assert [person_of(name) for name in after.subject_ids] == [0, 1, 3, 4, 5]
    kept = np.delete(FACES.templates(), [4, 5], axis=0)
    assert {row.tobytes() for row in after.templates} == {row.tobytes() for row in kept}
    assert before.version != after.version


def test_no_file_of_the_list_shows_the_subject(order: RemovalOrder) -> None:
    """What lies in the data folder is sealed: not one of the needles is found in any file."""
    needles = needles_for(FACES, REMOVED)
    files = [path for path in Path(order.home).rglob("*") if path.is_file()]
    assert files
    for path in files:
        block = Block(path.read_bytes())
        assert not any(len(needle.find(block)) for needle in needles), path


def test_the_needles_find_the_subject_and_nobody_else() -> None:
    """Each template, also half as long or in half precision, anywhere in memory; the others' are not found."""
    needles = needles_for(FACES, REMOVED)
    templates = FACES.templates()
    others = np.delete(templates, [4, 5], axis=0)
    padding = b"\0" * 64
    assert not any(len(needle.find(Block(others.tobytes() + padding))) for needle in needles)
    for row in templates[4:6]:
        for content in (row.tobytes(), (row / 2).tobytes(), row.astype(np.float16).tobytes()):
            found = sum(len(needle.find(Block(b"\0" * 37 + content + padding))) for needle in needles)
            assert found > 0
    with pytest.raises(ValueError, match="person 6"):
        needles_for(FACES, 6)


def test_what_was_found_and_what_could_not_be_searched_are_told() -> None:
    """Every place with a find is named, and so is every one of which nothing is known."""
    clean = Searched(place="matcher", size_bytes=2**20, began_s=1.0, ended_s=1.1)
    held = Searched(place="raylet", size_bytes=2**20, began_s=1.0, ended_s=1.1)
    held.finds.append(Find(kind="template 1, float32", where="anonymous", count=2))
    unread = Searched(place="database", files=3, not_searched=["x.db: denied"])
    told = found_after([clean, held, unread])
    assert told["copies_found_after"] == 2
    assert told["found_in"] == ["raylet: anonymous, template 1, float32, 2 times"]
    assert (told["processes_searched"], told["files_searched"], told["mib_searched"]) == (2, 3, 2)
    assert told["not_searched"] == ["database: x.db: denied"]

"""Made-up templates: the same from the same seed, and alike as templates of faces are."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from lfr_actors.evaluation.vectors import BLOCK_PEOPLE, SyntheticFaces, SyntheticList, person_of
from lfr_actors.messages import GalleryVersion

FACES = SyntheticFaces(people=600, pictures=3, dim=128, seed=5)
LIST = SyntheticList(faces=FACES, threshold=0.5, version=GalleryVersion("v1"))


def test_the_same_seed_gives_the_same_templates_in_any_process() -> None:
    """Made again, also from a pickled copy and in blocks, every number is the same; another seed gives others."""
    templates = FACES.templates()
    copy = pickle.loads(pickle.dumps(FACES))
    assert np.array_equal(copy.templates(), templates)
    assert np.array_equal(copy.mated([7, 3, 7]), FACES.mated([7, 3, 7]))
    other = SyntheticFaces(people=600, pictures=3, dim=128, seed=6)
    assert not np.array_equal(other.templates(), templates)


def test_a_longer_list_begins_with_the_same_people() -> None:
    """Whole blocks of people do not depend on how many follow."""
    short = SyntheticFaces(people=BLOCK_PEOPLE, pictures=1, dim=8, seed=1)
    longer = SyntheticFaces(people=BLOCK_PEOPLE + 10, pictures=1, dim=8, seed=1)
    assert np.array_equal(longer.templates()[:BLOCK_PEOPLE], short.templates())
    assert [first for first, _ in longer.blocks()] == [0, BLOCK_PEOPLE]
    assert len(longer.templates()) == len(longer) == BLOCK_PEOPLE + 10


@pytest.mark.parametrize("dim", [128, 512])
def test_rows_are_templates(dim: int) -> None:
    """Everything that is made is float32, finite and of length 1."""
    faces = SyntheticFaces(people=50, pictures=2, dim=dim, seed=2)
    for rows in (faces.templates(), faces.mated(range(20)), faces.strangers(20)):
        assert rows.dtype == np.float32
        assert rows.shape[1] == dim
        assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_people_are_as_alike_as_on_photographs() -> None:
    """Mean and spread of scores come out as measured on LFW with ArcFace MobileFaceNet, within their noise."""
    pictures = np.stack([FACES.mated(range(FACES.people), seed) for seed in (1, 2)])
    scores = pictures[0] @ pictures[1].T
    mated, others = np.diag(scores), scores[~np.eye(FACES.people, dtype=bool)]
    assert mated.mean() == pytest.approx(0.656, abs=0.03)
    assert mated.std() == pytest.approx(0.128, abs=0.025)
    assert others.mean() == pytest.approx(0.0145, abs=0.012)
    assert others.std() == pytest.approx(0.1025, abs=0.008)
    assert np.percentile(others, 99.99) == pytest.approx(0.413, abs=0.06)


def test_a_shards_gallery_is_its_part_of_the_list() -> None:
    """The parts are disjoint, all of one version and threshold, and together everybody but who was removed."""
    listed = SyntheticList(
        faces=FACES, threshold=0.5, version=GalleryVersion("v2"), removed=frozenset({11, 12})
    )
    parts = [pickle.loads(pickle.dumps(listed))(part, 3) for part in range(3)]
    people = [person_of(subject) for part in parts for subject in part.subject_ids]
    assert sorted(people) == [number for number in range(600) if number not in (11, 12)]
    assert {part.version for part in parts} == {"v2"}
    assert all((part.thresholds == np.float32(0.5)).all() for part in parts)
    assert sum(len(part) for part in parts) == 598 * 3


def test_a_gallery_holds_each_persons_own_templates() -> None:
    """The rows of a subject are those that the seed makes for the person of that number."""
    gallery, templates = LIST(0, 1), FACES.templates().reshape(600, 3, 128)
    place = 17
    rows = gallery.templates[gallery.subject_index == place]
    assert {row.tobytes() for row in rows} == {row.tobytes() for row in templates[place]}


def test_ids_of_others_are_not_taken_for_made_up_people() -> None:
    """A number is told only from an id that was made up here."""
    assert person_of("synthetic-000000042") == 42
    with pytest.raises(ValueError, match="S-17"):
        person_of("S-17")

"""Rates against an independent computation; suspects, halves and threshold choice on made-up templates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import beta

from lfr_actors.evaluation.identification.choice import choice_document, choose_threshold
from lfr_actors.evaluation.identification.material import Material
from lfr_actors.evaluation.identification.people import LabelledPicture
from lfr_actors.evaluation.identification.points import point_for
from lfr_actors.evaluation.identification.repeats import repeat_on_halves
from lfr_actors.evaluation.identification.suspects import Doubt, find_suspects
from tests.unit.evaluation.identification.folders import directions

PEOPLE, PICTURES, STRANGERS, DIM = 60, 3, 200, 24


@pytest.fixture(scope="module")
def material() -> Material:
    """60 people on the list with two searches each, 200 strangers."""
    own = directions(PEOPLE, DIM, 1)
    probes = np.repeat(own, PICTURES - 1, axis=0) + 0.9 * directions(PEOPLE * (PICTURES - 1), DIM, 2)
    probes = np.concatenate([probes, directions(STRANGERS, DIM, 3)])
    probes /= np.linalg.norm(probes, axis=1, keepdims=True)
    names = [f"p{place}" for place in range(PEOPLE)]
    return Material(
        list_people=tuple(names),
        list_templates=own,
        probe_people=(*np.repeat(names, PICTURES - 1).tolist(), *(f"s{place}" for place in range(STRANGERS))),
        probe_templates=probes.astype(np.float32),
        acquired=np.ones(len(probes), np.bool_),
    )


def test_rates_agree_with_plain_numpy(material: Material) -> None:
    """Threshold, TPIR, FPIR and their exact limits, computed a second way."""
    target = 0.05
    scores = material.probe_templates.astype(float) @ material.list_templates.astype(float).T
    mated = PEOPLE * (PICTURES - 1)
    top = np.sort(scores[mated:].max(axis=1))[::-1]
    threshold = top[int(target * STRANGERS)]
    mate = scores[np.arange(mated), np.repeat(np.arange(PEOPLE), PICTURES - 1)]
    hits = int(((mate == scores[:mated].max(axis=1)) & (mate > threshold)).sum())
    point = point_for(material.search(), target, seed=1, draws=200)
    assert point.threshold == pytest.approx(threshold, abs=1e-6)
    assert point.tpir is not None
    assert point.fpir is not None
    assert (point.tpir.exact.hits, point.fpir.exact.hits) == (hits, int(target * STRANGERS))
    assert point.tpir.exact.low == pytest.approx(beta.ppf(0.025, hits, mated - hits + 1), abs=1e-9)
    assert point.tpir.exact.high == pytest.approx(beta.ppf(0.975, hits + 1, mated - hits), abs=1e-9)
    assert point.tpir.by_person.low <= point.tpir.rate <= point.tpir.by_person.high
    assert point.fnir == pytest.approx(1 - hits / mated)


def test_halves_share_nobody_and_flatter(material: Material) -> None:
    """What chose the threshold keeps its promise; the other half does not have to. A target too small is said."""
    shown, refused = repeat_on_halves(material, (0.05, 0.001), 6, seed=1)
    assert len(shown.each) == 6
    assert all(one.fpir_chosen <= 0.05 for one in shown.each)
    assert any(one.fpir_other > 0.05 for one in shown.each)
    assert shown.subjects == PEOPLE / 2
    assert refused.each == ()
    assert "at least 1000 are needed" in str(refused.reason)
    assert refused.mean("fpir_other") is None


def test_a_longer_list_is_a_projection_with_its_assumption(material: Material) -> None:
    """The threshold rises; the statement is there, and false matches are expected of the faces."""
    searches = material.search()
    same, longer = choose_threshold(searches, 0.05), choose_threshold(searches, 0.05, 120, faces=1_000)
    assert same.found is not None
    assert longer.found is not None
    assert same.found.statement is None
    assert "assumed, not measured" in str(longer.found.statement)
    assert longer.found.threshold > same.found.threshold
    assert longer.expected is not None
    assert longer.expected[1] < longer.expected[0] < longer.expected[2]
    assert choice_document(longer)["is_measured"] is False


def test_a_target_beyond_the_data_has_no_threshold(material: Material) -> None:
    """Neither here nor on a longer list; the document says why."""
    choice = choose_threshold(material.search(), 0.001, 600)
    assert choice.found is None
    assert choice.expected is None
    assert "at least" in str(choice_document(choice)["why_not"])


def _pictures(*people: str) -> list[LabelledPicture]:
    return [
        LabelledPicture(person=person, name=f"{person}/{place}", path=Path("x"))
        for place, person in enumerate(people)
    ]


def _templates(*whose: int, noise: float = 0.45) -> np.ndarray:
    """A picture of each of these people: their direction and some noise."""
    rows = directions(30, 64, 5)[list(whose)] + noise * directions(len(whose), 64, 6)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_labels_that_scores_contradict_are_found() -> None:
    """A mislabelled picture, one person under two names, a picture of somebody else; and nothing else."""
    pictures = _pictures(*"aaabbbcccddeefgh")
    whose = [0, 0, 1, 1, 1, 1, 2, 2, 9, 3, 3, 3, 3, 5, 6, 7]
    found = find_suspects(pictures, _templates(*whose)).suspects
    assert [(one.doubt, one.pictures[0], one.person) for one in found[:2]] == [
        (Doubt.ANOTHER_PERSON, "a/2", "a"),
        (Doubt.UNLIKE, "c/8", "c"),
    ]
    assert [(one.doubt, one.person, one.other) for one in found[2:]] == [(Doubt.TWO_NAMES, "d", "e")]
    assert found[0].other == "b"


def test_without_pairs_nothing_is_judged_and_that_is_said() -> None:
    """Nobody with two pictures: what is alike cannot be told."""
    suspicion = find_suspects(_pictures(*"abcd"), _templates(0, 1, 2, 3))
    assert suspicion.suspects == ()
    assert "cannot be told" in str(suspicion.unjudged)


def test_of_two_names_every_picture_is_in_doubt() -> None:
    """Nobody knows which label is right, so neither person counts in the second figure."""
    pictures = _pictures(*"aabbccdd")
    suspicion = find_suspects(pictures, _templates(0, 0, 0, 0, 2, 2, 3, 3))
    assert suspicion.pictures_in_doubt(pictures) == {"a/0", "a/1", "b/2", "b/3"}

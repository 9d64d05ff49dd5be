"""A made-up list and made-up probes, as alike as those of photographs: for notebooks and drills without a face.

the first `subjects` people of a world that a seed decides ─► the list, one template each
a new picture of some of them                              ─► mated searches, several of one person
a picture of somebody who is not in that world             ─► non-mated searches
"""

from __future__ import annotations

from typing import Final

import numpy as np

from lfr_actors.evaluation.identification.material import Material
from lfr_actors.evaluation.vectors import SyntheticFaces

WORLD: Final = 12_288
"""People who may be on a list; a longer list begins with the same people as a shorter one."""
DIM: Final = 128


def composed_material(
    *, subjects: int = 832, mated: int = 1_771, non_mated: int = 1_600, known: int = 832, seed: int = 1
) -> Material:
    """A list and probes; by default as many as the development half of LFW gives, one picture a person on the list.

    Only the first `known` people are searched for, so that a longer list changes nothing but its length: the same
    probes meet more people. Some of them are searched once, some many times; nobody who is not on the list twice.
    The spread of scores is that of `evaluation.vectors`. Raises `ValueError` for a list that is shorter than
    `known` or longer than the world, and for fewer mated searches than people.
    """
    if not 0 < known <= subjects <= WORLD:
        raise ValueError(f"{known} people cannot be known of a list of {subjects} in a world of {WORLD}")
    if mated < known:
        raise ValueError(
            f"{mated} mated searches are too few for {known} people, each searched at least once"
        )
    world = SyntheticFaces(people=WORLD, pictures=1, dim=DIM, seed=seed)
    random = np.random.default_rng(seed)
    weights = 1 / np.arange(1, known + 1)
    often = random.choice(known, mated - known, p=weights / weights.sum())
    persons = np.sort(np.concatenate([np.arange(known), random.permutation(known)[often]]))
    names = world.subject_ids(0, subjects)
    strangers = [f"stranger-{number:04d}" for number in range(non_mated)]
    return Material(
        list_people=tuple(names),
        list_templates=world.templates()[:subjects].copy(),
        probe_people=(*(names[person] for person in persons.tolist()), *strangers),
        probe_templates=np.concatenate([world.mated(persons), world.strangers(non_mated)]),
        acquired=np.ones(mated + non_mated, np.bool_),
    )

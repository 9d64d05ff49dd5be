"""A made-up trial whose groups are as unlike as is wished: for notebooks and tests, without a face and of nobody.

Everybody is drawn from one world of made-up faces (`evaluation.vectors`). A group whose pictures are worse is
recognised less often; a group whose people are more alike is mistaken more often. What is really so can be found
out with a trial of any size, which a street never allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lfr_actors.evaluation.equity.labels import NOT_STATED, Labels
from lfr_actors.evaluation.searches import Searches, search_all
from lfr_actors.evaluation.vectors import FaceShape, SyntheticFaces

DIM: Final = 128
SEARCHES: Final = 3
"""Pictures searched of everybody on the list."""
_ORDINARY: Final = FaceShape()


@dataclass(frozen=True, slots=True, kw_only=True)
class Makeup:
    """A group: how many are on the list, and how many are searched without being on it.

    `noise`: how unlike two pictures of one person are; `alike`: how alike people of the group are, both as in
    `FaceShape`. `silent` of those on the list did not say to which group they belong.
    """

    listed: int
    strangers: int
    noise: float = _ORDINARY.noise
    alike: float = _ORDINARY.kind_share
    silent: int = 0


def composed_trial(
    groups: Mapping[str, Makeup], *, attribute: str = "group", seed: int = 1
) -> tuple[Searches, Labels]:
    """The searches of a trial and the labels that go with them; the same seed gives the same trial.

    Labels have a second attribute, `coin`: what everybody tossed, which means nothing for a face.
    """
    world = sum(make.listed + make.strangers for make in groups.values())
    random = np.random.default_rng(seed)
    list_people: list[str] = []
    probe_people: list[str] = []
    templates, probes = [], []
    values: dict[str, tuple[str, ...]] = {}
    first = 0
    for name, make in groups.items():
        shape = replace(_ORDINARY, noise=make.noise, kind_share=make.alike)
        faces = SyntheticFaces(people=world, pictures=1, dim=DIM, seed=seed, shape=shape)
        listed = np.arange(first, first + make.listed)
        strangers = np.arange(first + make.listed, first + make.listed + make.strangers)
        first += make.listed + make.strangers
        mine, others = ([f"volunteer-{number:05d}" for number in part] for part in (listed, strangers))
        list_people += mine
        templates.append(faces.mated(listed, probe_seed=0))
        for picture in range(SEARCHES):
            probe_people += mine
            probes.append(faces.mated(listed, probe_seed=1 + picture))
        probe_people += others
        probes.append(faces.mated(strangers, probe_seed=1 + SEARCHES))
        for place, person in enumerate([*mine, *others]):
            said = NOT_STATED if place < make.silent else name
            values[person] = (said, "heads" if random.random() < 0.5 else "tails")
    lines = {person: line for line, person in enumerate(values, start=2)}
    return (
        search_all(list_people, np.concatenate(templates), probe_people, np.concatenate(probes)),
        Labels(attributes=(attribute, "coin"), values=values, lines=lines),
    )

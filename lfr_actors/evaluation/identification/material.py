"""The templates of a measurement, in memory for as long as it takes: a list, and the probes that are searched."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lfr_actors.evaluation.identification.looking import Look
from lfr_actors.evaluation.identification.people import LabelledPicture
from lfr_actors.evaluation.identification.protocol import Use
from lfr_actors.evaluation.searches import Searches, search_all
from lfr_actors.messages import Vectors
from lfr_actors.overwriting import overwrite


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """A list of t templates and n probes.

    list_people: (t,), list_templates: float32 (t, d). probe_people: (n,), probe_templates: float32 (n, d), zeros
    where no face was found; acquired: bool (n,). Every array is its own memory.
    """

    list_people: tuple[str, ...] = field(repr=False)
    list_templates: Vectors = field(repr=False)
    probe_people: tuple[str, ...] = field(repr=False)
    probe_templates: Vectors = field(repr=False)
    acquired: NDArray[np.bool_] = field(repr=False)

    def search(self) -> Searches:
        """Every probe against the list."""
        return search_all(
            self.list_people, self.list_templates, self.probe_people, self.probe_templates, self.acquired
        )

    def of_people(self, people: Collection[str]) -> Material:
        """The list and the probes of these people; copies of their templates, to be overwritten."""
        wanted = frozenset(people)
        listed = np.array([person in wanted for person in self.list_people], np.bool_)
        probed = np.array([person in wanted for person in self.probe_people], np.bool_)
        return self._taken(listed, probed)

    def overwrite(self) -> None:
        """Fill the templates with zeros."""
        overwrite(self.list_templates, self.probe_templates)

    def _taken(self, listed: NDArray[np.bool_], probed: NDArray[np.bool_]) -> Material:
        return Material(
            list_people=_names(self.list_people, listed),
            list_templates=self.list_templates[listed],
            probe_people=_names(self.probe_people, probed),
            probe_templates=self.probe_templates[probed],
            acquired=self.acquired[probed],
        )


def material_of(
    pictures: Sequence[LabelledPicture], looks: Sequence[Look], uses: Sequence[Use], dim: int
) -> Material:
    """The list and the probes of pictures as they are used, in their order; `dim` is the length of a template."""
    listed = [place for place, use in enumerate(uses) if use is Use.LIST]
    probed = [place for place, use in enumerate(uses) if use.is_search]
    return Material(
        list_people=tuple(pictures[place].person for place in listed),
        list_templates=stacked([looks[place] for place in listed], dim),
        probe_people=tuple(pictures[place].person for place in probed),
        probe_templates=stacked([looks[place] for place in probed], dim),
        acquired=np.array([looks[place].acquired for place in probed], np.bool_),
    )


def stacked(looks: Sequence[Look], dim: int) -> Vectors:
    """The templates of looks, float32 (n, dim), zeros where there is none; a copy."""
    templates = np.zeros((len(looks), dim), np.float32)
    for row, look in zip(templates, looks, strict=True):
        if look.template is not None:
            row[:] = look.template
    return templates


def _names(names: Sequence[str], mask: ArrayLike) -> tuple[str, ...]:
    return tuple(
        name for name, wanted in zip(names, np.asarray(mask, np.bool_).tolist(), strict=True) if wanted
    )

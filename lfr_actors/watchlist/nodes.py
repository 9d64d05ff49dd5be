"""What of a gallery is put into a graph: for each subject the middle of the templates, and those far from it.

Several pictures of one person lie together: their middle is nearer to a new picture than most of them are, and one
node in place of four makes a graph that is quicker to build, smaller, and easier to find one's way in. A template
that the middle does not speak for is a node of its own, so that whoever resembles just that one is found too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lfr_actors.messages import Vectors
from lfr_actors.watchlist.rescoring import Ranking, Rows

SPOKEN_FOR: Final = 0.75
"""Cosine to the middle below which a template is a node of its own: one in three, with four pictures a person."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nodes:
    """`vectors` float32 (n, d) of length 1, and whose each is: places of subjects, (n,)."""

    vectors: Vectors = field(repr=False)
    subjects: Rows = field(repr=False)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.subjects)


def nodes_of(ranking: Ranking, places: Rows) -> Nodes:
    """The nodes of these subjects (ascending and unique): all their middles, then the templates far from them."""
    gallery = ranking.gallery
    rows = ranking.rows_of(places)
    templates = gallery.templates[rows]
    counts = ranking.starts[places + 1] - ranking.starts[places]
    starts = np.cumsum(counts) - counts
    middles = np.add.reduceat(templates, starts, axis=0) if len(places) else templates
    lengths = np.linalg.norm(middles, axis=1, keepdims=True)
    middles /= np.maximum(lengths, 1e-6)
    whose = np.repeat(np.arange(len(places)), counts)
    alone = np.einsum("ij,ij->i", templates, middles[whose]) < SPOKEN_FOR
    nodes = Nodes(
        vectors=np.concatenate([middles, templates[alone]]),
        subjects=np.concatenate([places, places[whose[alone]]]),
    )
    templates.fill(0)
    middles.fill(0)
    return nodes

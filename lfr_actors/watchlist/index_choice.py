"""Whether a list is searched exactly or through a graph, how the graph is built, and how widely it is searched.

Nobody chooses these by taste. `plan_for` goes by a measured table; `calibrate` tries the graph that was built on
the list itself, with the decisions that are hardest to get right, and widens the search until none differs from
the exact search. When the widest still misses somebody, the list is searched exactly, and that is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from lfr_actors.messages import SubjectId, Vectors
from lfr_actors.watchlist.rescoring import Rows
from lfr_actors.watchlist.trial import AT_ONCE, Trial

if TYPE_CHECKING:
    from lfr_actors.watchlist.hnsw import HnswSearch

TARGET: Final = 0.9999
"""The part of searches that must be decided as the exact search decides them."""
WIDTHS: Final = (64, 96, 128, 192, 256, 384, 512, 768, 1024)
"""How widely a graph is searched, from the narrowest."""
HARD_SHARE: Final = 0.03
"""The part of searches whose score lies so little above a threshold as those of the trial do. At the threshold that
one stranger in a hundred reaches, about so many of half mated searches were within 0.02 above it."""
_HELD_OUT: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPlan:
    """How a graph is built: `links` a node (hnswlib's M), `building` how widely its place is sought
    (ef_construction), `seed` for its levels and for who is held out, at most `held_out` subjects.
    """

    links: int
    building: int
    seed: int = 0
    held_out: int = _HELD_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How a graph did. `width` is what it is searched with now; None when none kept to the target.

    `searches` were tried at each width, `hard` of them at and just above a threshold; `tried` says how many were
    decided otherwise than exactly at each width, `differing` how many at the one chosen (or the last). With 95 %
    confidence at least `parity_lower_bound` of searches are decided as the exact search does, when `HARD_SHARE`
    of them are as hard as these. `beside` subjects are searched exactly beside the graph.
    """

    width: int | None
    searches: int
    hard: int
    differing: int
    tried: tuple[tuple[int, int], ...]
    parity_lower_bound: float
    beside: int

    def __str__(self) -> str:
        tried = f"{self.differing} of {self.searches} trial searches were decided otherwise"
        if self.width is None:
            return f"exact: {tried} at the widest search of the graph"
        return (
            f"hnsw, width {self.width}: {tried}, {self.hard} of them at a threshold; parity at least "
            f"{self.parity_lower_bound:.5f}; {self.beside} subjects searched exactly beside it"
        )


def plan_for(templates: int, dim: int) -> IndexPlan | None:
    """How to build a graph for so many templates of this length; None where it cannot be worth its building.

    32 links, since of 20,000 templates (128 numbers) a graph of 16 had to be searched 512 wide before no trial
    search differed and one of 32 only 192 wide: 1.9 ms and 1.3 ms a search, for 0.37 and 0.54 ms of building a
    template. Both are built with a width of 200.
    """
    return None if templates < crossover(dim) else IndexPlan(links=32, building=200)


def crossover(dim: int) -> int:
    """The number of templates below which no graph is built; above it the two are timed on the list itself.

    Milliseconds for eight searches, one thread, an AMD EPYC core, made-up faces (`evaluation.vectors`, four
    pictures each; the graph as wide as `calibrate` set it):

        numbers   templates   one product   compressed scan   graph
            128      17,000           5.0               2.6       –
            128     500,000            67             18–21      22
            512      17,000          14.3               4.6       –

    So a graph has a chance on long lists only, where people are easier to tell apart than these.
    """
    return 150_000 if dim <= 256 else 60_000


def calibrate(
    index: HnswSearch,
    target: float = TARGET,
    seed: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Calibration | None:
    """Try the graph on its own list and set how widely it is searched; None when `should_stop` said so.

    Half of the trial searches are strangers, half only just reach somebody's threshold (`trial`). Each is decided
    by the graph and exactly, among those in the graph. The narrowest of `WIDTHS` at which no decision differs is
    found and the next wider is taken. A subject whose threshold is lower than what strangers usually score would
    need the widest search of all; they are searched exactly beside the graph instead. Afterwards those held out
    are put into the graph, so a graph is tried once.

    Where no subject can be recognised (thresholds above 1), the trial is held at the threshold that one stranger
    in a hundred reaches. Raises `ValueError` for a target that is not in (0, 1) and for a graph that was tried.
    """
    if not 0 < target < 1:
        raise ValueError(f"the target must be between 0 and 1, not {target}")
    if not len(index.held_out):
        raise ValueError("nobody is held out of this graph: it was tried before")
    trial = Trial(index, np.random.default_rng(seed))
    hard = math.ceil(
        3 * HARD_SHARE / (1 - target)
    )  # none of so many: at most 3 in so many, with 95 % confidence
    queries = np.concatenate([trial.hard_ones(hard), trial.strangers[:hard]])
    try:
        exact = _in_blocks(trial.exact, queries, should_stop)
        if exact is None:
            return None
        tried: list[tuple[int, int]] = []
        for width in WIDTHS if trial.is_worth_it else ():
            index.set_width(width)
            found = _in_blocks(trial.by_graph, queries, should_stop)
            if found is None:
                return None
            tried.append((width, sum(a != b for a, b in zip(exact, found, strict=True))))
            if not tried[-1][1]:
                break
    finally:
        queries.fill(0)
        trial.overwrite()
    return _concluded(index, trial.beside, len(exact), hard, tried)


def _in_blocks(
    decide: Callable[[Vectors], list[SubjectId | None]], queries: Vectors, should_stop: Callable[[], bool]
) -> list[SubjectId | None] | None:
    """All the decisions; None when `should_stop` said so between two blocks."""
    decisions: list[SubjectId | None] = []
    for start in range(0, len(queries), AT_ONCE):
        if should_stop():
            return None
        decisions += decide(queries[start : start + AT_ONCE])
    return decisions


def _concluded(
    index: HnswSearch, beside: Rows, searches: int, hard: int, tried: list[tuple[int, int]]
) -> Calibration:
    differing = tried[-1][1] if tried else 0
    width = None
    if tried and not differing:
        width = WIDTHS[min(len(tried), len(WIDTHS) - 1)]  # one step of safety
        index.set_width(width)
        index.complete(beside)
    missed = 1 - 0.05 ** (1 / hard)  # Clopper and Pearson's one-sided bound for none of so many
    return Calibration(
        width=width,
        searches=searches if tried else 0,
        hard=hard if tried else 0,
        differing=differing,
        tried=tuple(tried),
        parity_lower_bound=0.0 if width is None else 1 - HARD_SHARE * missed,
        beside=len(beside),
    )

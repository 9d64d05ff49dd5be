"""Searches of known people against one list, as arrays: what every rate of identification is computed from.

    list: templates of subjects ─┐
                                 ├─► one score a subject (the best of its templates) ─► Searches
    probes: who is really in it ─┘

A search is *mated* when the person in the probe is on the list, and *non-mated* when not (ISO/IEC 19795-1). Scores
are similarities; a decision is `score >= threshold` everywhere. The mate never profits from a tie: whoever scores
the same stands before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lfr_actors.messages import Vectors

Mask = NDArray[np.bool_]
Scores = NDArray[np.float64]

OTHERS_KEPT = 64
"""How many scores of people who are not the mate are kept of a search, the best ones."""
_CELLS = 4_000_000
"""Scores held at a time, 16 MB of them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Searches:
    """n searches against one list of `subjects` people; validated once, here.

    person: (n,) who is in the probe, as labelled.
    mated: bool (n,) that person is on the list.
    acquired: bool (n,) False where no face was found in the probe: nothing was searched for; a mated one is a miss,
        a non-mated one no false positive.
    mate_rank: int32 (n,) 1 = first: one more than the other subjects that score at least as high; 0 where not mated
        or not acquired.
    mate_score: float64 (n,) nan where not mated or not acquired.
    top_score: float64 (n,) the best score, nan where not acquired or the list is empty.
    top_subject: (n,) whose score that is, None where there is none; not the mate when another one scores the same.
    other_scores: float32 (n, k) the k best scores of subjects who are not the mate, best first, nan where there are
        fewer; None where they were not kept, so that nothing can be said of further candidates.

    Raises `ValueError` when lengths or contents contradict each other.
    """

    subjects: int
    person: tuple[str, ...] = field(repr=False)
    mated: Mask = field(repr=False)
    acquired: Mask = field(repr=False)
    mate_rank: NDArray[np.int32] = field(repr=False)
    mate_score: Scores = field(repr=False)
    top_score: Scores = field(repr=False)
    top_subject: tuple[str | None, ...] = field(repr=False)
    other_scores: NDArray[np.float32] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        count = len(self.person)
        for name in (
            "mated",
            "acquired",
            "mate_rank",
            "mate_score",
            "top_score",
            "top_subject",
            "other_scores",
        ):
            value = getattr(self, name)
            if value is not None and len(value) != count:
                raise ValueError(f"{name} has {len(value)} values for {count} searches")
        if self.subjects < 0 or (self.subjects == 0 and self.mated.any()):
            raise ValueError(f"mated searches against a list of {self.subjects} people")
        searched = self.acquired & (self.subjects > 0)
        known = self.mated & self.acquired
        _require(~np.isnan(self.top_score) == searched, "a top score exactly where a face was searched")
        _require(~np.isnan(self.mate_score) == known, "a mate score exactly where a mated face was searched")
        _require(
            np.where(known, (self.mate_rank >= 1) & (self.mate_rank <= self.subjects), self.mate_rank == 0),
            f"a mate rank from 1 to {self.subjects} where a mated face was searched, and else 0",
        )
        _require(
            ~known | (self.mate_score <= self.top_score),
            "no mate score above the top score of the same search",
        )

    def __len__(self) -> int:
        """Number of searches."""
        return len(self.person)

    def where(self, mask: ArrayLike) -> Searches:
        """Those searches for which `mask`, bool (n,), is true, in their order, against the same list."""
        wanted = np.asarray(mask, np.bool_)
        if wanted.shape != (len(self),):
            raise ValueError(f"a mask of shape {wanted.shape} for {len(self)} searches")
        places = np.flatnonzero(wanted).tolist()
        return Searches(
            subjects=self.subjects,
            person=tuple(self.person[place] for place in places),
            mated=self.mated[wanted],
            acquired=self.acquired[wanted],
            mate_rank=self.mate_rank[wanted],
            mate_score=self.mate_score[wanted],
            top_score=self.top_score[wanted],
            top_subject=tuple(self.top_subject[place] for place in places),
            other_scores=None if self.other_scores is None else self.other_scores[wanted],
        )

    def of_people(self, people: Collection[str]) -> Searches:
        """The searches of these people; the list stays as it is."""
        wanted = frozenset(people)
        return self.where([person in wanted for person in self.person])

    def mated_only(self) -> Searches:
        """The searches of people who are on the list."""
        return self.where(self.mated)

    def non_mated_only(self) -> Searches:
        """The searches of people who are not on the list."""
        return self.where(~self.mated)

    def people(self) -> tuple[str, ...]:
        """Everybody who was searched, once, by name."""
        return tuple(sorted(set(self.person)))


def search_all(
    list_people: Sequence[str],
    list_templates: Vectors,
    probe_people: Sequence[str],
    probe_templates: Vectors,
    acquired: ArrayLike | None = None,
) -> Searches:
    """Search every probe against a list, by the cosine of normalised templates.

    list_people: (t,) whose each template is, several for one person allowed, in any order.
    list_templates: float32 (t, d), rows of length 1.
    probe_people: (n,); a search is mated when the person is among `list_people`.
    probe_templates: float32 (n, d), rows of length 1; a row that was not acquired may hold anything.
    acquired: bool (n,), False where no face was found; None: everywhere found.

    Raises `ValueError` for shapes that do not agree.
    """
    shapes = (list_templates.shape, probe_templates.shape)
    dim = list_templates.shape[-1] if list_templates.ndim == 2 else -1
    if shapes != ((len(list_people), dim), (len(probe_people), dim)):
        raise ValueError(
            f"{len(list_people)} people with templates {shapes[0]}, {len(probe_people)} probes with {shapes[1]}"
        )
    rows = max(1, _CELLS // max(1, len(list_people)))

    def blocks() -> Iterator[NDArray[np.float32]]:
        for begin in range(0, len(probe_people), rows):
            probes = probe_templates[begin : begin + rows]
            found = np.nan_to_num(
                probes
            )  # rows which were not acquired may be nan; their scores are not used
            yield np.asarray(found @ list_templates.T, np.float32)

    return _searches(list_people, probe_people, blocks(), acquired)


def from_scores(
    list_people: Sequence[str],
    probe_people: Sequence[str],
    scores: NDArray[np.float32],
    acquired: ArrayLike | None = None,
) -> Searches:
    """As `search_all`, from a matrix of similarities, float32 (n probes, t templates), that is already there.

    Raises `ValueError` for shapes that do not agree, and for scores that are nan where a face was acquired.
    """
    if scores.shape != (len(probe_people), len(list_people)):
        raise ValueError(
            f"scores {scores.shape} for {len(probe_people)} probes and {len(list_people)} templates"
        )
    return _searches(list_people, probe_people, iter([scores]), acquired)


def _searches(
    list_people: Sequence[str],
    probe_people: Sequence[str],
    blocks: Iterator[NDArray[np.float32]],
    acquired: ArrayLike | None,
) -> Searches:
    """Blocks of rows of scores, (k, t), in the order of the probes, to what is known of each search."""
    count = len(probe_people)
    found = np.ones(count, np.bool_) if acquired is None else np.array(acquired, np.bool_)
    if found.shape != (count,):
        raise ValueError(f"acquired has shape {found.shape} for {count} searches")
    names = sorted(set(list_people))
    place_of = {name: place for place, name in enumerate(names)}
    columns = np.array([place_of[name] for name in list_people], np.intp)
    order = np.argsort(columns, kind="stable")
    starts = np.searchsorted(columns[order], np.arange(len(names)))
    mate = np.array([place_of.get(name, -1) for name in probe_people], np.intp)

    kept = min(OTHERS_KEPT, len(names))
    others = np.full((count, kept), np.nan, np.float32)
    mate_rank = np.zeros(count, np.int32)
    mate_score, top_score = np.full(count, np.nan), np.full(count, np.nan)
    top = np.full(count, -1, np.intp)
    begin = 0
    for block in blocks if names else ():
        here = begin + np.flatnonzero(found[begin : begin + len(block)])
        scores = np.maximum.reduceat(block[here - begin][:, order], starts, axis=1)
        begin += len(block)
        if np.isnan(scores).any():
            raise ValueError("a score is nan where a face was acquired")
        own = np.flatnonzero(mate[here] >= 0)
        mate_score[here[own]] = mine = scores[own, mate[here[own]]]
        scores[own, mate[here[own]]] = -np.inf
        mate_rank[here[own]] = 1 + (scores[own] >= mine[:, None]).sum(axis=1)
        top[here], top_score[here] = scores.argmax(axis=1), scores.max(axis=1)
        others[here] = _highest(scores, kept)
    first = mate_rank == 1
    top[first], top_score[first] = mate[first], mate_score[first]
    return Searches(
        subjects=len(names),
        person=tuple(probe_people),
        mated=mate >= 0,
        acquired=found,
        mate_rank=mate_rank,
        mate_score=mate_score,
        top_score=top_score,
        top_subject=tuple(None if place < 0 else names[place] for place in top.tolist()),
        other_scores=others,
    )


def _highest(scores: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The `count` highest of each row, best first; the mate's place, -inf, becomes nan."""
    highest: NDArray[np.float32] = -np.sort(np.partition(-scores, count - 1, axis=1)[:, :count], axis=1)
    highest[np.isinf(highest)] = np.nan
    return highest


def _require(holds: Mask, what: str) -> None:
    """Raise `ValueError` with the first search for which it does not hold."""
    wrong = np.flatnonzero(~holds)
    if len(wrong):
        raise ValueError(f"search {int(wrong[0])} contradicts itself; there has to be {what}")

"""Who on a list looks like whom: pairs that would alert for each other, and the list's lambs and wolves.

The animals are those of Doddington, Liggett, Martin, Przybocki and Reynolds, "Sheep, goats, lambs and wolves: a
statistical analysis of speaker performance in the NIST 1998 speaker recognition evaluation" (ICSLP 1998), and of
Yager and Dunstone, "The biometric menagerie" (IEEE Transactions on Pattern Analysis and Machine Intelligence 32(2),
2010):

    lamb    somebody for whom others are easily taken: close to many of them who are put to this entry as searches
    wolf    somebody who is easily taken for others: these pictures, as searches, are close to many entries

Both papers compare mean scores and call a fixed share of the people animals (the highest 2.5 %, the highest
quarter), so that there always are some. False alerts come from the highest scores and not from the mean, and an
officer wants to hear of those who stand out. So here a search is close to an entry when its score is among the
highest hundredth of the list's, and an animal is close to more of the others than chance explains: a binomial
test at 1 % for the list as a whole. Of 1,000 people of LFW (ArcFace MobileFaceNet) the busiest was close to 39
where 10 are usual; the number foretold the false matches of 1,428 others as well as the mean did (rank correlation
0.53 against 0.51), while a test for outliers among the means found nobody. The cosine similarity is symmetric:
only with several pictures of a person, of which a search takes the best, may a lamb be no wolf.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from lfr_actors.messages import SubjectId, Vectors
from lfr_actors.watchlist.gallery import NEVER

Counts = NDArray[np.float64]
Scores = NDArray[np.float32]

CLOSE_SHARE: Final = 0.01
"""A search is close to an entry when its score is among this share of the highest between different subjects."""
CHANCE: Final = 0.01
"""How likely it may be that a list on which nobody stands out has an animal."""
FEWEST_SUBJECTS: Final = 30
"""With fewer people there is no saying who stands out."""
_CELLS: Final = 4_000_000
"""Scores held at a time, 16 MB of them: a block of the list against all of it."""
_SAMPLED: Final = 256
"""Subjects whose scores with everybody say what is close on this list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two subjects who look alike, by their two most alike pictures.

    `first_row` and `second_row` are the places of those pictures' templates. `reaches`: the score reaches the
    threshold of at least one of the two, so that an alert for one of them may be raised by the other; `threshold`
    is the lower of theirs, None where neither has one.
    """

    first: SubjectId
    second: SubjectId
    score: float
    first_row: int
    second_row: int
    threshold: float | None
    reaches: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a subject stands among the others.

    `nearest` is the most alike other subject, None on a list of one. `reaching`: other subjects with whom the
    score reaches the threshold of either. `close_as_entry`: how many others are close to this one when a picture
    of theirs is searched; `close_as_search`: to how many others a picture of this one is close. Of several
    pictures the mean. A lamb has more of the former, a wolf of the latter, than chance explains.
    """

    subject_id: SubjectId
    nearest: SubjectId | None
    nearest_score: float | None
    reaching: int
    close_as_entry: float
    close_as_search: float
    is_lamb: bool
    is_wolf: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What was found.

    `compared`: pairs of different subjects; `reaching` of them reach a threshold. `pairs`: the most alike, best
    first. `standings` in order of subject. `usual`: to how many others somebody is close on average.
    `knows_animals` is False where the list is too short to say who is one.
    """

    compared: int
    reaching: int
    pairs: tuple[Pair, ...] = field(repr=False)
    standings: tuple[Standing, ...] = field(repr=False)
    usual: float
    knows_animals: bool


def likeness(
    subject_ids: Sequence[str],
    templates: Vectors,
    thresholds: Mapping[str, float] | None = None,
    *,
    most_pairs: int = 60,
    progress: Callable[[int, int], None] | None = None,
) -> Likeness:
    """Compare everybody on a list with everybody else, in blocks of bounded memory.

    `subject_ids` has one id per row of `templates`, float32 (n, d), rows of length 1, the rows of a subject
    together. A pair's score is the largest over its pictures. `thresholds` by subject; without, nothing is
    reached. `progress` is called with how many subjects are done, and of how many. An empty list and a list of
    one compare nothing. Raises `ValueError` when rows of one subject are apart or the shapes do not agree.
    """
    people = _People.of(subject_ids, templates, thresholds or {})
    found = _Found.nothing(people, most_pairs)
    level = _close_level(people)
    for first, last in people.blocks():
        _take(found, people, first, last, level)
        if progress is not None:
            progress(last, len(people.ids))
    return _result(people, found)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _People:
    """The list as arrays: rows `starts[s]` to `starts[s + 1]` of `templates` are of subject `ids[s]`."""

    ids: tuple[SubjectId, ...]
    starts: NDArray[np.intp]
    templates: Vectors
    thresholds: Scores

    @classmethod
    def of(cls, subject_ids: Sequence[str], templates: Vectors, thresholds: Mapping[str, float]) -> _People:
        if templates.ndim != 2 or len(subject_ids) != len(templates):
            raise ValueError(f"{len(subject_ids)} subject ids do not go with templates {templates.shape}")
        starts = [row for row, one in enumerate(subject_ids) if row == 0 or one != subject_ids[row - 1]]
        ids = tuple(SubjectId(subject_ids[row]) for row in starts)
        if len(set(ids)) < len(ids):
            raise ValueError("the rows of a subject are not together")
        return cls(
            ids=ids,
            starts=np.array([*starts, len(subject_ids)], np.intp),
            templates=templates,
            thresholds=np.array([thresholds.get(one, NEVER) for one in ids], np.float32),
        )

    def blocks(self) -> list[tuple[int, int]]:
        """Runs of whole subjects whose scores with everybody are about `_CELLS`, at least one subject each."""
        rows = max(1, _CELLS // max(1, len(self.templates)))
        cuts, begin = [], 0
        while begin < len(self.ids):
            end = int(np.searchsorted(self.starts, self.starts[begin] + rows, side="right")) - 1
            end = max(begin + 1, end)
            cuts.append((begin, end))
            begin = end
        return cuts

    def against_all(self, first: int, last: int) -> Scores:
        """Scores of the pictures of subjects `first` to `last` with every subject, (pictures, subjects)."""
        rows = self.templates[self.starts[first] : self.starts[last]]
        scores = rows @ self.templates.T
        if len(self.templates) > len(self.ids):
            scores = np.maximum.reduceat(scores, self.starts[:-1], axis=1)
        return np.asarray(scores, np.float32)


@dataclass(slots=True, kw_only=True, eq=False)
class _Found:
    """What the blocks seen so far amount to, one value a subject; `top` holds (score, place, place)."""

    nearest: NDArray[np.intp]
    nearest_score: Scores
    reaching: NDArray[np.intp]
    close_as_entry: Counts
    close_as_search: Counts
    pairs_reaching: int
    most_pairs: int
    top: list[tuple[float, int, int]]

    @classmethod
    def nothing(cls, people: _People, most_pairs: int) -> _Found:
        count = len(people.ids)
        return cls(
            nearest=np.zeros(count, np.intp),
            nearest_score=np.full(count, -np.inf, np.float32),
            reaching=np.zeros(count, np.intp),
            close_as_entry=np.zeros(count),
            close_as_search=np.zeros(count),
            pairs_reaching=0,
            most_pairs=most_pairs,
            top=[],
        )


def _take(found: _Found, people: _People, first: int, last: int, level: float) -> None:
    """Add what subjects `first` to `last` have in common with everybody."""
    starts = people.starts[first : last + 1] - people.starts[first]
    by_picture = people.against_all(first, last)
    own = np.repeat(np.arange(first, last), np.diff(starts))
    by_picture[np.arange(len(own)), own] = -np.inf  # nobody is close to themselves
    close = by_picture >= level
    share = np.repeat(1.0 / np.diff(starts), np.diff(starts)).astype(np.float32)
    found.close_as_entry += share @ close.astype(np.float32)
    found.close_as_search[first:last] = np.add.reduceat(share * close.sum(axis=1), starts[:-1])
    scores = by_picture
    if len(own) > last - first:
        scores = np.maximum.reduceat(by_picture, starts[:-1], axis=0)
    here = np.arange(last - first)
    found.nearest[first:last] = scores.argmax(axis=1)
    found.nearest_score[first:last] = scores.max(axis=1)
    reaches = scores >= np.minimum(people.thresholds[first:last, None], people.thresholds[None, :])
    found.reaching[first:last] = reaches.sum(axis=1)
    later = np.arange(len(people.ids))[None, :] > (here + first)[:, None]
    found.pairs_reaching += int(np.count_nonzero(reaches & later))
    scores[~later] = -np.inf  # each pair once
    _keep_top(found, scores, first)


def _keep_top(found: _Found, scores: Scores, first: int) -> None:
    """The most alike pairs of this block among those of the blocks before."""
    most = found.most_pairs
    if most < 1:
        return
    flat = scores.ravel()
    least = found.top[-1][0] if len(found.top) == most else -np.inf
    places = np.flatnonzero(flat > least)
    if len(places) > most:
        places = places[np.argpartition(-flat[places], most - 1)[:most]]
    wide = scores.shape[1]
    new = [(float(flat[at]), int(at) // wide + first, int(at) % wide) for at in places]
    found.top = sorted([*found.top, *new], key=lambda one: (-one[0], one[1], one[2]))[:most]


def _close_level(people: _People) -> float:
    """The score that `CLOSE_SHARE` of searches against others reach, by a sample spread over the list."""
    count = len(people.ids)
    if count < 2:
        return float("inf")
    some = np.unique(np.linspace(0, count - 1, min(count, _SAMPLED)).astype(np.intp))
    parts = []
    for one in some.tolist():
        parts.append(np.delete(people.against_all(one, one + 1), one, axis=1).ravel())
    return float(np.quantile(np.concatenate(parts), 1.0 - CLOSE_SHARE))


def _result(people: _People, found: _Found) -> Likeness:
    count = len(people.ids)
    several = count > 1
    lambs, wolves = beyond_chance(found.close_as_entry), beyond_chance(found.close_as_search)
    standings = tuple(
        Standing(
            subject_id=one,
            nearest=people.ids[found.nearest[at]] if several else None,
            nearest_score=_cosine(found.nearest_score[at]) if several else None,
            reaching=int(found.reaching[at]),
            close_as_entry=float(found.close_as_entry[at]),
            close_as_search=float(found.close_as_search[at]),
            is_lamb=bool(lambs[at]),
            is_wolf=bool(wolves[at]),
        )
        for at, one in enumerate(people.ids)
    )
    return Likeness(
        compared=count * (count - 1) // 2,
        reaching=found.pairs_reaching,
        pairs=tuple(_pair(people, *one) for one in found.top),
        standings=standings,
        usual=CLOSE_SHARE * max(0, count - 1),
        knows_animals=count >= FEWEST_SUBJECTS,
    )


def beyond_chance(close: Counts) -> NDArray[np.bool_]:
    """Who is close to more of the others than chance explains, one number per subject of the list.

    If being close fell on everybody alike, the number would be binomial of all others and `CLOSE_SHARE`; the test
    is at `CHANCE` for all subjects together (Bonferroni). Nobody on a list of fewer than `FEWEST_SUBJECTS`.
    """
    count = len(close)
    if count < FEWEST_SUBJECTS:
        return np.zeros(count, np.bool_)
    tail = binom.sf(np.floor(close) - 1, count - 1, CLOSE_SHARE)
    return np.asarray(tail < CHANCE / count, np.bool_)


def _pair(people: _People, score: float, first: int, second: int) -> Pair:
    """A pair with its two most alike pictures."""
    begin, other = int(people.starts[first]), int(people.starts[second])
    scores = (
        people.templates[begin : people.starts[first + 1]]
        @ people.templates[other : people.starts[second + 1]].T
    )
    row, column = np.unravel_index(int(scores.argmax()), scores.shape)
    threshold = float(min(people.thresholds[first], people.thresholds[second]))
    return Pair(
        first=people.ids[first],
        second=people.ids[second],
        score=_cosine(score),
        first_row=begin + int(row),
        second_row=other + int(column),
        threshold=threshold if threshold < NEVER else None,
        reaches=score >= threshold,
    )


def _cosine(score: float | np.floating) -> float:
    return min(1.0, max(-1.0, float(score)))

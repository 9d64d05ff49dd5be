"""Pictures whose scores contradict their labels: for somebody to look at. No score alone changes a label.

What counts as alike is read off the data itself, so that it suits every pack:

    alike       a score as high as the pictures of one person have between them (their median; in a folder of fewer
                than 1,000 pictures, with fewer look-alikes to be expected, their lower quartile)
    stands out  above the next ten people by at least as much as a person's own pictures stand out above the best
                stranger: two of a kind of face that the pack confuses do not
    unlike      a score that 99 of 100 pairs of strangers stay below

The second is score normalisation by a cohort (Auckenthaler, Carey and Lloyd-Thomas, "Score normalization for
text-independent speaker verification systems", Digital Signal Processing 10, 2000).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.identification.people import LabelledPicture
from lfr_actors.messages import Vectors

Floats = NDArray[np.float64]

_CELLS: Final = 4_000_000
"""Scores held at a time, 16 MB of them."""
_COHORT: Final = 10
_FEW_PICTURES: Final = 1_000
_LEAST_PAIRS: Final = 3
"""With fewer pairs of one person nobody can say how alike a person's pictures are under this pack."""
_BINS: Final = np.linspace(-1.0, 1.0, 4_001)


class Doubt(StrEnum):
    """What the scores say against a label.

    `another-person`: much more like somebody else's picture than like its own person's. `unlike-its-person`: like
    none of its person's other pictures. `two-names`: two people whose pictures look like one person's.
    """

    ANOTHER_PERSON = "another-person"
    UNLIKE = "unlike-its-person"
    TWO_NAMES = "two-names"


DOUBT_WORDS: Final[dict[Doubt, str]] = {
    Doubt.ANOTHER_PERSON: "like another person and unlike its own: mislabelled?",
    Doubt.UNLIKE: "unlike the other pictures of its person: mislabelled?",
    Doubt.TWO_NAMES: "two people who look like one: one person under two names, or a picture under the wrong one?",
}
"""Each doubt in plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One doubt. `pictures` are those that it is about, `person` whose they are said to be.

    `other` is the other person that it is most like, `score` with that person's picture; `own` the best with the
    person's own other pictures, None for `two-names`.
    """

    doubt: Doubt
    pictures: tuple[str, ...] = field(repr=False)
    person: str = field(repr=False)
    other: str = field(repr=False)
    score: float
    own: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """Every doubt, in the order of `Doubt` and then of names; `unjudged` says why none could be looked for."""

    suspects: tuple[Suspect, ...] = field(repr=False)
    unjudged: str | None = None

    def pictures_in_doubt(self, pictures: Sequence[LabelledPicture]) -> frozenset[str]:
        """The pictures to leave out for a figure without doubts.

        Of two people who look like one every picture of both: nobody knows which label is right.
        """
        out: set[str] = set()
        for suspect in self.suspects:
            if suspect.doubt is Doubt.TWO_NAMES:
                both = (suspect.person, suspect.other)
                out.update(picture.name for picture in pictures if picture.person in both)
            else:
                out.update(suspect.pictures)
        return frozenset(out)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Compared:
    """Of n pictures: best own score (nan without others), best other person's and whose, and its lead."""

    own: Floats
    other: Floats
    other_at: NDArray[np.intp]
    lead: Floats
    own_pairs: Floats
    strangers: NDArray[np.int64]


def find_suspects(pictures: Sequence[LabelledPicture], templates: Vectors) -> Suspicion:
    """Compare every picture with every other; `templates` float32 (n, d), rows of length 1, one a picture."""
    people = [picture.person for picture in pictures]
    if len(set(people)) < 2:
        return Suspicion(suspects=(), unjudged="fewer than two people have a picture with a face")
    compared = _compare(people, templates)
    if len(compared.own_pairs) < _LEAST_PAIRS:
        reason = f"fewer than {_LEAST_PAIRS} pairs of pictures of one person: what is alike cannot be told"
        return Suspicion(suspects=(), unjudged=reason)
    wrong, two_names = _like_others(pictures, compared)
    accused = {name for suspect in wrong for name in suspect.pictures}
    unlike = _unlike(pictures, templates, compared, accused)
    return Suspicion(suspects=(*wrong, *unlike, *two_names))


def _compare(people: Sequence[str], templates: Vectors) -> _Compared:
    """Scores of all with all, a block of rows at a time."""
    names, codes = np.unique(np.asarray(people), return_inverse=True)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(names)))
    count, cohort = len(people), min(_COHORT, len(names) - 2)
    own, other, lead = np.full(count, np.nan), np.empty(count), np.empty(count)
    other_at = np.empty(count, np.intp)
    own_pairs: list[Floats] = []
    strangers = np.zeros(len(_BINS) - 1, np.int64)
    step = max(1, _CELLS // count)
    for begin in range(0, count, step):
        rows = np.arange(begin, min(count, begin + step))
        scores = np.asarray(templates[rows] @ templates.T, np.float64)
        same = codes[rows][:, None] == codes[None]
        strangers += np.histogram(np.clip(scores[~same], -1, 1), _BINS)[0]
        same[np.arange(len(rows)), rows] = False
        own_pairs.append(scores[same])
        mine = np.where(same, scores, -np.inf)
        own[rows] = np.where(same.any(axis=1), mine.max(axis=1), np.nan)
        scores[codes[rows][:, None] == codes[None]] = -np.inf
        other_at[rows] = scores.argmax(axis=1)
        best = -np.sort(-np.maximum.reduceat(scores[:, order], starts, axis=1), axis=1)
        other[rows] = best[:, 0]
        lead[rows] = best[:, 0] - best[:, 1 : 1 + cohort].mean(axis=1) if cohort else np.inf
    return _Compared(
        own=own,
        other=other,
        other_at=other_at,
        lead=lead,
        own_pairs=np.concatenate(own_pairs),
        strangers=strangers,
    )


def _like_others(
    pictures: Sequence[LabelledPicture], compared: _Compared
) -> tuple[list[Suspect], list[Suspect]]:
    """Pictures that look like another person and not like their own; people who look like one."""
    alike = _alike(pictures, compared)
    apart = max(0.0, float(np.median(compared.own_pairs)) - float(np.median(compared.other)))
    stands_out = (compared.other >= alike) & (compared.lead >= apart)
    wrong: dict[int, Suspect] = {}
    for place in np.flatnonzero(stands_out & (compared.own < compared.other - apart / 2)).tolist():
        wrong[place] = Suspect(
            doubt=Doubt.ANOTHER_PERSON,
            pictures=(pictures[place].name,),
            person=pictures[place].person,
            other=pictures[compared.other_at[place]].person,
            score=float(compared.other[place]),
            own=float(compared.own[place]),
        )
    pairs: dict[tuple[str, str], tuple[int, int]] = {}
    for place in np.flatnonzero(stands_out).tolist():
        at = int(compared.other_at[place])
        if place in wrong or at in wrong:
            continue
        pair = (
            min(pictures[place].person, pictures[at].person),
            max(pictures[place].person, pictures[at].person),
        )
        if pair not in pairs or compared.other[place] > compared.other[pairs[pair][0]]:
            pairs[pair] = (place, at)
    two_names = [
        Suspect(
            doubt=Doubt.TWO_NAMES,
            pictures=tuple(sorted((pictures[place].name, pictures[at].name))),
            person=pair[0],
            other=pair[1],
            score=float(compared.other[place]),
        )
        for pair, (place, at) in sorted(pairs.items())
    ]
    return list(wrong.values()), two_names


def _alike(pictures: Sequence[LabelledPicture], compared: _Compared) -> float:
    """How alike pictures of one person are."""
    return float(np.quantile(compared.own_pairs, 0.25 if len(pictures) < _FEW_PICTURES else 0.5))


def _unlike(
    pictures: Sequence[LabelledPicture], templates: Vectors, compared: _Compared, accused: set[str]
) -> list[Suspect]:
    """People of whom one picture is like none of the others; of two pictures nobody can say which."""
    # what looks like one person is no pair of strangers, whatever its labels say
    strange = _quantile(compared.strangers[_BINS[1:] < _alike(pictures, compared)], 0.99)
    own: dict[str, list[int]] = defaultdict(list)
    for place, picture in enumerate(pictures):
        if picture.name not in accused:
            own[picture.person].append(place)
    found = []
    for person, places in sorted(own.items()):
        if len(places) < 2:
            continue
        scores = np.asarray(templates[places] @ templates[places].T, np.float64)
        np.fill_diagonal(scores, -np.inf)
        best = scores.max(axis=1)
        odd = [place for place, score in zip(places, best.tolist(), strict=True) if score < strange]
        if odd:
            nearest = max(odd, key=lambda place: float(compared.other[place]))
            found.append(
                Suspect(
                    doubt=Doubt.UNLIKE,
                    pictures=tuple(pictures[place].name for place in odd),
                    person=person,
                    other=pictures[compared.other_at[nearest]].person,
                    score=float(compared.other[nearest]),
                    own=float(best.min()),
                )
            )
    return found


def _quantile(counts: NDArray[np.int64], share: float) -> float:
    """The score below which this share of pairs of strangers lies, to a bin; -1 without any."""
    total = np.cumsum(counts)
    return float(_BINS[int(np.searchsorted(total, share * total[-1]))]) if len(total) else -1.0

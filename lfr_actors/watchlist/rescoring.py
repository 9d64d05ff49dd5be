"""From roughly scored templates to candidates: who may be among the answer is scored again, exactly.

    float32 scores of templates ─► rows that may matter ─► exact scores ─► best of each subject ─► candidates

A float32 product depends on how many searches were put into it and on the machine's kernel. A score that is
compared with a threshold must not: it is the sum, in float64, of the products of the stored numbers, each of
which float64 holds without loss, rounded once to float32. Every method of searching ends here, so that two of
them which find the same subject state the same score to the bit.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Candidate, SearchResult, Vectors
from lfr_actors.watchlist.gallery import Gallery

Rows = NDArray[np.intp]
Scores = NDArray[np.float32]
_BLOCK = 64
"""Scores are looked through in blocks of so many."""
_MOST_AT_ONCE = 2000
"""Templates a query that are rescored together with those of other queries."""


def margin(dim: int) -> float:
    """How far the float32 product of two rows of length 1 may be from the exact score, at most.

    Twice the bound of a sum of `dim` products in any order, `dim` · 2⁻²⁴ (Higham, Accuracy and Stability of
    Numerical Algorithms, 2nd ed., section 3.1), which leaves room for lengths that are only about 1.
    """
    return (dim + 8) * 2.0**-23


def exact_scores(rows: Vectors, queries: Vectors) -> Scores:
    """Cosine of each of (m, d) rows with its query (m, d), or one for all (d,); float32 (m,), in [-1, 1].

    The same in any company.
    """
    products = np.multiply(rows, queries, dtype=np.float64)
    # numpy sums a contiguous last axis row by row, in pairs, in an order that depends on nothing but its length
    scores: Scores = np.clip(np.add.reduce(products, axis=1), -1.0, 1.0).astype(np.float32)
    return scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rescored:
    """The candidates of one query, and the exact scores of every subject that was looked at, (subjects,)."""

    candidates: tuple[Candidate, ...]
    scores: Scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """Finds the candidates of a gallery among templates that were scored roughly; make one with `of`.

    `starts` intp (subjects + 1,): where each subject's templates begin, and the end. `thresholds` float32 (n,):
    that of each template's subject.
    """

    gallery: Gallery
    starts: Rows
    thresholds: Scores

    @classmethod
    def of(cls, gallery: Gallery) -> Ranking:
        """The ranking of this gallery; it holds the gallery itself, not a copy."""
        return cls(
            gallery=gallery,
            starts=np.searchsorted(gallery.subject_index, np.arange(len(gallery.subject_ids) + 1)),
            thresholds=gallery.thresholds[gallery.subject_index],
        )

    @property
    def memory_bytes(self) -> int:
        """What it takes besides the gallery."""
        return int(self.starts.nbytes + self.thresholds.nbytes)

    def rows_of(self, places: Rows) -> Rows:
        """The templates of these subjects, ascending; `places` ascending and unique."""
        counts = self.starts[places + 1] - self.starts[places]
        if not len(counts):
            return np.empty(0, np.intp)
        ends = np.cumsum(counts)
        rows: Rows = np.arange(ends[-1]) + np.repeat(self.starts[places] - (ends - counts), counts)
        return rows

    def candidates(
        self, query: Vectors, scores: Scores, k: int, rows: Rows | None = None
    ) -> tuple[Candidate, ...]:
        """The best `k` subjects for a query (d,), ordered as in `SearchResult`.

        `scores` float32 (m,) of the templates `rows` (m,), ascending, or of all when None; each within `margin`
        of the exact score. Exact for the subjects whose templates are all among the rows.
        """
        gallery = self.gallery
        slack = margin(gallery.dim) * max(1.0, float(np.linalg.norm(query)))
        thresholds = self.thresholds if rows is None else self.thresholds[rows]
        subjects = gallery.subject_index if rows is None else gallery.subject_index[rows]
        kept = np.flatnonzero(scores >= _kth_best(scores, subjects, k) - 2 * slack)
        reaching = np.flatnonzero(scores >= thresholds - np.float32(slack))
        if len(reaching):
            blue = gallery.blue[subjects[reaching]]
            groups = (reaching[~blue], reaching[blue])
            best = [_best_reaching(some, scores, thresholds, subjects, k, slack) for some in groups]
            kept = np.unique(np.concatenate([kept, *best]))
        chosen = kept if rows is None else rows[kept]
        (answer,) = self.rescored(query[None], np.zeros(len(chosen), np.intp), chosen, k)
        return answer.candidates

    def among(self, queries: Vectors, rows: Sequence[Rows], k: int) -> list[tuple[Candidate, ...]]:
        """The best `k` subjects for each of (n, d) queries among the templates that were found for it, ascending.

        Exact where every template that may matter was found.
        """
        scores = [self.gallery.templates[found] @ query for query, found in zip(queries, rows, strict=True)]
        narrowed = [self._narrowed(*each, k) for each in zip(queries, rows, scores, strict=True)]
        whose = np.repeat(np.arange(len(queries)), [len(kept) for kept, _ in narrowed])
        answers = self.rescored(queries, whose, np.concatenate([kept for kept, _ in narrowed]), k)
        return [
            each.candidates
            if np.count_nonzero(each.scores >= narrowed[place][1]) >= k
            else self.candidates(queries[place], scores[place], k, rows[place])
            for place, each in enumerate(answers)
        ]

    def _narrowed(self, query: Vectors, rows: Rows, scores: Scores, k: int) -> tuple[Rows, float]:
        """Those of the rows that reach their thresholds or may be of the best, and the score they were cut at."""
        if len(rows) <= 3 * k:
            return rows, -np.inf
        slack = margin(self.gallery.dim) * max(1.0, float(np.linalg.norm(query)))
        cut = float(np.partition(scores, -3 * k)[-3 * k]) - slack
        return rows[scores >= np.minimum(self.thresholds[rows], np.float32(cut)) - np.float32(slack)], cut

    def rescored(self, queries: Vectors, whose: Rows, rows: Rows, k: int) -> list[Rescored]:
        """The best `k` subjects for each of (n, d) queries among templates that were chosen for it.

        Template `rows[i]` was chosen for query `whose[i]`; `whose` ascends. Exact where every template that may
        matter was chosen.
        """
        gallery = self.gallery
        exact = exact_scores(gallery.templates[rows], queries[whose])
        subjects = gallery.subject_index[rows]
        order = np.lexsort((subjects, whose))
        keys = whose[order] * len(gallery.subject_ids) + subjects[order]
        firsts = np.flatnonzero(np.diff(keys, prepend=-1))
        best = np.maximum.reduceat(exact[order], firsts) if len(firsts) else exact
        places, whose = subjects[order][firsts], whose[order][firsts]
        own = gallery.thresholds[places]
        group = np.where(best >= own, gallery.blue[places].astype(np.intp), 2)
        order = np.lexsort((places, -best, group, whose))
        ends = np.searchsorted(whose, np.arange(len(queries) + 1))
        answers = []
        for start, end in itertools.pairwise(ends.tolist()):
            candidates = tuple(
                Candidate(
                    subject_id=gallery.subject_ids[places[each]],
                    score=float(best[each]),
                    threshold=float(own[each]),
                    is_blue=bool(gallery.blue[places[each]]),
                )
                for each in order[start : min(end, start + k)].tolist()
            )
            answers.append(Rescored(candidates=candidates, scores=best[start:end]))
        return answers

    def result(self, candidates: tuple[Candidate, ...]) -> SearchResult:
        """These candidates as an answer of this gallery."""
        return SearchResult(
            candidates=candidates,
            gallery_version=self.gallery.version,
            gallery_subjects=len(self.gallery.subject_ids),
        )


def worth_rescoring(
    ranking: Ranking, queries: Vectors, scores: Scores, k: int
) -> tuple[Rows, Rows, Scores] | None:
    """Which templates matter to which query: their queries and rows, and the score each query was cut at, (n,).

    `scores` float32 (n, templates), each within `margin` of the exact one. None where they cannot be told apart
    all at once, as when very many reach their thresholds.
    """
    slack = np.float32(margin(ranking.gallery.dim)) * np.maximum(1.0, np.linalg.norm(queries, axis=1))
    whole = scores.shape[1] // _BLOCK * _BLOCK
    tops = scores[:, :whole].reshape(len(scores), -1, _BLOCK).max(axis=2)
    wanted = 3 * k
    if tops.shape[1] <= wanted:
        return None
    cut = np.partition(tops, -wanted, axis=1)[:, -wanted] - slack
    least = np.minimum(ranking.thresholds[None, :], cut[:, None]) - slack[:, None].astype(np.float32)
    matters = scores >= least
    if np.count_nonzero(matters) > _MOST_AT_ONCE * len(scores):
        return None
    whose, rows = np.nonzero(matters)
    return whose, rows, cut.astype(np.float32)


def _kth_best(scores: Scores, subjects: Rows, k: int) -> float:
    """The k-th best score of subjects, or less when that is dearer to find; -inf when there are fewer."""
    wanted = 4 * k
    while True:
        rows = _best_rows(scores, wanted)
        rows = rows[np.argsort(-scores[rows])]
        seen: set[int] = set()
        for row, subject in zip(rows.tolist(), subjects[rows].tolist(), strict=True):
            seen.add(subject)
            if len(seen) == k:
                return float(scores[row])
        if len(rows) == len(scores):
            return -np.inf
        wanted *= 8


def _best_rows(scores: Scores, wanted: int) -> Rows:
    """Where the best `wanted` scores are, or all of them when there are fewer, in any order."""
    if wanted >= len(scores):
        return np.arange(len(scores))
    whole = len(scores) // _BLOCK * _BLOCK
    tops = scores[:whole].reshape(-1, _BLOCK).max(axis=1)
    if wanted >= len(tops):
        return np.argpartition(scores, -wanted)[-wanted:]
    # so many of the best are in no more than as many blocks: those whose own best are best
    blocks = np.argpartition(tops, -wanted)[-wanted:]
    inside = (blocks[:, None] * _BLOCK + np.arange(_BLOCK)).ravel()
    seen = np.concatenate([inside, np.arange(whole, len(scores))])
    return seen[np.argpartition(scores[seen], -wanted)[-wanted:]]


def _best_reaching(
    reaching: Rows, scores: Scores, thresholds: Scores, subjects: Rows, k: int, slack: float
) -> Rows:
    """Of the places `reaching` of scores that may reach their threshold, those of the best `k` subjects that do."""
    if len(reaching) <= _BLOCK:
        return reaching
    sure = reaching[scores[reaching] >= thresholds[reaching] + np.float32(slack)]
    least = _kth_best(scores[sure], subjects[sure], k) - 2 * slack
    return reaching[scores[reaching] >= least]

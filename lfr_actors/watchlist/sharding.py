"""Which shard of a list a subject is in, and one answer made of what the shards answered.

subject id ─► shard_of ─► shard        shards' answers of one generation ─► merge ─► results of the whole list
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lfr_actors.messages import Candidate, SearchResult


def shard_of(subject_id: str, parts: int) -> int:
    """The shard of a subject, 0 to `parts` - 1: the same in every version of a list, whoever else is on it."""
    digest = hashlib.blake2b(subject_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % parts


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardAnswer:
    """What shard `part`, from 0, answered from the list of this `generation`: one result for each template."""

    part: int
    generation: int
    results: tuple[SearchResult, ...]


def rank(candidate: Candidate) -> tuple[int, float, str]:
    """Sorts candidates as `SearchResult` has them: by whether they reached their threshold, score and id."""
    group = int(candidate.is_blue) if candidate.reached else 2
    return group, -candidate.score, candidate.subject_id


def merge(
    answers: Sequence[ShardAnswer], k: int, parts: int, missing: Mapping[int, str] | None = None
) -> tuple[SearchResult, ...]:
    """The answer of the whole list: the best `k` candidates of all shards for each template.

    `missing` says why a part did not answer, in a few words; one that is in neither `answers` nor `missing` is
    called silent. Equal to the search of the unsharded list when no part is missing and each answered with its
    best `k`. Raises `ValueError` without answers, for two of one part or of a part that is not there, and when
    the answers are of different generations, lists or numbers of templates: those must not be mixed (see
    `behind`, who is to be asked again).
    """
    _check(answers, k, parts)
    reasons = missing or {}
    heard = {answer.part for answer in answers}
    words = tuple(
        f"shard {part + 1} of {parts}: {reasons.get(part, 'silent')}"
        for part in range(parts)
        if part not in heard
    )
    merged = []
    for results in zip(*(answer.results for answer in answers), strict=True):
        candidates = sorted((each for result in results for each in result.candidates), key=rank)
        merged.append(
            SearchResult(
                candidates=tuple(candidates[:k]),
                gallery_version=results[0].gallery_version,
                gallery_subjects=sum(result.gallery_subjects for result in results),
                missing=words + tuple(word for result in results for word in result.missing),
            )
        )
    return tuple(merged)


def behind(answers: Sequence[ShardAnswer]) -> tuple[int, ...]:
    """The parts that answered from an older list than another did: to be asked again before `merge`."""
    latest = max((answer.generation for answer in answers), default=0)
    return tuple(answer.part for answer in answers if answer.generation < latest)


def _check(answers: Sequence[ShardAnswer], k: int, parts: int) -> None:
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    if not answers:
        raise ValueError("no shard answered: there is nothing to merge")
    heard = [answer.part for answer in answers]
    if len(set(heard)) != len(heard) or not all(0 <= part < parts for part in heard):
        raise ValueError(f"answers of parts {heard} are not of different parts of {parts}")
    if len({answer.generation for answer in answers}) != 1:
        raise ValueError(
            f"answers of different generations are not mixed: parts {behind(answers)} are behind"
        )
    if len({len(answer.results) for answer in answers}) != 1:
        raise ValueError("the shards answered for different numbers of templates")
    if len({result.gallery_version for answer in answers for result in answer.results}) > 1:
        raise ValueError("answers from different versions of the list are not mixed")

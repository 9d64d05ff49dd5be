"""What scores like one have meant so far: an aid to whoever decides, never a probability of this person being it.

Two questions, each answered with an exact interval or with "insufficient data":
    in the deployment   of the decided alerts that scored about as high, how many were true
    in a reference set  of people known not to be on a list, how many scored this or higher
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lfr_actors.evaluation.intervals import INSUFFICIENT, Proportion, proportion_interval
from lfr_actors.evaluation.reference_scores import ReferenceScores

LIKE_SHARE: Final = 0.1
"""Scores are alike that lie within this share of the way from the threshold to 1 of each other.

A share, because packs spread their scores differently: 0.0045 above a threshold of 0.955, 0.05 above one of 0.5.
"""
_HARDLY_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """An alert that people decided: its score, and whether it was the same person in the end."""

    score: float
    is_true: bool


def alike(threshold: float) -> float:
    """How far apart two scores may lie and still be alike."""
    return LIKE_SHARE * max(0.0, 1.0 - threshold)


def in_deployment(score: float, threshold: float, decided: Iterable[Decided]) -> Proportion | None:
    """The share of true ones among decided alerts with a score like this; None where there are none."""
    reach = alike(threshold) + _HARDLY_ROUNDING
    found = [one.is_true for one in decided if abs(one.score - score) <= reach]
    return proportion_interval(sum(found), len(found))


def in_reference(score: float, reference: ReferenceScores | None) -> Proportion | None:
    """The share of people not on a list who scored at least this, to one bin below; None without any."""
    if reference is None:
        return None
    edges = reference.edges()
    first = min(max(bisect.bisect_right(edges, score + _HARDLY_ROUNDING) - 1, 0), len(reference.counts) - 1)
    return proportion_interval(sum(reference.counts[first:]), reference.searches)


def deployment_words(score: float, threshold: float, share: Proportion | None) -> str:
    """What the deployment says of such a score, as a sentence."""
    if share is None:
        return f"In this deployment: {INSUFFICIENT}. No alert with a score like this has been decided yet."
    reach = alike(threshold)
    return (
        f"In this deployment {_count(share.trials, 'decided alert')} scored like this "
        f"({max(-1.0, score - reach):.3f} to {min(1.0, score + reach):.3f}); "
        f"{share.hits} {_were(share.hits)} true: {_rate(share)}."
    )


def reference_words(share: Proportion | None, reference: ReferenceScores | None) -> str:
    """What the reference set says of such a score, as a sentence."""
    if share is None or reference is None:
        return (
            f"In a reference set: {INSUFFICIENT}. lfr check FILE --reference FOLDER measures it with people who "
            "are not on the list."
        )
    return (
        f"{share.hits:,} of {share.trials:,} people who are not on the list scored this or higher "
        f"against {_count(reference.subjects, 'person', 'people')} on it, as last measured: {_rate(share)}."
    )


def _rate(share: Proportion) -> str:
    digits = 1 if share.trials < 1_000 else 2
    rate, low, high = (f"{100 * part:.{digits}f}" for part in (share.rate, share.low, share.high))
    return f"{rate} % ({100 * share.confidence:g} % interval {low} to {high} %)"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"

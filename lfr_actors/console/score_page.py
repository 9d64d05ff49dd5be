"""The score of an alert as a bar, with what scores like it have meant; nothing of it while it is hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lfr_actors.alerting.case import State, Verdict
from lfr_actors.console.context import ConsoleContext
from lfr_actors.console.views import MeaningView, ScoreView
from lfr_actors.evaluation.reference_scores import read_reference_scores
from lfr_actors.evaluation.score_meaning import (
    Decided,
    deployment_words,
    in_deployment,
    in_reference,
    reference_words,
)
from lfr_actors.store.rows import AlertRow

_BELOW_SHARE: Final = 0.5
"""How much of the bar lies below the threshold: as much as half of what lies above it."""


def score_view(context: ConsoleContext, row: AlertRow, others: Iterable[AlertRow]) -> ScoreView:
    """The score of an alert; `others` are the alerts of its deployment, it may be among them.

    Raises `StoreError` when the counts of the reference set are there and not readable.
    """
    low = max(-1.0, row.threshold - _BELOW_SHARE * (1.0 - row.threshold))
    share = in_deployment(row.score, row.threshold, _decided(row, others))
    reference = read_reference_scores(context.store.home, row.pack)
    above = in_reference(row.score, reference)
    return ScoreView(
        score=row.score,
        threshold=row.threshold,
        low=low,
        high=1.0,
        score_percent=_place(row.score, low),
        threshold_percent=_place(row.threshold, low),
        in_deployment=MeaningView(words=deployment_words(row.score, row.threshold, share), share=share),
        in_reference=MeaningView(words=reference_words(above, reference), share=above),
    )


def _decided(row: AlertRow, others: Iterable[AlertRow]) -> Iterator[Decided]:
    """The other alerts of the same pack on which people came to a verdict."""
    for other in others:
        if other.alert_id == row.alert_id or other.pack != row.pack:
            continue
        if other.state is State.CONFIRMED_FALSE or other.verdict == Verdict.FALSE:
            yield Decided(score=other.score, is_true=False)
        elif other.verdict == Verdict.TRUE:
            yield Decided(score=other.score, is_true=True)


def _place(score: float, low: float) -> float:
    """Per cent of the bar, which runs from `low` to 1."""
    return round(100.0 * min(max((score - low) / max(1.0 - low, 1e-9), 0.0), 1.0), 2)

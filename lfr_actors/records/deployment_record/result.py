"""What became of an alert, as one value: its decision, and its outcome where one was recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lfr_actors.alerting.case import State
from lfr_actors.alerting.outcomes import OUTCOME_WORDS, WITH_OFFENCE, Outcome
from lfr_actors.records.deployment_record.alert_trace import AlertTrace
from lfr_actors.records.deployment_record.counting import ENGAGED, JUDGED_TRUE, UNDECIDED

_STATES: Final = (
    State.FALSE,
    State.CANNOT_TELL,
    State.TRUE,
    State.NOT_ENGAGED,
    State.ENGAGED,
    State.CONFIRMED_TRUE,
    State.CONFIRMED_FALSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A decision, None while undecided, and an outcome, None where none was recorded."""

    state: State | None
    outcome: Outcome | None


RESULTS: Final = (
    Result(state=None, outcome=None),
    *(Result(state=state, outcome=outcome) for state in _STATES for outcome in (None, *Outcome)),
)
"""All that can be told apart. An outcome that may not follow a state has a place too: the log may be wrong."""

Condition = Callable[[Result], bool]


def result_of(alert: AlertTrace) -> Result:
    """What became of it."""
    if alert.state in UNDECIDED:
        return RESULTS[0]
    outcome = None if alert.outcome is None else Outcome(alert.outcome)
    return Result(state=alert.state, outcome=outcome)


def has_offence(result: Result) -> bool:
    """Whether an offence may be said of it."""
    return result.outcome in WITH_OFFENCE


def _came_to(outcome: Outcome) -> Condition:
    return lambda result: result.outcome is outcome


DECISIONS: Final[Mapping[str, Condition]] = MappingProxyType(
    {
        "true": lambda result: result.state in JUDGED_TRUE - {State.CONFIRMED_FALSE},
        "false": lambda result: result.state in (State.FALSE, State.CONFIRMED_FALSE),
        "cannot tell": lambda result: result.state is State.CANNOT_TELL,
        "undecided": lambda result: result.state is None,
    }
)
"""Columns of tables of alerts: each alert is in one. False are also those found so after engagement."""

OUTCOMES: Final[Mapping[str, Condition]] = MappingProxyType(
    {OUTCOME_WORDS[each]: _came_to(each) for each in Outcome}
)
"""Columns of tables of outcomes."""

PUBLISHED_TOTALS: Final[tuple[Condition, ...]] = (
    *DECISIONS.values(),
    lambda result: result.state is State.FALSE,
    lambda result: result.state in ENGAGED,
    lambda result: result.state is State.NOT_ENGAGED,
    lambda result: result.state is State.TRUE,
    lambda result: result.state is State.ENGAGED,
    lambda result: result.state is State.CONFIRMED_TRUE,
    lambda result: result.state is State.CONFIRMED_FALSE,
    *OUTCOMES.values(),
    has_offence,
    lambda result: result.outcome is not None,
    lambda result: result.outcome is not None and result.state in ENGAGED,
    lambda _result: True,
)
"""Totals that the record gives exactly, as published records do, and from which nothing can be taken back."""

"""The buttons of an alert: what the state machine says this person may do now, with words, keys and forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lfr_actors.alerting.adjudication import Possible, possible
from lfr_actors.alerting.case import Case, State, Verdict
from lfr_actors.alerting.outcomes import OUTCOME_WORDS, Outcome
from lfr_actors.console.addresses import alert_url
from lfr_actors.console.views import ActionView, ChoiceView
from lfr_actors.people import Person

OUTCOME: Final = "outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    label: str
    key: str
    fields: Mapping[str, str]
    note_field: str | None = "why"


_FORMS: Final[Mapping[tuple[str, str | None], _Form]] = MappingProxyType(
    {
        ("acknowledge", None): _Form(label="Acknowledge", key="a", fields={}, note_field=None),
        ("adjudicate", Verdict.TRUE): _Form(
            label="True: same person", key="t", fields={"verdict": Verdict.TRUE}
        ),
        ("adjudicate", Verdict.FALSE): _Form(
            label="False: somebody else", key="f", fields={"verdict": Verdict.FALSE}
        ),
        ("adjudicate", Verdict.CANNOT_TELL): _Form(
            label="Cannot tell", key="c", fields={"verdict": Verdict.CANNOT_TELL}
        ),
        ("engage", State.ENGAGED): _Form(label="Engaged", key="e", fields={"engaged": "yes"}),
        ("engage", State.NOT_ENGAGED): _Form(label="Not engaged", key="n", fields={"engaged": "no"}),
        ("confirm", State.CONFIRMED_TRUE): _Form(
            label="Confirmed true", key="y", fields={"same_person": "yes"}
        ),
        ("confirm", State.CONFIRMED_FALSE): _Form(
            label="Confirmed false", key="x", fields={"same_person": "no"}
        ),
        ("undo", None): _Form(label="Undo", key="u", fields={}, note_field=None),
    }
)


def action_views(
    case: Case, person: Person, now: dt.datetime, offences: Callable[[], Mapping[str, str]]
) -> tuple[ActionView, ...]:
    """What this person may do with the alert at `now` (aware).

    `offences` gives the site's categories, with words; it is asked only where an outcome may be recorded.
    """
    may = possible(case, person, now)
    views = [_view(case, each, now) for each in may if each.name != OUTCOME]
    outcomes = [Outcome(str(each.value)) for each in may if each.name == OUTCOME]
    if outcomes:
        views.insert(
            len(views) - (views[-1].act == "undo" if views else 0), _outcome(case, outcomes, offences())
        )
    return tuple(views)


def _view(case: Case, each: Possible, now: dt.datetime) -> ActionView:
    form = _FORMS[each.name, each.value]
    return ActionView(
        act=each.name,
        kind=each.value or each.name,
        url=f"{alert_url(case.alert_id)}/{each.name}",
        label=form.label,
        key=form.key,
        fields=dict(form.fields),
        asks=each.asks,
        note_field=form.note_field,
        seconds_left=None if each.until is None else max(0.0, (each.until - now).total_seconds()),
    )


def _outcome(case: Case, outcomes: Sequence[Outcome], offences: Mapping[str, str]) -> ActionView:
    return ActionView(
        act=OUTCOME,
        kind=OUTCOME,
        url=f"{alert_url(case.alert_id)}/{OUTCOME}",
        label="Outcome" if case.outcome is None else "Correct the outcome",
        key="o",
        note_field=None if case.erased else "note",
        outcomes=tuple(ChoiceView(slug=each, words=OUTCOME_WORDS[each]) for each in outcomes),
        offences=tuple(ChoiceView(slug=slug, words=words) for slug, words in offences.items()),
    )

"""What was done with an alert, step by step, out of the log: when, who, what, and why where that is still there."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lfr_actors.alerting.case import Verdict
from lfr_actors.alerting.outcomes import OUTCOME_WORDS, offences_of
from lfr_actors.events.alerts import (
    AlertAdjudicated,
    AlertConfirmed,
    AlertDisputed,
    AlertEngaged,
    AlertEscalated,
    AlertRaised,
    AlertSeen,
    DecisionUndone,
    OpinionGiven,
    OutcomeRecorded,
)
from lfr_actors.events.keeping import DataErased
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import EventBody
from lfr_actors.store.alerts import alert_object
from lfr_actors.store.append import event_context
from lfr_actors.store.rows import AlertRow
from lfr_actors.store.store import Store
from lfr_actors.store.vault.sealing import ObjectKey, unseal

_DECIDING: Final = (AlertAdjudicated.NAME, AlertDisputed.NAME)
_NAMES: Final = (
    AlertRaised.NAME,
    AlertSeen.NAME,
    AlertEscalated.NAME,
    OpinionGiven.NAME,
    *_DECIDING,
    DecisionUndone.NAME,
    AlertEngaged.NAME,
    AlertConfirmed.NAME,
    OutcomeRecorded.NAME,
    DataErased.NAME,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryStep:
    """Something that was done with an alert. `who` is None where nobody did it: raised, escalated, erased.

    `seq` is the event's place in the log. `what` says it in words; `why` is what somebody noted.
    """

    seq: int
    at: dt.datetime
    who: str | None
    what: str
    why: str | None = field(default=None, repr=False)


def history(store: Store, row: AlertRow) -> tuple[HistoryStep, ...]:
    """The steps of an alert, oldest first. What an operator decided before the other had stays sealed."""
    events = store.decisions.events_of(row, _NAMES, alert_object(row.alert_id))
    key = store.decisions.key_of(row.alert_id)
    return tuple(_step(event, _said(event, key, events[place:])) for place, event in enumerate(events))


def _said(event: StoredEvent, key: ObjectKey | None, from_here: Sequence[StoredEvent]) -> dict[str, Any]:
    """What is sealed of an event, as far as it may be read; empty where it may not, or is erased."""
    if key is None or event.sealed is None or event.name == AlertRaised.NAME:
        return {}
    blind = event.name == OpinionGiven.NAME
    if blind and not any(later.name in _DECIDING for later in from_here):
        return {}
    said: dict[str, Any] = json.loads(unseal(key, event.sealed, event_context(event.event_id)))
    return said


def _step(event: StoredEvent, said: dict[str, Any]) -> HistoryStep:
    body = event.body
    who = getattr(body, "who", None)
    return HistoryStep(
        seq=event.seq,
        at=event.at,
        who=" and ".join(who) if isinstance(who, tuple) else who,
        what=_words(body, said),
        why=said.get("why") or said.get("note"),
    )


def _words(body: EventBody, said: dict[str, Any]) -> str:
    match body:
        case AlertRaised():
            return "raised"
        case AlertSeen():
            return "seen"
        case AlertEscalated():
            return f"escalated: nobody acknowledged it within {body.after_s:.0f} s"
        case OpinionGiven():
            which = "first" if body.ordinal % 2 else "second"
            return f"{which} opinion" + (f": {said['verdict']}" if "verdict" in said else "")
        case AlertDisputed():
            return "the two opinions differ: a supervisor decides"
        case AlertAdjudicated():
            return f"decided: {body.verdict}"
        case DecisionUndone():
            return f"taken back: {body.undone}, it is {body.back_to} again"
        case AlertEngaged():
            return "engaged" if body.engaged else "not engaged"
        case AlertConfirmed():
            return f"confirmed {Verdict.TRUE if body.same_person else Verdict.FALSE}"
        case OutcomeRecorded():
            return _outcome_words(body)
        case DataErased():
            return "erased: pictures, template and identity are gone"
        case _:
            return "something that this software does not know"


def _outcome_words(body: OutcomeRecorded) -> str:
    known = {str(each): words for each, words in OUTCOME_WORDS.items()}
    words = known.get(body.outcome, body.outcome)
    if body.offence is not None:
        words += f" ({offences_of([body.offence])[body.offence]})"
    return f"{'outcome corrected' if body.corrects else 'outcome'}: {words}"

"""The log of a deployment, for those who may read it: public parts alone, and no score before it may be known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lfr_actors.alerting.adjudication import score_hidden
from lfr_actors.console.addresses import deployment_url
from lfr_actors.console.context import ConsoleContext
from lfr_actors.console.views import LogLine, LogView
from lfr_actors.events.alerts import AlertRaised
from lfr_actors.events.log import StoredEvent
from lfr_actors.people import Person
from lfr_actors.store.adjudicating import queue
from lfr_actors.store.decisions import case_of_row

PAGE: Final = 200
HIDDEN: Final = "hidden until both have decided"
_LONGEST: Final = 600


def log_view(
    context: ConsoleContext,
    person: Person,
    deployment_id: str,
    *,
    before: int | None = None,
    after: int | None = None,
) -> LogView:
    """A page of the log: the newest events before event `before`, or the first after `after`; else the newest.

    Raises `StoreError` for a deployment that never began.
    """
    store = context.store
    store.deployment(deployment_id)
    if after is not None:
        events = store.events(after=after, deployment_id=deployment_id, limit=PAGE)
    else:
        events = store.last_events(PAGE, deployment_id=deployment_id, before=before)
    hidden = hidden_scores(context, person, deployment_id)
    url = f"{deployment_url(deployment_id)}/log"
    first, last = (events[0].seq, events[-1].seq) if events else ((after or 0) + 1, after or 0)
    newest = store.last_events(1, deployment_id=deployment_id)
    return LogView(
        deployment_id=deployment_id,
        lines=tuple(_line(event, hidden) for event in reversed(events)),
        older_url=f"{url}?before={first}" if len(events) == PAGE or after else None,
        newer_url=f"{url}?after={last}" if events and newest[-1].seq > last else None,
    )


def hidden_scores(context: ConsoleContext, person: Person, deployment_id: str) -> frozenset[str]:
    """The alerts of a deployment whose score this person must not see yet, wherever it stands."""
    store = context.store
    if not store.deployment(deployment_id).two_person:
        return frozenset()
    rows = queue(store, deployment_id)
    return frozenset(row.alert_id for row in rows if score_hidden(case_of_row(row, two_person=True), person))


def public_of(event: StoredEvent, hidden: frozenset[str]) -> dict[str, Any]:
    """The public part of an event without a score that is hidden. Raises `StoreError` for an altered one."""
    public = dict(event.public)
    if event.name == AlertRaised.NAME and public.get("alert_id") in hidden:
        public["score"] = None
    return public


def _line(event: StoredEvent, hidden: frozenset[str]) -> LogLine:
    public = public_of(event, hidden)
    if event.name == AlertRaised.NAME and public["score"] is None:
        public["score"] = HIDDEN
    return LogLine(
        seq=event.seq,
        at=event.at,
        name=event.name,
        words=_words(public),
        is_sealed=event.sealed is not None,
    )


def _words(public: Mapping[str, Any]) -> str:
    """The fields that say something, on a line."""
    said = [f"{name.replace('_', ' ')} {_value(value)}" for name, value in public.items() if _says(value)]
    text = " · ".join(said)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _says(value: object) -> bool:
    return value not in (None, "", [], {})


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"{len(value)} numbers" if len(value) > 8 else ", ".join(str(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(each)}" for key, each in value.items())
    return str(value)

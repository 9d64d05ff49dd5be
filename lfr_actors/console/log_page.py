"""The log of a deployment, for those who may read it: public parts alone, and no score before it may be known."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from lfr_actors.alerting.adjudication import score_hidden
from lfr_actors.console.addresses import deployment_url
from lfr_actors.console.context import ConsoleContext
from lfr_actors.console.views import LogLine, LogView
from lfr_actors.console.wording import event_words
from lfr_actors.events.alerts import AlertRaised
from lfr_actors.events.cameras import CameraObserved
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.matching import SearchDisagreed
from lfr_actors.people import Person
from lfr_actors.store.decisions import case_of_row

PAGE: Final = 200
HIDDEN: Final = "hidden until both have decided"
_OF_SEARCHES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        CameraObserved.NAME: ("score_histogram",),
        SearchDisagreed.NAME: ("exact_score", "index_score"),
    }
)
"""Where scores of searches stand without whose they are; the time would tell."""


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
    if not context.store.deployment(deployment_id).two_person:
        return frozenset()
    rows = context.alerts.of(context.store, deployment_id)
    return frozenset(row.alert_id for row in rows if score_hidden(case_of_row(row, two_person=True), person))


def public_of(event: StoredEvent, hidden: frozenset[str]) -> dict[str, Any]:
    """The public part of an event without a score that is hidden. Raises `StoreError` for an altered one.

    While any is, so are the scores of searches, among which its own is.
    """
    public = dict(event.public)
    if event.name == AlertRaised.NAME and public.get("alert_id") in hidden:
        public["score"] = None
    if hidden:
        public |= dict.fromkeys(_OF_SEARCHES.get(event.name, ()))
    return public


def _line(event: StoredEvent, hidden: frozenset[str]) -> LogLine:
    public = public_of(event, hidden)
    if event.name == AlertRaised.NAME and public["score"] is None:
        public["score"] = HIDDEN
    return LogLine(
        seq=event.seq,
        at=event.at,
        name=event.name,
        words=event_words(public),
        is_sealed=event.sealed is not None,
    )

"""Asking a deployment that runs to stop: an event, which whoever runs it obeys within two seconds."""

from __future__ import annotations

from lfr_actors.alerting.permitted import MAX_NOTE_CHARACTERS
from lfr_actors.errors import Refused
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.people import StopRequested
from lfr_actors.store.rows import RUNNING
from lfr_actors.store.store import Store


def request_stop(store: Store, deployment_id: str, *, who: str, why: str) -> StoredEvent:
    """Write that `who` wants a deployment stopped now, and why.

    Raises `Refused` for one that does not run, for a stop without a reason and one with a very long one,
    `StoreError` for one that never began.
    """
    what = f"deployment {deployment_id}"
    if not why.strip():
        raise Refused(what, "a stop needs a reason: say why")
    if len(why) > MAX_NOTE_CHARACTERS:
        raise Refused(what, f"a reason has at most {MAX_NOTE_CHARACTERS} characters: write less")
    state = store.deployment(deployment_id).state
    if state != RUNNING:
        raise Refused(what, f"does not run: it is {state}")
    (event,) = store.append(deployment_id, StopRequested(who=who, why=why.strip()))
    return event

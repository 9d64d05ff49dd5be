"""What the log says of a deployment that can be measured, read out of the store."""

from __future__ import annotations

from lfr_actors.errors import StoreError
from lfr_actors.evaluation.live import LiveLog, folded
from lfr_actors.store.store import Store


def read_live_log(store: Store, deployment: str) -> LiveLog:
    """The fold of a deployment's events as they stand now; its `started` is there.

    Raises `StoreError` when there is no such deployment, or it never began, or not readably.
    """
    store.deployment(deployment)
    log = folded(store.iter_events(deployment_id=deployment))
    if log.started is None:
        raise StoreError(store.name, f"deployment {deployment} began under a version not known here")
    return log

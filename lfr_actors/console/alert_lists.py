"""The alerts of deployments as the pages list them, read from the store once for everybody who looks."""

from __future__ import annotations

import threading

from lfr_actors.store import Store
from lfr_actors.store.adjudicating import queue
from lfr_actors.store.rows import AlertRow


class AlertLists:
    """What was read last of each deployment, good for as long as the log stands where it stood. For any thread.

    A change of an alert and its event are one transaction: while no event was written, no alert changed.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, tuple[AlertRow, ...]]] = {}
        self._lock = threading.Lock()

    def of(self, store: Store, deployment_id: str) -> tuple[AlertRow, ...]:
        """The alerts of a deployment as they stand now, in the order in which they were raised."""
        with self._lock:
            head = store.head().seq  # before they are read: what is written meanwhile is read the next time
            read_at, alerts = self._known.get(deployment_id, (-1, ()))
            if read_at != head:
                alerts = tuple(queue(store, deployment_id))
                self._known[deployment_id] = head, alerts
            return alerts

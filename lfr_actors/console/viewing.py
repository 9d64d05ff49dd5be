"""Who looked at what: written before anything is shown, at most once a minute for an account and a thing."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Final

from lfr_actors.events.types import AccessViewed
from lfr_actors.people import Person
from lfr_actors.store import Store

AGAIN_AFTER: Final = dt.timedelta(minutes=1)
_MOST: Final = 10_000
"""Entries above which those that do not matter any more are dropped."""


class ViewLedger:
    """Writes `access.viewed`, and remembers for a minute that it did. Used from several threads."""

    def __init__(self) -> None:
        self._written: dict[tuple[str, str], dt.datetime] = {}
        self._lock = threading.Lock()

    def note(self, store: Store, deployment_id: str, what: str, person: Person, now: dt.datetime) -> bool:
        """Write that a person looks at `what`, such as `alert:ID`; False when it was written a moment ago.

        Returns when it is committed; whatever it raises, nothing may be shown. `now` is aware.
        """
        key = person.name, what
        with self._lock:
            last = self._written.get(key)
            if last is not None and dt.timedelta(0) <= now - last < AGAIN_AFTER:
                return False
            store.append(deployment_id, AccessViewed(what=what, who=person.name, why=None))
            self._written[key] = now
            if len(self._written) > _MOST:
                self._written = {k: at for k, at in self._written.items() if now - at < AGAIN_AFTER}
        return True

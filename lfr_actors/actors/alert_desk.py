"""The alert desk: the one actor that commits alerts and events of the cameras, state and event together."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

import structlog

from lfr_actors.errors import LfrError
from lfr_actors.events.types import EventBody
from lfr_actors.footage.segment import SegmentEnd, SegmentKey, SegmentStart
from lfr_actors.messages import Alert, Wanted
from lfr_actors.store.listed import read_wanted
from lfr_actors.store.store import Store
from lfr_actors.store.vault.sealing import ObjectKey

log = structlog.get_logger()


class AlertDesk:
    """Keeps nothing itself: everything is in the store, and alert ids are deterministic, so that it may be
    killed at any moment and asked again.
    """

    def __init__(self, open_store: Callable[[], Store], deployment_id: str) -> None:
        self._store = open_store()
        self._deployment_id = deployment_id

    async def raise_alert(self, alert: Alert) -> bool:
        """Commit an alert and its event, with what the list says of the subject; False when it was there already.

        Returns after the commit. An alert whose list cannot be read is raised without, and the log says so.
        """
        return await asyncio.to_thread(self._raise_alert, alert)

    async def record(self, *bodies: EventBody, key: uuid.UUID | None = None) -> None:
        """Append events of this deployment in order; a call repeated with its `key` writes nothing."""
        await asyncio.to_thread(self._store.append, self._deployment_id, *bodies, key=key)

    async def begin_segment(self, start: SegmentStart) -> SegmentKey:
        """Enter a segment of footage; the key to seal it with. The same again for a repeated call."""
        key = await asyncio.to_thread(self._begin_segment, start)
        return SegmentKey(object_id=start.object_id, key=key, path=start.path)

    async def end_segment(self, segment: SegmentEnd) -> None:
        """Write how a segment ended; a repeated call writes nothing."""
        await asyncio.to_thread(self._store.retained.end_segment, segment)

    def _raise_alert(self, alert: Alert) -> bool:
        wanted: Wanted | None = None
        portraits: tuple[bytes, ...] = ()
        try:
            wanted, portraits = read_wanted(
                self._store, self._deployment_id, alert.gallery_version, alert.subject_id
            )
        except Exception as error:  # noqa: BLE001  whatever is wrong with the list, an alert is never lost by it
            log.error("alert_raised_without_list", alert=alert.alert_id, reason=_reason(error))
        return self._store.raise_alert(alert, wanted, portraits)

    def _begin_segment(self, start: SegmentStart) -> ObjectKey:
        policy = self._store.policy_of(self._deployment_id)
        return self._store.retained.begin_segment(start, policy.version)

    async def close(self) -> None:
        """Close the store. Idempotent."""
        await asyncio.to_thread(self._store.close)


def _reason(error: Exception) -> str:
    """Our own faults in their words; of any other its kind alone, for its text may quote what it stumbled over."""
    return str(error) if isinstance(error, LfrError) else type(error).__name__

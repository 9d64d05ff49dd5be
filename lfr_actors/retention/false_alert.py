"""A false alert is gone at once: itself, and every copy of it that the product made in clear."""

from __future__ import annotations

from lfr_actors.errors import VaultError
from lfr_actors.events.log import StoredEvent
from lfr_actors.retention.erasure import Eraser
from lfr_actors.store.alerts import alert_object
from lfr_actors.store.files import FILM, PAGE, PICTURE, picture_object
from lfr_actors.store.rows import RUNNING, AlertRow
from lfr_actors.store.store import Store


def erase_false(store: Store, alert: AlertRow) -> list[StoredEvent]:
    """Erase an alert that was decided to be false; its receipts, its own first. Gone when this returns.

    With it go the pictures of it that somebody wrote to files, and the pages and annotated films of its deployment,
    which show it beside others. A film that is still being written goes with the end of its deployment. Nothing is
    erased, and the list is empty, while a hold keeps the alert. Raises `VaultError` when something due could not be
    erased; the next catch-up tries again.
    """
    eraser, retained = Eraser(store, clock=store.decisions.now), store.retained
    own = eraser.erase(alert_object(alert.alert_id))
    if own is None:
        if store.alert(alert.alert_id).erased_at is None and not _is_held(store, alert):
            raise VaultError(
                alert_object(alert.alert_id),
                "was not due by this machine's clock, which was set back meanwhile",
            )
        return []
    copies = [
        object_id
        for object_id in retained.object_ids(alert.deployment_id, PICTURE)
        if object_id.startswith(picture_object(alert.alert_id))
    ]
    copies += retained.object_ids(alert.deployment_id, PAGE)
    if store.deployment(alert.deployment_id).state != RUNNING:
        copies += retained.object_ids(alert.deployment_id, FILM)
    receipts = [own]
    for object_id in copies:
        retained.end_now(object_id)
        receipt = eraser.erase(object_id)
        if receipt is not None:
            receipts.append(receipt)
    return receipts


def _is_held(store: Store, alert: AlertRow) -> bool:
    return any(hold.object_id == alert_object(alert.alert_id) for hold in store.retained.holds())

"""A version of a list is gone at once: every copy of it in the vault, and the reports that show it in clear.

What proves who was on it stays, and goes at its own time.
"""

from __future__ import annotations

from collections.abc import Sequence

from lfr_actors.errors import Erased, Refused
from lfr_actors.events.lists import WatchlistErasureOrdered
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import SITE
from lfr_actors.retention.erasure import Eraser
from lfr_actors.store.files import REPORT, report_object
from lfr_actors.store.rows import RUNNING
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import VersionRow


def erase_list(store: Store, copies: Sequence[VersionRow], *, reason: str, who: str) -> list[StoredEvent]:
    """Erase every copy of one version; the receipts. What is held stays until it is released.

    `copies` as `store.watchlists.copies` gives them. Raises `Refused` when a deployment runs on one of them,
    `Erased` when there is none left, and `VaultError` when something could not be erased: the next catch-up tries
    again.
    """
    left = [row for row in copies if row.list_row.is_readable]
    version = copies[-1].version
    running = {row.deployment_id for row in store.deployments() if row.state == RUNNING}
    used = sorted({row.deployment_id for row in left if row.deployment_id is not None} & running)
    if used:
        raise Refused(f"watchlist {version}", f"{', '.join(used)} runs on it: stop it, or amend its list")
    if not left:
        raise Erased(f"watchlist {version}", "was erased before: lfr watchlist list says when")
    retained, eraser = store.retained, Eraser(store)
    reports = [each for each in retained.objects(REPORT) if each.startswith(report_object(version))]
    receipts = []
    for row in left:
        object_id = row.list_row.object_id
        ordered = WatchlistErasureOrdered(version=version, object_id=object_id, reason=reason, who=who)
        store.append(row.deployment_id or SITE, ordered)
    for object_id in (*(row.list_row.object_id for row in left), *reports):
        retained.end_now(object_id)
        if (receipt := eraser.erase(object_id)) is not None:
            receipts.append(receipt)
    return receipts
